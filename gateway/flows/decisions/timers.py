"""Starts and stops clocks: a row for each, and what an event does to a council's own timers (settled 16, 45).

A timer runs once for each referral, whatever its newest version is: it goes along with each new version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from contracts.council import Clock, Council
from contracts.events import EVENTS
from gateway.config.policy import Policy, Task
from gateway.flows.ids import short_id
from gateway.path.alarms import NEVER, can_ring
from gateway.path.clocks import due
from gateway.path.dues import starts
from gateway.path.events import Seen
from gateway.path.whose import covered
from gateway.store.statement import Statement
from gateway.store.tables import CLOCK, EVENT, REFERRAL
from gateway.store.transaction import Tx

Row = dict[str, Any]
"""A row of the clock table, by column."""

_TIMER: Final = "timer:"


def clock_row(
    council: str,
    kind: str,
    referral: str,
    decision: str,
    owner: str,
    started_at: int,
    due_at: int,
    *,
    next_at: int | None = None,
    delivery: str = "",
    times: str = "",
) -> Row:
    """A clock that runs from now. Times are ms UTC.

    next_at  when it is looked at first, if before it is due
    times    tells it from an earlier one of the same kind about the same
    """
    about = decision or delivery or referral
    return {
        "id": short_id("clock", about, *kind.split(":"), *((times,) if times else ())),
        "council": council,
        "kind": kind,
        "referral": referral,
        "decision": decision,
        "delivery": delivery,
        "owner": owner,
        "taken_by": "",
        "state": "running",
        "rung": 0,
        "started_at": started_at,
        "due_at": due_at,
        "next_at": due_at if next_at is None else next_at,
        "ended_at": None,
        "ended_by": "",
        "why": "",
        "needed": "",
    }


@dataclass(frozen=True, slots=True)
class Timers:
    """What events do to a council's timers: rows of those they start, and event → kinds of those it stops."""

    started: tuple[Row, ...] = ()
    stopped: tuple[tuple[str, tuple[str, ...]], ...] = ()


def timers_of(council: Council, events: Iterable[Seen], referral: str) -> Timers:
    """What these events do to the timers of one referral."""
    started: list[Row] = []
    stopped: list[tuple[str, tuple[str, ...]]] = []
    for seen in events:
        started += (
            _timer(council, name, clock, referral, seen.at)
            for name, clock in council.clocks.items()
            if starts(clock, seen.event)
        )
        if ends := tuple(f"{_TIMER}{name}" for name, clock in council.clocks.items() if seen.event in clock.stops):
            stopped.append((seen.event, ends))
    return Timers(tuple(started), tuple(stopped))


def begin(tx: Tx, timers: Timers, referral: str, earlier: str | None) -> None:
    """Start the timers of a referral that is filed now. Those of the version before it, if there was one, go on."""
    if earlier is None:
        for row in timers.started:
            tx.insert(CLOCK, row)
        return
    tx.execute(_FOLLOW, {"earlier": earlier, "newer": referral})
    for event, kinds in timers.stopped:
        _end(tx, referral, list(kinds), "machine", event)
    start(tx, timers.started)


def start(tx: Tx, timers: Iterable[Row]) -> None:
    """Start those that have not run yet. None are asked about where there are none."""
    wanted = list(timers)
    if not wanted:
        return
    found = tx.rows(_RAN, {"of": wanted[0]["referral"], "kinds": [row["kind"] for row in wanted]})
    ran = {row.kind for row in found}
    for row in wanted:
        if row["kind"] not in ran:
            ran.add(row["kind"])
            tx.insert(CLOCK, row)


def saw(tx: Tx, council: Council, referral: str, event: str, at: int, by: str = "machine", kind: str = "") -> None:
    """Stop what this event ends, and start the timers it begins, once for each referral. `at` in ms UTC.

    by    who told of it, or `machine`
    kind  of the delivery, where one arrived
    """
    ends = [name for name, clock in council.clocks.items() if event in clock.stops]
    begins = [(name, clock) for name, clock in council.clocks.items() if starts(clock, event, kind)]
    if not ends and not begins:
        return
    newest = _newest(tx, council.name, referral)
    if ends:
        _end(tx, newest, [f"{_TIMER}{name}" for name in ends], by, event)
    start(tx, [_timer(council, name, clock, newest, at) for name, clock in begins])


