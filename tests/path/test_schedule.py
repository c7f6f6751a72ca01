"""The ladder of attempts (settled 14)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.path.schedule import CURRENT, LADDER, MOST_ATTEMPTS, SCHEDULES, after_loss, given_up_at, next_due

HOUR = 3_600_000


def last_attempt(jitter: float) -> int:
    now, attempts = 0, 1
    while (due := next_due(attempts, now, None, jitter)) is not None:
        now, attempts = due, attempts + 1
    assert attempts == MOST_ATTEMPTS
    return now


@pytest.mark.parametrize("jitter", [0.0, 0.1, 0.2])
def test_the_ladder_outlasts_easter(jitter: float) -> None:
    assert last_attempt(jitter) > 112 * HOUR


def test_the_steps_are_those_of_the_ladder() -> None:
    assert [next_due(n, 0, None, 0.0) for n in range(1, MOST_ATTEMPTS)] == list(LADDER)


def test_after_the_last_attempt_there_is_no_other() -> None:
    assert next_due(MOST_ATTEMPTS, 0, 60, 0.0) is None


@settings(max_examples=50)
@given(
    attempts=st.integers(1, MOST_ATTEMPTS - 1),
    now=st.integers(0, 2**42),
    asked=st.none() | st.integers(0, 86_400),
    jitter=st.floats(0, 0.2),
)
def test_a_wait_is_never_shortened(attempts: int, now: int, asked: int | None, jitter: float) -> None:
    due = next_due(attempts, now, asked, jitter)
    assert due is not None
    assert due - now >= max(LADDER[attempts - 1], (asked or 0) * 1_000)
    assert due - now <= max(LADDER[attempts - 1] * 1.2, (asked or 0) * 1_000)


@pytest.mark.parametrize(("attempts", "jitter"), [(0, 0.0), (1, -0.1), (1, 0.21)])
def test_what_would_shorten_the_ladder_is_refused(attempts: int, jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter"):
        next_due(attempts, 0, None, jitter)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_every_schedule_that_was_ever_promised_outlasts_easter(name: str) -> None:
    assert sum(SCHEDULES[name]) > 112 * HOUR


def test_what_is_promised_now_has_a_schedule() -> None:
    assert SCHEDULES[CURRENT] == LADDER


def test_settled_14_the_steps_in_minutes() -> None:
    minutes = [step / 60_000 for step in LADDER]
    assert minutes == [5 / 60, 1, 5, 30, 120, 300, 600, 840, 1_200, 1_440, 1_440, 1_440]


def test_the_wait_after_a_loss_of_our_own_grows_to_five_minutes_and_no_further() -> None:
    assert [after_loss(lost, 0, 0.0) for lost in (1, 2, 3, 4, 1_000)] == [5_000, 60_000, 300_000, 300_000, 300_000]


def test_it_is_known_when_the_last_attempt_is_made() -> None:
    first = next_due(1, 0, None, 0.0)
    assert first is not None
    assert given_up_at(1, first) == sum(LADDER)
    assert given_up_at(len(LADDER), 7) == 7
