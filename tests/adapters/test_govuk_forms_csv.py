"""GOV.UK Forms CSV becomes one record a row, whose answers are found by the text of their question."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.govuk_forms_csv import read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]

HEAD = "Reference,Submitted at,"


def items(text: str, **settings: Any) -> list[SourceRecord | Fault]:
    return list(read(io.BytesIO(text.encode()), ReadOptions(form="enquiry", settings=settings)))


def answers(text: str, **settings: Any) -> Any:
    record = items(text, **settings)[0]
    assert isinstance(record, SourceRecord)
    return record.data["answers"]


def row(*cells: str) -> str:
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    return f"QX7R2M9K,2026-03-02T09:15:00+00:00,{quoted}\n"


def test_each_row_is_a_record_keyed_by_its_reference() -> None:
    second = row("green").replace("QX7R2M9K", "AB12CD34")
    records = items(HEAD + "Colour\n" + row("blue") + second)

    assert [(record.key, record.form, record.position) for record in records if isinstance(record, SourceRecord)] == [
        ("QX7R2M9K", "enquiry", "row 2"),
        ("AB12CD34", "enquiry", "row 3"),
    ]


def test_the_parts_of_a_name_are_gathered_under_their_question() -> None:
    found = answers(HEAD + "Your name - First name,Your name - Last name\n" + row("Nia", ""))

    assert found == {"Your name": {"question_text": "Your name", "first_name": "Nia", "last_name": None}}


def test_a_question_with_a_dash_is_no_part_of_a_name() -> None:
    assert "Home - or away" in answers(HEAD + "Home - or away\n" + row("x"))


def test_the_language_is_the_last_column_of_a_bilingual_form() -> None:
    record = items(HEAD + "Colour,Language\n" + row("glas", "cy"))[0]

    assert isinstance(record, SourceRecord)
    assert (record.data["language"], "Language" in record.data["answers"]) == ("cy", False)  # type: ignore[operator]


def test_a_question_called_language_elsewhere_stays_a_question() -> None:
    assert answers(HEAD + "Language,Colour\n" + row("Welsh", "x"))["Language"]["answer_text"] == "Welsh"


def test_the_local_time_of_submission_is_kept_as_written() -> None:
    record = items(HEAD + "Colour\n" + row("x").replace("+00:00", "+01:00"))[0]

    assert isinstance(record, SourceRecord)
    assert record.data["submitted_at"] == "2026-03-02T09:15:00+01:00"


def test_repeats_in_one_cell_are_aligned_as_in_json() -> None:
    text = HEAD + "Child - First name,Child - Last name\n" + row("Answer: Nia\nAnswer: Tomos", "Answer: Q\nAnswer: ")

    assert answers(text, repeats=["Child"])["Child"]["repeats"] == [
        {"first_name": "Nia", "last_name": "Q"},
        {"first_name": "Tomos", "last_name": None},
    ]


def test_an_answer_of_many_lines_is_one_repeat() -> None:
    found = answers(HEAD + "Notes\n" + row("Answer: one\n\ntwo\nAnswer: three"), repeats=["Notes"])

    assert [repeat["answer_text"] for repeat in found["Notes"]["repeats"]] == ["one\n\ntwo", "three"]


@pytest.mark.parametrize(("cell", "count"), [("", 0), ("only one", 1)])
def test_a_repeatable_question_without_answer_marks_is_none_or_one(cell: str, count: int) -> None:
    assert len(answers(HEAD + "Notes\n" + row(cell), repeats=["Notes"])["Notes"]["repeats"]) == count


def test_text_that_begins_like_a_repeat_stays_text_where_nothing_repeats() -> None:
    assert answers(HEAD + "Why\n" + row("Answer: because"))["Why"]["answer_text"] == "Answer: because"


def test_parts_that_do_not_align_are_kept_and_named() -> None:
    text = HEAD + "Child - First name,Child - Last name\n" + row("Answer: Nia\nAnswer: Tomos", "Answer: Q")
    record, fault = items(text, repeats=["Child"])

    assert isinstance(record, SourceRecord)
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.pointer) == ("doubtful", "/answers/Child/last_name")
    assert record.data["answers"]["Child"]["last_name"] == "Answer: Q"  # type: ignore[index,call-overload]


def test_a_choice_of_many_is_taken_apart_and_options_with_a_comma_stay_whole() -> None:
    found = answers(
        HEAD + "Needs\n" + row("Sleep, Not in work, or school, Debt"), selections={"Needs": ["Not in work, or school"]}
    )

    assert found["Needs"]["selections"] == ["Sleep", "Not in work, or school", "Debt"]


def test_another_wording_stands_under_the_one_the_mapping_uses() -> None:
    found = answers(
        HEAD + "Beth yw eich enw? - Full name\n" + row("Nia"), wordings={"Your name?": ["Beth yw eich enw?"]}
    )

    assert found == {"Your name?": {"question_text": "Beth yw eich enw?", "full_name": "Nia"}}


def test_another_form_is_refused_in_words_with_a_question_that_was_looked_for(refusal: Refusal) -> None:
    fault = refusal(lambda: items(HEAD + "Colour\n" + row("x"), known_by=["Who asks?", "Why?"])).faults[0]

    assert (fault.position, fault.expected) == ("row 1", "a question of this form, such as “Who asks?”")
    assert "source of its own form" in fault.remedy


@pytest.mark.parametrize("column", ["Why?", "Pam?", "Who asks? - Full name"])
def test_one_question_of_the_form_in_any_of_its_wordings_shows_that_it_is_this_form(column: str) -> None:
    assert items(HEAD + column + "\n" + row("x"), known_by=["Who asks?", "Why?"], wordings={"Why?": ["Pam?"]})


def test_two_wordings_of_one_question_in_one_file_are_refused(refusal: Refusal) -> None:
    text = HEAD + "Lliw,Colour\n" + row("glas", "blue")

    assert "column 4" in refusal(lambda: items(text, wordings={"Colour": ["Lliw"]})).faults[0].position


def test_a_preview_among_others_is_refused_and_the_others_go_on() -> None:
    fault, record = items(HEAD + "Colour\n" + row("x").replace("QX", "test_QX") + row("x"))

    assert isinstance(fault, Fault)
    assert isinstance(record, SourceRecord)
    assert "preview" in fault.remedy


def test_a_file_of_a_preview_is_refused(refusal: Refusal) -> None:
    error = refusal(lambda: items(HEAD + "Colour\n" + row("x"), file_name="test_govuk_forms_enquiry.csv"))

    assert "preview" in error.faults[0].remedy


def test_rows_that_are_ragged_or_nameless_are_named_and_the_others_go_on() -> None:
    nameless = row("x").replace("QX7R2M9K", " ")
    found = items(HEAD + "Colour\n" + row("x", "y") + nameless + row("z"))

    assert [item.position for item in found] == ["row 2", "row 3", "row 4"]
    assert [isinstance(item, SourceRecord) for item in found] == [False, False, True]


@pytest.mark.parametrize(
    "text", [HEAD + "Colour\n", HEAD + "Colour\nAB,2026", "Reference,Colour\nAB,x\n", HEAD + "Colour\n" + row("x")[:-1]]
)
def test_a_file_without_a_whole_submission_is_refused(text: str, refusal: Refusal) -> None:
    assert refusal(lambda: items(text))


class Rows(io.RawIOBase):
    """A file of a great many rows that is nowhere in memory."""

    def __init__(self, rows: int) -> None:
        self._head, self._row = (HEAD + "Colour\n").encode(), b"QX7R2M9K,2026-03-02T09:15:00+00:00,blue\n"
        self._size, self._at = len(self._head) + rows * len(self._row), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset if whence == 0 else (self._at if whence == 1 else self._size) + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        want = min(len(buffer), self._size - self._at)
        start = self._at - len(self._head)
        body = self._head[self._at :] if start < 0 else b""
        offset = max(start, 0) % len(self._row)
        body += (self._row * (want // len(self._row) + 2))[offset:]
        buffer[:want] = body[:want]
        self._at += want
        return want


def test_memory_does_not_grow_with_rows() -> None:
    def peak(rows: int) -> int:
        file: Any = io.BufferedReader(Rows(rows))
        tracemalloc.start()
        found: Iterator[object] = read(file, ReadOptions())
        assert sum(1 for _ in found) == rows
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    assert peak(30_000) - peak(3_000) < 64 * 1024


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("single", ["ABCD1234"]),
        ("batch", ["ABCD1234", "EFGH5678"]),
        ("blank_optional", ["ABCD1234"]),
        ("multilingual", ["ABCD1234"]),
    ],
)
def test_what_the_programs_own_tests_expect_is_read(name: str, keys: list[str], outside: Path) -> None:
    content = (outside / "govuk-forms" / f"spec_expected_{name}.csv").read_bytes()
    records = [item for item in read(io.BytesIO(content), ReadOptions()) if isinstance(item, SourceRecord)]

    assert [record.key for record in records] == keys
    for record in records:
        found: Any = record.data["answers"]
        assert found["What is your name?"]["first_name"] == "Alice"
        assert found["What is the meaning of life?"]["answer_text"] == (None if name == "blank_optional" else "blue")
        assert record.data.get("language") == ("en" if name == "multilingual" else None)
