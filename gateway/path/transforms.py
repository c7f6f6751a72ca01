"""What each word that `as:` may name does to one answer: text in, plain data out, or None when it does not read so.

Each takes text with something in it and no white space around it. Dates leave as ISO text, which is what a referral in
JSON holds. Nothing is guessed: a date in another shape than the one named is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from contracts.adapter import Plain
from contracts.identifiers import CHECKS

_UK_DATE: Final = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})", re.ASCII)
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ISO_DATETIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_NAMED_MONTH: Final = re.compile(
    r"(\d{1,4})[- ]([a-z]{3})[a-z]*[- ](\d{1,4})(?: \d{2}:\d{2}(?::\d{2})?)?", re.ASCII | re.IGNORECASE
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EXCELS: Final = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_EXCEL_1927: Final = 10_000
_EXCEL_2099: Final = 73_050
_COUNT: Final = re.compile(r"(\d{1,9})(?:\.0+)?", re.ASCII)
_WHOLE_NUMBER: Final = re.compile(r"-?\d{1,15}", re.ASCII)
_ANSWERS: Final[Mapping[str, bool]] = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}


def uk_date(text: str) -> str | None:
    """14/03/2015, 14-3-2015, 14.03.2015: day first, four digits to the year."""
    parts = _UK_DATE.fullmatch(text)
    return _day(int(parts[3]), int(parts[2]), int(parts[1])) if parts else None


def iso_date(text: str) -> str | None:
    """2015-03-14."""
    return _day(*map(int, text.split("-"))) if _ISO_DATE.fullmatch(text) else None


def uk_or_iso_date(text: str) -> str | None:
    """Either of the two, for a source that writes both; no text can be read as both."""
    return uk_date(text) or iso_date(text)


def date_of_datetime(text: str) -> str | None:
    """The day of 2015-03-14T00:00:00, as it is written there: no time zone is applied."""
    parts = _ISO_DATETIME.fullmatch(text)
    return iso_date(parts[1]) if parts else iso_date(text)


def written_date(text: str) -> str | None:
    """A day in any style that can be read in one way only: 14/03/2015, 2015-03-14, 14 March 2015, 2015-Mar-14 00:00."""
    named = _NAMED_MONTH.fullmatch(text)
    if named is None:
        return uk_date(text) or date_of_datetime(text)
    month = named[2].casefold()
    ends = (named[1], named[3]) if len(named[1]) == 4 else (named[3], named[1])
    if month not in _MONTHS or len(ends[0]) != 4 or len(ends[1]) > 2:
        return None
    return _day(int(ends[0]), _MONTHS.index(month) + 1, int(ends[1]))


def iso_datetime(text: str) -> str | None:
    """2015-03-14T09:30:00Z, with or without a time zone."""
    if not _ISO_DATETIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.replace(",", ".")).isoformat()
    except ValueError:
        return None


def yes_no(text: str) -> bool | None:
    """Yes, Y, true, No, N, false, in any case."""
    return _ANSWERS.get(text.casefold())


def whole_number(text: str) -> int | None:
    """12, 012 or -3; not 12.0 and not 1,200."""
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else None


def count(text: str) -> int | None:
    """12, or 12.0 as a spreadsheet writes it; not 12.5 and not -1."""
    counted = _COUNT.fullmatch(text)
    return int(counted[1]) if counted else None


def upper(text: str) -> str:
    """In capitals."""
    return text.upper()


def as_it_is(text: str) -> str:
    """Unchanged. `lines` joins several answers beforehand; an identifier is carried as written and checked beside."""
    return text


def split_lines(text: str) -> list[Plain]:
    """One item a line; empty lines are no items."""
    return [item.strip() for item in text.splitlines() if item.strip()]


def split_semicolon(text: str) -> list[Plain]:
    """One item between semicolons; empty ones are no items."""
    return [item.strip() for item in text.split(";") if item.strip()]


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def excel_counted(text: str) -> bool:
    """Whether a text can be the number that Excel keeps for a day between 1927 and 2099, with or without a time."""
    return _EXCELS.fullmatch(text) is not None and _EXCEL_1927 <= int(text[:5]) <= _EXCEL_2099


DATED: Final = frozenset({"uk_date", "iso_date", "uk_or_iso_date", "date_of_datetime", "written_date", "iso_datetime"})
"""The words that read a day."""

TRANSFORMS: Final[Mapping[str, Callable[[str], Plain]]] = {
    "uk_date": uk_date,
    "iso_date": iso_date,
    "uk_or_iso_date": uk_or_iso_date,
    "date_of_datetime": date_of_datetime,
    "written_date": written_date,
    "iso_datetime": iso_datetime,
    "yes_no": yes_no,
    "whole_number": whole_number,
    "count": count,
    "upper": upper,
    "lines": as_it_is,
    "split_lines": split_lines,
    "split_semicolon": split_semicolon,
    **dict.fromkeys(CHECKS, as_it_is),
}
