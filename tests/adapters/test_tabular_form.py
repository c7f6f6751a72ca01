"""Submissions of form tools as tables: what the tool says apart from the answers, and nothing a draft or an address."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.csv import numbered
from adapters.sources.tabular_form import KEEPS_BYTES, read
from contracts.adapter import Fault, Plain, ReadOptions, SourceRecord
from contracts.errors import ConfigError, UnreadablePayload
from tests.adapters.workbooks import Cell, Raw, a_workbook

Refusal = Callable[[Callable[[], object]], UnreadablePayload]
Rows = list[list[Cell]]

DRUPAL: Rows = [
    ["Serial number", "Submission ID", "Completed", "Is draft", "Remote IP address", "Language", "Your name", "Needs"],
    ["7", "118", "2026-03-02 09:21:00", "0", "192.0.2.7", "en", "Nia Quillfeather", "Sleep;Debt"],
]
GRAVITY: Rows = [
    ["Entry Id", "Entry Date", "User IP", "Your name", "Needs", "Created By (User Id)", "Source Url"],
    ["903", "2026-03-02 09:21:00", "192.0.2.7", "Nia Quillfeather", "Sleep, Debt", "", "https://council.example/form"],
]
MICROSOFT: Rows = [
    ["ID", "Start time", "Completion time", "Email", "Name", "Your name", "Needs"],
    ["1", "2026-03-02T09:15:00", "2026-03-02T09:21:00", "anonymous", "", "Nia Quillfeather", "Sleep;Debt;"],
]
GOOGLE: Rows = [
    ["Timestamp", "Your name", "Needs"],
    ["02/03/2026 09:21:00", "Nia Quillfeather", "Sleep, Debt"],
]
TOOLS = {"drupal_webform": DRUPAL, "gravity_forms": GRAVITY, "microsoft_forms": MICROSOFT, "google_forms": GOOGLE}


def as_csv(rows: Rows) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([["" if cell is None else cell for cell in row] for row in rows])
    return written.getvalue().encode()


def items(rows: Rows | bytes, form: str = "", **settings: Any) -> list[SourceRecord | Fault]:
    content = rows if isinstance(rows, bytes) else as_csv(rows)
    return list(read(io.BytesIO(content), ReadOptions(form=form, settings=settings)))


def one(rows: Rows | bytes, form: str = "", **settings: Any) -> SourceRecord:
    (record,) = (item for item in items(rows, form, **settings) if isinstance(item, SourceRecord))
    return record


def part(record: SourceRecord, name: str) -> Any:
    return record.data[name]


def asked(question: str, cell: str, **settings: Any) -> Plain:
    """What stands in the record for one answer in a Google form."""
    answer: Plain = part(one([["Timestamp", question], ["yesterday", cell]], **settings), "answers")[question]
    return answer


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_is_known_by_its_own_columns(tool: str) -> None:
    separator: Plain = ";" if tool == "drupal_webform" else ", " if tool == "gravity_forms" else None
    record = one(TOOLS[tool], lists={"Needs": []}, separator=separator)

    assert part(record, "answers") == {"Your name": "Nia Quillfeather", "Needs": ["Sleep", "Debt"]}
    assert record == one(TOOLS[tool], tool=tool, lists={"Needs": []}, separator=separator)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_workbook_gives_the_same_record_as_csv(tool: str) -> None:
    assert one(a_workbook(*[TOOLS[tool]])).data == one(TOOLS[tool]).data


@pytest.mark.parametrize(
    ("tool", "key"),
    [("drupal_webform", "118"), ("gravity_forms", "903"), ("microsoft_forms", "monitoring:1"), ("google_forms", "")],
)
def test_the_key_is_the_tools_own_id_and_of_one_form_where_ids_begin_again(tool: str, key: str) -> None:
    assert one(TOOLS[tool], form="monitoring").key == key


@pytest.mark.parametrize("tool", ["drupal_webform", "gravity_forms"])
def test_the_address_of_a_computer_is_dropped_and_never_kept(tool: str) -> None:
    assert "192.0.2.7" not in str(one(TOOLS[tool]))
    assert KEEPS_BYTES is False


def test_an_address_that_a_form_asks_for_as_a_column_of_its_own_is_dropped_too() -> None:
    assert part(one([["Timestamp", "IP Address", "A"], ["", "192.0.2.7", "x"]]), "answers") == {"A": "x"}


def test_a_draft_is_refused_beside_what_was_submitted() -> None:
    draft: list[Cell] = ["8", "119", "", "1", "", "en", "Nobody Yet", ""]
    record, fault = items([*DRUPAL, draft])

    assert isinstance(record, SourceRecord)
    assert isinstance(fault, Fault)
    assert (fault.position, fault.kind) == ("row 3", "unreadable")
    assert "Nobody" not in str(fault)


def test_a_file_of_drafts_alone_is_refused(refusal: Refusal) -> None:
    draft: list[Cell] = ["8", "119", "", "1", "", "en", "Nobody Yet", ""]

    assert refusal(lambda: items([DRUPAL[0], draft])).faults[0].position == "row 2"


def test_a_question_named_as_a_column_of_the_tool_is_a_question() -> None:
    rows: Rows = [
        ["Submission ID", "Is draft", "Your name", "Notes", "Language"],
        ["1", "0", "Nia", "Call at four", "Welsh"],
    ]
    record = one(rows)

    assert part(record, "submission") == {"id": "1", "draft": "0"}
    assert part(record, "answers") == {"Your name": "Nia", "Notes": "Call at four", "Language": "Welsh"}


def test_two_questions_worded_alike_are_numbered_from_the_left() -> None:
    answers = part(one([["Timestamp", "Name", "Name", "name"], ["", "a", "b", "c"]]), "answers")

    assert answers == {"Name": "a", "Name (2)": "b", "name (3)": "c"}


@given(st.lists(st.sampled_from(["a", "A", "a (2)", "b", "a (2) (2)"]), max_size=12))
@settings(max_examples=50)
def test_numbered_names_are_different_and_the_first_keeps_its_own(names: list[str]) -> None:
    found = numbered(names)

    assert len({name.casefold() for name in found}) == len(names)
    assert found[:1] == tuple(names[:1])
    assert all(new.startswith(old) for new, old in zip(found, names, strict=True))


@pytest.mark.parametrize(
    ("cell", "chosen"),
    [
        ("a;b;", ["a", "b"]),
        ("a", ["a"]),
        ("", []),
        (" a ; b ", ["a", "b"]),
        (";;", []),
    ],
)
def test_options_are_parted_and_a_separator_at_the_end_is_no_option(cell: str, chosen: list[str]) -> None:
    assert asked("Needs", cell, lists={"Needs": []}, separator=";") == chosen


@pytest.mark.parametrize(
    ("cell", "chosen"),
    [
        ("Food, clothes, Debt", ["Food, clothes", "Debt"]),
        ("Debt, Food, clothes", ["Debt", "Food, clothes"]),
        ("Food, clothes, shoes, Debt", ["Food, clothes, shoes", "Debt"]),
        ("Food, clothes or heat", ["Food", "clothes or heat"]),
        ("Food, clothes", ["Food, clothes"]),
    ],
)
def test_an_option_that_holds_the_separator_is_whole_where_the_mapping_says_so(cell: str, chosen: list[str]) -> None:
    assert asked("Needs", cell, lists={"Needs": ["Food, clothes", "Food, clothes, shoes"]}) == chosen


def test_an_answer_that_is_no_list_keeps_its_commas() -> None:
    assert asked("Why?", "Tired, hungry", lists={"Needs": []}) == "Tired, hungry"


@pytest.mark.parametrize(
    ("times", "cell", "read_as"),
    [
        ("day_first", "02/03/2026 09:21:05", "2026-03-02T09:21:05"),
        ("month_first", "02/03/2026 - 09:21", "2026-02-03T09:21:00"),
        ("day_first", "31/02/2026 09:21:05", "31/02/2026 09:21:05"),
        ("day_first", "2026-03-02 09:21:05", "2026-03-02 09:21:05"),
        ("iso", "02/03/2026 09:21:05", "02/03/2026 09:21:05"),
    ],
)
def test_a_tools_own_times_read_as_the_mapping_says_and_no_other_way(times: str, cell: str, read_as: str) -> None:
    record = one([["Timestamp", "When?"], [cell, cell]], times=times)

    assert part(record, "submission") == {"submitted_at": read_as}
    assert part(record, "answers") == {"When?": cell}


def test_a_blank_says_nothing_and_is_still_a_leaf() -> None:
    assert part(one([["Timestamp", "A", "B"], ["", "", "x"]]), "answers") == {"A": None, "B": "x"}


@pytest.mark.parametrize("written", ["csv", "xlsx"])
def test_an_error_of_excel_is_no_answer_and_is_named(written: str) -> None:
    header: list[Cell] = ["Timestamp", "Why?", "Born/due"]
    rows: Rows = [header, ["x", "y", "#N/A" if written == "csv" else Raw('t="e"><v>#N/A</v>')]]
    record, fault = items(rows if written == "csv" else a_workbook(rows))

    assert isinstance(record, SourceRecord)
    assert isinstance(fault, Fault)
    assert part(record, "answers")["Born/due"] is None
    assert (fault.kind, fault.pointer) == ("doubtful", "/answers/Born~1due")
    assert fault.position == "row 2, column Born/due"


def test_other_sheets_are_told_of_after_the_records() -> None:
    record, fault = items(a_workbook(GOOGLE, [["Lists"]], hidden=[2]))

    assert isinstance(record, SourceRecord)
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.position) == ("doubtful", "the workbook")


FORMS: dict[str, Plain] = {"first": ["Why?", "Who asks?"], "second": ["Which panel?", "Who asks?"]}


@pytest.mark.parametrize(
    ("questions", "form"),
    [
        (["Why?", "Who asks?"], "first"),
        (["Which panel?", "Who asks?"], "second"),
        (["Which panel do you mean?", "Why?"], "first"),
        (["Which panel?"], "second"),
    ],
)
def test_a_form_is_known_by_any_of_its_questions_however_the_others_are_worded_settled_37(
    questions: list[Cell], form: str
) -> None:
    assert one([["Timestamp", *questions], ["", *questions]], forms=FORMS).form == form


@pytest.mark.parametrize("questions", [["Favourite colour?"], ["Who asks?"]])
def test_another_form_and_one_that_may_be_either_are_refused(questions: list[Cell], refusal: Refusal) -> None:
    assert refusal(lambda: items([["Timestamp", *questions], ["", *questions]], forms=FORMS))


def test_a_form_of_its_own_mapping_is_never_taken_for_another(refusal: Refusal) -> None:
    rows: Rows = [["Timestamp", "Which panel?"], ["", "x"]]

    assert "Why?" in refusal(lambda: items(rows, form="first", forms=FORMS)).faults[0].expected


def test_another_tools_export_is_refused_with_the_column_that_is_missing(refusal: Refusal) -> None:
    error = refusal(lambda: items(GOOGLE, tool="drupal_webform"))

    assert [fault.expected for fault in error.faults] == ["a column “Submission ID”"]


def test_the_columns_of_a_tool_nobody_has_seen_are_named_by_the_mapping() -> None:
    rows: Rows = [
        ["Your name", "Case reference", "Status", "Received"],
        ["Nia", "FS-1", "Submitted", "02/03/2026 09:21"],
        ["", "FS-2", "Draft", ""],
    ]
    columns: Plain = {"Case reference": "id", "Status": "draft", "Received": "submitted_at"}
    record = one(rows, tool="netcall", columns=columns, times="day_first")

    assert record.key == "FS-1"
    assert part(record, "answers") == {"Your name": "Nia"}
    assert part(record, "submission")["submitted_at"] == "2026-03-02T09:21:00"


@pytest.mark.parametrize(
    "settings",
    [{"tool": "sharepoint"}, {"tool": "jadu", "lists": {"Needs": []}}, {"times": "backwards"}],
    ids=["no such tool", "no separator", "no such times"],
)
def test_settings_that_do_not_fit_are_told(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        items(GOOGLE, **settings)


def test_a_file_of_a_tool_that_ends_every_row_is_refused_where_it_was_cut_short(refusal: Refusal) -> None:
    content = as_csv(DRUPAL).rstrip()

    assert refusal(lambda: items(content)).faults[0].position == "the last row"


class Unending(io.RawIOBase):
    """Rows of a Google form, made as they are read."""

    def __init__(self, rows: int) -> None:
        self._rows, self._at, self._rest = rows, 0, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        assert (offset, whence) == (0, io.SEEK_SET)
        self._at, self._rest = 0, b"Timestamp,Your name,Why?\n"
        return 0

    def readinto(self, buffer: Any) -> int:
        while len(self._rest) < len(buffer) and self._at < self._rows:
            self._rest += b"02/03/2026 09:21:00,Nia Quillfeather,Absence and sleep\n" * 500
            self._at += 500
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


def peak(rows: int) -> tuple[int, int]:
    """Rows read, and the most memory that reading them took, in bytes."""

    def records() -> Iterator[SourceRecord | Fault]:
        return read(io.BufferedReader(Unending(rows)), ReadOptions())

    tracemalloc.start()
    count = sum(isinstance(item, SourceRecord) for item in records())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return count, most


def test_memory_stays_flat_however_many_rows_there_are() -> None:
    (few, small), (many, large) = peak(500), peak(30_000)

    assert (few, many) == (500, 30_000)
    assert large < small + 256 * 1024
