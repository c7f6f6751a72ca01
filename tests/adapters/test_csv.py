"""CSV gives its rows as text, and names row and column where a row or the table is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.csv import Row, Table, open_table, require
from contracts.adapter import Fault
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]


def rows(content: bytes, delimiter: str = ",") -> list[Row | Fault]:
    return list(open_table(io.BytesIO(content), "utf-8", delimiter, "sheet.csv").rows())


def cells(table: Table) -> list[dict[str, str]]:
    return [dict(row.cells) for row in table.rows() if isinstance(row, Row)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_parts_rows(end: str) -> None:
    content = end.join(("A,B", "1,2", "3,4", "")).encode()

    assert cells(open_table(io.BytesIO(content))) == [{"A": "1", "B": "2"}, {"A": "3", "B": "4"}]


def test_a_cell_of_many_lines_is_one_row_and_rows_count_as_a_spreadsheet_does() -> None:
    assert rows(b'A,B\n"one\r\ntwo, three",2\n\n3,4\n') == [
        Row(2, {"A": "one\r\ntwo, three", "B": "2"}),
        Row(4, {"A": "3", "B": "4"}),
    ]


@pytest.mark.parametrize("formula", ["=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
def test_a_formula_is_kept_as_the_text_it_is(formula: str) -> None:
    assert rows(b"A;B\n" + formula.encode() + b";x\n", ";") == [Row(2, {"A": formula, "B": "x"})]


def test_line_separators_of_other_alphabets_end_no_row() -> None:
    assert rows("A,B\na\u2028b\x85c\x0bd,2\n".encode()) == [Row(2, {"A": "a\u2028b\x85c\x0bd", "B": "2"})]


def test_empty_cells_beyond_the_header_are_let_through() -> None:
    assert rows(b"A,B,,\n1,2,, \n") == [Row(2, {"A": "1", "B": "2"})]


@pytest.mark.parametrize("empty", [b",\n", b"\n", b",,,\n"])
def test_rows_of_empty_cells_which_excel_leaves_under_a_table_are_no_rows(empty: bytes) -> None:
    assert rows(b"A,B\n1,2\n" + empty) == [Row(2, {"A": "1", "B": "2"})]


def test_a_row_with_too_few_cells_may_be_where_the_file_was_cut_short() -> None:
    (fault,) = rows(b"A,B,C\n1,2")

    assert isinstance(fault, Fault)
    assert "cut short" in fault.remedy


def test_semicolons_are_named_though_one_heading_has_a_comma_in_it(refusal: Refusal) -> None:
    content = b'Ref;"Is a child suffering, or likely to?";Needs;Why;Who;Where;When\n1;2;3;4;5;6;7\n'
    fault = refusal(lambda: rows(content)).faults[0]

    assert fault.expected == "columns parted by commas"
    assert "semicolons" in fault.remedy


def test_a_heading_may_hold_another_delimiter() -> None:
    assert rows(b"What; if any; do you; see,Why\n1,2\n")


@pytest.mark.parametrize("ragged", [b"1\n", b"1,2,3\n"])
def test_a_ragged_row_is_a_fault_and_the_next_is_read(ragged: bytes) -> None:
    fault, row = rows(b"A,B\n" + ragged + b"3,4\n")

    assert isinstance(fault, Fault)
    assert (fault.position, fault.expected) == ("sheet.csv, row 2", "2 cells, as in the header row")
    assert row == Row(3, {"A": "3", "B": "4"})


@pytest.mark.parametrize(
    ("broken", "expected"),
    [(b'3,"never closed\n5,6\n', "a closing quote"), (b'3,"a"b"\n5,6\n', "quotes only around whole cells")],
)
def test_a_broken_quote_is_a_fault_at_the_row_where_it_begins_and_ends_the_reading(
    broken: bytes, expected: str
) -> None:
    first, fault = rows(b"A,B\n1,2\n" + broken)

    assert first == Row(2, {"A": "1", "B": "2"})
    assert isinstance(fault, Fault)
    assert (fault.position, fault.expected) == ("sheet.csv, row 3", expected)
    assert "not read" in fault.remedy


def test_a_quote_left_open_before_a_long_rest_is_a_fault() -> None:
    (fault,) = rows(b'A,B\n"' + b"1,2\n" * 100_000)

    assert isinstance(fault, Fault)
    assert "131,072" in fault.expected


@pytest.mark.parametrize(
    ("content", "position", "expected"),
    [
        (b"", "sheet.csv, row 1", "a header row"),
        (b"\n\n", "sheet.csv, row 1", "a header row"),
        (b",,\n1,2,3\n", "sheet.csv, row 1", "a header row"),
        (b"A,,B\n", "sheet.csv, row 1, column 2", "a column name"),
        (b"Name,Dob, name\n", "sheet.csv, row 1, column 3", "each column name once"),
        (b"A;B\n1;2\n", "sheet.csv, row 1", "columns parted by commas"),
        (b'"A,B\n1,2\n', "sheet.csv, row 1", "a closing quote"),
        (b"A,B\n1,caf\xe9\n", "sheet.csv, line 2, column 6", "text in utf-8"),
        (b"A,B\n1,\x00\n", "sheet.csv, line 2, column 3", "text without the NUL character"),
    ],
)
def test_a_table_without_a_usable_header_is_refused(
    content: bytes, position: str, expected: str, refusal: Refusal
) -> None:
    fault = refusal(lambda: rows(content)).faults[0]

    assert (fault.position, fault.expected.lower()) == (position, expected.lower())


def test_missing_columns_are_all_named_with_the_nearest(refusal: Refusal) -> None:
    table = open_table(io.BytesIO(b"Forname,Surname\nCanary,Bird\n"), name="sheet.csv")

    faults = refusal(lambda: require(table, ["Surname", "Forename", "Date of birth"])).faults

    assert [fault.expected for fault in faults] == ["a column “Forename”", "a column “Date of birth”"]
    assert "“Forname”" in faults[0].remedy
    assert "nearest" not in faults[1].remedy


def test_no_cell_is_repeated_when_the_header_is_missing(refusal: Refusal) -> None:
    told = str(refusal(lambda: rows(b"Canary,Canary,2015-01-01\n")).faults)

    assert "Canary" not in told


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=3, max_size=3)))
@settings(max_examples=50)
def test_what_was_written_is_read(table: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([["A", "B", "C"], *table])

    read = cells(open_table(io.BytesIO(written.getvalue().encode())))

    assert [list(row.values()) for row in read] == [row for row in table if any(row)]
