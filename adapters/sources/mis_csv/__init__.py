"""A school's pupil export with a covering sheet: the sheet asks for help, the export enriches it.

The file is a zip. `referral.csv` is the sheet: a row for each chosen pupil, with a UPN, an admission number, or names
and date of birth; why help is asked for; what the family agreed to; which services; who refers. Beside it are one or
more CSV exports, known by their columns: pupils, and if wanted contacts and attendance totals. An export is never a
referral alone, and only the rows of chosen pupils get into a record:

    {"sheet": {…}, "pupil": {…}, "contacts": [{…}], "attendance": {…},
     "export": {"digest": SHA-256 of the pupil file, "rows": pupils in it, "matched": pupils of it that were chosen}}

Column names are canonical where a synonym is known (`columns`), else the file's own. Empty cells are null; formulas
are text. A record's key is the `reference` of its row, where no other row has the same.

Settings: `synonyms` (kind → canonical name → headers); `pupils` (UPNs or admission numbers: only these rows are read).
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from adapters.formats.csv import Table, missing_column, open_table
from adapters.formats.zip import is_zip, members
from adapters.sources.mis_csv.columns import canonical_columns
from adapters.sources.mis_csv.pupils import NAME as NAMED
from adapters.sources.mis_csv.pupils import NUMBERS, Identity, Line, collect, identities, lines, match
from contracts.adapter import Fault, Plain, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

NAME: str = "mis_csv"
MEDIA_TYPES: tuple[str, ...] = ("application/zip",)
KEEPS_BYTES: bool = False

SHEET: Final = "referral.csv"
MOST: Final = 30
"""More pupils than this in one file were exported, not chosen."""

_REQUIRED: Final = ("reason", "agreement", "referrer_name")
_HOW_TO_ADD: Final = (
    f"Add a covering sheet called {SHEET} to a zip with the export: one row for each chosen pupil, with the UPN, the "
    "reason, the family's agreement, the services asked for and the referrer's name."
)


@dataclass(frozen=True, slots=True)
class _File:
    """One table of the zip: what kind it is, its canonical columns, and the digest of its bytes."""

    kind: str
    table: Table
    columns: Mapping[str, str]
    digest: str


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each row of the sheet that means exactly one pupil; an unreadable Fault for each that does not.

    Faults of single rows and files come first; doubtful Faults about a record straight after it.
    Raises UnreadablePayload: no zip, no sheet, no pupil export, a column missing, more than 30 rows and no choice.
    """
    if not is_zip(file):
        raise _without_sheet(_alone(file, options))
    files, faults = _files(file, options)
    sheets = [file for file in files if file.kind == "sheet"]
    exports = [file for file in files if file.kind == "pupil"]
    if not sheets:
        raise _without_sheet(exports)
    if not exports:
        remedy = "Add the CSV export with the pupils' names, dates of birth and numbers to the zip, beside the sheet."
        raise _refusal("the zip", "a pupil export", remedy)
    rows = _chosen(_kept(sheets[0], faults), options, faults)
    wanted = {identity for row in rows for identity in identities(row)}
    found, counts = _found(exports, wanted, faults)
    matches = _matches(rows, found)
    enrichment = _enrichment(files, [pupil for _, pupil, _ in matches if pupil], faults)
    yield from faults
    yield from _records(matches, exports, counts, enrichment, options)


def _alone(content: BinaryIO, options: ReadOptions) -> list[_File]:
    try:
        file = _file("the file", content.read(), False, options)
    except UnreadablePayload:
        return []
    return [file] if file is not None and file.kind == "pupil" else []


def _without_sheet(exports: Sequence[_File]) -> UnreadablePayload:
    if not exports:
        return _refusal("", f"a zip with {SHEET} and a pupil export", _HOW_TO_ADD)
    count = sum(1 for file in exports for _ in file.table.rows())
    if count > MOST:
        remedy = f"The export has more than {MOST} pupils. Choose the pupils you ask help for. {_HOW_TO_ADD}"
        return _refusal("", "a selection of pupils; an export is not a referral", remedy)
    return _refusal("", "a covering sheet; an export alone is never a referral", _HOW_TO_ADD)


