"""Makes a report: its rows go into the store piece by piece, in the background, and anybody may look how far it is.

What it costs: one read-only transaction of the store for as long as it takes, one short write for every `PIECE` rows,
and the memory of one piece beside what the report's own gathering says it holds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, exists, func, select

from contracts.errors import GatewayError, NoSuchAnswer, NotFound, StoreUnavailable
from gateway.flows.acting import Acting
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.reports.defined import DEFINITIONS
from gateway.flows.reports.definition import Asking, Definition
from gateway.flows.reports.lines import Row, head_line, row_line
from gateway.flows.reports.pieces import READY
from gateway.flows.reports.question import Question
from gateway.logs import place_of
from gateway.store import content
from gateway.store.chance import next_id
from gateway.store.tables import EXPORT, REPORT, SHEET
from gateway.store.transaction import Tx
from gateway.store.writer import Write

_LOG = logging.getLogger(__name__)

MADE: Final = "report.made"
PIECE: Final = 500
"""Rows of one piece."""
AT_ONCE: Final = 2
"""Reports of one council that are made at the same time, and reports and exports that one process writes."""
OVER: Final = ("same", "ended", "failed")
"""States in which nobody reads a report or an export any more."""
SILENT: Final = 300_000
"""Milliseconds without a new piece after which the making of something counts as broken off."""
_PATIENCE: Final = 1.5

_TURN: Final = 0.1
_TOGETHER: Final = 16
"""Pieces that one transaction erases: two or three megabytes, which are overwritten on the disk."""

_RUNNING: Final[set[asyncio.Task[None]]] = set()
_READING: Final[set[object]] = set()


@dataclass(slots=True)
class Pile:
    """Pieces on their way into the store. `of` is what they are of."""

    gateway: Gateway
    council: str
    of: str
    table: Any
    rows: int = 0
    size: int = 0
    pieces: int = 0
    digest: Any = field(default_factory=sha256)

    def lay(self, piece: bytes, rows: int) -> None:
        """Put one more piece on it. From a reader's thread."""
        row = {"of": self.of, "n": self.pieces, "council": self.council, "first": self.rows, "rows": rows}
        self.digest.update(piece)
        self.rows, self.size, self.pieces = self.rows + rows, self.size + len(piece), self.pieces + 1
        grown = self.table.update().where(self.table.c.id == self.of)

        def work(tx: Tx) -> None:
            tx.insert(SHEET, row | {"content": content.put(tx, self.council, "report", piece)})
            tx.execute(grown.values(rows=self.rows, size=self.size, seen_at=tx.now))

        self.gateway.writer.run(Write(work))


def definition_of(who: Acting, name: str, operation: str = "reports.list") -> Definition:
    """A report by its name. Raises NotFound, NotYourRole."""
    if name not in DEFINITIONS:
        raise NotFound("There is no report of that name.")
    who.must_be_let(operation, DEFINITIONS[name].audience)
    return DEFINITIONS[name]


async def make(gateway: Gateway, who: Acting, name: str, question: Question, *, wait: float = _PATIENCE) -> str:
    """Begin a report, and wait a moment for it. Returns its id. Raises NotFound, NotYourRole, NoSuchAnswer.

    wait  seconds; it goes on in the background after them
    """
    definition = definition_of(who, name, "reports.make")
    if question.wrong:
        raise NoSuchAnswer(" ".join(question.wrong.values()))
    report, council = next_id(), who.council.name

    def work(tx: Tx) -> None:
        making = (REPORT.c.council == council) & (REPORT.c.state == "making") & (REPORT.c.seen_at > tx.now - SILENT)
        if tx.execute(select(func.count()).select_from(REPORT).where(making)).scalar_one() >= AT_ONCE:
            raise NoSuchAnswer(f"{AT_ONCE} reports are being made. Wait until one of them is ready.")
        tx.insert(REPORT, _begun(report, council, name, question.query, who, tx.now))

    await gateway.writer.submit(Write(work))
    await while_waiting(_make(gateway, who, definition, question, report), wait)
    return report


async def while_waiting(work: Any, wait: float) -> None:
    """Let it go on in the background, and look at it for a moment."""
    task = asyncio.create_task(_in_turn(work))
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)
    await asyncio.wait({task}, timeout=wait)


async def _in_turn(work: Any) -> None:
    """No more than `AT_ONCE` of this process's reports and exports read the store together: the pages read it too."""
    while len(_READING) >= AT_ONCE:
        await asyncio.sleep(_TURN)
    turn = object()
    _READING.add(turn)
    try:
        await work
    finally:
        _READING.discard(turn)


