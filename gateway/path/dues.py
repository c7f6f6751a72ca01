"""By when a council's document wants something done, as the hub reads it beside what it was sent (settled 45)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contracts.council import Clock, Council, HubSettings
from contracts.decision import Outcome
from contracts.events import EVENTS
from gateway.path.clocks import due
from gateway.path.events import Seen


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is waited for.

    within, since  in words: how long, and from which event
    by             ms UTC; None while nobody can say when that event was
    stated         whether `by` follows from something that only the sender said
    """

    what: str
    within: str
    since: str
    by: int | None = None
    stated: bool = False


def arrival(hub: HubSettings) -> str:
    """The event that a delivery's arrival at this hub is."""
    return "front_door_received" if hub.front_door else "hub_received"


def starts(clock: Clock, event: str, kind: str = "") -> bool:
    """Whether an event starts a timer; `kind` of the delivery, where one arrived."""
    return clock.starts == event and (not kind or not clock.kinds or kind in clock.kinds)


def dues(council: Council, hub: HubSettings, outcome: Outcome, events: Iterable[Seen]) -> Iterator[Due]:
    """What one hub should know of the council's timers: those that run, and those that its receipt begins.

    An assessment's own age is part of the assessment, and goes with it or not at all.
    """
    if outcome not in (Outcome.SHARE, Outcome.DIVERT):
        return
    kind = "divert" if outcome is Outcome.DIVERT else "referral"
    happened = {one.event: one for one in events if one.event != "assessment_completed"}
    for clock in council.clocks.values():
        if clock.starts in happened:
            one = happened[clock.starts]
            until = due(clock.within, one.at, council.hours, clock.counts)
            yield Due(clock.say, clock.within, EVENTS[one.event], until, one.stated)
        elif starts(clock, arrival(hub), kind) and clock.starts == arrival(hub):
            yield Due(clock.say, clock.within, EVENTS[clock.starts])
