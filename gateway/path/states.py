"""The states of a delivery, and which change may follow which, as data (settled 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from contracts.delivery import DeliveryState, HubClass, Result

Who = Literal["machine", "person", "condition", "hub"]
"""Who makes a change: the worker by itself, a named person, a condition that has passed (a door was confirmed), or a
hub that has a message it did not acknowledge in time."""

_D = DeliveryState

CHANGES: Final[Mapping[Who, Mapping[DeliveryState, frozenset[DeliveryState]]]] = {
    "machine": {
        _D.DUE: frozenset({_D.SENDING, _D.HELD}),
        _D.SENDING: frozenset({_D.DELIVERED, _D.DUE, _D.UNCERTAIN, _D.HELD, _D.DEAD}),
    },
    "person": {
        _D.DUE: frozenset({_D.CANCELLED}),
        _D.UNCERTAIN: frozenset({_D.DUE, _D.CANCELLED}),
        _D.HELD: frozenset({_D.DUE, _D.CANCELLED}),
        _D.DEAD: frozenset({_D.DUE, _D.CANCELLED}),
    },
    "condition": {
        _D.DUE: frozenset({_D.CANCELLED}),
        _D.HELD: frozenset({_D.DUE, _D.CANCELLED}),
    },
    "hub": dict.fromkeys((_D.DUE, _D.UNCERTAIN, _D.HELD, _D.DEAD), frozenset({_D.DELIVERED})),
}

ENDED: Final = frozenset({_D.DELIVERED, _D.CANCELLED})
"""States nothing leads out of."""

BLOCKED: Final = frozenset({_D.UNCERTAIN, _D.HELD, _D.DEAD})
"""States that wait for somebody, and keep later messages about the same child waiting behind them (P18)."""


def may_change(state: DeliveryState, to: DeliveryState, who: Who) -> bool:
    """Whether `who` may move a delivery from one state to the other."""
    return to in CHANGES[who].get(state, frozenset())


def after(result: Result, hub_class: HubClass, tries_left: bool) -> DeliveryState:
    """The state of a delivery that was `sending`, after one attempt.

    hub_class   After an uncertain attempt, a hub that drops what it already has gets the same id again, and one that
                can be asked is asked first; any other waits for a person (P13)
    tries_left  whether the schedule has another attempt

    The schedule running out after an uncertain attempt stays uncertain: it is never said that nothing arrived.
    """
    if result is Result.UNCERTAIN:
        return _D.DUE if hub_class is not HubClass.C and tries_left else _D.UNCERTAIN
    if result in (Result.NOT_SENT, Result.REFUSED_FOR_NOW):
        return _D.DUE if tries_left else _D.DEAD
    return _SETTLED[result]


_SETTLED: Final[Mapping[Result, DeliveryState]] = {
    Result.DELIVERED: _D.DELIVERED,
    Result.REFUSED: _D.DEAD,
    Result.LANE_HELD: _D.HELD,
}