async def _make(gateway: Gateway, who: Acting, definition: Definition, question: Question, report: str) -> None:
    council = who.council

    def gather(connection: Connection) -> Pile:
        pile = Pile(gateway, council.name, report, REPORT)
        head = head_line(definition.name, definition.title, council.name, question.query, definition.sheets)
        for piece, rows in pieces(head, definition.gather(Asking(gateway, connection, council, question))):
            pile.lay(piece, rows)
        return pile

    try:
        pile = await gateway.store.ask(council.name, gather)
        await gateway.writer.submit(Write(lambda tx: _finish(tx, who, definition, question, pile)))
    except Exception as error:
        _LOG.error("A report could not be made", extra={"why": f"{type(error).__name__} {place_of(error)}"})
        why = str(error) if isinstance(error, GatewayError) else ""
        await gateway.writer.submit(Write(lambda tx: give_up(tx, report, REPORT, why=why)))
    # Pieces of one that failed, or that said the same as the last. If the store is away, the night's sweep has them.
    with suppress(StoreUnavailable):
        await sweep(gateway, council.name)


def give_up(tx: Tx, of: str, table: Any, **why: str) -> None:
    """What could not be made to its end: `sweep` erases what lies of it."""
    tx.execute(table.update().where(table.c.id == of).values(state="failed", **why))


def pieces(head: bytes, rows: Iterable[Row]) -> Iterator[tuple[bytes, int]]:
    """Lines in pieces, each with how many rows it holds. There is always one."""
    lines, many = [head], 0
    for row in rows:
        lines.append(row_line(row))
        many += 1
        if many == PIECE:
            yield b"".join(lines), many
            lines, many = [], 0
    if lines:
        yield b"".join(lines), many


def _finish(tx: Tx, who: Acting, definition: Definition, question: Question, pile: Pile) -> None:
    """The report is there, and the record says so before anybody sees it. The same as the last one is that one."""
    digest, council = pile.digest.hexdigest(), who.council.name
    same = (REPORT.c.council == council) & (REPORT.c.name == definition.name) & (REPORT.c.query == question.query)
    last = tx.execute(
        select(REPORT.c.id, REPORT.c.version, REPORT.c.digest, REPORT.c.state)
        .where(same, REPORT.c.state.in_((*READY, "ended")))
        .order_by(REPORT.c.version.desc())
        .limit(1)
    ).first()
    mine = REPORT.update().where(REPORT.c.id == pile.of)
    if last is not None and last.digest == digest and last.state in READY:
        tx.execute(mine.values(state="same", entry=last.id, digest=digest))
        return
    version = last.version + 1 if last else 1
    said = who.said | {
        "report": definition.name,
        "id": pile.of,
        "version": version,
        "asked": question.query,
        "rows": pile.rows,
        "sha256": digest,
    }
    entry = write_entry(tx, council, "", MADE, said, section="report")
    tx.execute(mine.values(state="draft", version=version, digest=digest, entry=entry, seen_at=tx.now))


async def sweep(gateway: Gateway, council: str) -> None:
    """Erase the pieces of every report and export that is not to be read any more, a few in each transaction.

    What accepts referrals waits for no more than those few. What a process left that ended meanwhile, the next sweep
    finds: it looks at no more than the reports and exports that there are.
    """

    def read(connection: Connection) -> list[str]:
        over = [
            select(table.c.id).where(
                table.c.council == council,
                table.c.state.in_(OVER),
                exists().where(SHEET.c.council == council, SHEET.c.of == table.c.id),
            )
            for table in (REPORT, EXPORT)
        ]
        return [one for asked in over for one in connection.execute(asked).scalars()]

    for one in await gateway.store.ask(council, read):
        while await gateway.writer.submit(Write(lambda tx, one=one: _erase_some(tx, council, one))):  # type: ignore[misc]
            pass


def _erase_some(tx: Tx, council: str, of: str) -> bool:
    """Whether there was anything left of it."""
    ours = (SHEET.c.council == council) & (SHEET.c.of == of)
    some = tx.execute(select(SHEET.c.n, SHEET.c.content).where(ours).order_by(SHEET.c.n).limit(_TOGETHER)).all()
    if some:
        tx.execute(SHEET.delete().where(ours, SHEET.c.n <= some[-1].n))
        content.erase(tx, council, [one.content for one in some])
    return len(some) == _TOGETHER


def _begun(report: str, council: str, name: str, query: str, who: Acting, now: int) -> dict[str, object]:
    return {
        "id": report,
        "council": council,
        "name": name,
        "query": query,
        "version": 0,
        "state": "making",
        "why": "",
        "rows": 0,
        "size": 0,
        "digest": "",
        "made_by": who.name,
        "at": now,
        "seen_at": now,
        "reviewed_by": "",
        "reviewed_at": None,
        "signed_by": "",
        "signed_at": None,
        "entry": "",
    }
