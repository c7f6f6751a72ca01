"""Excel sheets as text with places, and every workbook that is refused before it can do harm."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats import workbook as caps
from adapters.formats.csv import Row
from adapters.formats.workbook import column_name
from adapters.formats.xlsx import Worksheet, open_sheet
from contracts.adapter import Fault
from contracts.errors import UnreadablePayload
from tests.adapters.workbooks import MAIN, Cell, Parts, Raw, a_workbook, packed, parts_of, relations, worksheet

Refusal = Callable[[Callable[[], object]], UnreadablePayload]
SHEET = "xl/worksheets/sheet1.xml"


def opened(content: bytes, **options: Any) -> Worksheet:
    return open_sheet(io.BytesIO(content), **options)


def cell(value: Cell) -> str:
    """How one cell under one heading reads."""
    (row,) = opened(a_workbook([["Heading", "Other"], [value, "x"]])).rows()
    assert isinstance(row, Row)
    return row.cells["Heading"]


def changed(**parts: str | None) -> bytes:
    """A small workbook with other parts; the name of a part is its last word."""
    made: Parts = parts_of([["Name", "Age"], ["Nia", 9]])
    for name, body in parts.items():
        path = next(path for path in made if path.split("/")[-1].split(".")[0] == name)
        if body is None:
            del made[path]
        else:
            made[path] = body
    return packed(made)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(7700900123, "7700900123", id="a telephone number is no 7.7e9"),
        pytest.param(123.0, "123", id="a whole number has no point"),
        pytest.param(9990000018.0, "9990000018", id="NHS number"),
        pytest.param(0.1, "0.1", id="a part of a number"),
        pytest.param(0.0000001, "0.0000001", id="never an exponent"),
        pytest.param(True, "TRUE", id="true"),
        pytest.param(False, "FALSE", id="false"),
        pytest.param(date(2015, 3, 14), "2015-03-14", id="date"),
        pytest.param(datetime.fromisoformat("2026-09-07T14:19:45"), "2026-09-07T14:19:45", id="date and time"),
        pytest.param(None, "", id="nothing"),
        pytest.param(" Nia ", " Nia ", id="text as it is"),
        pytest.param("=1+1", "=1+1", id="text that looks like a formula"),
        pytest.param(Raw('t="str"><f>A1&amp;"!"</f><v>Heading!</v>'), "Heading!", id="formula: the value it last had"),
        pytest.param(Raw('><f>HYPERLINK("https://x.example")</f><v>0</v>'), "0", id="formula: never worked out"),
        pytest.param(Raw('t="e"><v>#N/A</v>'), "#N/A", id="error"),
        pytest.param(Raw('t="e"><f>1/0</f><v>#DIV/0!</v>'), "#DIV/0!", id="error of a formula"),
    ],
)
def test_a_cell_reads_as_a_person_sees_it(value: Cell, text: str) -> None:
    assert cell(value) == text


def test_rows_have_the_numbers_that_excel_shows() -> None:
    table = opened(a_workbook([[], [None, "Name"], [None, "Nia"], [], [None, "Tomos"]]))

    assert (table.header, table.first) == (("Name",), 2)
    assert [(row.number, dict(row.cells)) for row in table.rows() if isinstance(row, Row)] == [
        (3, {"Name": "Nia"}),
        (5, {"Name": "Tomos"}),
    ]


def test_an_error_is_found_where_the_table_does_not_begin_at_A1() -> None:
    table = opened(a_workbook([[], [None, "Name", "Age"], [None, "Nia", Raw('t="e"><v>#REF!</v>')]]))

    assert [row.cells["Age"] for row in table.rows() if isinstance(row, Row)] == ["#REF!"]


def test_shared_text_is_read() -> None:
    made = parts_of([["Name"], [Raw('t="s"><v>0</v>')]])
    made["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}"><si><t>Nia</t></si></sst>'
    made["xl/_rels/workbook.xml.rels"] = relations(
        ("s1", "worksheet", "worksheets/sheet1.xml"), ("t", "sharedStrings", "sharedStrings.xml")
    )

    assert [dict(row.cells) for row in opened(packed(made)).rows() if isinstance(row, Row)] == [{"Name": "Nia"}]


@pytest.mark.parametrize(
    ("rows", "merged", "place"),
    [
        pytest.param([["Name", "", "Age"], [1, 2, 3]], "A1:B1", "row 1, columns A to B", id="merged"),
        pytest.param([["Name", None, "Age"], [1, 2, 3]], "", "row 1, column B", id="blank"),
        pytest.param([["Name", "Age", " name "], [1, 2, 3]], "", "row 1, column C", id="twice"),
        pytest.param([], "", "row 1", id="no row at all"),
    ],
)
def test_a_header_that_names_no_columns_is_refused_with_its_place(
    rows: list[list[Cell]], merged: str, place: str, refusal: Refusal
) -> None:
    error = refusal(lambda: opened(a_workbook(rows, merged=merged)))

    assert [fault.position for fault in error.faults] == [place]


def test_names_that_repeat_are_numbered_where_that_is_asked_for() -> None:
    table = opened(a_workbook([["Name", "name", "Name (2)", "Age"], [1, 2, 3, 4]]), repeats=True)

    assert table.header == ("Name", "name (2)", "Name (2) (2)", "Age")


def test_the_first_sheet_that_is_not_hidden_is_read_and_the_others_are_told_of() -> None:
    table = opened(a_workbook([["Lists"]], [["Name"], ["Nia"]], [["Notes"]], hidden=[1]))
    (told,) = table.told()

    assert table.header == ("Name",)
    assert told.kind == "doubtful"
    assert "2 other sheets were not read, 1 of them hidden" in told.remedy


def test_a_sheet_is_chosen_by_name() -> None:
    assert opened(a_workbook([["A"]], [["B"]]), sheet="sheet 2 ").header == ("B",)


def test_a_workbook_of_one_sheet_has_nothing_to_tell() -> None:
    assert list(opened(a_workbook([["A"]])).told()) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"a,b\n", "an Excel workbook", id="no zip"),
        pytest.param(b"\xd0\xcf\x11\xe0" + bytes(100), "without a password", id="xls or a password"),
        pytest.param(packed({"referral.csv": "a"}), "the parts of an Excel workbook", id="a zip of other files"),
        pytest.param(a_workbook([["A"]], hidden=[1]), "a sheet that is not hidden", id="all hidden"),
        pytest.param(changed(sheet1=None), "a whole Excel workbook", id="sheet that is not there"),
        pytest.param(changed(sheet1="<worksheet>"), "well-formed XML", id="XML cut short"),
        pytest.param(changed(sheet1='<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'), "without a DOCTYPE", id="DOCTYPE"),
        pytest.param(changed(sheet1=worksheet([["A"]]).replace('r="A1"', "")), "say where they are", id="no place"),
        pytest.param(changed(sheet1=worksheet([["A"], [Raw("><f>1+1</f>")]])), "a value beside", id="formula alone"),
        pytest.param(
            changed(workbook=f'<workbook xmlns="{MAIN}"><sheets/></workbook>'), "1 to 50 sheets", id="no sheet"
        ),
        pytest.param(a_workbook(*[[["A"]]] * 51), "1 to 50 sheets", id="many sheets"),
        pytest.param(
            changed(sheet1=worksheet([["A"]]).replace('r="A1"', 'r="XFD1048576"')), "1,000,000 cells", id="far cell"
        ),
        pytest.param(changed(sheet1="x" * (65 * 1024 * 1024)), "times its packed size", id="zip bomb"),
    ],
)
def test_what_is_no_workbook_to_read_is_refused(content: bytes, expected: str, refusal: Refusal) -> None:
    assert expected in refusal(lambda: opened(content)).faults[0].expected


def test_macros_are_refused(refusal: Refusal) -> None:
    made = parts_of([["Name"]])
    made["xl/_rels/workbook.xml.rels"] = relations(
        ("s1", "worksheet", "worksheets/sheet1.xml"), ("m", "vbaProject", "vbaProject.bin")
    )
    made["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0"

    assert "macros" in refusal(lambda: opened(packed(made))).faults[0].expected


def test_a_long_text_in_every_cell_is_refused_before_it_is_copied(refusal: Refusal) -> None:
    made = parts_of([["Name"]] + [[Raw('t="s"><v>0</v>')]] * 5_000)
    made["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}"><si><t>{"x" * 20_000}</t></si></sst>'
    began = time.monotonic()

    assert "characters in a sheet" in refusal(lambda: opened(packed(made))).faults[0].expected
    assert time.monotonic() - began < 2


def test_many_elements_are_refused_in_time(refusal: Refusal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caps, "ELEMENTS", 1_000)

    assert "elements in all" in refusal(lambda: opened(a_workbook([["A"]] * 1_000))).faults[0].expected


@pytest.mark.parametrize(("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (16384, "XFD")])
def test_columns_have_the_letters_that_excel_shows(number: int, letters: str) -> None:
    assert column_name(number) == letters


@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_workbook_with_changed_parts_is_read_or_refused_with_a_remedy(data: st.DataObject) -> None:
    made = parts_of([["Name", "Age"], ["Nia", 9], ["Tomos", date(2015, 1, 1)]])
    name = data.draw(st.sampled_from(sorted(made)))
    body = bytearray(str(made[name]).encode())
    for place, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(body) - 1), st.integers(0, 255)), min_size=1, max_size=4)
    ):
        body[place] = byte
    made[name] = bytes(body)
    items: list[Row | Fault] = []
    try:
        items = list(opened(packed(made)).rows())
    except UnreadablePayload as error:
        items = list(error.faults)

    assert all(item.expected and item.remedy for item in items if isinstance(item, Fault))
    assert all(type(text) is str for item in items if isinstance(item, Row) for text in item.cells.values())


def test_a_workbook_of_another_office_program_is_read(outside: Path) -> None:
    table = opened((outside / "annex-a" / "Annex_A.xlsx").read_bytes())
    rows = [row for row in table.rows() if isinstance(row, Row)]

    assert table.header[3] == "Date of Birth"
    assert rows[0].cells["Date of Birth"] == "2015-01-25"
    assert all("." not in row.cells["Child Unique ID"] for row in rows)
