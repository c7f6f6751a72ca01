"""Where everything that was accepted is: delivered, denied, cancelled or open, and in exactly one of them (settled 5).

What is counted is a decision, one for each child and hub, or a message to a hub. Of what is open, some is held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.delivery import DeliveryState
from gateway.path.states import BLOCKED
from gateway.path.telling import days_between

DECISION_STATES: Final = ("open", "promised", "refused", "closed", "superseded")
"""Where a decision may stand. A superseded one counts nowhere: the one that was made instead does."""

AGES: Final = (("today", 0), ("1_day", 1), ("2_to_7_days", 7), ("8_to_30_days", 30))
"""Bands of age, by the most whole days in London; whatever is older is `over_30_days`."""

OLDEST: Final = "over_30_days"


class Place(StrEnum):
    """Where one thing is that was accepted."""

    DELIVERED = "delivered"
    DENIED = "denied"
    CANCELLED = "cancelled"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Item:
    """One decision or message.

    id, referral  our ids; hub: its code, "" while none is chosen
    at            when it was accepted, ms UTC
    held          whether it is open because somebody must act first
    """

    id: str
    referral: str
    hub: str
    at: int
    place: Place
    held: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """How many there are in each place. `held` is a part of `open`; `ages` has every band, and sums to `open`."""

    accepted: int
    delivered: int
    denied: int
    cancelled: int
    open: int
    held: int
    ages: Mapping[str, int]

    @property
    def closes(self) -> bool:
        """Whether nothing is lost and nothing counted twice."""
        places = self.delivered + self.denied + self.cancelled + self.open
        return self.accepted == places and self.open == sum(self.ages.values()) and self.held <= self.open


def place_of_decision(state: str, delivery: str) -> tuple[Place, bool]:
    """Where a decision is, and whether it is held, by its state and that of its message ("" for none).

    Raises KeyError for a superseded one, and for a state there is not.
    """
    if state == "promised" and delivery:
        return place_of_delivery(delivery)
    return _DECIDED[state]


def place_of_delivery(state: str) -> tuple[Place, bool]:
    """Where a message is, and whether it is held. Raises ValueError for a state there is not."""
    known = DeliveryState(state)
    return _ENDED.get(known, Place.OPEN), known in BLOCKED


def balance(items: Iterable[Item], now: int) -> Balance:
    """All of these, counted. `now` in ms UTC: ages are whole days in London until then."""
    places: Counter[Place] = Counter()
    ages = dict.fromkeys((*(name for name, _ in AGES), OLDEST), 0)
    accepted = held = 0
    for item in items:
        accepted += 1
        places[item.place] += 1
        held += item.held
        if item.place is Place.OPEN:
            ages[age_of(item.at, now)] += 1
    return Balance(
        accepted=accepted,
        delivered=places[Place.DELIVERED],
        denied=places[Place.DENIED],
        cancelled=places[Place.CANCELLED],
        open=places[Place.OPEN],
        held=held,
        ages=ages,
    )


def age_of(at: int, now: int) -> str:
    """The band of age of what was accepted at this instant."""
    days = days_between(at, now)
    return next((name for name, most in AGES if days <= most), OLDEST)


_DECIDED: Final[Mapping[str, tuple[Place, bool]]] = {
    "open": (Place.OPEN, True),
    # Promised, and its message is not there: it counts as open, so that somebody asks.
    "promised": (Place.OPEN, False),
    "refused": (Place.DENIED, False),
    "closed": (Place.CANCELLED, False),
}
_ENDED: Final[Mapping[DeliveryState, Place]] = {
    DeliveryState.DELIVERED: Place.DELIVERED,
    DeliveryState.CANCELLED: Place.CANCELLED,
}
