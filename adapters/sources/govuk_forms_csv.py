"""GOV.UK Forms submissions in CSV: one, or a day's or a week's, a row to each (alphagov/forms-runner, CsvGenerator).

CSV has no question ids, so answers stand under the text of their question; a question that is worded in Welsh or was
worded otherwise in an earlier version of the form stands under the one wording that the mapping uses:

    {"submission_reference": …, "submitted_at": …, "language": …,
     "answers": {"Which needs do you see?": {"question_text": …, "answer_text": …, "selections": […]},
                 "What is the child's name?": {"question_text": …, "first_name": …, "last_name": …},
                 "Other children": {"question_text": …, "repeats": [{"first_name": …, "last_name": …}, …]}}}

The parts of a name come as columns of their own, "Question - First name"; they are gathered again. An address is one
cell, its parts joined by commas, and nobody takes it apart. Two questions worded alike are one column, and only the
last of their answers is in the file. The time of submission is local, with its offset.

A repeatable question has one cell, "Answer: …" on a line for each answer. Parts that do not hold as many answers as
the first are kept as they came, beside `repeats`, and named by a doubtful fault after the record.

Settings:
    wordings    {question: [other wordings of it]}: Welsh, or of an earlier version of the form
    known_by    questions, any of which shows that a file is of this form; another form is refused
    repeats     questions that can have several answers
    selections  {question where several may be chosen: [those of its options that hold ", " themselves]}
    file_name   what the file was called, where known; the previews of a form are called test_…

The form is not named in the file. Where a council has two forms that send CSV, each is a source of its own.
Each row ends with a line break, so a file that does not was cut short, and is refused. Memory does not grow with rows.

Run on what the program's own tests expect: a single submission, a batch, a blank optional answer and a bilingual form
(spec_expected_single.csv, _batch, _blank_optional, _multilingual).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final

from adapters.formats.batch import at_least_one, refusal
from adapters.formats.csv import Row, Table, open_table, place, require
from adapters.formats.keeping import pointer_of
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

NAME: str = "govuk_forms_csv"
MEDIA_TYPES: tuple[str, ...] = ("text/csv",)
KEEPS_BYTES: bool = True
ABOUT: About = About(
    title="GOV.UK Forms, CSV",
    format="CSV: one submission, or a day's or week's batch",
    seen="the program's own single, batch, blank and bilingual files",
    limits=(
        "Two questions worded alike are one column in the file, and only the last answer is in it. An address"
        " is one cell."
    ),
)

_REFERENCE: Final = "Reference"
_SUBMITTED: Final = "Submitted at"
_LANGUAGE: Final = "Language"
_PARTS: Final = {
    "Title": "title",
    "First name": "first_name",
    "Middle names": "middle_names",
    "Last name": "last_name",
    "Full name": "full_name",
}
_ANSWER: Final = re.compile(r"^Answer: ?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Column:
    """What one column holds: which part of the answer to which question, and how that question may be answered.

    wording  the question as this file words it
    whole    options of a choice of many that hold ", " themselves; None where only one may be chosen
    """

    name: str
    question: str
    wording: str
    part: str
    repeats: bool
    whole: tuple[str, ...] | None


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """The record of each row, with the submission reference as its key and the form id of the options.

    Raises UnreadablePayload where no submission can be read: no such table, a preview, a file cut short; and as
    `adapters.formats.csv` says. Beside others, a preview or a row that is ragged or without a reference is a Fault.
    """
    file_name = options.settings.get("file_name")
    if isinstance(file_name, str) and _is_preview(file_name):
        raise _preview("")
    table = open_table(file, options.encoding, options.delimiter)
    require(table, (_REFERENCE, _SUBMITTED))
    _refuse_half_written(file)
    columns = _columns(table, options)
    _refuse_another_form(columns, options.settings.get("known_by"))
    return at_least_one(_records(table, columns, options))


def _refuse_half_written(file: BinaryIO) -> None:
    file.seek(-1, os.SEEK_END)
    if file.read(1) not in b"\r\n":
        remedy = "GOV.UK Forms ends every row with one, so the file was cut short. Fetch it again, whole."
        raise refusal("the last row", "a line break at its end", remedy)


def _refuse_another_form(columns: list[_Column], known_by: Plain) -> None:
    questions = [str(question) for question in known_by] if isinstance(known_by, list) else []
    if questions and not {column.question for column in columns}.intersection(questions):
        remedy = "Send it to the source of its own form, or write a mapping for this form."
        raise refusal("row 1", f"a question of this form, such as “{questions[0]}”", remedy)


def _columns(table: Table, options: ReadOptions) -> list[_Column]:
    settings = options.settings
    known = {
        str(other): question
        for question, others in _named(settings.get("wordings")).items()
        for other in (others if isinstance(others, list) else ())
    }
    repeating = settings.get("repeats")
    many = _named(settings.get("selections"))
    columns = []
    taken: set[tuple[str, str]] = set()
    for name in table.header:
        if name in (_REFERENCE, _SUBMITTED) or (name == _LANGUAGE and name == table.header[-1]):
            continue
        wording, _, label = name.rpartition(" - ")
        wording, part = (wording, _PARTS[label]) if wording and label in _PARTS else (name, "answer_text")
        question = known.get(wording, wording)
        if (question, part) in taken:
            raise _worded_twice(table, name)
        taken.add((question, part))
        listed = many.get(question)
        whole = tuple(map(str, listed)) if isinstance(listed, list) else None
        repeats = isinstance(repeating, list) and question in repeating
        columns.append(_Column(name, question, wording, part, repeats, whole if part == "answer_text" else None))
    return columns


def _named(setting: Plain) -> Mapping[str, Plain]:
    return setting if isinstance(setting, Mapping) else {}


def _records(table: Table, columns: list[_Column], options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    for row in table.rows():
        if isinstance(row, Fault):
            yield row
            continue
        position = place(table.name, row.number)
        reference = row.cells[_REFERENCE].strip()
        if not reference or _is_preview(reference):
            yield from (_preview(position) if reference else _nameless(position)).faults
            continue
        data: dict[str, Plain] = {
            "submission_reference": reference,
            "submitted_at": row.cells[_SUBMITTED] or None,
        }
        if table.header[-1] == _LANGUAGE:
            data["language"] = row.cells[_LANGUAGE] or None
        answers, unaligned = _answers(row, columns)
        yield SourceRecord(position, options.form, reference, "referral", {**data, "answers": answers})
        yield from (_unaligned(position, column) for column in unaligned)


def _answers(row: Row, columns: list[_Column]) -> tuple[dict[str, Plain], list[_Column]]:
    """The answers by question, and the columns whose repeats do not align with those of the first part."""
    answers: dict[str, dict[str, Plain]] = {}
    rounds: dict[str, list[dict[str, Plain]]] = {}
    unaligned: list[_Column] = []
    for column in columns:
        cell = row.cells[column.name]
        answer = answers.setdefault(column.question, {"question_text": column.wording})
        if not column.repeats:
            answer |= _parts(column, cell)
            continue
        texts = _ANSWER.split(cell)[1:] if cell.startswith("Answer:") else [cell] if cell.strip() else []
        repeats = rounds.setdefault(column.question, [{} for _ in texts])
        if len(texts) not in (0, len(repeats)):
            answer[column.part] = cell
            unaligned.append(column)
            continue
        for repeat, text in zip(repeats, texts, strict=False):
            repeat |= _parts(column, text.removesuffix("\n"))
    for question, found in rounds.items():
        answers[question]["repeats"] = [*found]
    return {**answers}, unaligned


def _parts(column: _Column, text: str) -> dict[str, Plain]:
    """One answer. Of a choice of many, also each option chosen."""
    parts: dict[str, Plain] = {column.part: text or None}
    if column.whole is not None:
        parts["selections"] = [*_chosen(text, column.whole)]
    return parts


def _chosen(text: str, whole: tuple[str, ...]) -> Iterator[str]:
    """The options in "One, Two, and a half, Three", where "Two, and a half" is one that holds a comma itself."""
    rest = text.strip()
    while rest:
        listed = next((option for option in whole if rest == option or rest.startswith(f"{option}, ")), None)
        option = rest.partition(", ")[0] if listed is None else listed
        yield option
        rest = rest[len(option) :].removeprefix(", ").strip()


def _is_preview(name: str) -> bool:
    return name.lower().startswith("test_")


def _preview(position: str) -> UnreadablePayload:
    remedy = "This came from the preview of the form. Submit the live form; nothing was taken from the preview."
    return refusal(position, "a submission of the live form", remedy)


def _nameless(position: str) -> UnreadablePayload:
    return refusal(position, "a reference in the column “Reference”", "Send the file as GOV.UK Forms wrote it.")


def _worded_twice(table: Table, column: str) -> UnreadablePayload:
    remedy = "Another column is a wording of the same question. Send each version of the form in its own file."
    number = table.header.index(column) + 1
    return refusal(f"{place(table.name, 1)}, column {number}", "one column for each question", remedy)


def _unaligned(position: str, column: _Column) -> Fault:
    remedy = "It is kept as it came. Read it beside the other parts; nobody can tell which belongs to which."
    pointer = pointer_of("answers", column.question, column.part)
    return Fault(position, pointer, "as many parts as there are answers", remedy, "doubtful")
