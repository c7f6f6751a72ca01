"""Making a referral by hand: begin, fill in page by page, see what would become of it, and send it.

What is written is the published model from the start, and it is sent through the same way in as everything else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import select

from contracts.enquiry import SOURCE, AskedPage
from contracts.errors import InvalidReferral, NotAllowed, NotFound, SenderError, StillRunning
from contracts.people import ReferrerKind
from gateway.flows.access import Relation, permit_operation
from gateway.flows.acting import Acting
from gateway.flows.decisions.filed import read_filed
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.opening import READ
from gateway.flows.senders import calls, correcting, drafts
from gateway.flows.senders.drafts import Draft
from gateway.flows.senders.foretold import Foretold, foretold
from gateway.flows.submissions import corrections, intake
from gateway.flows.submissions.sent import Sent
from gateway.flows.submissions.standing import CANONICAL
from gateway.path.asking import NAMELESS, pages_of
from gateway.path.calendar import day_of
from gateway.path.drafted import Shown, mark_of, rows_of, take, typed_page, without_names
from gateway.path.household import joined, left, next_child
from gateway.path.placed import Document
from gateway.path.reading import read_referral
from gateway.path.typed import Typed, Wrong
from gateway.store import content
from gateway.store.item import Write
from gateway.store.tables import REFERRAL
from gateway.store.transaction import Tx

JSON: Final = "application/json"
_NOT_THE_FAMILYS: Final = ("envelope", "provenance", "agreement", "sharing_limits", "other_answers", "referrer_private")
"""Field groups that are about the request itself: no family chooses to keep them back."""
NEW: Final = "new"
"""Stands for somebody who has not joined the household yet."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One page of one draft: its rows, what they hold, and the mark by which a later save is told of another's."""

    draft: Draft
    page: AskedPage
    rows: tuple[Shown, ...]
    typed: Typed = field(repr=False)
    mark: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a page that was sent. () and no `others` is kept; nothing else is.

    wrong   what is to be put right first
    others  what somebody else had saved there in the meantime, by whom: it is shown, and nothing of it is lost
    """

    draft: Draft
    wrong: tuple[Wrong, ...] = ()
    others: Opened | None = None


async def begin(gateway: Gateway, who: Acting, caller: str = "") -> str:
    """A new draft with what the session knows of who asks. Raises NotYourRole, NotAllowed if not registered for it.

    caller  as what somebody rings for whom this person writes it down; raises NoSuchAnswer for none
    """
    _must_be_registered(who)
    registration = who.caller.registration
    purpose = "request" if "request" in registration.purposes else next(iter(registration.purposes), "request")
    if calls.is_call(registration):
        head: Document = {"council": who.council.name, "purpose": purpose}
        return await drafts.start(gateway, who, head | calls.begun(gateway, who, caller))
    referrer: Document = {"agency": registration.title, "name": who.name}
    if who.may("enquiries.send"):
        referrer["role"] = who.title
    if registration.agency_kind:
        referrer["agency_kind"] = registration.agency_kind
    if registration.sender_type != "public":
        referrer["kind"] = ReferrerKind.PROFESSIONAL.value
    return await drafts.start(gateway, who, {"council": who.council.name, "purpose": purpose, "referrer": referrer})


async def another(gateway: Gateway, who: Acting, name: str, chosen: str = "") -> str:
    """A new draft for another child of the same family. `chosen`: a brother or sister, "" for nobody named yet.

    Raises NotFound, NotAllowed, and NotYourRole where it was sent and this person may not read what was.
    """
    _must_be_registered(who)
    found = await drafts.draft(gateway, who, name)
    why = "A request for another child of the same family."
    sent = found.state == drafts.SENT
    document = await sent_before(gateway, who, found.reference, "sent.open", why) if sent else found.document
    heard = {"provenance": document["provenance"]} if calls.is_call(who.caller.registration) else {}
    return await drafts.start(gateway, who, next_child(document, chosen) | heard)


def pages(gateway: Gateway, who: Acting, document: Document) -> tuple[AskedPage, ...]:
    """The parts of this enquiry, in the order and the words of the council's own form."""
    registration, catalogue = who.caller.registration, gateway.catalogue
    public = registration.sender_type == "public"
    purpose = str(document.get("purpose", ""))
    own = {group: title for group, title in catalogue.groups.titles.items() if group not in _NOT_THE_FAMILYS}
    call = calls.is_call(registration)
    return pages_of(who.council, catalogue.asking, purpose, registration.purposes, own, public, call)


