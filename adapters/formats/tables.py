"""Tables that travel together: a zip of CSVs, or one JSON object of arrays, under names that a council may rename.

Each table can be read again and again, a row at a time. A zip is streamed, so that memory grows with the rows that a
source keeps and not with the tables; a JSON object is one text and held whole, so it may have 500,000 values and a
larger bundle travels as a zip.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from adapters.formats.csv import missing_column, open_table, place
from adapters.formats.json import strict_json
from adapters.formats.zip import is_zip, streams
from contracts.adapter import Fault, Plain, ReadOptions
from contracts.errors import UnreadablePayload

VALUES: Final = 500_000
"""A bundle in one JSON text holds many rows, so it may have more values than a submission."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the tables of one system are called, and how they hang together.

    system        for people: "a bundle of Liquidlogic tables"
    keys          table → the columns that join it; no other table is read
    says_nothing  whether a text in a column stands for no answer: -1 for an id, Unknown for a number
    fold          str.upper or str.lower: how the system writes its names
    """

    system: str
    keys: Mapping[str, tuple[str, ...]]
    says_nothing: Callable[[str, str], bool]
    fold: Callable[[str], str] = str.upper


@dataclass(frozen=True, slots=True)
class Line:
    """One row under its system's column names, with where it stands."""

    position: str
    cells: Mapping[str, Plain]

    def id(self, column: str) -> str:
        """The identifier in a column as text to join on; "" for none. A spreadsheet writes 101 as 101.0."""
        value = self.cells.get(column)
        return "" if value is None else str(value).strip().removesuffix(".0")


Index = Mapping[str, Sequence[Line]]
Rows = Callable[[], Iterable[Line | Fault]]
_Names = Mapping[str, str]


@dataclass(slots=True)
class Bundle:
    """The tables that were sent. `faults` are those of files and rows, each told once."""

    tables: dict[str, Rows] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _told: set[str] = field(default_factory=set)

    def __contains__(self, table: object) -> bool:
        return table in self.tables

    def rows(self, table: str) -> Iterator[Line]:
        """The rows of a table in its order; none if it was not sent. A row that cannot be read becomes a fault."""
        for line in self.tables.get(table, tuple)():
            if isinstance(line, Line):
                yield line
            elif table not in self._told:
                self.faults.append(line)
        self._told.add(table)

    def index(self, table: str, column: str, wanted: Container[str]) -> Index:
        """The rows that name one of `wanted` in `column`, by that name: all that stays in memory of a table."""
        return indexed((line for line in self.rows(table) if line.id(column) in wanted), column)


def indexed(lines: Iterable[Line], column: str) -> Index:
    """Rows by the identifier in a column; those without one are left out."""
    index: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if identifier := line.id(column):
            index[identifier].append(line)
    return dict(index)


def read_tables(file: BinaryIO, options: ReadOptions, layout: Layout) -> Bundle:
    """The tables in the file, each with its header checked.

    The setting `rename` maps the council's own `TABLE` or `TABLE.COLUMN`, in any case, to the system's name.
    Raises UnreadablePayload: neither of the two shapes, a table twice, a joining column missing, or unreadable.
    """
    rename = options.settings.get("rename")
    pairs = rename.items() if isinstance(rename, Mapping) else ()
    names = {layout.fold(theirs): layout.fold(ours) for theirs, ours in pairs if isinstance(ours, str)}
    reading = _Reading(layout, options, names)
    return reading.zipped(file) if is_zip(file) else reading.one_object(file.read())


def choosing(options: ReadOptions, layout: Layout) -> Callable[[Line], bool]:
    """Whether a row is one of those that the setting `choose` asks for: `{COLUMN: [values]}`, in any case.

    Every column has to hold one of its values; without the setting every row is asked for.
    """
    choose = options.settings.get("choose")
    pairs = choose.items() if isinstance(choose, Mapping) else ()
    asked = {layout.fold(column): _folded(values) for column, values in pairs}
    return lambda line: all(line.id(column).casefold() in values for column, values in asked.items())


def lacking(bundle: Bundle, wanted: Iterable[str]) -> None:
    """Raises UnreadablePayload for tables that were not sent. Each of `wanted` is one name, or several with " or "."""
    missing = [names for names in wanted if not any(name in bundle for name in names.split(" or "))]
    if missing:
        remedy = "Add the table to the bundle under this name, or say in `rename` which file it is."
        faults = tuple(Fault("the bundle", "", f"a table {names}", remedy) for names in missing)
        raise UnreadablePayload(f"The bundle lacks a table: {', '.join(missing)}.", faults)


def none_chosen(table: str) -> Fault:
    """The Fault for a table of which no row is a record: a quiet night, or a word that the mapping does not know."""
    remedy = "Nothing was taken. If there should have been one, compare the table with the settings of the mapping."
    return Fault(table, "", "a row that the mapping asks for", remedy, "doubtful")


