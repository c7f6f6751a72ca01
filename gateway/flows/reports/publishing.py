"""Publishes a signed report for everybody to read, and takes it back; and reads what stands published.

Only what is counted to be published can be, and only once it is signed: whoever reviewed it did not make it, whoever
signed it did not review it (governance 2.2, 2.4). A month that stands published is not published again with other
numbers: side by side the two would give away what each hides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from contracts.council import Council
from contracts.errors import NoSuchAnswer, NotFound
from gateway.flows.acting import Acting
from gateway.flows.delivery.hubs import give_reason
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.reports.defined import DEFINITIONS
from gateway.flows.reports.files import KINDS, write
from gateway.flows.reports.lines import Row as Line
from gateway.flows.reports.making import definition_of
from gateway.flows.reports.pieces import found, rows_of
from gateway.flows.reports.question import Question, question_of
from gateway.flows.reports.shelf import PRINTED
from gateway.store.tables import PUBLICATION, REPORT
from gateway.store.transaction import Tx
from gateway.store.writer import Write

PUBLISHED: Final = "report.published"
TAKEN_BACK: Final = "report.taken_back"
_NONE: Final = "Nothing of that number is published here."
_STANDING: Final = (
    select(REPORT, PUBLICATION.c.at.label("published_at"))
    .join_from(PUBLICATION, REPORT, REPORT.c.id == PUBLICATION.c.report)
    .where(PUBLICATION.c.ended_by == "", REPORT.c.state == "signed")
)


@dataclass(frozen=True, slots=True)
class Publication:
    """One report that anybody may read. `row` is the report's; lines: up to `PRINTED` of them."""

    row: Row[Any]
    question: Question
    lines: tuple[Line, ...] = ()

    @property
    def file(self) -> str:
        """What its file is called."""
        return f"{self.row.council}-{self.row.name}-{self.question.first:%Y-%m}-{self.question.last:%Y-%m}.csv"


async def publish(gateway: Gateway, who: Acting, name: str, report: str) -> None:
    """Let everybody read it. The pages ask for a new sign-in first. Raises NotYourRole, NotFound, NoSuchAnswer."""
    _publishable(who, name)
    council = who.council.name

    def work(tx: Tx) -> None:
        row = found(tx, council, report, name)
        if row.state != "signed":
            raise NoSuchAnswer("Only a signed report is published.")
        if tx.execute(_STANDING.where(REPORT.c.id == report)).first() is not None:
            raise NoSuchAnswer("It is published already.")
        _must_not_differ(tx, council, name, report)
        said = who.said | {"report": name, "id": report, "version": row.version, "sha256": row.digest}
        entry = write_entry(tx, council, "", PUBLISHED, said, section="report")
        tx.execute(PUBLICATION.delete().where(PUBLICATION.c.council == council, PUBLICATION.c.report == report))
        new = {"report": report, "council": council, "by": who.name, "at": tx.now, "entry": entry}
        tx.insert(PUBLICATION, new | {"ended_by": "", "ended_at": None})

    await gateway.writer.submit(Write(work))


async def take_back(gateway: Gateway, who: Acting, name: str, report: str, reason: str) -> None:
    """Show it to nobody outside any more. Raises NotYourRole, NotFound, NoSuchAnswer."""
    _publishable(who, name)
    give_reason(reason)
    council = who.council.name

    def work(tx: Tx) -> None:
        row = tx.execute(_STANDING.where(REPORT.c.council == council, REPORT.c.id == report)).first()
        if row is None or row.name != name:
            raise NotFound(_NONE)
        said = who.said | {"report": name, "id": report, "reason": reason.strip()}
        write_entry(tx, council, "", TAKEN_BACK, said, section="report")
        ended = PUBLICATION.update().where(PUBLICATION.c.council == council, PUBLICATION.c.report == report)
        tx.execute(ended.values(ended_by=who.name, ended_at=tx.now))

    await gateway.writer.submit(Write(work))


async def standing(gateway: Gateway, council: Council) -> list[Publication]:
    """What this council has published, the newest first. Anybody may ask."""

    def read(connection: Connection) -> list[Row[Any]]:
        asked = _STANDING.where(REPORT.c.council == council.name)
        return list(connection.execute(asked.order_by(PUBLICATION.c.at.desc(), REPORT.c.id)).all())

    return [_publication(gateway, council, row) for row in await gateway.store.ask(council.name, read)]


async def one(gateway: Gateway, council: Council, report: str) -> Publication:
    """One of them with its lines. Raises NotFound for whatever is not published: a draft looks like nothing at all."""

    def read(connection: Connection) -> Publication:
        row = _found(connection, council, report)
        lines = tuple(line for line, _ in zip(rows_of(connection, council.name, row.id), range(PRINTED), strict=False))
        return _publication(gateway, council, row, lines)

    return await gateway.store.ask(council.name, read)


async def file(gateway: Gateway, council: Council, report: str) -> tuple[str, bytes]:
    """Its name and all of its rows as CSV, in which no cell is a formula. Raises NotFound as `one`."""

    def read(connection: Connection) -> tuple[str, bytes]:
        row, pieces = _found(connection, council, report), list[bytes]()
        write(gateway, connection, council.name, row, KINDS["csv"], lambda piece, _: pieces.append(piece))
        return _publication(gateway, council, row).file, b"".join(pieces)

    return await gateway.store.ask(council.name, read)


def _publishable(who: Acting, name: str) -> None:
    who.must_be_let("reports.publish")
    if not definition_of(who, name, "reports.list").public:
        raise NoSuchAnswer("This report is not counted to be published: its numbers may be small.")


def _found(connection: Connection, council: Council, report: str) -> Row[Any]:
    row = connection.execute(_STANDING.where(REPORT.c.council == council.name, REPORT.c.id == report)).first()
    if row is None or not DEFINITIONS[row.name].public:
        raise NotFound(_NONE)
    return row


def _publication(gateway: Gateway, council: Council, row: Row[Any], lines: tuple[Line, ...] = ()) -> Publication:
    definition, policy = DEFINITIONS[row.name], gateway.policy(council.name)
    asked = question_of(row.query, definition.filters, definition.period, council, policy, gateway.now())
    return Publication(row, asked, lines)


def _must_not_differ(tx: Tx, council: str, name: str, report: str) -> None:
    """Raises NoSuchAnswer where a month of it stands published with other numbers."""
    new = _by_month(tx, council, report)
    others = tx.execute(_STANDING.where(REPORT.c.council == council, REPORT.c.name == name)).all()
    for other in others:
        before = _by_month(tx, council, other.id)
        for month in new.keys() & before.keys():
            if new[month] != before[month]:
                raise NoSuchAnswer(
                    f"{month} stands published with other numbers. Side by side the two would give away what each "
                    "hides. Take that one back first, and say why."
                )


def _by_month(tx: Tx, council: str, report: str) -> dict[str, set[tuple[Any, ...]]]:
    found_here: dict[str, set[tuple[Any, ...]]] = {}
    for line in rows_of(tx, council, report):
        found_here.setdefault(str(line.cells[0]), set()).add((line.sheet, *line.cells[1:]))
    return found_here
