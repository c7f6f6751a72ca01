"""Keeps referrals that a sender's people are writing: sealed like everything personal, and seen by nobody else.

A draft that nobody touches for `KEPT` is gone, and the record says so. Somebody who did not write it opens it first,
and the record says that they did before they see anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from sqlalchemy import Connection, delete, select, update

from contracts.errors import AnsweredAlready, NotAllowed, NotFound
from gateway.flows.acting import Acting
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.path.household import initials_of, says_danger
from gateway.path.placed import Document
from gateway.store import content
from gateway.store.chance import new_id
from gateway.store.keys import referral_id
from gateway.store.tables import DRAFT
from gateway.store.transaction import Tx
from gateway.store.writer import Write

KEPT: Final = 30 * 86_400_000
"""Milliseconds after which a draft that nobody touched is gone."""
MOST: Final = 200
"""Drafts that one sender's people have at once."""
OPEN, READY, SENDING, SENT = "open", "ready", "sending", "sent"
_SECTION: Final = "draft"


@dataclass(frozen=True, slots=True)
class Draft:
    """One referral that is being written.

    state      open, ready for whoever sends, being sent, or sent
    document   the published model as JSON, so far
    opened     names of those who may see it, because they wrote it or the record says that they opened it
    reference  what it will be known by once it is sent: a consent form may name it before
    corrects   id of the request of which this is to be the next version, "" for a request of its own
    """

    id: str
    state: str
    document: Document = field(repr=False)
    opened: tuple[str, ...]
    started_by: str
    changed_by: str
    prepared_by: str
    reference: str
    at: int
    changed_at: int
    corrects: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One draft in a list: initials, and whether it says danger. mine: this person may open it as it is."""

    id: str
    state: str
    initials: str
    started_by: str
    changed_by: str
    prepared_by: str
    reference: str
    changed_at: int
    mine: bool
    danger: bool
    corrects: str = ""


async def start(gateway: Gateway, who: Acting, document: Document, corrects: str = "") -> str:
    """Begin a draft with what is known already. Returns its id. Raises NotYourRole, AnsweredAlready for too many.

    corrects  id of the request of which it is to be the next version
    """
    who.must_be_let("enquiries.write")
    name, council = new_id(), who.council.name

    def work(tx: Tx) -> None:
        if len(tx.execute(select(DRAFT.c.id).where(*_own(who), DRAFT.c.state != SENT)).all()) >= MOST:
            raise AnsweredAlready(f"Your sender has {MOST} unfinished requests. Finish or delete one first.")
        row = {
            "id": name,
            "council": council,
            "sender": who.sender,
            "content": content.put(tx, council, "draft", _spelt(document, (who.name,), corrects)),
            "state": OPEN,
            "started_by": who.name,
            "changed_by": who.name,
            "prepared_by": "",
            "referral": referral_id(gateway.keys[council], who.sender, name, 0),
            "at": gateway.now(),
            "changed_at": gateway.now(),
        }
        tx.insert(DRAFT, row)

    await gateway.writer.submit(Write(work))
    return name


async def listed(gateway: Gateway, who: Acting, *states: str) -> list[Listed]:
    """Their sender's drafts, the last changed first; those in these states, or all. Raises NotYourRole."""
    who.must_be_let("enquiries.list")
    wanted = (*_own(who), *((DRAFT.c.state.in_(states),) if states else ()))
    asked = select(DRAFT).where(*wanted).order_by(DRAFT.c.changed_at.desc(), DRAFT.c.id)

    def read(connection: Connection) -> list[Listed]:
        return [_listed(who, _draft(connection, row)) for row in connection.execute(asked).all()]

    return await gateway.store.ask(who.council.name, read)


async def draft(gateway: Gateway, who: Acting, name: str) -> Draft:
    """One draft. Raises NotFound for another sender's and for none, NotAllowed for one they have not opened."""
    found = await gateway.store.ask(who.council.name, lambda connection: _one(connection, who, name))
    return _must_be_open_to(who, found)


