"""Where everything is that was accepted: in one place, whatever happened to it (settled 5)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from contracts.delivery import DeliveryState
from gateway.path.balance import (
    AGES,
    DECISION_STATES,
    OLDEST,
    Item,
    Place,
    age_of,
    balance,
    place_of_decision,
    place_of_delivery,
)
from gateway.path.calendar import start_of
from gateway.path.states import CHANGES, ENDED, may_change
from tests.builders import NOW

DAY = 86_400_000
WHO = tuple(CHANGES)
COUNTED = tuple(state for state in DECISION_STATES if state != "superseded")


@some.composite
def histories(draw: some.DrawFn) -> Item:
    """One decision, and whatever machine, people, conditions and hub then did to its message."""
    at = NOW - draw(some.integers(0, 60 * DAY))
    state = draw(some.sampled_from(COUNTED))
    if state != "promised":
        return Item("", "", "", at, *place_of_decision(state, ""))
    message = DeliveryState.DUE
    for who in draw(some.lists(some.sampled_from(WHO), max_size=12)):
        following = sorted(CHANGES[who].get(message, ()))
        if following:
            message = draw(some.sampled_from(following))
    return Item("", "", "", at, *place_of_decision(state, message))


EVERY = some.lists(histories(), max_size=40)


@settings(max_examples=50, deadline=None)
@given(EVERY)
def test_settled_5_whatever_happened_the_sum_closes(items: list[Item]) -> None:
    found = balance(items, NOW)
    assert found.closes
    assert found.accepted == len(items) == found.delivered + found.denied + found.cancelled + found.open


@settings(max_examples=50, deadline=None)
@given(EVERY, EVERY)
def test_two_lists_counted_apart_are_the_same_as_counted_together(one: list[Item], other: list[Item]) -> None:
    apart, together = (balance(one, NOW), balance(other, NOW)), balance(one + other, NOW)
    for name in ("accepted", *Place, "held"):
        assert getattr(together, name) == sum(getattr(part, name) for part in apart)
    assert together.ages == {band: sum(part.ages[band] for part in apart) for band in together.ages}


@pytest.mark.parametrize("state", DeliveryState)
def test_settled_5_nothing_leads_out_of_where_a_message_has_ended(state: DeliveryState) -> None:
    place, held = place_of_delivery(state)
    assert (place is Place.OPEN) == (state not in ENDED)
    assert not (held and state in ENDED)
    leads_on = [to for who in WHO for to in DeliveryState if may_change(state, to, who)]
    assert bool(leads_on) == (place is Place.OPEN)


def test_each_decision_is_where_its_state_says() -> None:
    assert {state: place_of_decision(state, "") for state in COUNTED} == {
        "open": (Place.OPEN, True),
        "promised": (Place.OPEN, False),
        "refused": (Place.DENIED, False),
        "closed": (Place.CANCELLED, False),
    }


def test_what_was_decided_again_counts_once() -> None:
    with pytest.raises(KeyError):
        place_of_decision("superseded", "")


@pytest.mark.parametrize(
    ("days", "band"),
    [(0, "today"), (1, "1_day"), (2, "2_to_7_days"), (7, "2_to_7_days"), (30, "8_to_30_days"), (31, OLDEST)],
)  # fmt: skip
def test_the_age_of_what_is_open_is_in_whole_days_in_london(days: int, band: str) -> None:
    assert age_of(NOW - days * DAY, NOW) == band


def test_a_day_in_london_begins_at_its_own_midnight() -> None:
    midnight = start_of(date(2026, 7, 1))
    assert age_of(midnight - 1, midnight) == "1_day"
    assert {name for name, _ in AGES} | {OLDEST} == set(balance((), NOW).ages)
