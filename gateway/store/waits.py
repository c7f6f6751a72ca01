"""What waits for people: clocks of holds and tasks, each with the decision and the referral that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy import literal_column as written_out

from gateway.store.tables import CLOCK, DECISION, REFERRAL
from gateway.store.transaction import Tx

Row = dict[str, Any]
"""A clock's row, with the decision's `subject`, `hub`, `purpose`, `outcome`, `deciding` and `flags` and the referral's
`sender`, `received` and `test` beside it; "" where the clock rests on no decision, or on no referral."""

MANY: Final = 1_000
"""Rows of one list at most: nobody reads further."""

_COLUMNS: Final = (
    *CLOCK.columns,
    *(DECISION.c[name] for name in ("subject", "hub", "purpose", "outcome", "deciding", "flags")),
    DECISION.c.by.label("decided_by"),
    REFERRAL.c.sender,
    REFERRAL.c.at.label("received"),
    REFERRAL.c.test,
)
_ALL: Final = (
    select(*_COLUMNS)
    .join_from(CLOCK, REFERRAL, CLOCK.c.referral == REFERRAL.c.id, isouter=True)
    .join(DECISION, CLOCK.c.decision == DECISION.c.id, isouter=True)
    .where(CLOCK.c.council == bindparam("council"))
)
_RUNNING: Final = _ALL.where(CLOCK.c.state == "running").order_by(CLOCK.c.due_at, CLOCK.c.id).limit(MANY)
_ENDED: Final = (
    _ALL.where(
        CLOCK.c.state == written_out("'stopped'"),
        CLOCK.c.ended_at >= bindparam("since"),
        CLOCK.c.ended_at < bindparam("until"),
    )
    .order_by(CLOCK.c.ended_at, CLOCK.c.id)
    .limit(100 * MANY)
)
_CALLED: Final = _ALL.where(CLOCK.c.id >= bindparam("called"), CLOCK.c.id < bindparam("after")).limit(2)


def running(connection: Connection, council: str, kinds: Sequence[str]) -> list[Row]:
    """Every running clock whose kind begins with one of these, the first due first."""
    found = connection.execute(_RUNNING, {"council": council}).mappings()
    return [_row(row) for row in found if str(row["kind"]).startswith(tuple(kinds))]


def ended(connection: Connection, council: str, kinds: Sequence[str], since: int, until: int) -> list[Row]:
    """Every clock of these kinds that ended in this time, ms UTC, oldest first."""
    found = connection.execute(_ENDED, {"council": council, "since": since, "until": until}).mappings()
    return [_row(row) for row in found if str(row["kind"]).startswith(tuple(kinds))]


def called(connection: Connection | Tx, council: str, name: str) -> list[Row]:
    """The clocks whose id begins like this: one, none, or two where more would be meant."""
    # Ids are hex digits, so whatever begins with a name stands between it and the name with a g.
    asked = {"council": council, "called": name.casefold(), "after": f"{name.casefold()}g"}
    return [_row(row) for row in connection.execute(_CALLED, asked).mappings()]


def _row(row: Any) -> Row:
    return {
        name: "" if value is None and name not in ("ended_at", "received") else value
        for name, value in dict(row).items()
    }
