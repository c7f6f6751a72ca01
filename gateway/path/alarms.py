"""What is done when a clock's turn or time is up: who hears it, whether at once, and when it is looked at again.

Alarms have a budget: one digest for each team at 9am and at 2pm on working days. Only immediate danger, safeguarding
contacts that did not arrive and overdue safety holds interrupt (settled 45). Nothing is released or closed by a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Final

from contracts.council import Clock, Council, Hours
from contracts.events import BY_LINK, SEEN
from gateway.config.policy import Policy, Schools, Task
from gateway.path import calendar, rights
from gateway.path.clocks import due, handovers
from gateway.path.whose import covered, whose_turn

DIGESTS: Final = (time(9), time(14))
"""When each team is told of whatever does not interrupt."""

NEVER: Final = 253_370_764_800_000
"""An instant in the year 9999: when a clock is looked at that only shows its due date."""

_LEAST: Final = 60_000
_AGAIN: Final = "1 working day"
_BY_OTHERS: Final = ("outcome_told",)
_LINKED: Final = frozenset((*BY_LINK, *_BY_OTHERS))


@dataclass(frozen=True, slots=True)
class Watch:
    """How a kind of clock is watched.

    owners  duty roles in order; tells: those who hear besides when time is up; say: what is to be done
    rings   False where only its due date is shown
    """

    owners: tuple[str, ...]
    within: str
    say: str
    tells: tuple[str, ...] = ()
    interrupts: bool = False
    again: str = _AGAIN
    rings: bool = True


@dataclass(frozen=True, slots=True)
class Ticking:
    """One running clock. Times are ms UTC."""

    owner: str
    taken_by: str
    rung: int
    started_at: int
    due_at: int
    sender_type: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What one look at a clock comes to.

    why   `due`, its time is up; `passed`, it goes to its next owner; "" where only the next look changes
    told  roles that hear of it
    """

    owner: str
    rung: int
    next_at: int
    why: str = ""
    told: tuple[str, ...] = ()
    interrupts: bool = False


def watch_of(kind: str, owner: str, policy: Policy, council: Council) -> Watch:
    """How a clock of this kind is watched; one of no list tells its owner. Kinds are those of the clock table."""
    sort, _, code = kind.partition(":")
    if sort == "hold" and code in policy.holds:
        hold = policy.holds[code]
        return Watch(hold.owners, hold.within, hold.say, hold.on_expiry, hold.interrupts, hold.again)
    task = _TASKS[sort](policy).get(code) if sort in _TASKS else None
    if task is not None:
        return Watch((task.owner,), task.within, task.say, task.tells, task.interrupts, task.again)
    timer = council.clocks.get(code) if sort == "timer" else None
    if timer is not None:
        say = timer.on_breach or timer.say
        return Watch((timer.owner,), timer.within, say, timer.tells, rings=can_ring(council, code))
    if sort == rights.CLOCK:
        return Watch((owner,), _AGAIN, rights.say_of(code)[1], rights.TELLS)
    return Watch((owner,), _AGAIN, "Look at it, and say what becomes of it.")


_TASKS: Final[Mapping[str, Callable[[Policy], Mapping[str, Task]]]] = {
    "task": lambda policy: policy.tasks,
    "clock": lambda policy: policy.clocks,
    "delivery": lambda policy: policy.deliveries,
    "record": lambda policy: policy.record,
}


def can_ring(council: Council, timer: str) -> bool:
    """Whether a council's timer alarms: it should, and something here can tell that it ended (settled 45)."""
    clock = council.clocks[timer]
    own = any(stop in SEEN and stop not in _BY_OTHERS for stop in clock.stops)
    told = any(one.active and one.hubs and "deliveries.outcome" in one.may for one in council.senders.values())
    return clock.alarms and bool(clock.stops) and (own or told or _by_link(council, clock))


def _by_link(council: Council, clock: Clock) -> bool:
    """Whether somebody is mailed a link by which they can say that it ended: a hub, or a team that hears of it."""
    reached = bool(council.links.hubs) or not council.links.roles.isdisjoint((clock.owner, *clock.tells))
    return reached and not _LINKED.isdisjoint(clock.stops)


def first_turn(
    watch: Watch, started: int, until: int, now: int, council: Council, sender_type: str, schools: Schools
) -> tuple[str, int]:
    """Whose a new clock is, and when it is looked at first. Times are ms UTC."""
    turns = handovers(watch.within, started, until, len(watch.owners), council.hours)
    owner = whose_turn(watch.owners, turns, until, now, council.roles, sender_type, schools)
    return owner, _next(watch, turns, until, now)


def step(clock: Ticking, watch: Watch, council: Council, schools: Schools, now: int) -> Step:
    """What happens to a clock that is looked at `now`, in ms UTC. The next look is always strictly later."""
    if not watch.rings:
        return Step(clock.owner, clock.rung, NEVER)
    if now >= clock.due_at:
        told = tuple(dict.fromkeys((clock.owner, *(covered(role, council.roles) for role in watch.tells))))
        again = max(due(watch.again, now, council.hours), now + _LEAST)
        return Step(clock.owner, clock.rung + 1, again, "due", told, watch.interrupts)
    turns = handovers(watch.within, clock.started_at, clock.due_at, len(watch.owners), council.hours)
    following = _next(watch, turns, clock.due_at, now)
    if clock.taken_by:
        return Step(clock.owner, clock.rung, clock.due_at)
    owner = whose_turn(watch.owners, turns, clock.due_at, now, council.roles, clock.sender_type, schools)
    if owner == clock.owner:
        return Step(owner, clock.rung, following)
    return Step(owner, clock.rung, following, "passed", (owner,))


def tell_at(interrupts: bool, now: int, hours: Hours) -> int:
    """When a role hears of it: at once, or in its next digest. ms UTC."""
    return now if interrupts else calendar.next_at(now, DIGESTS, hours)


def _next(watch: Watch, turns: tuple[int, ...], until: int, now: int) -> int:
    return next((at for at in turns if at > now), until) if watch.rings else NEVER