async def open_it(gateway: Gateway, who: Acting, name: str) -> None:
    """Let this person see what somebody else wrote, once the record says so. Raises NotYourRole, NotFound."""
    who.must_be_let("enquiries.write")

    def work(tx: Tx) -> None:
        found = _one(tx, who, name)
        if who.name in found.opened or not found.document:
            return
        _say(tx, who, "draft.read", found)
        _keep(tx, who, found, found.document, (*found.opened, who.name))

    await gateway.writer.submit(Write(work))


async def change(gateway: Gateway, who: Acting, name: str, work: Callable[[Draft], Document | None]) -> Draft:
    """Change what it holds, or leave it for None; what was ready is open again. Returns it as it stands then.

    Raises NotFound, NotAllowed, AnsweredAlready for one that is being sent, and whatever `work` raises.
    """
    who.must_be_let("enquiries.write")

    def doing(tx: Tx) -> Draft:
        found = _writable(_must_be_open_to(who, _one(tx, who, name)))
        document = work(found)
        if document is None or document == found.document:
            return found
        _keep(tx, who, found, document, found.opened)
        _mark(tx, who, name, state=OPEN, changed_by=who.name, prepared_by="", changed_at=gateway.now())
        return _one(tx, who, name)

    return await gateway.writer.submit(Write(doing))


async def ready(gateway: Gateway, who: Acting, name: str) -> None:
    """Say that it is ready for whoever sends it. Raises as `change` does."""
    who.must_be_let("enquiries.write")

    def work(tx: Tx) -> None:
        found = _writable(_must_be_open_to(who, _one(tx, who, name)))
        _say(tx, who, "draft.ready", found)
        _mark(tx, who, name, state=READY, prepared_by=who.name, changed_at=gateway.now())

    await gateway.writer.submit(Write(work))


async def drop(gateway: Gateway, who: Acting, name: str) -> None:
    """Delete one, for good. Raises as `change` does."""
    who.must_be_let("enquiries.write")

    def work(tx: Tx) -> None:
        found = _writable(_must_be_open_to(who, _one(tx, who, name)))
        _say(tx, who, "draft.deleted", found)
        _forget(tx, who.council.name, name)

    await gateway.writer.submit(Write(work))


