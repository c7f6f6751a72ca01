"""Whether a council's timers can run: events that somebody can tell, and somebody to tell when time is up."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from contracts.adapter import Fault
from contracts.events import EVENTS
from gateway.config.councilfiles import ClockRow, TimersFile
from gateway.config.yamlfile import Loaded, unknown

SENDERS: Final = ("referrer", "sender_safeguarding_lead")
"""Roles that a sender's own people have, in every council."""

_ARRIVALS: Final = ("front_door_received", "hub_received")


def timer_faults(timers: Loaded[TimersFile], roles: Collection[str]) -> Iterator[Fault]:
    """Every timer that nobody could start or stop, or that would ring where nobody hears it."""
    for name, clock in timers.model.clocks.items():
        at = ("clocks", name)
        yield from _role_faults(timers, at, clock, (*roles, *SENDERS))
        for word, where in ((clock.starts, ("starts",)), *((stop, ("stops", n)) for n, stop in enumerate(clock.stops))):
            if word not in EVENTS:
                yield timers.fault(*at, *where, expected="an event that can be told", remedy=unknown(word, EVENTS))
        if clock.starts in clock.stops:
            remedy = "A timer runs once. Name another event."
            yield timers.fault(*at, "stops", expected="an event that comes after its start", remedy=remedy)
        if clock.kinds and clock.starts not in _ARRIVALS:
            remedy = f"Take `kinds` away, or start it with {' or '.join(_ARRIVALS)}."
            yield timers.fault(*at, "kinds", expected="no `kinds`: no delivery starts it", remedy=remedy)
        if clock.alarms and not clock.stops:
            remedy = "Nothing would ever silence it. Name its events, or take `alarms` away."
            yield timers.fault(*at, "alarms", expected="`stops:` with a timer that alarms", remedy=remedy)
        if clock.alarms and not clock.owner:
            remedy = "Nobody would hear it. Name a role of people.yaml, or take `alarms` away."
            yield timers.fault(*at, "alarms", expected="`owner:` with a timer that alarms", remedy=remedy)


def _role_faults(
    timers: Loaded[TimersFile], at: tuple[str, str], clock: ClockRow, roles: Collection[str]
) -> Iterator[Fault]:
    named = ((clock.owner, ("owner",)), *((role, ("tells", n)) for n, role in enumerate(clock.tells)))
    for role, where in named:
        if role and role not in roles:
            yield timers.fault(*at, *where, expected="a role of people.yaml", remedy=unknown(role, roles))