def opened(gateway: Gateway, who: Acting, draft: Draft, name: str, person: str = "") -> Opened:
    """One page of it. Raises NotFound for a page that this council's form has not, or a person who is not in it."""
    page = next((one for one in pages(gateway, who, draft.document) if one.name == name), None)
    if page is None or (person and not any(one["id"] == person for one in draft.document.get("people", ()))):
        raise NotFound("There is no such page of this request.")
    rows = rows_of(page, gateway.catalogue.asking, draft.document, person)
    typed = typed_page(rows, draft.document)
    return Opened(draft, page, rows, typed, mark_of(typed))


def with_one_more(gateway: Gateway, who: Acting, draft: Draft, name: str) -> tuple[Draft, str]:
    """The draft with somebody more, whom nobody has kept yet, and what they are called in it. Raises NotFound."""
    document, person = joined(draft.document, opened(gateway, who, draft, name).page)
    return replace(draft, document=document), person


async def save(gateway: Gateway, who: Acting, name: str, page: str, typed: Typed, mark: str, person: str = "") -> Saved:
    """Keep what was typed into one page, all of it or nothing. `person`: whose page it is, NEW for somebody more.

    Raises NotFound, NotAllowed, AnsweredAlready.
    """
    outcome: list[Saved] = []

    def work(found: Draft) -> Document | None:
        outcome.clear()
        document, whom = found.document, person
        if person == NEW:
            found, whom = with_one_more(gateway, who, found, page)
            document = found.document
        now = opened(gateway, who, found, page, whom)
        if mark and mark != now.mark and person != NEW:
            outcome.append(Saved(found, others=now))
            return None
        new, wrong = take(now.rows, document, typed, day_of(gateway.now()))
        if not wrong:
            new = _settled(who, found, new)
            wrong = _unfit(gateway, new, found.corrects)
        outcome.append(Saved(found, wrong))
        return None if wrong else new

    kept = await drafts.change(gateway, who, name, work)
    (saved,) = outcome
    return saved if saved.wrong or saved.others else Saved(kept)


async def remove(gateway: Gateway, who: Acting, name: str, person: str) -> Draft:
    """Take somebody out of the request."""
    return await drafts.change(gateway, who, name, lambda found: left(found.document, person))


async def looked_at(gateway: Gateway, who: Acting, draft: Draft) -> Foretold:
    """What would become of it if it were sent now. Nothing is. Raises SenderError as `foretold` does."""
    _must_be_registered(who, draft.corrects)
    permit_operation("preview", who.caller, Relation.NONE)
    document = complete(gateway, draft.document, draft.id, corrects=draft.corrects)
    return await foretold(gateway, _sent(who, draft, document))


async def send(gateway: Gateway, who: Acting, name: str) -> str:
    """Send it, once however often that is asked. Returns its reference. Raises NotYourRole, and as `intake.receive`."""
    who.must_be_let("enquiries.send")
    found = await drafts.draft(gateway, who, name)
    if found.state == drafts.SENT:
        return found.reference
    _must_be_registered(who, found.corrects)
    permit_operation("submit", who.caller, Relation.NONE)
    changed = await _corrected(gateway, who, found) if found.corrects and found.state != drafts.SENDING else []
    document = complete(gateway, found.document, name, gateway.now(), found.corrects)
    read_referral(orjson.dumps(document))
    frozen = await _written(gateway, lambda tx: drafts.freeze(tx, who, name, document))
    try:
        await intake.receive(gateway, _sent(who, found, frozen.document))
    except StillRunning:
        raise
    except SenderError:
        await _written(gateway, lambda tx: drafts.thaw(tx, who, name))
        raise

    def done(tx: Tx) -> None:
        call = calls.said(found) if calls.is_call(who.caller.registration) else {}
        if drafts.finish(gateway, tx, who, name, **call) and found.corrects:
            correcting.say_sent(tx, who, found, changed)

    await _written(gateway, done)
    return found.reference


