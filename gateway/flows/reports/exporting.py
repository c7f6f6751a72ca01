"""Takes a report out as a file: recorded before its first byte, kept sealed for its time, then gone (governance 2.4).

More than `ALONE` rows need a second person, who confirms before anybody can take the file. It is made in the
background like a report: what is in memory is one piece; of evidence and FHIR also the ids of what is in it, and so
they are made of `WITH_CONTENT` rows at most.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from contracts.errors import NoSuchAnswer, NotFound
from gateway.flows.acting import Acting
from gateway.flows.entry import READER, write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.allowance import spent, unless_refused
from gateway.flows.reports.expiring import RECORD, end_old, ends
from gateway.flows.reports.files import KINDS, Kind, write
from gateway.flows.reports.making import Pile, definition_of, give_up, sweep, while_waiting
from gateway.flows.reports.pieces import READY, found, pieces_of
from gateway.logs import place_of
from gateway.store.chance import next_id
from gateway.store.tables import EXPORT
from gateway.store.transaction import Tx
from gateway.store.writer import Write

_LOG = logging.getLogger(__name__)

MADE: Final = "export.made"
CONFIRMED: Final = "export.confirmed"
TAKEN: Final = "export.taken"
ALONE: Final = 500
"""Rows that one person may take out (governance 5.1)."""
WITH_CONTENT: Final = 10_000
"""Rows of a report that is taken out with what the record has of each request."""
LEAST: Final = 10
"""Characters of a reason at least."""
WHY: Final = "Write in a sentence why you take it out. The record keeps that."
_LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """One export with the report that it was made of, as rows of the store."""

    row: Any
    report: Any
    kind: Kind


async def ask(
    gateway: Gateway, who: Acting, report: str, kind: str, purpose: str, *, name: str = "", wait: float = 1.5
) -> str:
    """Begin an export, and wait a moment for it. Returns its id. Raises NotYourRole, NotFound, NoSuchAnswer."""
    who.must_be_let("reports.export")
    if len(purpose.strip()) < LEAST:
        raise NoSuchAnswer(WHY)
    if kind not in KINDS:
        raise NoSuchAnswer("Choose in which form you want it.")
    if KINDS[kind].content:
        who.must_be_let("log.export")
    export, council = next_id(), who.council.name

    def work(tx: Tx) -> Any:
        row = found(tx, council, report, name)
        definition_of(who, row.name, "reports.export")
        if row.state not in READY:
            raise NoSuchAnswer("This report is not ready, or its time is over.")
        if KINDS[kind].content and definition_of(who, row.name).content:
            raise NoSuchAnswer("This report is taken out as CSV or JSON Lines: its rows name no entry of the record.")
        if KINDS[kind].content and row.rows > WITH_CONTENT:
            raise NoSuchAnswer(
                f"FHIR and evidence are made of {WITH_CONTENT:,} rows at most. Make the report for fewer days, or take "
                "it out as CSV or JSON Lines."
            )
        if refused := spent(gateway, tx, who, purpose):
            return refused
        tx.insert(EXPORT, _begun(export, council, report, kind, who, tx.now))
        return row

    row = unless_refused(await gateway.writer.submit(Write(work)))
    await while_waiting(_make(gateway, who, row, KINDS[kind], export, purpose.strip()), wait)
    return export


async def about(gateway: Gateway, who: Acting, name: str, report: str) -> Any:
    """The row of a report that may be taken out. Raises NotYourRole, NotFound."""
    definition_of(who, name, "reports.export")
    council = who.council.name
    return await gateway.store.ask(council, lambda connection: found(connection, council, report, name))


async def _make(gateway: Gateway, who: Acting, report: Any, kind: Kind, export: str, purpose: str) -> None:
    council = who.council.name

    def gather(connection: Connection) -> Pile:
        pile = Pile(gateway, council, export, EXPORT)
        write(gateway, connection, council, report, kind, pile.lay)
        return pile

    try:
        pile = await gateway.store.ask(council, gather)
        await gateway.writer.submit(Write(lambda tx: _finish(gateway, tx, who, report, kind, pile, purpose)))
    except Exception as error:
        _LOG.error("An export could not be made", extra={"why": f"{type(error).__name__} {place_of(error)}"})
        await gateway.writer.submit(Write(lambda tx: give_up(tx, export, EXPORT)))
        await sweep(gateway, council)


def _finish(gateway: Gateway, tx: Tx, who: Acting, report: Any, kind: Kind, pile: Pile, purpose: str) -> None:
    """The record says who takes what, and why, before a byte of it can leave."""
    digest, council, rows = pile.digest.hexdigest(), who.council.name, report.rows
    said = who.said | {
        "export": pile.of,
        "purpose": purpose,
        "report": report.name,
        "version": report.version,
        "asked": report.query,
        "kind": kind.name,
        "count": rows,
        "sha256": digest,
    }
    entry = write_entry(tx, council, "", MADE, said, section=READER)
    state = "waiting" if rows > ALONE else "ready"
    until = ends(gateway.catalogue.schedules[council].after[RECORD], tx.now)
    changes = {"state": state, "rows": rows, "digest": digest, "entry": entry, "until": until}
    tx.execute(EXPORT.update().where(EXPORT.c.id == pile.of).values(**changes))


async def exports(gateway: Gateway, who: Acting) -> list[Listed]:
    """Exports of this council, the newest first; those whose time is over are ended first. Raises NotYourRole."""
    who.must_be_let("reports.export")
    await end_old(gateway, who.council.name)
    newest = _all(who.council.name).order_by(EXPORT.c.at.desc(), EXPORT.c.id.desc()).limit(_LISTED)

    def read(connection: Connection) -> list[Listed]:
        rows = connection.execute(newest).all()
        return [Listed(row, found(connection, who.council.name, row.report), KINDS[row.kind]) for row in rows]

    return await gateway.store.ask(who.council.name, read)


async def one(gateway: Gateway, who: Acting, export: str) -> Listed:
    """One export. Raises NotYourRole, NotFound."""
    who.must_be_let("reports.export")
    await end_old(gateway, who.council.name)
    return await gateway.store.ask(who.council.name, lambda connection: _one(connection, who, export))


async def confirm(gateway: Gateway, who: Acting, export: str) -> None:
    """A second person lets a large export be taken. Raises NotYourRole, NotFound, NoSuchAnswer for whoever asked."""
    who.must_be_let("reports.export")

    def work(tx: Tx) -> None:
        listed = _one(tx, who, export)
        if listed.row.state != "waiting":
            raise NoSuchAnswer("This export does not wait for a second person.")
        if listed.row.by == who.name:
            raise NoSuchAnswer("You asked for this export. A second person confirms it.")
        said = who.said | {"export": export, "asked_by": listed.row.by, "count": listed.row.rows}
        write_entry(tx, who.council.name, "", CONFIRMED, said | {"sha256": listed.row.digest}, section="export")
        tx.execute(EXPORT.update().where(EXPORT.c.id == export).values(state="ready", second=who.name))

    await gateway.writer.submit(Write(work))


async def take(gateway: Gateway, who: Acting, export: str) -> tuple[Listed, AsyncIterator[bytes]]:
    """The file, piece by piece, for whoever asked for it, once the record says that they took it.

    Raises NotYourRole, NotFound, NoSuchAnswer while it is not ready, and for anybody else.
    """
    who.must_be_let("reports.export")
    await end_old(gateway, who.council.name)
    council = who.council.name

    def work(tx: Tx) -> Listed:
        listed = _one(tx, who, export)
        if listed.row.by != who.name:
            raise NoSuchAnswer("Only whoever asked for this export takes it.")
        if listed.row.state != "ready":
            raise NoSuchAnswer("This export cannot be taken: it is not ready, or its time is over.")
        if listed.kind.content:
            who.must_be_let("log.export")
        said = who.said | {"export": export, "sha256": listed.row.digest}
        write_entry(tx, council, "", TAKEN, said, section=READER)
        return listed

    listed = await gateway.writer.submit(Write(work))
    return listed, _pieces(gateway, council, export)


async def _pieces(gateway: Gateway, council: str, export: str) -> AsyncIterator[bytes]:
    """Each piece is read by itself: a slow browser holds no reader of the store."""
    place = 0
    while True:
        piece = await gateway.store.ask(council, lambda connection, at=place: _piece(connection, council, export, at))  # type: ignore[misc]
        if piece is None:
            return
        yield piece
        place += 1


async def piece(gateway: Gateway, who: Acting, export: str, place: int) -> bytes | None:
    """One piece of an export that whoever asks for it has taken; None after the last. Raises as `take`."""
    who.must_be_let("reports.export")
    council = who.council.name

    def read(connection: Connection) -> bytes | None:
        row = _one(connection, who, export).row
        if row.by != who.name or row.state != "ready":
            raise NoSuchAnswer("This export cannot be taken: it is not yours, not ready, or its time is over.")
        return _piece(connection, council, export, place)

    return await gateway.store.ask(council, read)


def _piece(connection: Connection, council: str, export: str, place: int) -> bytes | None:
    return next((body for _, body in pieces_of(connection, council, export, only=place)), None)


def _one(connection: Connection | Tx, who: Acting, export: str) -> Listed:
    row = connection.execute(_all(who.council.name).where(EXPORT.c.id == export)).one_or_none()
    if row is None:
        raise NotFound("There is no export of that number.")
    report = found(connection, who.council.name, row.report)
    definition_of(who, report.name, "reports.export")
    return Listed(row, report, KINDS[row.kind])


def _all(council: str) -> Any:
    return select(EXPORT).where(EXPORT.c.council == council)


def _begun(export: str, council: str, report: str, kind: str, who: Acting, now: int) -> Mapping[str, object]:
    text = {"id": export, "council": council, "report": report, "kind": kind, "state": "making", "digest": ""}
    return text | {
        "rows": 0,
        "size": 0,
        "by": who.name,
        "second": "",
        "at": now,
        "seen_at": now,
        "until": 0,
        "entry": "",
    }