def _folded(values: Plain) -> frozenset[str]:
    several = values if isinstance(values, list) else [values]
    return frozenset(str(value).strip().casefold() for value in several)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One file on its way to a bundle."""

    layout: Layout
    options: ReadOptions
    names: _Names

    def zipped(self, file: BinaryIO) -> Bundle:
        bundle = Bundle()
        for number, (name, stream) in enumerate(streams(file), start=1):
            path = PurePosixPath(name)
            table = self.table(path.stem if path.suffix.lower() == ".csv" else path.name)
            if table not in self.layout.keys:
                bundle.faults.append(self.unknown(f"file {number} of the zip", table))
                continue
            self.once(table, bundle)
            bundle.tables[table] = self.csv_rows(table, stream)
        return bundle

    def csv_rows(self, table: str, stream: BinaryIO) -> Rows:
        opened = open_table(stream, self.options.encoding, self.options.delimiter, table)
        columns = self.columns(table, opened.header, place(table, 1))
        self.require_keys(table, list(columns.values()))

        def rows() -> Iterator[Line | Fault]:
            for row in opened.rows():
                if isinstance(row, Fault):
                    yield row
                else:
                    cells = {columns[name]: self.cell(columns[name], text) for name, text in row.cells.items()}
                    yield Line(place(table, row.number), cells)

        return rows

    def one_object(self, content: bytes) -> Bundle:
        bundle = Bundle()
        for number, (name, rows) in enumerate(self.arrays(strict_json(content, VALUES)), start=1):
            table = self.table(name)
            if table not in self.layout.keys:
                bundle.faults.append(self.unknown(f"table {number} of the object", table))
                continue
            self.once(table, bundle)
            lines = [self.json_line(table, index, row) for index, row in enumerate(rows, start=1)]
            if lines:
                self.require_keys(table, sorted({column for line in lines for column in line.cells}))
            bundle.tables[table] = lines.copy
        return bundle

    def arrays(self, document: Plain) -> Iterator[tuple[str, list[Mapping[str, Plain]]]]:
        tables = document.items() if isinstance(document, Mapping) else [("", None)]
        for number, (name, rows) in enumerate(tables, start=1):
            if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
                expected = "a zip of CSV tables, or a JSON object of arrays of rows"
                remedy = "Export the tables as CSV under their own names, put them into one zip, and send that."
                raise self.refusal(f"table {number} of the object" if name else "the bundle", expected, remedy)
            yield name, rows

    def json_line(self, table: str, index: int, row: Mapping[str, Plain]) -> Line:
        position = f"{table}, item {index}"
        columns = self.columns(table, row, position)
        return Line(position, {columns[name]: self.cell(columns[name], value) for name, value in row.items()})

    def table(self, name: str) -> str:
        bare = self.layout.fold(name).rsplit(".", 1)[-1].strip()
        return self.names.get(bare, bare)

    def columns(self, table: str, columns: Iterable[str], position: str) -> dict[str, str]:
        bare = {column: self.layout.fold(column).strip() for column in columns}
        renamed = {column: self.names.get(f"{table}.{folded}", folded) for column, folded in bare.items()}
        if len(set(renamed.values())) != len(renamed):
            remedy = "Two columns get the same name. Correct `rename` in the mapping."
            raise self.refusal(position, "each column once", remedy)
        return renamed

    def cell(self, column: str, value: Plain) -> Plain:
        if not isinstance(value, str | int) or isinstance(value, bool):
            return value
        text = str(value).strip()
        return None if not text or self.layout.says_nothing(column, text) else value

    def require_keys(self, table: str, columns: Sequence[str]) -> None:
        wanted = self.layout.keys[table]
        faults = tuple(missing_column(table, column, columns) for column in wanted if column not in columns)
        if faults:
            raise UnreadablePayload(f"{table} lacks a column that joins it to the others.", faults)

    def once(self, table: str, bundle: Bundle) -> None:
        if table in bundle:
            raise self.refusal(table, "each table once", "Send one file for each table.")

    def unknown(self, position: str, table: str) -> Fault:
        near = difflib.get_close_matches(table, self.layout.keys, n=1, cutoff=0.75)
        hint = f" The nearest is {near[0]}." if near else ""
        remedy = f"It was left unread. Leave it out, or say in `rename` which table it is.{hint}"
        return Fault(position, "", f"one of {', '.join(self.layout.keys)}", remedy, "doubtful")

    def refusal(self, position: str, expected: str, remedy: str) -> UnreadablePayload:
        fault = Fault(position, "", expected, remedy)
        return UnreadablePayload(f"Not readable as {self.layout.system}: expected {expected}.", (fault,))