def _files(content: BinaryIO, options: ReadOptions) -> tuple[list[_File], list[Fault]]:
    files: list[_File] = []
    faults: list[Fault] = []
    for number, (name, body) in enumerate(members(content), start=1):
        is_sheet = PurePosixPath(name).name.casefold() == SHEET
        position = SHEET if is_sheet else f"file {number} of the zip"
        if not is_sheet and not name.lower().endswith(".csv"):
            faults.append(_unread(position))
            continue
        file = _file(position, body, is_sheet, options)
        if file is None:
            faults.append(_unread(position))
        elif is_sheet and any(other.kind == "sheet" for other in files):
            raise _refusal(position, "one covering sheet", f"Keep one {SHEET} in the zip.")
        else:
            files.append(file)
    return files, faults


def _unread(position: str) -> Fault:
    remedy = "It was left unread. Leave it out, or name its columns under `synonyms` in the mapping."
    return Fault(position, "", "a CSV export of pupils, contacts or attendance", remedy, "doubtful")


def _file(position: str, body: bytes, is_sheet: bool, options: ReadOptions) -> _File | None:
    table = open_table(io.BytesIO(body), options.encoding, options.delimiter, position)
    kinds = ("sheet",) if is_sheet else ("pupil", "attendance", "contacts")
    for kind in kinds:
        columns = canonical_columns(kind, table.header, options.settings)
        if is_sheet:
            _require_sheet_columns(table, set(columns.values()))
        if is_sheet or _is_kind(kind, set(columns.values())):
            return _File(kind, table, columns, hashlib.sha256(body).hexdigest())
    return None


def _is_kind(kind: str, columns: set[str]) -> bool:
    if kind == "pupil":
        return columns.issuperset(NAMED)
    return "possible_sessions" in columns if kind == "attendance" else "relationship" in columns


def _require_sheet_columns(table: Table, columns: set[str]) -> None:
    missing = [column for column in _REQUIRED if column not in columns]
    if not columns.intersection(NUMBERS) and not columns.issuperset(NAMED):
        missing.insert(0, "upn")
    if missing:
        faults = tuple(missing_column(table.name, column.replace("_", " "), table.header) for column in missing)
        raise UnreadablePayload(f"{SHEET} lacks {len(missing)} of the columns it needs.", faults)


def _kept(file: _File, faults: list[Fault]) -> Iterator[Line]:
    for line in lines(file.table, file.columns):
        if isinstance(line, Fault):
            faults.append(line)
        else:
            yield line


def _chosen(rows: Iterable[Line], options: ReadOptions, faults: list[Fault]) -> list[Line]:
    pupils = options.settings.get("pupils")
    chosen = list(rows)
    if isinstance(pupils, Sequence) and not isinstance(pupils, str):
        numbers = {"".join(str(number).split()).casefold() for number in pupils}
        chosen = [row for row in chosen if numbers.intersection(row.text(column) for column in NUMBERS)]
        if without := numbers.difference(row.text(column) for row in chosen for column in NUMBERS):
            remedy = f"{len(without)} of the chosen numbers are in no row. Add a row to {SHEET} for each."
            faults.append(Fault(SHEET, "", "a row for each chosen pupil", remedy, "doubtful"))
    if len(chosen) > MOST:
        remedy = f"Keep only the rows of the pupils you ask help for in {SHEET}, or send it in parts."
        raise _refusal(SHEET, f"at most {MOST} chosen pupils", remedy)
    if not chosen:
        raise _refusal(SHEET, "at least one chosen pupil", f"Add a row to {SHEET} for each pupil you ask help for.")
    return chosen


def _found(
    exports: Sequence[_File], wanted: set[Identity], faults: list[Fault]
) -> tuple[dict[Identity, list[Line]], dict[str, int]]:
    """The wanted pupils' rows by identity, and how many rows each export has."""
    counts: dict[str, int] = {file.table.name: 0 for file in exports}

    def counted() -> Iterator[Line]:
        for file in exports:
            for line in _kept(file, faults):
                counts[file.table.name] += 1
                yield line

    return collect(counted(), wanted), counts


