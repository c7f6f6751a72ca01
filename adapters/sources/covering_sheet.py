"""The sheet with which a school asks for help: `referral.csv` in a zip, a row for each chosen pupil.

A row says which pupil (a UPN, an admission number, or names and date of birth), why help is asked for, what the family
agreed to, which services, and who refers. What stands beside the sheet in the zip enriches it and is not read here:

    {"sheet": {column: text or null}}

Column names are canonical where a synonym is known, else the sheet's own. Empty cells are null; formulas are text. A
record's key is the `reference` of its row, where no other row has the same.

Settings: `synonyms` (canonical name → headings); `pupils` (UPNs or admission numbers: only these rows are read).
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from adapters.formats.csv import Row, Table, missing_column, open_table
from adapters.formats.headings import Synonyms, canonical_columns
from adapters.formats.zip import is_zip, streams
from contracts.adapter import About, Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

NAME: str = "covering_sheet"
MEDIA_TYPES: tuple[str, ...] = ("application/zip",)
KEEPS_BYTES: bool = False
ABOUT: About = About(
    title="A school's covering sheet",
    format="A zip with `referral.csv`, a row for each chosen pupil, and files beside it",
    seen="no file of others: the sheet is ours",
    limits="At most 30 chosen pupils in one zip. What stands beside the sheet is read by the sources that enrich.",
)

SHEET: Final = "referral.csv"
MOST: Final = 30
"""More pupils than this on one sheet were exported, not chosen."""

HOW_TO_ASK: Final = (
    f"Add a covering sheet called {SHEET}, saved as CSV UTF-8, to a zip with the export: a row for each chosen pupil, "
    "with the UPN, the reason, the family's agreement, the services asked for and the referrer's name."
)
"""What to do with an export that came without a request."""

_NUMBERS: Final = ("upn", "admission_number")
_NAMED: Final = ("surname", "forename", "date_of_birth")
_REQUIRED: Final = ("reason", "agreement", "referrer_name")
SYNONYMS: Final[Synonyms] = {
    "upn": ("unique pupil number", "pupil upn"),
    "admission_number": ("admission no", "adno", "adm no", "student id", "pupil id"),
    "surname": ("legal surname", "last name", "family name"),
    "forename": ("legal forename", "first name", "given name"),
    "date_of_birth": ("dob", "birth date"),
    "reference": ("our reference", "ref"),
    "reason": ("reason for request", "reason for referral", "reason for the request", "concerns"),
    "agreement": ("family agrees", "parent agrees", "agreed", "consent", "consent given"),
    "agreed_by": ("who agreed", "consent given by"),
    "agreed_on": ("date agreed", "date of consent"),
    "agreement_form": ("how they agreed",),
    "child_agreement": ("child agrees", "young person agrees"),
    "not_sought": ("why nobody asked",),
    "explained": ("what the family was told",),
    "not_to_share": ("family does not want shared",),
    "privacy_notice": ("privacy notice given",),
    "parents_told": ("parents know of this request",),
    "parents_not_told_why": ("why parents do not know",),
    "harm": ("is a child suffering, or likely to suffer, significant harm", "significant harm"),
    "harm_detail": ("what has happened",),
    "rung": ("have you rung the front door",),
    "needs": ("needs you see",),
    "tried": ("what has been tried",),
    "outcome": ("what would help", "outcome sought"),
    "views_child": ("what the child says",),
    "views_parent": ("what the parent says",),
    "significant_disability": ("does the child have a significant disability",),
    "services": ("services asked for", "services requested", "service", "support asked for"),
    "level": ("level of need",),
    "locality": ("hub locality",),
    "district": (),
    "cluster": (),
    "referrer_name": ("referrer", "referred by", "requested by", "your name"),
    "referrer_role": ("role", "job title", "your role"),
    "referrer_phone": ("referrer telephone", "your phone"),
    "referrer_email": ("referrer e-mail", "your email"),
    "outcome_by": ("how to tell you the outcome",),
    "school": ("school name",),
    "system": ("exported from",),
    # What one council's form asks besides.
    "lead_name": ("lead professional",),
    "lead_agency": ("lead professional's agency",),
    "statutory_duty": (),
    "action": ("first action",),
    "action_who": ("who does it",),
    "action_when": ("by when",),
    "staff_risk": ("risk to staff who visit",),
    "views_family": ("what the family says about the support it needs",),
    "complex": ("are the needs complex",),
    "multi_agency": ("is a response of several agencies needed",),
    "assessment_attached": ("is the early help assessment attached",),
    "assessed_on": ("date of the assessment",),
}
"""What a column is called here → how schools head it. They are the same in every council: `docs/covering-sheet.md`."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the sheet under canonical names. Empty cells are null."""

    position: str
    cells: Mapping[str, str | None]

    def numbers(self) -> set[str]:
        return {_number(self.cells.get(column)) for column in _NUMBERS} - {""}


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each row of the sheet; an unreadable Fault for each row that is broken, before them.

    Raises UnreadablePayload: no zip, no sheet or two, a column missing, no row or more than 30 of them.
    """
    sheet = _sheet(file)
    table = open_table(sheet, options.encoding, options.delimiter, SHEET)
    columns = canonical_columns(SYNONYMS, table.header, options.settings.get("synonyms"))
    _require(table, set(columns.values()))
    faults: list[Fault] = []
    rows = _chosen(_lines(table, columns, faults), options, faults)
    yield from faults
    references = Counter(row.cells.get("reference") for row in rows)
    for row in rows:
        reference = row.cells.get("reference") or ""
        key = reference if references[reference] == 1 else ""
        yield SourceRecord(row.position, options.form, key, "referral", {"sheet": row.cells})


def is_sheet(name: str) -> bool:
    """Whether a file of that name in a zip is the covering sheet."""
    return PurePosixPath(name).name.casefold() == SHEET


def _sheet(file: BinaryIO) -> BinaryIO:
    if not is_zip(file):
        raise _refusal("the file", f"a zip with {SHEET} and a pupil export", HOW_TO_ASK)
    sheets = [io.BytesIO(stream.read()) for name, stream in streams(file) if is_sheet(name)]
    if not sheets:
        raise _refusal("the file", f"a zip with {SHEET} and a pupil export", HOW_TO_ASK)
    if len(sheets) > 1:
        raise _refusal("the zip", "one covering sheet", f"Keep one {SHEET} in the zip.")
    return sheets[0]


def _require(table: Table, columns: set[str]) -> None:
    missing = [column for column in _REQUIRED if column not in columns]
    if not columns.intersection(_NUMBERS) and not columns.issuperset(_NAMED):
        missing.insert(0, "upn")
    if missing:
        faults = tuple(missing_column(table.name, column.replace("_", " "), table.header) for column in missing)
        raise UnreadablePayload(f"{SHEET} lacks {len(missing)} of the columns it needs.", faults)


def _lines(table: Table, columns: Mapping[str, str], faults: list[Fault]) -> Iterator[_Line]:
    for row in table.rows():
        if isinstance(row, Row):
            cells = {columns[name]: text if text.strip() else None for name, text in row.cells.items()}
            yield _Line(f"{SHEET}, row {row.number}", cells)
        else:
            faults.append(row)


def _chosen(rows: Iterator[_Line], options: ReadOptions, faults: list[Fault]) -> list[_Line]:
    chosen: list[_Line] = []
    pupils = options.settings.get("pupils")
    listed = pupils if isinstance(pupils, Sequence) and not isinstance(pupils, str) else ()
    numbers = {_number(str(pupil)) for pupil in listed}
    for row in rows:
        if not numbers or numbers.intersection(row.numbers()):
            chosen.append(row)
        if len(chosen) > MOST:
            remedy = f"Keep only the rows of the pupils you ask help for in {SHEET}, or send it in parts."
            raise _refusal(SHEET, f"at most {MOST} chosen pupils", remedy)
    if without := numbers.difference(*(row.numbers() for row in chosen)):
        remedy = f"{len(without)} of the chosen numbers are in no row. Add a row to {SHEET} for each."
        faults.append(Fault(SHEET, "", "a row for each chosen pupil", remedy, "doubtful"))
    if not chosen:
        raise _refusal(SHEET, "at least one chosen pupil", f"Add a row to {SHEET} for each pupil you ask help for.")
    return chosen


def _number(text: str | None) -> str:
    return "".join((text or "").split()).casefold()


def _refusal(position: str, expected: str, remedy: str) -> UnreadablePayload:
    fault = Fault(position, "", expected, remedy)
    return UnreadablePayload(f"Not readable as a request with its sheet: expected {expected}.", (fault,))
