"""The tables of a Liquidlogic bundle under their warehouse names, whatever the council calls them.

Names are those of public reporting scripts for the HDM warehouse; no vendor publishes an interface, so each council
confirms them. Sentinels that stand for "nothing" become null here, and nothing else is changed.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from adapters.formats.csv import missing_column, open_table, place
from adapters.formats.json import strict_json
from adapters.formats.zip import is_zip, members
from contracts.adapter import Fault, Plain, ReadOptions
from contracts.errors import UnreadablePayload

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "DIM_PERSON": ("DIM_PERSON_ID",),
    "DIM_PERSON_ADDRESS": ("DIM_PERSON_ID",),
    "FACT_EHM_CONTACT": ("DIM_PERSON_ID",),
    "FACT_CONTACTS": ("DIM_PERSON_ID",),
    "FACT_CAF_EPISODE": ("DIM_PERSON_ID",),
    "FACT_PERSON_RELATION": ("DIM_PERSON_ID", "DIM_RELATED_PERSON_ID"),
    "FACT_FORMS": ("FACT_FORM_ID", "DIM_PERSON_ID"),
    "FACT_FORM_ANSWERS": ("FACT_FORM_ID", "ANSWER"),
    "FACT_INVOLVEMENTS": ("DIM_PERSON_ID",),
    "FACT_DISABILITY": ("DIM_PERSON_ID",),
}
"""The tables that are read, and the columns that join them."""

_VALUES: Final = 500_000
"""A bundle in one JSON text holds many rows, so it may have more values than a submission."""

_MAY_SAY_UNKNOWN: Final = frozenset({"UPN", "FORMER_UPN", "LEGACY_ID", "NHS_NUMBER"})
_MAY_SAY_MINUS_ONE: Final = frozenset({"TOTAL_NO_OF_OUTCOMES"})


@dataclass(frozen=True, slots=True)
class Line:
    """One row under its warehouse column names, with where it stands."""

    position: str
    cells: Mapping[str, Plain]

    def id(self, column: str) -> str:
        """The identifier in a column as text to join on; "" for none. A spreadsheet writes 101 as 101.0."""
        value = self.cells.get(column)
        return "" if value is None else str(value).strip().removesuffix(".0")


Bundle = dict[str, list[Line]]
_Names = Mapping[str, str]


def read_bundle(file: BinaryIO, options: ReadOptions) -> tuple[Bundle, list[Fault]]:
    """The tables of a zip of CSVs, or of one JSON object of arrays, and the faults of single rows and files.

    The setting `rename` maps the council's own `TABLE` or `TABLE.COLUMN`, in any case, to the warehouse's name.
    Raises UnreadablePayload: neither of the two, a table twice, a joining column missing, or unreadable as a whole.
    """
    rename = options.settings.get("rename")
    pairs = rename.items() if isinstance(rename, Mapping) else ()
    names = {theirs.upper(): ours.upper() for theirs, ours in pairs if isinstance(ours, str)}
    if is_zip(file):
        return _from_zip(file, options, names)
    return _from_json(file.read(), names)


def _table(names: _Names, name: str) -> str:
    bare = name.upper().rsplit(".", 1)[-1].strip()
    return names.get(bare, bare)


def _columns(names: _Names, table: str, columns: Iterable[str], position: str) -> dict[str, str]:
    bare = {column: column.upper().strip() for column in columns}
    renamed = {column: names.get(f"{table}.{upper}", upper) for column, upper in bare.items()}
    if len(set(renamed.values())) != len(renamed):
        raise _refusal(position, "each column once", "Two columns get the same name. Correct `rename` in the mapping.")
    return renamed


def _from_zip(content: BinaryIO, options: ReadOptions, names: _Names) -> tuple[Bundle, list[Fault]]:
    bundle: Bundle = {}
    faults: list[Fault] = []
    for number, (name, body) in enumerate(members(content), start=1):
        path = PurePosixPath(name)
        table = _table(names, path.stem if path.suffix.lower() == ".csv" else path.name)
        if table not in KEYS:
            faults.append(_unknown_table(f"file {number} of the zip", table))
            continue
        _once(table, bundle)
        lines = bundle[table] = []
        for line in _csv_lines(table, body, options, names):
            if isinstance(line, Fault):
                faults.append(line)
            else:
                lines.append(line)
    return bundle, faults


def _csv_lines(table: str, body: bytes, options: ReadOptions, names: _Names) -> Iterator[Line | Fault]:
    opened = open_table(io.BytesIO(body), options.encoding, options.delimiter, table)
    columns = _columns(names, table, opened.header, place(table, 1))
    _require_keys(table, list(columns.values()))
    for row in opened.rows():
        if isinstance(row, Fault):
            yield row
        else:
            cells = {columns[name]: _cell(columns[name], text) for name, text in row.cells.items()}
            yield Line(place(table, row.number), cells)


def _from_json(content: bytes, names: _Names) -> tuple[Bundle, list[Fault]]:
    bundle: Bundle = {}
    faults: list[Fault] = []
    for number, (name, rows) in enumerate(_arrays(strict_json(content, _VALUES)), start=1):
        table = _table(names, name)
        if table not in KEYS:
            faults.append(_unknown_table(f"table {number} of the object", table))
            continue
        _once(table, bundle)
        bundle[table] = [_json_line(table, index, row, names) for index, row in enumerate(rows, start=1)]
        if rows:
            _require_keys(table, sorted({column for line in bundle[table] for column in line.cells}))
    return bundle, faults


def _arrays(document: Plain) -> Iterator[tuple[str, list[Mapping[str, Plain]]]]:
    tables = document.items() if isinstance(document, Mapping) else [("", None)]
    for number, (name, rows) in enumerate(tables, start=1):
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            expected = "a zip of CSV tables, or a JSON object of arrays of rows"
            remedy = "Export the tables as CSV under their HDM names, put them into one zip, and send that."
            raise _refusal(f"table {number} of the object" if name else "", expected, remedy)
        yield name, rows


def _json_line(table: str, index: int, row: Mapping[str, Plain], names: _Names) -> Line:
    position = f"{table}, item {index}"
    columns = _columns(names, table, row, position)
    return Line(position, {columns[name]: _cell(columns[name], value) for name, value in row.items()})


def _cell(column: str, value: Plain) -> Plain:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return value
    text = str(value).strip()
    says_nothing = (
        not text
        or (column in _MAY_SAY_UNKNOWN and text.casefold() == "unknown")
        or ((column.endswith("_ID") or column in _MAY_SAY_MINUS_ONE) and text in ("-1", "-1.0"))
    )
    return None if says_nothing else value


def _require_keys(table: str, columns: Sequence[str]) -> None:
    faults = tuple(missing_column(table, column, columns) for column in KEYS[table] if column not in columns)
    if faults:
        raise UnreadablePayload(f"{table} lacks a column that joins it to the others.", faults)


def _once(table: str, bundle: Bundle) -> None:
    if table in bundle:
        raise _refusal(table, "each table once", "Send one file for each table.")


def _unknown_table(position: str, table: str) -> Fault:
    near = difflib.get_close_matches(table, KEYS, n=1, cutoff=0.75)
    hint = f" The nearest is {near[0]}." if near else ""
    remedy = f"It was left unread. Leave it out, or say in `rename` which table it is.{hint}"
    return Fault(position, "", f"one of {', '.join(KEYS)}", remedy, "doubtful")


def _refusal(position: str, expected: str, remedy: str) -> UnreadablePayload:
    fault = Fault(position, "", expected, remedy)
    return UnreadablePayload(f"Not readable as a Liquidlogic bundle: expected {expected}.", (fault,))
