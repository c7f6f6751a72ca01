"""Starts a clock where a record stops moving, recorded to sealed to witnessed, and stops it once that moves again.

A policy that nobody looked at again by its day is such a standstill too, and a night whose manifests cannot be made.
The tick looks, and rings as for everything else. Nothing here holds a send: what is shared is decided without it
(settled 34).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, select

from gateway.flows.decisions.timers import clock_row, forget
from gateway.flows.gateway import Gateway
from gateway.path.alarms import first_turn, watch_of
from gateway.path.calendar import day_of
from gateway.path.clocks import due
from gateway.store.statement import Statement
from gateway.store.tables import CHECKPOINT, CLOCK, ENTRY, WITNESSED
from gateway.store.transaction import Tx

UNSEALED: Final = 5 * 60_000
"""Milliseconds an entry may wait to be sealed before somebody is told (governance 3.6)."""

UNWITNESSED: Final = 24 * 3_600_000
"""The same for a checkpoint that waits for a witness, where there are any."""

OWNER: Final = "ig_lead"
MISMATCH: Final = "mismatch"
MANIFESTS: Final = "manifests"
REVIEW: Final = "review"
_LOOKED_AT: Final = ("unsealed", "cannot_seal", "unwitnessed", REVIEW)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one council's record is. Times are ms UTC, None where nothing waits.

    recorded, sealed, witnessed  entries that have come so far
    unsealed_since    when the oldest entry was recorded that is not sealed
    unwitnessed_since when the oldest checkpoint was signed that no witness has signed, nor a later one
    """

    recorded: int
    sealed: int
    witnessed: int
    unsealed_since: int | None
    unwitnessed_since: int | None


def align(gateway: Gateway, tx: Tx, now: int) -> None:
    """Bring the clocks of records into line with them. `now` in ms UTC."""
    for council in gateway.catalogue.councils:
        stuck = _stuck(gateway, tx, council, now)
        running = {row.kind.partition(":")[2]: row.id for row in tx.rows(_RUNNING, {"council": council})}
        passed = [running[what] for what in _LOOKED_AT if what in running and what not in stuck]
        if passed:
            forget(tx, passed, now, "moves_again")
        for what in stuck:
            if what not in running:
                tx.insert(CLOCK, _clock(gateway, council, what, now))


def found(gateway: Gateway, tx: Tx, council: str, sound: bool, now: int, what: str = MISMATCH) -> None:
    """Starts or stops the clock of a record that was checked as a whole, or of a night's manifests."""
    running = [row.id for row in tx.rows(_RUNNING, {"council": council}) if row.kind == f"record:{what}"]
    if sound and running:
        forget(tx, running, now, "found_sound")
    elif not sound and not running:
        tx.insert(CLOCK, _clock(gateway, council, what, now))


def standing(connection: Connection | Tx, council: str) -> Standing:
    """How far this record is."""
    which = {"council": council}
    waiting, unsealed = connection.execute(_WAITING, which).one()
    numbered = connection.execute(_NUMBERED, which).scalar()
    recorded = waiting + (0 if numbered is None else numbered + 1)
    sealed = connection.execute(_SEALED, which).scalar() or 0
    witnessed = connection.execute(_WITNESSED, which).scalar() or 0
    oldest = connection.execute(_UNWITNESSED, which | {"size": witnessed}).scalar()
    return Standing(recorded, sealed, witnessed, unsealed, oldest)


def ringing(connection: Connection, council: str) -> tuple[str, ...]:
    """What runs now, as codes: keys of `record` in tasks.yaml."""
    return tuple(row.kind.partition(":")[2] for row in connection.execute(_RINGS, {"council": council}))


def _stuck(gateway: Gateway, tx: Tx, council: str, now: int) -> tuple[str, ...]:
    which, stuck = {"council": council}, []
    if council in gateway.sealer.alarms:
        stuck.append("cannot_seal")
    elif tx.rows(_LATE, which | {"late": now - UNSEALED}):
        stuck.append("unsealed")
    if gateway.settings.witnesses and tx.rows(_ALONE, which | {"late": now - UNWITNESSED}):
        stuck.append("unwitnessed")
    if any(gateway.policy(council).overdue(day_of(now))):
        stuck.append(REVIEW)
    return tuple(stuck)


def _clock(gateway: Gateway, name: str, what: str, now: int) -> dict[str, Any]:
    council, policy = gateway.council(name), gateway.policy(name)
    kind = f"record:{what}"
    watch = watch_of(kind, OWNER, policy, council)
    until = due(watch.within, now, council.hours)
    owner, following = first_turn(watch, now, until, now, council, "", policy.schools)
    return clock_row(name, kind, "", "", owner, now, until, next_at=following, times=f"{name} {now}")


_of = ENTRY.c.council == bindparam("council")
_waits = ENTRY.c.idx.is_(None)
_checkpoints = CHECKPOINT.c.council == bindparam("council")
# Entries are numbered without a gap: what waits and the highest number say how many there are, and none is counted.
_WAITING: Final = select(func.count(), func.min(ENTRY.c.ts)).where(_of, _waits)
_NUMBERED: Final = select(func.max(ENTRY.c.idx)).where(_of)
_SEALED: Final = select(func.max(CHECKPOINT.c.size)).where(_checkpoints)
_WITNESSED: Final = select(func.max(WITNESSED.c.size)).where(WITNESSED.c.council == bindparam("council"))
_UNWITNESSED: Final = select(func.min(CHECKPOINT.c.at)).where(_checkpoints, CHECKPOINT.c.size > bindparam("size"))
_LATE: Final = Statement(select(ENTRY.c.seq).where(_of, _waits, ENTRY.c.ts <= bindparam("late")).limit(1))
_ALONE: Final = Statement(
    select(CHECKPOINT.c.size)
    .where(
        _checkpoints,
        CHECKPOINT.c.size > func.coalesce(_WITNESSED.scalar_subquery(), 0),
        CHECKPOINT.c.at <= bindparam("late"),
    )
    .order_by(CHECKPOINT.c.size)
    .limit(1)
)
_runs = and_(CLOCK.c.council == bindparam("council"), CLOCK.c.state == "running", CLOCK.c.kind.startswith("record:"))
_RINGS: Final = select(CLOCK.c.kind).where(_runs).order_by(CLOCK.c.kind)
_RUNNING: Final = Statement(select(CLOCK.c.id, CLOCK.c.kind).where(_runs))
