"""Ends what goes by itself on its day: files that were taken out, and reports that hold what somebody wrote.

The day is the council's schedule's, for `export`. That each ended stays in the record, with formula and code.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, select

from contracts.retention import Formula, Known, due
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.reports.defined import DEFINITIONS
from gateway.flows.reports.making import SILENT, give_up, sweep
from gateway.flows.reports.pieces import READY
from gateway.path.calendar import day_of, start_of
from gateway.store.tables import EXPORT, REPORT
from gateway.store.transaction import Tx
from gateway.store.writer import Write

ENDED: Final = "export.ended"
RECORD: Final = "export"
"""Kind of record of the council's schedule that says when it is gone."""
_DAY: Final = 86_400_000


def lasts(gateway: Gateway, council: str) -> str:
    """For how long what was made can be taken, in words."""
    return gateway.catalogue.schedules[council].after[RECORD].time


def ends(formula: Formula, at: int) -> int:
    """When what was made at this instant is gone. ms UTC; days count to the millisecond, longer times to a day."""
    if formula.unit == "d":
        return at + formula.many * _DAY
    day = due(formula, Known(event=day_of(at)))
    assert day is not None, "it counts from when it was made"
    return start_of(day)


async def end_old(gateway: Gateway, council: str) -> int:
    """End every export, and every report with content, whose time is over: nobody can take it from then on, and its
    pieces are erased. Returns how many there were."""
    old = select(EXPORT.c.id).where(
        EXPORT.c.council == council, EXPORT.c.state.in_(("waiting", "ready")), EXPORT.c.until <= gateway.now()
    )
    held = select(REPORT.c.id, REPORT.c.at).where(
        REPORT.c.council == council,
        REPORT.c.name.in_([one.name for one in DEFINITIONS.values() if one.content]),
        REPORT.c.state.in_(READY),
    )
    schedule = gateway.catalogue.schedules[council]
    formula, code = schedule.after[RECORD], schedule.codes.get(RECORD, "proposed")

    def read(connection: Connection) -> list[tuple[str, Any, str]]:
        over = [("export", EXPORT, one) for one in connection.execute(old).scalars()]
        rows = connection.execute(held).all()
        return over + [("report", REPORT, row.id) for row in rows if ends(formula, row.at) <= gateway.now()]

    over = await gateway.store.ask(council, read)

    def work(tx: Tx) -> None:
        for what, table, one in over:
            tx.execute(table.update().where(table.c.id == one).values(state="ended"))
            said = {what: one, "record": RECORD, "formula": str(formula), "code": code}
            write_entry(tx, council, "", ENDED, said, section="export")

    if over:
        await gateway.writer.submit(Write(work))
        await sweep(gateway, council)
    return len(over)


async def clear_broken(gateway: Gateway, council: str) -> int:
    """Give up every report and export whose making broke off; a sweep erases what lies of it. Returns how many."""
    late = gateway.now() - SILENT

    def broken(store: Connection | Tx) -> list[tuple[Any, str]]:
        return [
            (table, one)
            for table in (REPORT, EXPORT)
            for one in store.execute(
                select(table.c.id).where(table.c.council == council, table.c.state == "making", table.c.seen_at < late)
            ).scalars()
        ]

    def work(tx: Tx) -> int:
        found = broken(tx)
        for table, one in found:
            give_up(tx, one, table)
        return len(found)

    return await gateway.writer.submit(Write(work)) if await gateway.store.ask(council, broken) else 0


async def nightly(gateway: Gateway) -> None:
    """End what is over in every council, whether or not anybody looks."""
    for council in sorted(gateway.catalogue.councils):
        await end_old(gateway, council)
        await clear_broken(gateway, council)
        await sweep(gateway, council)
