"""A CSV table of a school's system: pupils, or what is known of them by number. It enriches, and never asks.

One record for each row, with canonical column names where a synonym is known (`columns`), else the file's own. Empty
cells are null; formulas are text. Which rows are wanted is not decided here: millions may pass through.

Settings: `table`, one of the tables of `columns`, where the mapping is of one; `synonyms` (canonical name → headings).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from adapters.formats.csv import Row, open_table
from adapters.sources.mis_csv.columns import columns_of, table_of
from contracts.adapter import About, Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

NAME: str = "mis_csv"
MEDIA_TYPES: tuple[str, ...] = ("text/csv",)
KEEPS_BYTES: bool = False
ABOUT: About = About(
    title="A school's system, CSV (SIMS, Arbor, Bromcom, school census, CPOMS-like)",
    format="CSV tables: pupils, contacts, addresses, attendance, session codes, SEN needs, incidents",
    seen="the published synthetic census tables",
    limits=(
        "Reports are designed by each school: headings nobody listed are added in the mapping. Arbor's and "
        "Bromcom's were not seen."
    ),
)

_PARTED_BY: Final = ",;\t|"


def fits(head: bytes, options: ReadOptions) -> bool:
    """Whether the first row has the headings of the table, however they are parted: `read` then says how they must."""
    if b"\0" in head:
        return False  # an archive holds the headings of what is in it, too
    text = head.decode("utf-8-sig", "replace").lstrip("\r\n")
    for delimiter in _PARTED_BY:
        try:
            header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            continue
        if table_of([cell.strip() for cell in header], options):
            return True
    return False


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each row, and a Fault for each that is broken, in file order.

    Raises UnreadablePayload for no table of pupils' data, and as `open_table` says.
    """
    table = open_table(file, options.encoding, options.delimiter)
    kind = table_of(table.header, options)
    if not kind:
        expected = "a table of pupils, or of what is known of them by number"
        remedy = "Send the pupils' surnames, forenames and dates of birth, or add a synonym to the mapping."
        fault = Fault("row 1", "", expected, remedy)
        raise UnreadablePayload(f"Not readable as a school's export: expected {expected}.", (fault,))
    columns = columns_of(kind, table.header, options)
    for row in table.rows():
        if isinstance(row, Row):
            cells = {columns[name]: text if text.strip() else None for name, text in row.cells.items()}
            yield SourceRecord(f"row {row.number}", options.form, "", "enrichment", cells)
        else:
            yield row
