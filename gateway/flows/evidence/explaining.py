"""Gives a family what was shared in its own words: never by itself, only where a practitioner says it is safe."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select

from contracts.errors import NoSuchAnswer, NotFound
from contracts.people import Person, PersonRole, Protection
from contracts.referral import Referral
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.decisions.filed import read_filed
from gateway.flows.entry import write_entry
from gateway.flows.evidence.sharing_receipt import carried
from gateway.flows.gateway import Gateway
from gateway.flows.holds.opening import READ
from gateway.flows.holds.showing import ROLES
from gateway.path.calendar import day_of
from gateway.record.explanation import Sharing, explanation
from gateway.store import content
from gateway.store.evidence import entry_of
from gateway.store.tables import DELIVERY, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

GIVEN: Final = "explanation.given"
"""Type of the entry that says who gave an explanation, to whom, and why that is safe."""

LEAST: Final = 20
"""Characters at least of why it is safe."""
_FAMILY: Final = frozenset((PersonRole.PARENT, PersonRole.NON_RESIDENT_PARENT, PersonRole.CHILD))


async def readers(gateway: Gateway, who: Acting, delivery: str, purpose: str) -> list[dict[str, str]]:
    """Whom it may be written for: place, name, and who they are; once the record says who looks and why.

    Raises NotYourRole, NotFound, NotSentYet, and NoSuchAnswer without a purpose, or where it must not be given.
    """
    who.must_be_let("explanation.give")
    must_say_why(purpose)

    def work(tx: Tx) -> list[dict[str, str]]:
        row, referral, _ = _explained(tx, who, delivery)
        said = who.said | {"delivery": delivery, "purpose": purpose.strip()}
        write_entry(tx, who.council.name, row["referral"], READ, said, section="reader")
        places = ((f"/people/{index}", person) for index, person in enumerate(referral.people))
        return [_named(place, person) for place, person in places if not _why_not(person)]

    return await gateway.writer.submit(Write(work))


async def explain(gateway: Gateway, who: Acting, delivery: str, *, safe_because: str, reader: str) -> dict[str, Any]:
    """The text for one reader, once the record has who says that it is safe.

    reader  place of somebody in the referral, `/people/1`

    Raises NotYourRole, NotFound, NotSentYet, and NoSuchAnswer where it must not be given from here.
    """
    who.must_be_let("explanation.give")
    if len(safe_because.strip()) < LEAST:
        raise NoSuchAnswer("Say in a sentence why it is safe for this reader to have this.")

    def work(tx: Tx) -> dict[str, Any]:
        council = who.council.name
        row, referral, decisions = _explained(tx, who, delivery)
        text = explanation(_sharing(who, row, _reader(referral, reader), _groups(tx, council, decisions)))
        given = {"delivery": delivery, "reader": reader, "sha256": sha256(text.encode()).hexdigest()}
        said = who.said | {"safe_because": safe_because.strip()}
        beside = {"explanation": given}
        entry = write_entry(tx, council, row["referral"], GIVEN, said, section="human", beside=beside)
        return {"text": text, "entry": entry, "test": bool(row["test"])}

    return await gateway.writer.submit(Write(work))


def _explained(tx: Tx, who: Acting, delivery: str) -> tuple[dict[str, Any], Referral, tuple[str, ...]]:
    """The delivery and what it carried, where a family may hear of it at all, and from this person."""
    council = who.council.name
    hub = tx.execute(select(DELIVERY.c.hub).where(DELIVERY.c.council == council, DELIVERY.c.id == delivery)).scalar()
    found = carried(tx, council, delivery if who.serves(hub or "") else "")
    row, referral = _referral(tx, council, delivery)
    if row["kind"] == "divert":
        raise NoSuchAnswer("This went to the safeguarding front door. Only they say what the family may know.")
    if any(Protection.SEALED in person.protection for person in referral.people):
        raise NoSuchAnswer("This file is sealed. Nothing about it is explained from here.")
    return row, referral, found.decisions


def _referral(tx: Tx, council: str, delivery: str) -> tuple[dict[str, Any], Referral]:
    stored = (
        select(DELIVERY.c.referral, DELIVERY.c.kind, DELIVERY.c.hub, DELIVERY.c.ended_at, DELIVERY.c.at)
        .add_columns(REFERRAL.c.filed, REFERRAL.c.sender, REFERRAL.c.test)
        .join_from(DELIVERY, REFERRAL, DELIVERY.c.referral == REFERRAL.c.id)
        .where(DELIVERY.c.council == council, DELIVERY.c.id == delivery)
    )
    row = dict(tx.execute(stored).mappings().one())
    body = content.get(tx, council, row["filed"])
    if body is None:
        raise NotFound("The content of this referral has been erased: nobody can say any more who may read of it.")
    return row, read_filed(body)[0]


def _reader(referral: Referral, place: str) -> Person:
    """Who is to read it. Raises NoSuchAnswer for anybody to whom this must not be given from here."""
    places = {f"/people/{index}": person for index, person in enumerate(referral.people)}
    person = places.get(place)
    if person is None:
        raise NoSuchAnswer("Say who reads it, by their place in the request, such as /people/1.")
    if why := _why_not(person):
        raise NoSuchAnswer(why)
    return person


def _why_not(person: Person) -> str:
    """Why this must not be given to somebody from here; "" where it may."""
    if PersonRole.ALLEGED_HARM in person.roles or not _FAMILY & set(person.roles):
        return "It is written for a parent, or the child. This person is neither, or may have done harm."
    if Protection.DO_NOT_INFORM in person.protection:
        return "This person must never be told. The request says so."
    return ""


def _named(place: str, person: Person) -> dict[str, str]:
    name = " ".join(filter(None, (person.first_name, person.surname))) or person.full_name or "No name"
    roles = [ROLES[role] for role in person.roles if role in _FAMILY]
    return {"place": place, "name": name, "who": ", ".join(roles)}


def _sharing(who: Acting, row: dict[str, Any], reader: Person, groups: frozenset[str]) -> Sharing:
    hub, sender = who.council.hubs.get(row["hub"]), who.council.senders.get(row["sender"])
    day = day_of(row["ended_at"] or row["at"])
    return Sharing(
        sender.title if sender else "The people who work with you",
        hub.title if hub else row["hub"],
        hub.telephone if hub else "",
        who.council.title,
        f"{day:%-d %B %Y}",
        groups,
        PersonRole.CHILD in reader.roles,
    )


def _groups(tx: Tx, council: str, entries: tuple[str, ...]) -> frozenset[str]:
    """The kinds of information that went, as the decisions' entries say."""
    found: set[str] = set()
    for rid in entries:
        entry = entry_of(tx, council, rid)
        for part in entry.sections if entry else ():
            if part.name == "outcome" and part.value is not None:
                found |= set(json.loads(part.value)["sent_groups"])
    return frozenset(found)
