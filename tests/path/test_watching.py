"""The rules over who read what: each alone, and none where nothing is unusual (governance 5.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.path.watching import LEAST, OFTEN, RULES, Seen, flags, usual

PLAIN = Seen("content.read", "bram.ellis", "hub_duty", surnames=("Fernsby",))

STRANGE = {
    "own_name": replace(PLAIN, surnames=("Fernsby", "ELLIS-Moor")),
    "often": replace(PLAIN, that_day=31, usual=10),
    "no_action": replace(PLAIN, acted=False),
    "no_case": replace(PLAIN, linked=False),
    "sealed": replace(PLAIN, type="sealed.tried"),
    "out_of_hours": replace(PLAIN, in_hours=False),
}


def test_a_plain_reading_meets_no_rule() -> None:
    assert flags(PLAIN) == ()


@pytest.mark.parametrize("code", STRANGE)
def test_each_rule_is_met_by_what_it_asks_about_alone(code: str) -> None:
    assert flags(STRANGE[code]) == (code,)


def test_every_rule_is_tried_here() -> None:
    assert {rule.code for rule in RULES} == set(STRANGE)


@pytest.mark.parametrize(
    "seen",
    [
        replace(PLAIN, surnames=("Ell", "Bramley")),
        replace(PLAIN, that_day=30, usual=10),
        replace(PLAIN, that_day=LEAST - 1, usual=0.5),
        replace(PLAIN, that_day=500, usual=0),
        replace(PLAIN, role="front_door", in_hours=False),
        replace(PLAIN, type="child.viewed", acted=False, linked=False),
    ],
)
def test_what_is_near_a_rule_and_does_not_meet_it_is_not_asked_about(seen: Seen) -> None:
    assert flags(seen) == ()


def test_a_usual_day_is_the_middle_one_of_at_least_five() -> None:
    days = [date(2026, 11, 2) + timedelta(days=offset) for offset in range(5)]
    assert usual(days[:4] * 9) == 0
    assert usual([*days, *days[:2], *[days[0]] * 40]) == 1


@settings(max_examples=30)
@given(st.integers(1, 400), st.integers(1, 100))
def test_nobody_is_asked_about_for_a_day_within_three_usual_ones(that_day: int, usually: int) -> None:
    met = "often" in flags(replace(PLAIN, that_day=that_day, usual=usually))
    assert met is (that_day >= LEAST and that_day > OFTEN * usually)
