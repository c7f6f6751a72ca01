"""Files that a sender's people look at before they send them: who prepared, who said ready, who sent, what came of it.

A look sends nothing. The office prepares and hands over; a lead or deputy sends, by the same way in as their system
(settled 55). The bytes of a pupil export are never kept: whoever sends it chooses the same file again. What nobody
touches goes after `KEPT`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound, UnknownSource
from gateway.flows.acting import Acting
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.places.rowreport import Line, lines_of
from gateway.flows.senders.lookedat import Look, look, media_type_of, title_of, unpacked
from gateway.flows.submissions import intake
from gateway.flows.submissions.sent import Confirmed, Sent
from gateway.store import content
from gateway.store.chance import new_id
from gateway.store.keys import fingerprint
from gateway.store.tables import UPLOAD
from gateway.store.transaction import Tx
from gateway.store.writer import Write

KEPT: Final = 14 * 24 * 3_600_000
"""Milliseconds after which a file that nobody touched goes: long enough for a half term's week."""
MANY: Final = 50
"""Files listed at most."""

OPEN: Final = ("looked", "ready", "partly")
LOOKED: Final = "upload.looked"
READY: Final = "upload.ready"
SENT: Final = "upload.sent"
GONE: Final = "upload.gone"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file. kept: whether its bytes are here; look: what would become of it, None once it is sent.

    lines  what became of each row, once it was sent
    """

    id: str
    source: str
    title: str
    state: str
    kept: bool
    prepared_by: str
    ready_by: str
    sent_by: str
    at: int
    changed_at: int
    look: Look | None
    lines: tuple[Line, ...]


def sources_of(gateway: Gateway, who: Acting) -> Mapping[str, str]:
    """What their sender is registered for: source → what it is."""
    council, found = who.council.name, dict[str, str]()
    for source in who.caller.registration.sources:
        with suppress(UnknownSource):  # what is written on pages here comes as no file
            found[source] = title_of(gateway, source, council)
    return found


async def begin(gateway: Gateway, who: Acting, source: str, body: bytes) -> tuple[str, tuple[Line, ...]]:
    """Look at a file and keep it to be sent: its id, or "" and what is wrong with all of it.

    Raises NotYourRole, NoSuchAnswer for what is no such file.
    """
    who.must_be_let("sent.upload")
    sent = _sent(gateway, who, new_id(), source, body)
    told, wrong = await look(gateway, sent)
    if told is None:
        return "", wrong
    council, keeps = (
        who.council.name,
        source == intake.CANONICAL or gateway.reader.keeps_bytes(source, who.council.name),
    )

    def work(tx: Tx) -> str:
        row = {
            "id": sent.key,
            "council": council,
            "sender": who.sender,
            "source": source,
            "state": "looked",
            "media_type": sent.content_type,
            "size": len(body),
            "fingerprint": fingerprint(gateway.keys[council], source, body),
            "content": content.put(tx, council, "upload", body) if keeps else "",
            "told": content.put(tx, council, "upload", told.packed()),
            "answer": b"",
            "prepared_by": who.name,
            "ready_by": "",
            "sent_by": "",
            "at": tx.now,
            "changed_at": tx.now,
        }
        tx.execute(insert(UPLOAD).values(row))
        said = who.said | {"upload": sent.key, "source": source, "size": len(body), "rows": len(told.rows)}
        write_entry(tx, council, "", LOOKED, said, section="human")
        return sent.key

    return await gateway.writer.submit(Write(work)), ()


async def listed(gateway: Gateway, who: Acting) -> tuple[Upload, ...]:
    """Their sender's files, the last touched first, without what each says. Raises NotYourRole."""
    who.must_be_let("sent.upload")
    own = select(UPLOAD).where(UPLOAD.c.council == who.council.name, UPLOAD.c.sender == who.caller.registration.sender)
    newest = own.order_by(UPLOAD.c.changed_at.desc(), UPLOAD.c.id).limit(MANY)
    rows = await gateway.store.ask(who.council.name, lambda connection: connection.execute(newest).all())
    return tuple(_upload(gateway, row, None) for row in rows)


async def one(gateway: Gateway, who: Acting, upload: str) -> Upload:
    """One file of their sender's. Raises NotYourRole, and NotFound for another's and for none."""
    who.must_be_let("sent.upload")

    def read(connection: Connection) -> tuple[Any, bytes | None]:
        row = _own(connection, who, upload)
        return row, content.get(connection, who.council.name, row.told) if row.told else None

    row, told = await gateway.store.ask(who.council.name, read)
    return _upload(gateway, row, told)


async def ready(gateway: Gateway, who: Acting, upload: str) -> None:
    """Say that it is ready, for whoever may send it. Raises NotYourRole, NotFound, AnsweredAlready."""
    who.must_be_let("sent.upload")

    def work(tx: Tx) -> None:
        row = _open(tx, who, upload)
        _change(tx, row.id, state="ready" if row.state == "looked" else row.state, ready_by=who.name)
        write_entry(tx, who.council.name, "", READY, who.said | {"upload": row.id}, section="human")

    await gateway.writer.submit(Write(work))


async def drop(gateway: Gateway, who: Acting, upload: str) -> None:
    """Take it away unsent. Raises NotYourRole, NotFound, AnsweredAlready."""
    who.must_be_let("sent.upload")

    def work(tx: Tx) -> None:
        row = _open(tx, who, upload)
        _take_away(tx, row)
        write_entry(tx, who.council.name, "", GONE, who.said | {"upload": row.id}, section="human")

    await gateway.writer.submit(Write(work))


