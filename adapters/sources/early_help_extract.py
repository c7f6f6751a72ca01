"""A flat extract of early help assessments, one row for each child: CSV, alone or as the one file in a zip.

Not a vendor-certified interface: the columns are those that a public analysis script reads from one council's extract,
and each council confirms its own. Header names are matched in any case and spacing, since the case is mixed within one
file; extra columns are kept under their own name. The columns, as they stand in a record:

    forename surname gender dob locality setting open_date close_date status source reason outcome practitioner referrer
    house_number house apartment address0 address1 address2 town postcode uprn id

    {"row": {"forename": "…", "practitioner": "Surname,Forename", …}}

`practitioner` and `referrer` hold `Surname,Forename` in one cell, and stay whole: a comma is no proof of where a name
parts. Empty cells, -1, 1 for a UPRN, 'Unknown' and XXXX for a postcode are null. Rows are streamed; none is kept.
Settings: `rename` (`{their column: one of these}`), `choose` (`{column: [values]}`: only these rows are records).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from adapters.formats.csv import Row, Table, open_table, place, require
from adapters.formats.tables import none_chosen
from adapters.formats.zip import is_zip, streams
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

NAME: str = "early_help_extract"
MEDIA_TYPES: tuple[str, ...] = ("text/csv", "application/zip")
KEEPS_BYTES: bool = True
ABOUT: About = About(
    title="A flat extract of early help assessments",
    format="CSV, a row for each child",
    seen="",
    limits=(
        "Not a vendor's interface: the columns come from a public analysis script, and each council confirms its own."
    ),
)

COLUMNS: Final = frozenset(
    {"forename", "surname", "gender", "dob", "locality", "setting", "open_date", "close_date", "status", "source"}
    | {"reason", "outcome", "practitioner", "referrer", "house_number", "house", "apartment"}
    | {"address0", "address1", "address2", "town", "postcode", "uprn", "id"}
)
"""The columns that have a meaning here."""

_NEEDED: Final = ("forename", "surname", "dob", "open_date", "id")
_PARTING: Final = re.compile(r"[\s_]+")
_SAYS_NOTHING: Final[Mapping[str, frozenset[str]]] = {
    "uprn": frozenset({"-1", "-1.0", "1", "1.0"}),
    "postcode": frozenset({"xxxx", "nopostcode"}),
    "id": frozenset({"-1"}),
}


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each row, in file order. A ragged row, and an id met before, is a Fault and no record.

    Raises UnreadablePayload: no CSV with these columns, or a zip with anything but one file.
    """
    table = open_table(_only_file(file) if is_zip(file) else file, options.encoding, options.delimiter)
    columns = _columns(table, options)
    require(table, _NEEDED, list(columns.values()))
    chosen = _chosen(options)
    met: set[str] = set()
    told = False
    for row in table.rows():
        if isinstance(row, Fault):
            told = True
            yield row
            continue
        cells = {columns[name]: _cell(columns[name], text) for name, text in row.cells.items()}
        if all(str(cells.get(column) or "").casefold() in values for column, values in chosen.items()):
            told = True
            yield _record(row, cells, options, met)
    if not told:
        yield none_chosen("the extract")


def _record(row: Row, cells: Mapping[str, Plain], options: ReadOptions, met: set[str]) -> SourceRecord | Fault:
    key = str(cells.get("id") or "")
    if not key:
        return Fault(place("", row.number, "ID"), "", "an id", "Give the row the id of its assessment.")
    if key in met:
        return Fault(place("", row.number, "ID"), "", "each id once", "Remove the row that repeats it.")
    met.add(key)
    return SourceRecord(place("", row.number), options.form, key, "referral", {"row": cells})


def _only_file(file: BinaryIO) -> BinaryIO:
    files = [stream for _, stream in streams(file)]
    if len(files) != 1:
        remedy = f"The zip holds {len(files)}. Send the extract alone."
        fault = Fault("the zip", "", "one file in the zip", remedy)
        raise UnreadablePayload("Not readable as an early help extract: expected one file in the zip.", (fault,))
    return files[0]


def _columns(table: Table, options: ReadOptions) -> dict[str, str]:
    """Name in the file → name in a record."""
    rename = options.settings.get("rename")
    pairs = rename.items() if isinstance(rename, Mapping) else ()
    theirs = {_folded(name): str(ours) for name, ours in pairs}
    columns: dict[str, str] = {}
    for name in table.header:
        folded = theirs.get(_folded(name), _folded(name))
        columns[name] = folded if folded in COLUMNS else name
    twice = len(set(columns.values())) != len(columns)
    if twice:
        remedy = "Two columns get the same name. Correct `rename` in the mapping, or remove one of them."
        fault = Fault(place("", 1), "", "each column once", remedy)
        raise UnreadablePayload("Not readable as an early help extract: expected each column once.", (fault,))
    return columns


def _folded(name: str) -> str:
    return _PARTING.sub("_", name.strip()).casefold()


def _cell(column: str, text: str) -> Plain:
    said = text.strip().casefold()
    return None if said in ("", "unknown") or said in _SAYS_NOTHING.get(column, ()) else text


def _chosen(options: ReadOptions) -> dict[str, frozenset[str]]:
    choose = options.settings.get("choose")
    pairs = choose.items() if isinstance(choose, Mapping) else ()
    return {
        _folded(column): frozenset(
            str(value).casefold() for value in (values if isinstance(values, list) else [values])
        )
        for column, values in pairs
    }
