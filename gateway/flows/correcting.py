"""A sender's people put a request of theirs right and send it again: a new version, decided as the first one was.

The way in is the one a system's correction takes (`corrections`); whoever has the earlier version is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection

from contracts.errors import NoSuchAnswer, NotFound
from contracts.people import PersonRole
from contracts.referral import Referral
from contracts.returned import AgreementTold
from gateway.flows import corrections, intake, preview
from gateway.flows.acting import Acting
from gateway.flows.entry import write_entry
from gateway.flows.filed import read_filed, read_since
from gateway.flows.gateway import Gateway
from gateway.flows.looked import must_say_why
from gateway.flows.opening import READ
from gateway.flows.ownreading import GONE, filed
from gateway.flows.ownrequests import initials
from gateway.flows.sent import Sent
from gateway.flows.showing import ROLES
from gateway.path.textfields import TextField, fields_of, with_changes
from gateway.store import content
from gateway.store.queries import referral_view
from gateway.store.transaction import Tx
from gateway.store.writer import Write

SENT = "correction.sent"


@dataclass(frozen=True, slots=True)
class Shown:
    """One field as a form shows it."""

    field: TextField
    label: str


@dataclass(frozen=True, slots=True)
class Foretold:
    """What would become of it. ring: whom to ring now, "" where nothing tells of danger; says: each decision."""

    changed: tuple[Shown, ...]
    ring: str
    says: tuple[str, ...]


async def opened(gateway: Gateway, who: Acting, referral: str, purpose: str) -> tuple[Shown, ...]:
    """What may be put right, with its values, once the record says who reads it. Raises as `ownreading.opened`."""
    who.must_be_let("sent.correct")
    must_say_why(purpose)

    def work(tx: Tx) -> None:
        filed(tx, who, referral)
        write_entry(tx, who.council.name, referral, READ, who.said | {"purpose": purpose.strip()}, section="reader")

    await gateway.writer.submit(Write(work))
    return _shown(await gateway.store.ask(who.council.name, lambda connection: _read(connection, who, referral)))


async def look(gateway: Gateway, who: Acting, referral: str, given: Mapping[str, str]) -> Foretold:
    """What would become of it with these texts. Nothing is sent.

    Raises NotYourRole, NotFound, NoSuchAnswer where nothing was changed, InvalidReferral with the place of each fault.
    """
    sent, changed = await _corrected(gateway, who, referral, given)
    told: dict[str, Any] = await preview.preview(gateway, sent)
    says = dict.fromkeys(str(one["say"]) for record in told["records"] for one in record.get("decisions", ()))
    return Foretold(changed, str(told.get("ring", "")), tuple(says))


async def send(gateway: Gateway, who: Acting, referral: str, given: Mapping[str, str]) -> str:
    """Send it. The same twice is one version. Returns the id of the new version. Raises as `look`."""
    sent, changed = await _corrected(gateway, who, referral, given)
    answer = await intake.receive(gateway, sent)
    newer = str(orjson.loads(answer.body)["receipts"][0]["referral"])
    said = who.said | {"corrects": referral, "places": [one.field.pointer for one in changed]}

    def work(tx: Tx) -> None:
        write_entry(tx, who.council.name, newer, SENT, said, section="human")

    if not answer.replayed:
        await gateway.writer.submit(Write(work))
    return newer


async def _corrected(
    gateway: Gateway, who: Acting, referral: str, given: Mapping[str, str]
) -> tuple[Sent, tuple[Shown, ...]]:
    who.must_be_let("sent.correct")
    await corrections.permit(gateway, who.caller, referral)
    told = await gateway.store.ask(who.council.name, lambda connection: _read(connection, who, referral))
    changed = tuple(
        Shown(replace(one.field, value=_plain(given[one.field.pointer])), one.label)
        for one in _shown(told)
        if one.field.pointer in given and _plain(given[one.field.pointer]) != _plain(one.field.value)
    )
    if not changed:
        raise NoSuchAnswer("Nothing is changed yet. Put right what is wrong, or go back.")
    body = json.dumps(with_changes(told, {one.field.pointer: one.field.value for one in changed})).encode()
    key = f"correction {referral} {sha256(body).hexdigest()}"
    return Sent(
        who.caller, who.council.name, intake.CANONICAL, key, body, "application/json", corrects=referral
    ), changed


def _read(connection: Connection, who: Acting, referral: str) -> Referral:
    view = referral_view(connection, who.council.name, referral)
    if view is None:
        raise NotFound()
    if view.superseded_by:
        raise NoSuchAnswer("A newer version of it stands. Open that one, and correct it there.")
    body = content.get(connection, who.council.name, view.referral.filed)
    if body is None:
        raise NotFound(GONE)
    return _as_sent(read_filed(body)[0], read_since(body))


def _as_sent(referral: Referral, since: Iterable[AgreementTold]) -> Referral:
    """The referral without what the family said later: the next version is given that of itself, as it was said."""
    for name, said in (
        ("agreements", [told.agreement for told in since if told.agreement]),
        ("informed", [one for told in since for one in told.informed]),
        ("notices", [one for told in since for one in told.notices]),
    ):
        kept = list(getattr(referral, name))
        for one in said:
            if one in kept:
                kept.reverse()
                kept.remove(one)
                kept.reverse()
        referral = referral.model_copy(update={name: tuple(kept)})
    return referral


def _shown(referral: Referral) -> tuple[Shown, ...]:
    return tuple(Shown(one, _label(referral, one.pointer)) for one in fields_of(referral))


def _label(referral: Referral, pointer: str) -> str:
    """A place in words: `The child, M F: first name`."""
    steps = pointer.split("/")[1:]
    words = [str(int(step) + 1) if step.isdigit() else step.replace("_", " ") for step in steps]
    if steps[0] != "people":
        return " ".join(words).capitalize()
    person = referral.people[int(steps[1])]
    role = ROLES[person.roles[0] if person.roles else PersonRole.OTHER]
    return f"{role.capitalize()}, {initials(person)}: {' '.join(words[2:])}"


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
