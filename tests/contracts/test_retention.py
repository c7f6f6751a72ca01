"""Retention formulas under a moved clock: leap years, the unborn, and what is not known (governance 2.3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.retention import BadFormula, Formula, Held, Known, due, may_go, read_formula, run_out, youngest

BORN = Known(born=date(2017, 3, 14), closed=date(2026, 11, 1), event=date(2026, 10, 31), delivered=date(2026, 11, 23))


@pytest.mark.parametrize(
    ("formula", "known", "day"),
    [
        ("DOB+25y", BORN, date(2042, 3, 14)),
        ("CASE_CLOSED+6y", BORN, date(2032, 11, 1)),
        ("EVENT+7y", BORN, date(2033, 10, 31)),
        ("EVENT+4m", BORN, date(2027, 3, 1)),  # there is no 31 February
        ("DELIVERED+30d", BORN, date(2026, 12, 23)),
        ("DOB+25y", Known(born=date(2016, 2, 29)), date(2041, 3, 1)),
        ("DOB+24y", Known(born=date(2016, 2, 29)), date(2040, 2, 29)),
        ("DOB+9999y", BORN, date(9999, 12, 31)),
    ],
)
def test_a_formula_gives_the_first_day_it_is_due(formula: str, known: Known, day: date) -> None:
    assert due(read_formula(formula), known) == day


@pytest.mark.parametrize("formula", ["DOB+25y", "CASE_CLOSED+6y", "EVENT+7y", "DELIVERED+30d"])
def test_nothing_is_due_while_its_trigger_is_not_known(formula: str) -> None:
    assert due(read_formula(formula), Known()) is None
    assert not may_go(read_formula(formula), Known(), (), date(9999, 12, 31))


def test_it_goes_on_its_day_and_not_a_day_before() -> None:
    day = date(2042, 3, 14)
    assert may_go(read_formula("DOB+25y"), BORN, (), day)
    assert not may_go(read_formula("DOB+25y"), BORN, (), day - timedelta(days=1))


@settings(max_examples=30)
@given(
    many=st.integers(1, 9999),
    unit=st.sampled_from("dmy"),
    start=st.dates(),
    today=st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31)),
)
def test_what_began_by_the_day_that_has_run_out_is_due_and_nothing_else(
    many: int, unit: str, start: date, today: date
) -> None:
    formula = Formula("EVENT", many, unit)
    last = run_out(formula, today)
    for event in (start, today, last or start, (last or start) + timedelta(days=1)):
        assert may_go(formula, Known(event=event), (), today) is (last is not None and event <= last)


def test_a_hold_keeps_it_also_after_its_review_date() -> None:
    held = Held("An inquiry asked for it.", "ruth.lane", date(2030, 1, 1))
    assert not may_go(read_formula("DOB+25y"), BORN, (held,), date(2099, 1, 1))


def test_without_a_formula_nothing_ever_goes() -> None:
    assert not may_go(None, BORN, (), date(9999, 12, 31))


def test_the_youngest_child_counts_and_the_unborn_by_the_day_expected() -> None:
    older, unborn = (date(2017, 3, 14), None), (None, date(2027, 1, 9))
    assert youngest([older, unborn]) == date(2027, 1, 9)
    assert youngest([older, (None, None)]) is None, "a child whose day is unknown may be the youngest"
    assert youngest([]) is None


@pytest.mark.parametrize(
    "text", ["", "DOB", "DOB+y", "DOB+0y", "DOB+25", "dob+25y", "BIRTH+25y", "DOB+25w", "DOB+99999y"]
)
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(BadFormula, match="a formula such as"):
        read_formula(text)


@settings(max_examples=50)
@given(
    born=st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    many=st.integers(1, 100),
    unit=st.sampled_from("dmy"),
    more=st.integers(0, 50),
)
def test_more_time_is_never_due_earlier(born: date, many: int, unit: str, more: int) -> None:
    first, later = (due(read_formula(f"DOB+{n}{unit}"), Known(born=born)) for n in (many, many + more))
    assert first is not None
    assert later is not None
    assert born < first <= later
