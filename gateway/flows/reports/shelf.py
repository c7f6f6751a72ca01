"""Reads the reports that were made: the list, one report, a page of its rows, all of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from contracts.errors import NotFound
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.oversight import auditing
from gateway.flows.reports.defined import DEFINITIONS
from gateway.flows.reports.definition import Definition
from gateway.flows.reports.lines import Row, read_rows
from gateway.flows.reports.making import SILENT, definition_of
from gateway.flows.reports.pieces import NO_SUCH, READY, found, pieces_of
from gateway.flows.reports.question import Question, question_of
from gateway.path.calendar import start_of
from gateway.store.tables import REPORT

A_PAGE: Final = 25
PRINTED: Final = 2_000
"""Rows that the print view shows at most: more is taken out as a file."""
STATES: Final = {
    "making": "Being made",
    "draft": "Draft",
    "reviewed": "Reviewed",
    "signed": "Signed",
    "failed": "Could not be made",
    "ended": "Its time is over",
}
_KEPT: Final = 50
"""Versions that are listed at most."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One report and some of its rows. `row` is that of the store; broken: its making came to no end."""

    row: Any
    definition: Definition
    question: Question
    rows: tuple[Row, ...] = ()
    page: int = 1
    pages: int = 1
    broken: bool = False

    @property
    def ready(self) -> bool:
        """Whether it is all there."""
        return self.row.state in READY


async def reports(gateway: Gateway, who: Acting) -> list[tuple[Definition, Any]]:
    """Every report this person may read, each with the newest one that was made, or None."""
    who.must_be_let("reports.list")
    mine = [one for one in DEFINITIONS.values() if who.may("reports.list", one.audience)]

    def read(connection: Connection) -> list[tuple[Definition, Any]]:
        return [(one, next(iter(_versions(gateway, connection, who, one, 1)), None)) for one in mine]

    return await gateway.store.ask(who.council.name, read)


async def versions(gateway: Gateway, who: Acting, name: str) -> list[tuple[Any, Question]]:
    """What was made of one report, the newest first. Raises NotFound, NotYourRole."""
    definition, council = definition_of(who, name), who.council.name
    rows = await gateway.store.ask(council, lambda connection: _versions(gateway, connection, who, definition, _KEPT))
    return [(row, _asked(gateway, who, definition, row)) for row in rows]


async def one(gateway: Gateway, who: Acting, name: str, report: str, page: int = 1, size: int = A_PAGE) -> Shown:
    """One report with one page of its rows. Raises NotFound, NotYourRole."""
    definition, council = definition_of(who, name), who.council.name

    def read(connection: Connection) -> tuple[Any, tuple[Row, ...], int]:
        row = found(connection, council, report, name)
        if not _reads(gateway, who, definition, row):
            raise NotFound(NO_SUCH)
        shown = row.state in READY and not definition.content
        pages = max(1, -(-row.rows // size)) if shown else 1
        at = min(max(page, 1), pages)
        rows = tuple(_between(connection, council, report, (at - 1) * size, at * size)) if shown else ()
        return row, rows, pages

    row, rows, pages = await gateway.store.ask(council, read)
    await auditing.listing(gateway, who, auditing.REPORT, report=name, id=report)
    broken = row.state in ("failed", "ended") or (row.state == "making" and row.seen_at + SILENT < gateway.now())
    asked = _asked(gateway, who, definition, row)
    return Shown(row, definition, asked, rows, min(max(page, 1), pages), pages, broken)


def _between(connection: Connection, council: str, report: str, start: int, end: int) -> Iterator[Row]:
    for first, piece in pieces_of(connection, council, report, start, end):
        for place, row in enumerate(read_rows(piece), first):
            if start <= place < end:
                yield row


def _versions(gateway: Gateway, connection: Connection, who: Acting, of: Definition, limit: int) -> list[Any]:
    ours = (REPORT.c.council == who.council.name) & (REPORT.c.name == of.name) & (REPORT.c.state != "same")
    newest = select(REPORT).where(ours).order_by(REPORT.c.at.desc(), REPORT.c.id.desc())
    if who.audit is None:
        return list(connection.execute(newest.limit(limit)).all())
    signed = connection.execute(newest.where(REPORT.c.state == "signed")).all()
    return [row for row in signed if _reads(gateway, who, of, row)][:limit]


def _reads(gateway: Gateway, who: Acting, definition: Definition, row: Any) -> bool:
    """Whether they may read this one: an auditor only what is signed and is of no day beside theirs."""
    if who.audit is None:
        return True
    asked = _asked(gateway, who, definition, row)
    return row.state == "signed" and who.reads(start_of(asked.first)) and who.reads(start_of(asked.last))


def _asked(gateway: Gateway, who: Acting, definition: Definition, row: Any) -> Question:
    council = who.council
    policy = gateway.policy(council.name)
    return question_of(row.query, definition.filters, definition.period, council, policy, gateway.now())
