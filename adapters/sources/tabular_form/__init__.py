"""Submissions of a form as a table, CSV or XLSX, a row to each: Drupal Webform, Gravity Forms, Microsoft Forms, Google
Forms; Granicus, Jadu and Netcall as far as their columns are named by the mapping (unverified: no export was seen).

A record parts what the tool says of a submission from what the form was answered. Times the tool wrote are ISO 8601
without an offset, as its site counts them; a question where several options may be chosen holds a list:

    {"submission": {"id": "118", "submitted_at": "2026-03-02T09:15:00", …},
     "answers": {"Who is asking?": "A professional", "What are you worried about?": ["Attendance", "Debt"], …}}

Two questions worded alike are "Name" and "Name (2)", from the left. A draft is refused row by row: nobody sent it. The
address of a computer is dropped here and never kept, so neither are the bytes. A cell that shows an error of Excel,
such as #N/A, is no answer, and is named by a doubtful fault. CSV is read in a stream; a workbook under caps.

Settings:
    tool       drupal_webform, gravity_forms, microsoft_forms, google_forms, granicus, jadu, netcall or other; without
               it the headings must be those of one of the first four
    forms      {form id: [questions, any of which shows that an export is of this form]}; another form is refused
    columns    {heading: id, submitted_at, draft or a name of yours}: columns that are the tool's own and no question
    lists      {question where several may be chosen: [those of its options that hold the separator themselves]}
    separator  what stands between them, where the tool lets the site choose
    times      iso, day_first or month_first: how the tool writes its own times in CSV
    sheet      name of the sheet of a workbook; the first one where it is left out
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from adapters.formats.batch import at_least_one, refusal
from adapters.formats.csv import Table, missing_column, open_table, place
from adapters.formats.keeping import pointer_of
from adapters.formats.xlsx import Worksheet, open_sheet
from adapters.formats.zip import is_zip
from adapters.sources.tabular_form.layout import Layout, laid_out
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

NAME: str = "tabular_form"
MEDIA_TYPES: tuple[str, ...] = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
KEEPS_BYTES: bool = False
ABOUT: About = About(
    title="Forms as tables: Drupal Webform, Gravity Forms, Microsoft Forms, Google Forms, or any form tool's",
    format="CSV or XLSX, a row for each submission",
    seen="",
    limits=(
        "No export of Granicus, Jadu or Netcall is public, so there is no format of theirs here: what they export is "
        "read as a plain table (`form_table`), whose own columns the mapping names. "
        "A workbook is read whole, under caps."
    ),
)

_OLE: Final = b"\xd0\xcf\x11\xe0"
_DRAFT: Final = frozenset({"1", "yes", "true", "draft"})
_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#ERROR!", "#SPILL!"})


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """The record of each row that was submitted, with the tool's own id as its key; "" where it has none.

    Ids that begin again with each form get the form's id in front.
    Raises UnreadablePayload where no row can be read: no such table, another form or tool, a file cut short; and as
    `adapters.formats.csv` and `adapters.formats.xlsx` say. ConfigError for settings that do not fit. Beside others, a
    draft and a ragged row are Faults.
    """
    table = _opened(file, options)
    layout = laid_out(table.header, options)
    missing = [missing_column(table.name, column, table.header) for column in layout.missing]
    if missing:
        summary = f"Not the form or tool of the mapping: {len(missing)} of the columns it is known by are not there."
        raise UnreadablePayload(summary, tuple(missing))
    if isinstance(table, Table) and layout.tool.whole:
        _refuse_half_written(file)
    return at_least_one(_items(table, layout))


def _opened(file: BinaryIO, options: ReadOptions) -> Table | Worksheet:
    file.seek(0)
    if is_zip(file) or file.read(len(_OLE)) == _OLE:
        sheet = options.settings.get("sheet")
        return open_sheet(file, sheet if isinstance(sheet, str) else "", repeats=True)
    return open_table(file, options.encoding, options.delimiter, repeats=True)


def _refuse_half_written(file: BinaryIO) -> None:
    file.seek(-1, os.SEEK_END)
    if file.read(1) not in b"\r\n":
        remedy = "The tool ends every row with one, so the file was cut short. Export it again, whole."
        raise refusal("the last row", "a line break at its end", remedy)


def _items(table: Table | Worksheet, layout: Layout) -> Iterator[SourceRecord | Fault]:
    for row in table.rows():
        if isinstance(row, Fault):
            yield row
        elif layout.draft and row.cells[layout.draft].strip().casefold() in _DRAFT:
            yield _draft(table.name, row.number)
        elif any(map(str.strip, row.cells.values())):
            if _ERRORS.isdisjoint(row.cells.values()):
                yield _record(table.name, row.number, row.cells, layout)
                continue
            errors = [column for column, text in row.cells.items() if text in _ERRORS]
            yield _record(table.name, row.number, {**row.cells, **dict.fromkeys(errors, "")}, layout)
            yield from (_error(table.name, row.number, column, layout) for column in errors)
    if isinstance(table, Worksheet):
        yield from table.told()


def _record(name: str, number: int, cells: Mapping[str, str], layout: Layout) -> SourceRecord:
    key = cells[layout.key].strip() if layout.key else ""
    if key and layout.tool.per_form:
        key = f"{layout.form}:{key}"
    data: dict[str, Plain] = {
        "submission": {own: layout.time(own, cells[column].strip()) or None for column, own in layout.own.items()},
        "answers": layout.answers(cells),
    }
    return SourceRecord(place(name, number), layout.form, key, "referral", data)


def _draft(name: str, number: int) -> Fault:
    remedy = (
        "This row is a draft that nobody has submitted, and nothing was taken from it. Leave drafts out of exports."
    )
    return Fault(place(name, number), "", "a submission that was sent", remedy)


def _error(name: str, number: int, column: str, layout: Layout) -> Fault:
    own = layout.own.get(column)
    pointer = pointer_of("submission", own) if own else pointer_of("answers", column)
    remedy = "The cell shows an error of Excel, and the answer behind it is lost. Look it up in the form tool."
    return Fault(place(name, number, column), pointer, "an answer", remedy, "doubtful")
