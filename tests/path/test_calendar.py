"""Working days, ages and due times, with the vectors of the rules paper."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.council import Hours
from gateway.path.calendar import (
    ANNOUNCED_UNTIL,
    LONDON,
    add_months,
    add_working_days,
    add_working_hours,
    add_working_time,
    age_on,
    bank_holidays_in_doubt,
    birthday,
    counted_from,
    day_of,
    easter,
    is_open,
    is_working_day,
    next_at,
    start_of,
    working_time,
)
from gateway.path.clocks import due

DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))


def london(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000)


def in_london(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(LONDON).isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("start", "within", "expected"),
    [
        pytest.param("2026-04-02T10:00", "2 working days", date(2026, 4, 8), id="KE-T01"),
        pytest.param("2026-04-02T10:00", "10 working days", date(2026, 4, 20), id="KE-T02"),
        pytest.param("2026-03-27T17:30", "5 working days", date(2026, 4, 7), id="HU-T02"),
        pytest.param("2026-04-02T10:00", "3 weeks", date(2026, 4, 23), id="LE-T01"),
        pytest.param("2026-11-30T10:00", "3 months", date(2027, 2, 28), id="LE-T02"),
    ],
)
def test_a_timer_is_due_on_the_day_of_the_rules_vectors(start: str, within: str, expected: date) -> None:
    assert day_of(due(within, london(start))) == expected


def test_48_hours_over_the_start_of_summer_time_are_elapsed_hours_HU_T01() -> None:
    assert in_london(due("48 hours", london("2026-03-27T17:30"))) == "2026-03-29T18:30+01:00"


def test_six_months_are_first_over_on_the_day_after_TH_T04() -> None:
    assert add_months(date(2026, 4, 1), 6) + timedelta(days=1) == date(2026, 10, 2)


@pytest.mark.parametrize("day", [date(2026, 4, 3), date(2026, 4, 6), date(2026, 12, 25), date(2026, 12, 28)])
def test_bank_holidays_of_england_are_no_working_days(day: date) -> None:
    assert not is_working_day(day)


def test_a_scottish_bank_holiday_is_a_working_day_here() -> None:
    assert is_working_day(date(2026, 11, 30))


def test_a_council_has_closed_days_of_its_own() -> None:
    assert not is_working_day(date(2026, 12, 29), Hours(closed=(date(2026, 12, 29),)))


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        pytest.param("2026-11-02T10:00", 4, "2026-11-02T14:00+00:00", id="within one day"),
        pytest.param("2026-11-06T16:00", 4, "2026-11-09T12:00+00:00", id="over a weekend"),
        pytest.param("2026-11-02T06:00", 1, "2026-11-02T10:00+00:00", id="before opening"),
        pytest.param("2026-11-02T16:00", 1, "2026-11-02T17:00+00:00", id="to the last minute"),
        pytest.param("2026-10-24T12:00", 1, "2026-10-26T10:00+00:00", id="over the end of summer time"),
        pytest.param("2026-04-02T17:00", 9, "2026-04-08T10:00+01:00", id="over Easter"),
    ],
)
def test_working_hours_pass_only_while_the_council_is_open(start: str, count: int, expected: str) -> None:
    assert in_london(add_working_hours(london(start), count)) == expected


def test_a_hub_may_open_earlier_TH_T14() -> None:
    hours = Hours(opens=time(8, 30), closes=time(17))
    assert in_london(due("1 working hour", london("2026-11-02T07:00"), hours)) == "2026-11-02T09:30+00:00"


@pytest.mark.parametrize(
    ("received", "counted"),
    [
        ("2026-11-06T16:59", date(2026, 11, 6)),
        ("2026-11-06T17:00", date(2026, 11, 9)),
        ("2026-11-07T09:00", date(2026, 11, 9)),
    ],
)
def test_what_comes_out_of_hours_may_count_from_the_next_working_day(received: str, counted: date) -> None:
    assert counted_from(london(received)) == counted


def test_the_clock_that_counts_from_the_next_working_day_is_due_later() -> None:
    saturday = london("2026-11-07T09:00")
    assert day_of(due("2 working days", saturday)) == date(2026, 11, 10)
    assert day_of(due("2 working days", saturday, counts="next_working_day")) == date(2026, 11, 11)


@pytest.mark.parametrize(
    ("born", "age", "expected"),
    [
        (date(2010, 11, 2), 16, date(2026, 11, 2)),
        (date(2008, 2, 29), 16, date(2024, 2, 29)),
        (date(2008, 2, 29), 18, date(2026, 3, 1)),
    ],
)
def test_an_age_is_reached_at_the_start_of_the_birthday(born: date, age: int, expected: date) -> None:
    assert birthday(born, age) == expected
    assert age_on(born, expected) == age
    assert age_on(born, expected - timedelta(days=1)) == age - 1


def test_a_day_in_summer_begins_at_23_00_utc() -> None:
    assert start_of(date(2026, 7, 1)) == int(datetime(2026, 6, 30, 23, tzinfo=UTC).timestamp() * 1000)


def test_words_that_are_no_time_are_refused() -> None:
    with pytest.raises(ValueError, match="not a time"):
        due("3 fortnights", london("2026-11-02T10:00"))


@settings(max_examples=50)
@given(DAYS, st.integers(0, 12), st.integers(0, 12))
def test_working_days_add_up(day: date, one: int, two: int) -> None:
    assert add_working_days(add_working_days(day, one), two) == add_working_days(day, one + two)


@settings(max_examples=50)
@given(DAYS, st.integers(1, 23), st.integers(1, 30))
def test_more_working_hours_are_never_due_sooner(day: date, hour: int, count: int) -> None:
    start = london(f"{day.isoformat()}T{hour:02}:17")
    assert start < add_working_hours(start, count) < add_working_hours(start, count + 1)


@settings(max_examples=50)
@given(DAYS, st.integers(0, 30))
def test_a_birthday_and_an_age_agree(born: date, age: int) -> None:
    assert age_on(born, birthday(born, age)) == age


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2024, date(2024, 3, 31)),
        (2025, date(2025, 4, 20)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
        (2285, date(2285, 3, 22)),
    ],
)
def test_easter_is_the_sunday_of_the_churchs_tables(year: int, day: date) -> None:
    assert easter(year) == day


@settings(max_examples=50)
@given(st.integers(1990, 2099))
def test_good_friday_and_easter_monday_are_no_working_days(year: int) -> None:
    sunday = easter(year)
    assert sunday.weekday() == 6
    assert not is_working_day(sunday - timedelta(days=2))
    assert not is_working_day(sunday + timedelta(days=1))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param(date(2026, 5, 4), False, id="early May"),
        pytest.param(date(2026, 5, 25), False, id="spring"),
        pytest.param(date(2026, 8, 31), False, id="summer"),
        pytest.param(date(2026, 8, 3), True, id="Scotland's summer"),
        pytest.param(date(2026, 7, 13), True, id="Northern Ireland's July"),
        pytest.param(date(2027, 12, 27), False, id="Christmas on a Saturday"),
        pytest.param(date(2027, 12, 28), False, id="Boxing Day on a Sunday"),
        pytest.param(date(2028, 1, 3), False, id="new year on a Saturday"),
        pytest.param(date(2023, 5, 8), False, id="the coronation"),
    ],
)
def test_bank_holidays_are_englands_and_move_off_a_weekend(day: date, works: bool) -> None:
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_its_month(day: date, count: int, expected: date) -> None:
    assert add_months(day, count) == expected


def test_whoever_keeps_the_gateway_is_warned_before_announced_bank_holidays_end() -> None:
    assert bank_holidays_in_doubt(date(ANNOUNCED_UNTIL - 1, 12, 31)) == ""
    assert f"until the end of {ANNOUNCED_UNTIL}" in bank_holidays_in_doubt(date(ANNOUNCED_UNTIL, 1, 1))


@pytest.mark.parametrize("text", ["2026-11-02T08:59", "2026-11-02T17:00", "2026-11-07T12:00", "2026-12-25T12:00"])
def test_the_council_is_shut_before_and_after_hours_and_on_days_off(text: str) -> None:
    assert not is_open(london(text))
    assert is_open(london("2026-11-02T09:00"))


WITHIN = st.sampled_from(
    ["15 minutes", "48 hours", "1 working hour", "4 working hours", "10 days", "2 working days", "3 weeks", "3 months"]
)
INSTANTS = st.integers(london("2026-01-01T00:00"), london("2028-12-31T00:00"))
COUNTS = st.sampled_from(["received", "next_working_day"])


@settings(max_examples=50)
@given(WITHIN, INSTANTS, st.integers(0, 60 * 24 * 3_600_000), COUNTS)
def test_what_starts_later_is_never_due_sooner(within: str, start: int, later: int, counts: str) -> None:
    assert due(within, start, counts=counts) <= due(within, start + later, counts=counts)


@settings(max_examples=50)
@given(WITHIN, INSTANTS, st.integers(0, 40))
def test_a_day_off_never_makes_anything_due_sooner(within: str, start: int, after: int) -> None:
    off = Hours(closed=(day_of(start) + timedelta(days=after),))
    assert due(within, start, off) >= due(within, start)


@settings(max_examples=50)
@given(INSTANTS, st.integers(1, 72))
def test_hours_are_elapsed_whatever_the_clocks_do(start: int, hours: int) -> None:
    assert due(f"{hours} hours", start) - start == hours * 3_600_000


@settings(max_examples=50)
@given(INSTANTS, st.integers(1, 30 * 3_600_000))
def test_working_time_that_is_added_is_the_time_between(start: int, count: int) -> None:
    assert working_time(start, add_working_time(start, count)) == count


@settings(max_examples=50)
@given(INSTANTS)
def test_the_next_of_some_times_is_later_and_on_a_working_day(ms: int) -> None:
    found = next_at(ms, (time(9), time(14)))
    assert found > ms
    assert is_open(found)
    assert in_london(found)[11:16] in ("09:00", "14:00")
