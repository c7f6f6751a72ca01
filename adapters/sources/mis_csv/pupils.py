"""Which pupil of an export a row of the covering sheet means: exactly one, or a Fault that says where to look.

A wrong match sends a family's request about another child, so nothing is guessed: a number decides, what else is known
must not contradict it, and two rows that both fit are two rows too many.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.formats.csv import Row, Table
from contracts.adapter import Fault

NUMBERS: Final = ("upn", "admission_number")
NAME: Final = ("surname", "forename", "date_of_birth")

_STYLES: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y")
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_NAMED_MONTH: Final = re.compile(r"([0-9]{1,4})[- ]([a-z]{3})[a-z]*[- ]([0-9]{1,4})")
_TIME_OF_DAY: Final = re.compile(r"[ tT][0-9]{2}:[0-9]{2}.*$")

Identity = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row under canonical column names. Empty cells are null; `position` is where it stands."""

    position: str
    cells: Mapping[str, str | None]

    def text(self, column: str) -> str:
        """What a cell says for comparing: letters in one case, one space, one kind of apostrophe; a date as ISO."""
        value = unicodedata.normalize("NFKC", self.cells.get(column) or "").replace("’", "'").replace("`", "'")
        folded = " ".join(value.split()).casefold()
        if column == "date_of_birth":
            return _day(folded)
        return folded.replace(" ", "") if column in NUMBERS else folded


def lines(table: Table, columns: Mapping[str, str]) -> Iterator[Line | Fault]:
    """The rows of a table as lines, and its faults, in file order."""
    for row in table.rows():
        if isinstance(row, Row):
            cells = {columns[name]: text if text.strip() else None for name, text in row.cells.items()}
            yield Line(f"{table.name}, row {row.number}", cells)
        else:
            yield row


def identities(line: Line) -> list[Identity]:
    """What the line can be found by: each number it has, and its names with its date of birth."""
    found: list[Identity] = [(column, line.text(column)) for column in NUMBERS if line.text(column)]
    for surname in {line.text("surname"), line.text("preferred_surname")} - {""}:
        for forename in {line.text("forename"), line.text("preferred_forename")} - {""}:
            if day := line.text("date_of_birth"):
                found.append(("name", surname, forename, day))
    return found


def collect(rows: Iterable[Line], wanted: Iterable[Identity]) -> dict[Identity, list[Line]]:
    """The rows that have a wanted identity, by identity. Every other row is let go at once."""
    found: dict[Identity, list[Line]] = {identity: [] for identity in wanted}
    for row in rows:
        for identity in identities(row):
            if identity in found:
                found[identity].append(row)
    return found


def match(sheet: Line, found: Mapping[Identity, Sequence[Line]]) -> tuple[Line | None, list[Fault]]:
    """The one pupil that a sheet row means, with doubtful Faults; or None and the Fault that stops the row."""
    known = identities(sheet)
    numbers = [identity for identity in known if identity[0] in NUMBERS]
    if not known:
        expected = "a UPN, an admission number, or surname, forename and date of birth"
        return None, [Fault(sheet.position, "", expected, "Say which pupil this row is about.")]
    candidates = _distinct(row for identity in numbers or known for row in found.get(identity, ()))
    if not candidates:
        near = _distinct(row for identity in known for row in found.get(identity, ()))
        return None, [_unmatched(sheet, near)]
    if len(candidates) > 1:
        remedy = f"These fit: {_where(candidates)}. Leave one of them in the export, or add the UPN."
        return None, [Fault(sheet.position, "", "exactly one pupil of the export", remedy)]
    pupil = candidates[0]
    for column in (*NUMBERS, "date_of_birth"):
        if sheet.text(column) and pupil.text(column) and sheet.text(column) != pupil.text(column):
            remedy = f"{pupil.position} has another {column.replace('_', ' ')}. Check which pupil is meant."
            return None, [Fault(f"{sheet.position}, column {column}", "", "what the export says of this pupil", remedy)]
    return pupil, _other_names(sheet, pupil)


def _other_names(sheet: Line, pupil: Line) -> list[Fault]:
    doubts = []
    for column in ("surname", "forename"):
        names = {pupil.text(column), pupil.text(f"preferred_{column}")} - {""}
        if sheet.text(column) and names and sheet.text(column) not in names:
            remedy = f"{pupil.position} has another {column}; the number decided. Check that the right pupil is meant."
            expected = "the name that the export has"
            doubts.append(Fault(f"{sheet.position}, column {column}", f"/sheet/{column}", expected, remedy, "doubtful"))
    return doubts


def _unmatched(sheet: Line, near: Sequence[Line]) -> Fault:
    remedy = "Check the numbers, or the names and date of birth, against the export, and that the pupil is in it."
    if near:
        remedy = f"No row has this number. The names and date of birth are those of {_where(near)}; correct the number."
    return Fault(sheet.position, "", "a pupil who is in the export", remedy)


def _distinct(rows: Iterable[Line]) -> list[Line]:
    by_position: dict[str, Line] = defaultdict()
    for row in rows:
        by_position.setdefault(row.position, row)
    return list(by_position.values())


def _where(rows: Iterable[Line]) -> str:
    return "; ".join(row.position for row in rows)


def _day(text: str) -> str:
    """The day in ISO form, whatever the style and the machine's language; the text itself where it is no date."""
    text = _TIME_OF_DAY.sub("", text)
    for style in _STYLES:
        try:
            return datetime.strptime(text, style).date().isoformat()
        except ValueError:
            continue
    named = _NAMED_MONTH.fullmatch(text)
    if named is None or named[2] not in _MONTHS:
        return text
    year, day = (named[1], named[3]) if len(named[1]) == 4 else (named[3], named[1])
    return f"{int(year):04d}-{_MONTHS[named[2]]:02d}-{int(day):02d}"
