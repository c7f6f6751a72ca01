"""P26 and P27: a report over the whole log and its export as CSV, beside reading the same rows and nothing else.

The report is the disclosure log, made as a page has it made: each decision's entry is opened, put into words, and kept
sealed, piece by piece. The floor reads the same columns of the same rows in the same order through plain SQLite. The
export writes the report's lines as CSV and keeps them sealed; its floor opens the same pieces and parses each line, and
writes nothing. Processor time of each.
Memory is the most that a process of its own ever had, over all the decisions beside over the newest tenth.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import orjson
from sqlalchemy import Connection, Update, update

from gateway.flows.acting import acting
from gateway.flows.gateway import Gateway
from gateway.flows.reports import exporting, making, shelf
from gateway.flows.reports.defined import DEFINITIONS
from gateway.flows.reports.pieces import pieces_of
from gateway.flows.reports.question import Question, read_question
from gateway.main import build, load_checked
from gateway.path.calendar import day_of, start_of
from gateway.store.tables import EXPORT, REPORT
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.bench.goals import GOALS, Measured
from tests.bench.large import YEARS, Large, large_of, made_before
from tests.bench.processes import ROOT, python
from tests.bench.stand import COUNCIL, Stand
from tests.bench.written import open_store

NAME: Final = "disclosure-log"
WHO: Final = ("ruth.lane", "ig_lead")
_EVER: Final = 24 * 3_600.0
_ROWS: Final = """
SELECT d.*, r.at, c.body, l.state, l.kind, l.ended_at FROM decision d
JOIN referral r ON r.id = d.referral
LEFT JOIN delivery l ON l.id = d.delivery
LEFT JOIN entry e ON e.rid = d.entry
LEFT JOIN content c ON c.id = e.sections
WHERE d.council = ? AND d.at >= ? AND d.test = 0 ORDER BY d.at, d.id
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What making a report and its export came to: rows, seconds of processor, and MiB that the process had at most."""

    rows: int
    report: float
    report_floor: float
    export: float
    export_floor: float
    report_memory: float
    memory: float


def measure(stand: Stand) -> list[Measured]:
    """Over the newest tenth, and over all, each in a process of its own."""
    large = large_of(stand)
    if not large.url.startswith("sqlite"):
        return [Measured(GOALS[name], "", "", (), not_run="its floor is SQLite") for name in ("P26", "P27")]
    stand.say(f"reports of a tenth of {large.n:,} decisions")
    tenth = _apart(large, large.began + (YEARS * 365 * 86_400_000) * 9 // 10)
    stand.say(f"reports of {large.n:,} decisions")
    whole = _apart(large, large.began)
    return _lines(tenth, whole)


def _lines(tenth: Cost, whole: Cost) -> list[Measured]:
    lines = []
    for name, ours, floor in (
        ("P26", whole.report, whole.report_floor),
        ("P27", whole.export, whole.export_floor),
    ):
        note = f"{whole.rows:,} rows in {ours:,.0f} s of processor time."
        said = (f"{whole.rows / ours:,.0f}/s", f"{whole.rows / floor:,.0f}/s")
        lines.append(Measured(GOALS[name], *said, (floor / ours,), note))
    for name, many, few in (
        ("P26 memory", whole.report_memory, tenth.report_memory),
        ("P27 memory", whole.memory, tenth.memory),
    ):
        note = f"{whole.rows:,} rows and {tenth.rows:,}; the most that the process ever had."
        lines.append(Measured(GOALS[name], f"{many:.0f} MiB", f"{few:.0f} MiB", (many / few,), note))
    return lines


def cost(large: Large, since: int) -> Cost:
    """Make a report from an instant on, ms UTC, and its export; then erase both, as at the end of their time."""
    with build(large.settings, load_checked(ROOT / "mappings")) as gateway:
        return asyncio.run(_cost(gateway, large, since))


async def _cost(gateway: Gateway, large: Large, since: int) -> Cost:
    who, first = acting(gateway.council(COUNCIL), *WHO), day_of(since)
    began = time.process_time()
    report = await making.make(gateway, who, NAME, _question(gateway, first), wait=_EVER)
    made, memory = time.process_time() - began, _most()
    row = (await shelf.one(gateway, who, NAME, report)).row
    if row.state != "draft":
        raise ValueError(f"the report is {row.state}: {row.why}")
    began = time.process_time()
    export = await exporting.ask(gateway, who, report, "csv", "A measurement of how fast it is", wait=_EVER)
    written, most = time.process_time() - began, _most()
    store = Path(large.url.removeprefix("sqlite:///"))
    rows, pieces = _floor(store, start_of(first)), await gateway.store.ask(COUNCIL, partial(_parsed, of=report))
    await _erase(gateway, report, export)
    return Cost(row.rows, made, rows, written, pieces, memory, most)


def _question(gateway: Gateway, first: date) -> Question:
    days = {f"from-{part}": str(getattr(first, part)) for part in ("day", "month", "year")}
    filters = DEFINITIONS[NAME].filters
    council, policy = gateway.council(COUNCIL), gateway.policy(COUNCIL)
    return read_question(lambda name: days.get(name, ""), filters, "days", council, policy, gateway.now())


def _floor(store: Path, since: int) -> float:
    """Seconds of processor to read every row, and do nothing with it."""
    with closing(open_store(store)) as connection:
        began = time.process_time()
        for _ in connection.execute(_ROWS, (COUNCIL, since)):
            pass
        return time.process_time() - began


def _parsed(connection: Connection, of: str) -> float:
    """Seconds of processor to open every piece of a report and parse its lines, and do nothing with them."""
    began = time.process_time()
    for _, piece in pieces_of(connection, COUNCIL, of):
        for line in piece.splitlines():
            orjson.loads(line)
    return time.process_time() - began


async def _erase(gateway: Gateway, report: str, export: str) -> None:
    """As at the end of their time, so that the next measurement finds the store as this one did."""
    for over in (update(REPORT).where(REPORT.c.id == report), update(EXPORT).where(EXPORT.c.id == export)):
        await gateway.writer.submit(Write(partial(_end, over=over.values(state="ended"))))
    await making.sweep(gateway, COUNCIL)


def _end(tx: Tx, over: Update) -> None:
    tx.execute(over)


def _most() -> float:
    """MiB that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _apart(large: Large, since: int) -> Cost:
    """`cost` in a process of its own, whose memory is nobody else's."""
    command = python("tests.bench.reporting", large.folder, since)
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """One side, as JSON on the last line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reporting", description=__doc__)
    parser.add_argument("folder", type=Path, help="of a large store")
    parser.add_argument("since", type=int, help="ms UTC")
    asked = parser.parse_args()
    sys.stdout.write(json.dumps(asdict(cost(made_before(asked.folder), asked.since))) + "\n")


if __name__ == "__main__":
    main()