def ended(tx: Tx, policy: Policy, referral: str, event: str, by: str) -> None:
    """Stop the tasks and clocks of the policy that this event ends: where it takes several, once all have come."""
    kinds = [kind for kind, task in _tasks(policy) if event in task.stops and _all_came(tx, task, referral, event)]
    if kinds:
        _end(tx, referral, kinds, by, event)


def when(connection: Connection | Tx, council: Council, referral: str) -> dict[str, int]:
    """Event → when it happened, of those that this referral's timers have started with."""
    begun = connection.execute(_BEGUN, {"of": referral}).all()
    events = {f"{_TIMER}{name}": clock.starts for name, clock in council.clocks.items()}
    return {events[row.kind]: row.started_at for row in begun if row.kind in events}


def forget(tx: Tx, clocks: Iterable[str], now: int, why: str) -> None:
    """Stop clocks by their ids: what they waited for has passed."""
    tx.change(_STOP_ONE, [{"clock": clock, "new_now": now, "new_why": why} for clock in clocks])


def _timer(council: Council, name: str, clock: Clock, referral: str, at: int) -> Row:
    assert clock.starts in EVENTS
    until = due(clock.within, at, council.hours, clock.counts)
    owner = covered(clock.owner, council.roles)
    following = until if can_ring(council, name) else NEVER
    return clock_row(council.name, f"{_TIMER}{name}", referral, "", owner, at, until, next_at=following)


def _tasks(policy: Policy) -> Iterator[tuple[str, Task]]:
    for sort, tasks in (("task", policy.tasks), ("clock", policy.clocks)):
        yield from ((f"{sort}:{code}", task) for code, task in tasks.items())


def _all_came(tx: Tx, task: Task, referral: str, event: str) -> bool:
    if not task.all_of_them:
        return True
    came = set(tx.execute(_CAME, {"of": referral, "codes": task.stops}).scalars())
    return came | {event} >= set(task.stops)


def _end(tx: Tx, referral: str, kinds: Iterable[str], by: str, event: str) -> None:
    ended = {"new_now": tx.now, "new_by": by, "new_why": event}
    tx.change(_STOP, [{"of": referral, "ends": kind} | ended for kind in kinds])


def _newest(tx: Tx, council: str, referral: str) -> str:
    """The newest version of a referral: a hub may still speak of an earlier one."""
    while following := tx.rows(_LATER, {"council": council, "of": referral}):
        referral = following[0].id
    return referral


# These run for every message that a hub takes, and are compiled once.
_STOP: Final = Statement(
    update(CLOCK)
    .where(CLOCK.c.referral == bindparam("of"), CLOCK.c.kind == bindparam("ends"), CLOCK.c.state == "running")
    .values(state="stopped", ended_at=bindparam("new_now"), ended_by=bindparam("new_by"), why=bindparam("new_why"))
)
_STOP_ONE: Final = Statement(
    update(CLOCK)
    .where(CLOCK.c.id == bindparam("clock"))
    .values(state="stopped", ended_at=bindparam("new_now"), ended_by="machine", why=bindparam("new_why"))
)
_RAN: Final = Statement(
    select(CLOCK.c.kind).where(
        CLOCK.c.referral == bindparam("of"), CLOCK.c.kind.in_(bindparam("kinds", expanding=True))
    )
)
_BEGUN: Final = select(CLOCK.c.kind, CLOCK.c.started_at).where(
    CLOCK.c.referral == bindparam("of"), CLOCK.c.kind.startswith(_TIMER)
)
_FOLLOW: Final = (
    update(CLOCK)
    .where(CLOCK.c.referral == bindparam("earlier"), CLOCK.c.kind.startswith(_TIMER))
    .values(referral=bindparam("newer"))
)
_CAME: Final = select(EVENT.c.code).where(
    EVENT.c.referral == bindparam("of"), EVENT.c.code.in_(bindparam("codes", expanding=True))
)
_LATER: Final = Statement(
    select(REFERRAL.c.id).where(REFERRAL.c.council == bindparam("council"), REFERRAL.c.supersedes == bindparam("of"))
)
