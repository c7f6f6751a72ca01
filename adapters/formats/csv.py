"""CSV in the encoding and delimiter that the mapping declares, row by row, with the row and column of what is wrong.

RFC 4180 with a header row. Cells stay text exactly as written: a cell that begins with = + - or @ is data here, and
is made safe only where something is written for a spreadsheet.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from adapters.formats.text import checked_codec
from contracts.adapter import Fault
from contracts.errors import UnreadablePayload

_DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright bars"}
_MORE: Final = 3
"""So many of another delimiter to each column show that the other one was used."""

_NEAR: Final = 0.75
"""How alike a name must be to be offered: very, since a file without a header has a family's data in its first row."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` counts as a spreadsheet shows it: the header is row 1, a cell of many lines is one row."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that has a usable header row; `rows()` streams what is under it.

    `name` is what the file is called in positions, such as "referral.csv"; `header` holds the column names, stripped.
    """

    name: str
    header: tuple[str, ...]
    _file: BinaryIO
    _codec: str
    _delimiter: str

    def rows(self) -> Iterator[Row | Fault]:
        """Rows in file order. A ragged row is a Fault and left out; a broken quote is a Fault and ends the file."""
        lines = _reader(self._file, self._codec, self._delimiter)
        number = 0
        while True:
            number += 1
            try:
                cells = next(lines, None)
            except csv.Error as problem:
                yield _broken(self.name, number, str(problem))
                return
            if cells is None:
                return
            if number == 1 or not any(cells):  # Excel leaves rows of empty cells under a table
                continue
            while len(cells) > len(self.header) and not cells[-1].strip():
                cells.pop()
            if len(cells) != len(self.header):
                yield _ragged(self.name, number, len(self.header), len(cells))
                continue
            yield Row(number, dict(zip(self.header, cells, strict=True)))


def open_table(
    file: BinaryIO, encoding: str = "utf-8", delimiter: str = ",", name: str = "", repeats: bool = False
) -> Table:
    """The table in the file, once its encoding and its header row hold.

    repeats  a name used twice is numbered, "Name" and "Name (2)", where it would otherwise be refused
    Raises UnreadablePayload for an empty file, another encoding, a header row with a name missing or used twice, and as
    `adapters.formats.text` says; ConfigError for an encoding that mappings may not declare.
    """
    codec = checked_codec(file, encoding, name)
    try:
        first = next(_reader(file, codec, delimiter), None)
    except csv.Error as problem:
        raise _unreadable(_broken(name, 1, str(problem))) from None
    header = [cell.strip() for cell in first or ()]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise _unreadable(Fault(place(name, 1), "", "a header row", "Send the table with its column names in row 1."))
    if repeats:
        header = list(numbered(header))
    _check_names(name, header, delimiter)
    return Table(name, tuple(header), file, codec, delimiter)


def require(table: Table, columns: Iterable[str], header: Sequence[str] = ()) -> None:
    """Raises UnreadablePayload with one Fault per required column that `header`, or the table's own, does not have."""
    names = tuple(header) or table.header
    faults = tuple(missing_column(table.name, column, names) for column in columns if column not in names)
    if faults:
        raise UnreadablePayload(
            f"{len(faults)} of the columns that are needed are not in {table.name or 'the file'}.", faults
        )


def missing_column(name: str, column: str, header: Sequence[str]) -> Fault:
    """The Fault for a column that is not there, with the nearest name that is."""
    by_fold = {present.casefold(): present for present in header}
    near = difflib.get_close_matches(column.casefold(), by_fold, n=1, cutoff=_NEAR)
    hint = f" The nearest is “{by_fold[near[0]]}”." if near else ""
    remedy = f"Add the column, or name the one that holds it in the mapping.{hint}"
    return Fault(place(name, 1), "", f"a column “{column}”", remedy)


def numbered(names: Sequence[str]) -> tuple[str, ...]:
    """The names, where one that stands again gets its number: "Name", "Name (2)". Case and spacing make no other."""
    counts: dict[str, int] = {}
    found: list[str] = []
    for name in names:
        folded = " ".join(name.casefold().split())
        own, count = name, counts.get(folded, 0) + 1
        while count > 1 and " ".join((own := f"{name} ({count})").casefold().split()) in counts:
            count += 1
        counts[folded] = count
        counts.setdefault(" ".join(own.casefold().split()), 1)
        found.append(own)
    return tuple(found)


def place(name: str, row: int, column: str = "") -> str:
    """A position as a person looks it up: "referral.csv, row 12, column Date of birth"."""
    parts = (name, f"row {row}", f"column {column}" if column else "")
    return ", ".join(part for part in parts if part)


def _reader(file: BinaryIO, codec: str, delimiter: str) -> Iterator[list[str]]:
    """Rows from the beginning of the file. The file stays open when this ends: a table is read more than once."""
    file.seek(0)
    text = io.TextIOWrapper(file, codec, newline="")
    try:
        yield from csv.reader(text, delimiter=delimiter, strict=True)
    finally:
        if not file.closed:  # it may be gone before whoever stopped reading half way
            text.detach()


def _check_names(name: str, header: Sequence[str], delimiter: str) -> None:
    _check_delimiter(name, header, delimiter)
    met: dict[str, int] = {}
    for column, text in enumerate(header, start=1):
        where = f"{place(name, 1)}, column {column}"
        if not text:
            raise _unreadable(Fault(where, "", "a column name", "Name this column, or remove it."))
        if (earlier := met.setdefault(text.casefold(), column)) != column:
            remedy = f"Column {earlier} has the same name. Give each column its own."
            raise _unreadable(Fault(where, "", "each column name once", remedy))


def _check_delimiter(name: str, header: Sequence[str], delimiter: str) -> None:
    parted = _DELIMITERS.get(delimiter, "the declared delimiter")
    for other, plural in _DELIMITERS.items():
        count = sum(text.count(other) for text in header)
        # One heading with a comma in it parts a row of semicolons in two, so a single column is too much to ask.
        if other != delimiter and count >= (1 if len(header) == 1 else _MORE * len(header)):
            remedy = (
                f"The row holds {plural}. Save the file with {parted} between its cells, or declare {plural} as the "
                "delimiter in the header of the mapping."
            )
            raise _unreadable(Fault(place(name, 1), "", f"columns parted by {parted}", remedy))


def _ragged(name: str, number: int, columns: int, cells: int) -> Fault:
    remedy = f"The row has {cells}. Put quotes around a cell that holds the delimiter or a line break."
    if cells < columns:
        remedy = (
            f"The row has {cells}. Put quotes around a cell that holds a line break. At the end of the file, it "
            "may be cut short: export it again."
        )
    return Fault(place(name, number), "", f"{columns} cells, as in the header row", remedy)


def _broken(name: str, number: int, problem: str) -> Fault:
    if "field limit" in problem:
        expected = f"cells of at most {csv.field_size_limit():,} characters"
        remedy = "A quote that begins in this row may never end. Close it; the rows after it were not read."
    elif "unexpected end" in problem:
        expected = "a closing quote"
        remedy = "A cell that begins in this row is never closed. Close it; the rows after it were not read."
    else:
        expected = "quotes only around whole cells"
        remedy = 'Write a quote inside a cell twice, as "", within a quoted cell; the rows after it were not read.'
    return Fault(place(name, number), "", expected, remedy)


def _unreadable(fault: Fault) -> UnreadablePayload:
    return UnreadablePayload(f"Not readable as CSV at {fault.position}: expected {fault.expected}.", (fault,))