async def _corrected(gateway: Gateway, who: Acting, found: Draft) -> list[str]:
    """Which places of an earlier request are others now. Raises NoSuchAnswer, NotFound, NotYourRole."""
    who.must_be_let("sent.correct")
    await corrections.permit(gateway, who.caller, found.corrects)
    return await correcting.places(gateway, who, found)


def complete(gateway: Gateway, document: Document, name: str, at: int = 0, corrects: str = "") -> Document:
    """The canonical referral that this draft is, as it is sent: `at` ms UTC, 0 while it is not.

    Names that were written before it became an enquiry without names stay in the draft and are not sent. What corrects
    an earlier request is sent as that was, but for what was changed.
    """
    if corrects:
        return document
    source: Document = {"system": SOURCE, "record_id": name}
    if at:
        source["submitted_at"] = datetime.fromtimestamp(at / 1000, UTC).isoformat().replace("+00:00", "Z")
    if document.get("purpose") in NAMELESS:
        document = without_names(document, gateway.catalogue.asking)
    return document | {"source": source}


def _settled(who: Acting, found: Draft, document: Document) -> Document:
    """What follows from what was said: who declared harm, and that an enquiry of its kind names nobody."""
    harm, before = document.get("harm"), found.document
    if found.corrects and harm and harm != before.get("harm"):
        harm["declared_by"] = who.name
    if found.corrects and document.get("purpose") == before.get("purpose"):
        return document
    call = calls.is_call(who.caller.registration)
    if harm and harm.get("level") and not found.corrects:
        nameless_one = "the caller, on the telephone" if call else who.name
        harm["declared_by"] = document.get("referrer", {}).get("name") or nameless_one
    if call:
        document = calls.heard(who, found, document)
    nameless = {"anonymous": True} if document.get("purpose") in NAMELESS else {}
    return {name: value for name, value in document.items() if name != "anonymous"} | nameless


def _unfit(gateway: Gateway, document: Document, corrects: str) -> tuple[Wrong, ...]:
    """What the model itself would not take, if anything is left that no question saw."""
    try:
        read_referral(orjson.dumps(complete(gateway, document, "draft", corrects=corrects)))
    except InvalidReferral as error:
        return tuple(Wrong("save", f"{one.pointer}: expected {one.expected}. {one.remedy}") for one in error.faults)
    return ()


def _must_be_registered(who: Acting, corrects: str = "") -> None:
    """Whatever its source was, its own sender's people may correct it."""
    if not corrects and SOURCE not in who.caller.registration.sources:
        raise NotAllowed("The council has not registered your sender to write requests here. Ask it to.")


def _sent(who: Acting, draft: Draft, document: Mapping[str, Any]) -> Sent:
    source, content_of = CANONICAL if draft.corrects else SOURCE, json.dumps(document).encode()
    return Sent(who.caller, who.council.name, source, draft.id, content_of, JSON, corrects=draft.corrects)


async def sent_before(gateway: Gateway, who: Acting, reference: str, operation: str, why: str) -> Document:
    """What this sender sent, once the record says who reads it and why. Raises NotYourRole, NotFound."""
    who.must_be_let(operation)

    def work(tx: Tx) -> Document:
        own = (REFERRAL.c.council == who.council.name, REFERRAL.c.sender == who.sender, REFERRAL.c.id == reference)
        filed = tx.execute(select(REFERRAL.c.filed).where(*own)).scalar()
        body = content.get(tx, who.council.name, filed) if filed else None
        if body is None:
            raise NotFound("What was sent is no longer kept.")
        write_entry(tx, who.council.name, reference, READ, who.said | {"purpose": why}, section="reader")
        document: Document = read_filed(body)[0].model_dump(mode="json", exclude_defaults=True)
        return document

    found: Document = await _written(gateway, work)
    return found


async def _written(gateway: Gateway, work: Callable[[Any], Any]) -> Any:
    return await gateway.writer.submit(Write(work))
