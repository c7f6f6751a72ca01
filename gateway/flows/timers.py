"""Starts and stops clocks: a row for each, and what an event does to a council's own timers (settled 16, 45)."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import bindparam, select, update

from contracts.council import Council
from gateway.flows.ids import short_id
from gateway.path.clocks import due
from gateway.store.tables import CLOCK
from gateway.store.transaction import Tx

_STOP: Final = (
    update(CLOCK)
    .where(CLOCK.c.referral == bindparam("of"), CLOCK.c.kind == bindparam("which"), CLOCK.c.state == "running")
    .values(state="stopped", ended_at=bindparam("now"), ended_by=bindparam("who"), why=bindparam("how"))
)
_STARTED: Final = select(CLOCK.c.id).where(CLOCK.c.id == bindparam("clock"))


def clock_row(
    council: str, kind: str, referral: str, decision: str, owner: str, started_at: int, due_at: int
) -> dict[str, Any]:
    """A clock that runs from now. Times are ms UTC."""
    return {
        "id": short_id("clock", decision or referral, *kind.split(":")),
        "council": council,
        "kind": kind,
        "referral": referral,
        "decision": decision,
        "owner": owner,
        "taken_by": "",
        "state": "running",
        "rung": 0,
        "started_at": started_at,
        "due_at": due_at,
        "next_at": due_at,
        "ended_at": None,
        "ended_by": "",
        "why": "",
        "needed": "",
    }


def saw(tx: Tx, council: Council, referral: str, event: str, at: int, by: str = "machine") -> None:
    """Stop the timers that this event ends, and start those it begins, once for each referral. `at` in ms UTC.

    by  who told of it, or `machine`
    """
    for name, clock in council.clocks.items():
        if event in clock.stops:
            tx.execute(_STOP, {"of": referral, "which": f"timer:{name}", "now": tx.now, "who": by, "how": event})
        if event == clock.starts:
            until = due(clock.within, at, council.hours, clock.counts)
            row = clock_row(council.name, f"timer:{name}", referral, "", clock.owner, at, until)
            if tx.execute(_STARTED, {"clock": row["id"]}).first() is None:
                tx.insert(CLOCK, row)
