"""Reports: a line for each row, whatever became of it, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.adapter import Fault
from contracts.errors import InvalidReferral, NotConfirmed, TooLarge
from gateway.flows.places.rowreport import Line, as_csv, lines_of, lines_of_error
from tests.flows.dropping import reported

ACCEPTED: dict[str, Any] = {
    "state": "accepted",
    "position": "row 2",
    "referral": "f" * 32,
    "decisions": [{"say": "Going to the hub."}, {"say": "Held: ask the family."}],
    "warnings": [{"pointer": "/people/0", "expected": "a postcode", "remedy": "Look at it again."}],
}
REJECTED: dict[str, Any] = {
    "state": "rejected",
    "position": "row 3",
    "errors": [{"position": "row 3, column 4", "expected": "a date", "remedy": "Write it as 14/03/2015."}],
}


def test_each_decision_warning_and_error_has_a_line() -> None:
    assert lines_of({"receipts": [ACCEPTED, REJECTED]}) == (
        Line("row 2", "accepted", "f" * 32, say="Going to the hub."),
        Line("row 2", "accepted", "f" * 32, say="Held: ask the family."),
        Line("row 2 /people/0", "warning", "f" * 32, "a postcode", "Look at it again."),
        Line("row 3, column 4", "rejected", "", "a date", "Write it as 14/03/2015."),
    )


@pytest.mark.parametrize(
    ("receipt", "line"),
    [
        (
            {"state": "unchanged", "position": "row 2", "referral": "a", "say": "It stands."},
            Line("row 2", "unchanged", "a", say="It stands."),
        ),
        (
            {"state": "not_confirmed", "position": "row 2", "confirmation": "t", "say": "Nobody has."},
            Line("row 2", "not_confirmed", remedy="To confirm this child: t", say="Nobody has."),
        ),
        ({"state": "waiting", "position": "row 2"}, Line("row 2", "waiting")),
    ],
)
def test_a_record_of_which_nothing_new_was_made_has_a_line(receipt: dict[str, Any], line: Line) -> None:
    assert lines_of({"receipts": [receipt]}) == (line,)


def test_an_error_has_a_line_for_each_fault() -> None:
    error = InvalidReferral("No.", (Fault("row 2", "/harm", "a level", "Say."), Fault("row 3", "", "a row", "Add it.")))
    assert [line.position for line in lines_of_error(error)] == ["row 2 /harm", "row 3"]


def test_an_error_without_faults_has_a_line_of_its_own() -> None:
    (line,) = lines_of_error(TooLarge("Send it in parts."))
    assert (line.state, line.remedy) == ("rejected", "Send it in parts.")


def test_settled_55_each_child_to_confirm_has_a_line() -> None:
    lines = lines_of_error(NotConfirmed("Eleven.", children=(("row 2", "a"), ("row 3", "b"))))
    assert [(line.position, line.state) for line in lines[1:]] == [
        ("row 2", "not_confirmed"),
        ("row 3", "not_confirmed"),
    ]


@given(st.lists(st.builds(Line, st.text(max_size=9), st.just("accepted"), say=st.text(max_size=9)), max_size=4))
def test_no_cell_can_be_taken_for_a_formula(lines: list[Line]) -> None:
    table = list(csv.reader(io.StringIO(as_csv(lines).decode("utf-8-sig"), newline="")))
    assert len(table) == len(lines) + 1
    assert not [cell for row in table for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_a_report_opens_in_a_spreadsheet_with_its_letters_whole() -> None:
    content = as_csv([Line("row 2", "accepted", say="Siân’s")])
    assert content.startswith(b"\xef\xbb\xbfposition,state,reference,expected,remedy,say\r\n")
    assert reported(content)[0]["say"] == "Siân’s"
