"""One sheet of an Excel workbook, row by row, as text: what a person sees in a cell, and where the cell is.

Numbers that are whole are written whole, so that a telephone number is no 7.7E+09; dates are ISO 8601; a formula is
the value it last had and is never worked out here. A cell that shows an error keeps that error as its text, such as
#N/A, for the reader to tell of. A zero that Excel took from the front of a number is gone before anybody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO, Final, TypeVar

from python_calamine import CalamineSheet, CalamineWorkbook

from adapters.formats.batch import refusal
from adapters.formats.csv import Row, numbered
from adapters.formats.workbook import Sheet, column_name, looked_through
from contracts.adapter import Fault
from contracts.errors import UnreadablePayload

T = TypeVar("T")

_STOPS: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A sheet that has a usable header row; `rows()` gives what is under it.

    header  names of the columns, stripped; a name used twice is numbered where that was asked for
    first   place of the header row, counted from 1
    unread  sheets of the workbook that are not read, hidden ones among them
    """

    header: tuple[str, ...]
    first: int
    unread: int
    hidden: int
    _sheet: CalamineSheet
    _seen: Sheet
    _left: int

    @property
    def name(self) -> str:
        """What the table is called in positions: nothing, since the sheet's own name can be a child's."""
        return ""

    def rows(self) -> Iterator[Row | Fault]:
        """Rows with something in them, in order; `number` is the one Excel shows."""
        for number, cells in enumerate(self._sheet.iter_rows(), start=1):
            if number > self.first:
                texts = _texts(cells, number, self._left, self._seen)
                if any(texts):
                    yield Row(number, dict(zip(self.header, texts, strict=True)))

    def told(self) -> Iterator[Fault]:
        """What a person should know of the workbook: that other sheets were not read."""
        if self.unread:
            some = "1 other sheet was" if self.unread == 1 else f"{self.unread} other sheets were"
            remedy = (
                f"{some} not read, {self.hidden} of them hidden. Send each as a workbook of its own if it is needed."
            )
            yield Fault("the workbook", "", "one sheet", remedy, "doubtful")


def open_sheet(file: BinaryIO, sheet: str = "", repeats: bool = False) -> Worksheet:
    """The sheet of that name or, without one, the first that is not hidden, once its header row holds.

    repeats  a name used twice is numbered: "Name", "Name (2)"; else it is refused
    Raises UnreadablePayload: no such sheet, no header row, a header that is merged, blank or used twice, and as
    `adapters.formats.workbook` says.
    """
    seen = looked_through(file)
    chosen = next((number for number, each in enumerate(seen) if _fits(each, sheet)), None)
    if chosen is None:
        expected = "the sheet that the mapping names" if sheet else "a sheet that is not hidden"
        raise refusal("the workbook", expected, "Send the workbook as the tool exports it.")
    opened = _safely(lambda: _opened(file, seen, chosen))
    hidden = sum(each.hidden for number, each in enumerate(seen) if number != chosen)
    if opened.start is None:
        raise refusal("row 1", "a header row", "Send the table with its column names above it.")
    first, left = opened.start[0] + 1, opened.start[1]
    cells = next(row for number, row in enumerate(opened.iter_rows(), start=1) if number == first)
    texts = _texts(cells, first, left, seen[chosen])
    _refuse_merged(opened, first)
    header = _names(texts, first, left, repeats)
    return Worksheet(header, first, len(seen) - 1, hidden, opened, seen[chosen], left)


def _fits(sheet: Sheet, name: str) -> bool:
    return sheet.name.strip().casefold() == name.strip().casefold() if name else not sheet.hidden


def _opened(file: BinaryIO, seen: Sequence[Sheet], chosen: int) -> CalamineSheet:
    file.seek(0)
    workbook = CalamineWorkbook.from_filelike(file)
    if workbook.sheet_names != [sheet.name for sheet in seen]:
        raise ValueError("the reader sees other sheets")
    return workbook.get_sheet_by_index(chosen)


def _safely(call: Callable[[], T]) -> T:
    """The reader is native code: what it cannot read may end in a panic, which is no `Exception`."""
    problem = ""
    try:
        return call()
    except UnreadablePayload:
        raise
    except BaseException as error:
        if isinstance(error, _STOPS):
            raise
        problem = type(error).__name__
    remedy = f"The workbook is damaged ({problem}). Open it in Excel or LibreOffice and save it again as .xlsx."
    raise refusal("the workbook", "a whole Excel workbook", remedy)


def _refuse_merged(sheet: CalamineSheet, row: int) -> None:
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top + 1 <= row <= bottom + 1:
            where = f"row {row}, columns {column_name(left + 1)} to {column_name(right + 1)}"
            remedy = "Take the merged cells apart, and leave nothing above the row with the column names."
            raise refusal(where, "a cell of its own for each column name", remedy)


def _names(texts: Sequence[str], row: int, left: int, repeats: bool) -> tuple[str, ...]:
    taken: dict[str, int] = {}
    for number, text in enumerate(texts, start=left + 1):
        where = f"row {row}, column {column_name(number)}"
        if not text.strip():
            raise refusal(where, "a column name", "Name this column, or remove it.")
        earlier = taken.setdefault(text.strip().casefold(), number)
        if earlier != number and not repeats:
            remedy = f"Column {column_name(earlier)} has the same name. Give each column its own."
            raise refusal(where, "each column name once", remedy)
    return numbered([text.strip() for text in texts])


def _texts(cells: Sequence[Any], number: int, left: int, seen: Sheet) -> list[str]:
    if not seen.errors:
        return [_text(cell) for cell in cells]
    return [seen.errors.get((number, column)) or _text(cell) for column, cell in enumerate(cells, start=left + 1)]


def _text(cell: object) -> str:
    match cell:
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return str(int(cell)) if cell.is_integer() else format(Decimal(repr(cell)), "f")
        case datetime():
            return cell.replace(microsecond=0).isoformat()
        case date() | time():
            return cell.isoformat()
        case timedelta():
            minutes, seconds = divmod(int(cell.total_seconds()), 60)
            return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(cell)