async def send(gateway: Gateway, who: Acting, upload: str, children: frozenset[str], again: bytes | None) -> None:
    """Send it as their sender's system would, under one key however often it is asked.

    children  tokens of the children that this person means, where there are more than may go unconfirmed
    again     the file once more, where its bytes are not kept here

    Raises NotYourRole, NotFound, NoSuchAnswer for another file or for nobody confirmed, and as `intake.receive`.
    """
    who.must_be_let("sent.send")
    council = who.council.name

    def read(tx: Tx) -> tuple[Any, bytes | None, Look]:
        row = _open(tx, who, upload)
        told = content.get(tx, council, row.told)
        assert told is not None, "what was said of it is kept until it is sent"
        return row, content.get(tx, council, row.content) if row.content else again, unpacked(told)

    row, body, told = await gateway.writer.submit(Write(read))
    if body is None:
        raise NoSuchAnswer("Choose the same file again: it holds a pupil export, and was not kept.")
    if fingerprint(gateway.keys[council], row.source, body) != row.fingerprint:
        raise NoSuchAnswer("This is not the file that was looked at. Choose that one, or look at this one first.")
    tokens = {one.token for one in told.rows if one.token}
    if tokens and not tokens & children:
        raise NoSuchAnswer("Tick each child whom you mean. A person confirms each one where there are more than ten.")
    confirmed = Confirmed(who.name, frozenset(tokens & children)) if tokens else None
    sent = Sent(who.caller, council, row.source, upload, body, row.media_type, confirmed=confirmed)
    answer = await intake.receive(gateway, sent)
    await gateway.writer.submit(Write(lambda tx: _keep(tx, who, upload, answer.body)))


async def expire(gateway: Gateway) -> int:
    """Take away what nobody touched for `KEPT`, and say so in the record. Returns how many. Raises StoreUnavailable."""

    def work(tx: Tx) -> int:
        old = tx.execute(select(UPLOAD).where(UPLOAD.c.changed_at < tx.now - KEPT).limit(MANY)).all()
        for row in old:
            _take_away(tx, row)
            if row.state != "sent":
                write_entry(tx, row.council, "", GONE, {"by": "machine", "upload": row.id}, section="human")
        return len(old)

    return await gateway.writer.submit(Write(work))


def _sent(gateway: Gateway, who: Acting, key: str, source: str, body: bytes) -> Sent:
    caller, council = who.caller, who.council.name
    if source not in sources_of(gateway, who):
        raise NoSuchAnswer("Choose what this file is.")
    if not body:
        raise NoSuchAnswer("This file is empty. Choose another.")
    kind = media_type_of(intake.media_types(gateway, caller, council, source), body)
    return Sent(caller, council, source, key, body, kind)


def _keep(tx: Tx, who: Acting, upload: str, answer: bytes) -> None:
    """What became of it: one entry at each request that came of it now, and nothing kept that is not needed."""
    council, row = who.council.name, _own(tx, who, upload)
    known = {one["referral"] for one in _receipts(row.answer) if one["state"] == "accepted"}
    receipts = _receipts(answer)
    people = {"prepared_by": row.prepared_by, "ready_by": row.ready_by, "upload": upload}
    for one in receipts:
        if one["state"] == "accepted" and one["referral"] not in known:
            write_entry(tx, council, one["referral"], SENT, who.said | people, section="human")
    done = not any(one["state"] == "not_confirmed" for one in receipts)
    if done:
        content.erase(tx, council, [one for one in (row.content, row.told) if one])
    gone = {"content": "", "told": ""} if done else {}
    _change(tx, upload, state="sent" if done else "partly", answer=answer, sent_by=who.name, **gone)


def _receipts(answer: bytes) -> Sequence[dict[str, Any]]:
    found: Sequence[dict[str, Any]] = orjson.loads(answer)["receipts"] if answer else ()
    return found


def _upload(gateway: Gateway, row: Any, told: bytes | None) -> Upload:
    names = ("id", "source", "state", "prepared_by", "ready_by", "sent_by", "at", "changed_at")
    return Upload(
        **{name: getattr(row, name) for name in names},
        title=title_of(gateway, row.source, row.council),
        kept=bool(row.content),
        look=unpacked(told) if told else None,
        lines=lines_of(row.answer) if row.answer else (),
    )


def _own(connection: Connection | Tx, who: Acting, upload: str) -> Any:
    own = (UPLOAD.c.council == who.council.name) & (UPLOAD.c.sender == who.caller.registration.sender)
    row = connection.execute(select(UPLOAD).where(own, UPLOAD.c.id == upload)).first()
    if row is None:
        raise NotFound("There is no such file of yours here. One that nobody touches goes after 14 days.")
    return row


def _open(tx: Tx, who: Acting, upload: str) -> Any:
    row = _own(tx, who, upload)
    if row.state not in OPEN:
        raise AnsweredAlready("This has been sent already. Nothing was changed.")
    return row


def _change(tx: Tx, upload: str, **values: object) -> None:
    tx.execute(update(UPLOAD).where(UPLOAD.c.id == upload).values(changed_at=tx.now, **values))


def _take_away(tx: Tx, row: Any) -> None:
    tx.execute(delete(UPLOAD).where(UPLOAD.c.id == row.id))
    content.erase(tx, row.council, [one for one in (row.content, row.told) if one])
