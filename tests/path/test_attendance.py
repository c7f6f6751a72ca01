"""Totals come from codes by the groups they count in, and totals that cannot be right leave no percentage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.codes import load_codes
from gateway.path.attendance import with_totals

LISTS = load_codes(Path(__file__).parents[2] / "mappings" / "codes")
CODES = sorted(LISTS["attendance"].labels)
GROUPS = LISTS["attendance_group"]


def counted(**sessions: int) -> list[dict[str, Any]]:
    return [{"code": code, "sessions": number} for code, number in sessions.items()]


def totals(education: dict[str, Any]) -> tuple[dict[str, Any], str]:
    return with_totals(education, GROUPS.code_of)


def test_every_attendance_code_counts_in_one_group() -> None:
    assert [code for code in CODES if GROUPS.code_of(code) is None] == []


def test_absences_alone_are_taken_from_the_possible_sessions() -> None:
    made, wrong = totals({"sessions_possible": 100, "sessions_by_code": counted(I=6, U=4, B=3, Y1=2)})

    assert (made["sessions_attended"], made["sessions_authorised"], made["sessions_unauthorised"]) == (90, 6, 4)
    assert wrong == ""


def test_a_whole_register_says_itself_what_was_possible() -> None:
    register = [*counted(L=1, V=1, I=2, U=1, X=5), {"code": "/", "sessions": 4}, {"code": "\\", "sessions": 5}]

    made, _ = totals({"sessions_by_code": register})

    assert (made["sessions_possible"], made["sessions_attended"]) == (14, 11)


def test_absences_without_possible_sessions_are_summed_and_no_more() -> None:
    made, _ = totals({"sessions_by_code": counted(I=6)})

    assert made["sessions_authorised"] == 6
    assert "sessions_attended" not in made


def test_more_absence_than_was_possible_is_named_and_makes_no_totals() -> None:
    sent = {"sessions_possible": 136, "sessions_by_code": counted(E=128, G=124), "attendance_as_stated": "120%"}

    made, wrong = totals(sent)

    assert (wrong, "sessions_attended" in made, "attendance_as_stated" in made) == ("sessions_by_code", False, False)


def test_a_code_of_no_group_makes_no_totals() -> None:
    assert totals({"sessions_possible": 9, "sessions_by_code": [{"as_stated": "?", "sessions": 1}]})[1]


def test_totals_that_the_system_made_are_never_worked_out_again() -> None:
    sent = {"sessions_possible": 9, "sessions_attended": 9, "sessions_by_code": counted(U=9), "totals_made_by": "X"}

    assert totals(sent) == (sent, "")


@pytest.mark.parametrize(
    ("stated", "wrong"),
    [("98.7", ""), ("100%", ""), ("120 %", "attendance_as_stated"), ("-1", "attendance_as_stated")],
)
def test_a_percentage_beyond_a_hundred_is_none(stated: str, wrong: str) -> None:
    assert totals({"attendance_as_stated": stated})[1] == wrong


@given(st.dictionaries(st.sampled_from(CODES), st.integers(0, 300)), st.none() | st.integers(0, 400))
@settings(max_examples=50)
def test_worked_out_totals_always_fit_into_the_possible_sessions(sums: dict[str, int], possible: int | None) -> None:
    sent: dict[str, Any] = {"sessions_by_code": [{"code": code, "sessions": number} for code, number in sums.items()]}
    made, wrong = totals(sent | ({} if possible is None else {"sessions_possible": possible}))

    if not wrong and "sessions_attended" in made:
        absent = made["sessions_authorised"] + made["sessions_unauthorised"]
        assert 0 <= made["sessions_attended"] + absent <= made["sessions_possible"]