def _matches(
    rows: Sequence[Line], found: Mapping[Identity, Sequence[Line]]
) -> list[tuple[Line, Line | None, list[Fault]]]:
    matches: list[tuple[Line, Line | None, list[Fault]]] = []
    taken: dict[str, str] = {}
    for row in rows:
        pupil, faults = match(row, found)
        if pupil is not None and (earlier := taken.setdefault(pupil.position, row.position)) != row.position:
            remedy = f"{earlier} is about the same pupil. Put the whole request into one row."
            pupil, faults = None, [Fault(row.position, "", "each pupil once", remedy)]
        matches.append((row, pupil, faults))
    return matches


def _enrichment(
    files: Sequence[_File], pupils: Sequence[Line], faults: list[Fault]
) -> Mapping[str, Mapping[Identity, Sequence[Line]]]:
    """Contact and attendance rows of the matched pupils, by kind and number."""
    numbers = {identity for pupil in pupils for identity in identities(pupil) if identity[0] in NUMBERS}
    kinds: dict[str, Iterable[_File]] = {
        kind: [file for file in files if file.kind == kind] for kind in ("contacts", "attendance")
    }
    return {kind: collect((line for file in of for line in _kept(file, faults)), numbers) for kind, of in kinds.items()}


def _records(
    matches: Sequence[tuple[Line, Line | None, list[Fault]]],
    exports: Sequence[_File],
    counts: Mapping[str, int],
    enrichment: Mapping[str, Mapping[Identity, Sequence[Line]]],
    options: ReadOptions,
) -> Iterator[SourceRecord | Fault]:
    by_name = {file.table.name: file for file in exports}
    matched = Counter(_export_of(pupil) for _, pupil, _ in matches if pupil is not None)
    references = Counter(row.cells.get("reference") for row, _, _ in matches)
    for row, pupil, faults in matches:
        if pupil is not None:
            name = _export_of(pupil)
            contacts = _rows_of(pupil, enrichment["contacts"])
            totals = _rows_of(pupil, enrichment["attendance"])
            data: dict[str, Plain] = {
                "sheet": row.cells,
                "pupil": pupil.cells,
                "contacts": [line.cells for line in contacts],
                "attendance": totals[0].cells if len(totals) == 1 else {},
                "export": {"digest": by_name[name].digest, "rows": counts[name], "matched": matched[name]},
            }
            reference = row.cells.get("reference") or ""
            key = reference if references[reference] == 1 else ""
            yield SourceRecord(row.position, options.form, key, "referral", data)
            yield from _attendance_doubts(pupil, totals)
        yield from faults


def _export_of(pupil: Line) -> str:
    return pupil.position.rsplit(", row ", 1)[0]


def _rows_of(pupil: Line, found: Mapping[Identity, Sequence[Line]]) -> list[Line]:
    by_position = {line.position: line for identity in identities(pupil) for line in found.get(identity, ())}
    return list(by_position.values())


def _attendance_doubts(pupil: Line, totals: Sequence[Line]) -> Iterator[Fault]:
    if len(totals) > 1:
        remedy = f"Several rows have totals, and none was taken: {'; '.join(line.position for line in totals)}."
        yield Fault(totals[0].position, "/attendance", "one row of totals for a pupil", remedy, "doubtful")
    for pointer, line in (("/pupil", pupil), *(("/attendance", line) for line in totals if len(totals) == 1)):
        if (column := _impossible(line)) is not None:
            remedy = "The totals cannot be right, so no percentage can be worked out. Ask the school for them again."
            expected = "whole numbers of sessions that fit into the possible ones"
            yield Fault(f"{line.position}, column {column}", f"{pointer}/{column}", expected, remedy, "doubtful")


def _impossible(line: Line) -> str | None:
    """The first column of totals that is no number, or that no longer fits into the possible sessions."""
    parts = ("present_sessions", "authorised_absence", "unauthorised_absence")
    if line.cells.get("possible_sessions") is None:
        return None
    possible = _sessions(line, "possible_sessions")
    if possible is None:
        return "possible_sessions"
    total = 0
    for column in parts:
        if line.cells.get(column) is None:
            continue
        sessions = _sessions(line, column)
        total += sessions or 0
        if sessions is None or total > possible:
            return column
    return None


def _sessions(line: Line, column: str) -> int | None:
    text = (line.cells.get(column) or "").strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _refusal(position: str, expected: str, remedy: str) -> UnreadablePayload:
    fault = Fault(position, "", expected, remedy)
    return UnreadablePayload(f"Not readable as a pupil export with its sheet: expected {expected}.", (fault,))