def sweep(gateway: Gateway, tx: Tx, now: int) -> int:
    """Take away what nobody touched for `KEPT`, with an entry for each. `now` in ms UTC. Returns how many."""
    old = select(DRAFT).where(DRAFT.c.changed_at < now - KEPT, DRAFT.c.council.in_(sorted(gateway.catalogue.councils)))
    rows = tx.execute(old).all()
    for row in rows:
        if row.content:
            said = {"draft": row.id, "sender": row.sender, "state": row.state, "untouched_days": KEPT // 86_400_000}
            write_entry(tx, row.council, "", "draft.disposed", said, section=_SECTION)
        _forget(tx, row.council, row.id)
    return len(rows)


# For sending ----------------------------------------------------------------------------------------------------------


def freeze(tx: Tx, who: Acting, name: str, document: Document) -> Draft:
    """Let nobody change it any more while it is sent: the same bytes go, however often that is tried."""
    found = _must_be_open_to(who, _one(tx, who, name))
    if found.state in (OPEN, READY):
        _keep(tx, who, found, document, found.opened)
        _mark(tx, who, name, state=SENDING)
    return _one(tx, who, name)


def thaw(tx: Tx, who: Acting, name: str) -> None:
    """It was not taken: it may be changed again."""
    _mark(tx, who, name, state=OPEN)


def finish(gateway: Gateway, tx: Tx, who: Acting, name: str, **call: object) -> bool:
    """It was taken: what was written stands there, and no longer here. The record says who prepared it and who sent.

    Returns whether that had not been done before. call: what the record keeps of a telephone call.
    """
    found = _one(tx, who, name)
    if found.state != SENDING:
        return False
    prepared = found.prepared_by or found.started_by
    said = {"draft": name, "prepared_by": prepared, "sent_by": who.name, "role": who.role, "how": who.how}
    if not found.corrects:  # what was corrected has an entry of its own
        kind = "call.sent" if call else "enquiry.sent"
        write_entry(tx, who.council.name, found.reference, kind, said | call, section="enquiry")
    content.erase(tx, who.council.name, [_content_of(tx, who, name)])
    _mark(tx, who, name, state=SENT, content="", changed_by=who.name, changed_at=gateway.now())
    return True


def _one(connection: Connection | Tx, who: Acting, name: str) -> Draft:
    row = connection.execute(select(DRAFT).where(*_own(who), DRAFT.c.id == name)).one_or_none()
    if row is None:
        raise NotFound("There is no such request of your sender.")
    return _draft(connection, row)


def _draft(connection: Connection | Tx, row: Any) -> Draft:
    body = content.get(connection, row.council, row.content) if row.content else None
    held = orjson.loads(body) if body is not None else {"referral": {}, "opened": []}
    names = ("id", "state", "started_by", "changed_by", "prepared_by", "at", "changed_at")
    kept = {name: getattr(row, name) for name in names}
    opened, corrects = tuple(held["opened"]), held.get("corrects", "")
    return Draft(document=held["referral"], opened=opened, reference=row.referral, corrects=corrects, **kept)


def _listed(who: Acting, one: Draft) -> Listed:
    names = ("id", "state", "started_by", "changed_by", "prepared_by", "reference", "changed_at", "corrects")
    kept = {name: getattr(one, name) for name in names}
    mine = who.name in one.opened or one.state == SENT
    return Listed(initials=initials_of(one.document), mine=mine, danger=says_danger(one.document), **kept)


def _must_be_open_to(who: Acting, found: Draft) -> Draft:
    if found.state != SENT and who.name not in found.opened:
        raise NotAllowed("Somebody else wrote this. Open it from the list first: the record keeps who reads it.")
    return found


def _writable(found: Draft) -> Draft:
    if found.state in (SENDING, SENT):
        raise AnsweredAlready("It has been sent, or is being sent, and cannot be changed here any more.")
    return found


def _keep(tx: Tx, who: Acting, found: Draft, document: Document, opened: tuple[str, ...]) -> None:
    held = _content_of(tx, who, found.id)
    content.replace(tx, who.council.name, held, "draft", _spelt(document, opened, found.corrects))


def _content_of(tx: Tx, who: Acting, name: str) -> str:
    return str(tx.execute(select(DRAFT.c.content).where(*_own(who), DRAFT.c.id == name)).scalar_one())


def _mark(tx: Tx, who: Acting, name: str, **values: object) -> None:
    tx.execute(update(DRAFT).where(*_own(who), DRAFT.c.id == name).values(**values))


def _say(tx: Tx, who: Acting, kind: str, found: Draft) -> None:
    said = who.said | {"draft": found.id, "sender": who.sender, "started_by": found.started_by}
    write_entry(tx, who.council.name, "", kind, said, section=_SECTION)


def _forget(tx: Tx, council: str, name: str) -> None:
    one = (DRAFT.c.council == council, DRAFT.c.id == name)
    held = tx.execute(select(DRAFT.c.content).where(*one)).scalar()
    if held:
        content.erase(tx, council, [held])
    tx.execute(delete(DRAFT).where(*one))


def _own(who: Acting) -> tuple[Any, ...]:
    return DRAFT.c.council == who.council.name, DRAFT.c.sender == who.sender


def _spelt(document: Document, opened: tuple[str, ...], corrects: str) -> bytes:
    return orjson.dumps({"referral": document, "opened": opened, "corrects": corrects})
