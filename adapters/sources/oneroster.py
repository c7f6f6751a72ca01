"""Students of a roster in OneRoster 1.1 or 1.2 CSV: who they are and where they learn. It enriches, and never asks.

The file is the zip of the standard, or `users.csv` by itself. Each student is one record:

    {"user": {"sourcedId", "givenName", "familyName", "preferredGivenName", "middleName", "identifier", "email", …},
     "ids": {"UPN": …}, "school": {"name", "identifier", …}, "demographics": {"birthDate", "sex"}}

`ids` is what `userIds` holds, by its type in capitals. The school is the primary one, else the first. The rest of the
demographics are another country's categories, and are not taken. A column named nearly as in the standard is read as
that one. `password` is never read. Roles, grades and links between people say too little to be taken: a grade is no
National Curriculum year, and a link names no relationship.

Source: 1EdTech, OneRoster 1.1 and 1.2 CSV binding.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from adapters.formats.batch import Item, at_least_one, refusal
from adapters.formats.csv import Row, Table, open_table, require
from adapters.formats.zip import MAGIC, is_zip, streams
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord

NAME: str = "oneroster"
MEDIA_TYPES: tuple[str, ...] = ("application/zip", "text/csv")
KEEPS_BYTES: bool = False
ABOUT: About = About(
    title="OneRoster 1.1 and 1.2",
    format="A zip of CSV, or `users.csv`",
    seen="",
    limits="Who the pupil is and where they learn; nothing else in a roster fits this country.",
)

PEOPLE: Final = 200_000
"""More people than this in one roster are not the pupils of a school, nor of the schools of one trust."""

_USERS: Final = "users.csv"
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    _USERS: (
        "sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role", "username", "userIds",
        "givenName", "familyName", "middleName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades",
        "password", "userMasterIdentifier", "preferredGivenName", "preferredMiddleName", "preferredFamilyName",
        "primaryOrgSourcedId", "pronouns",
    ),
    "roles.csv": ("userSourcedId", "roleType", "role", "orgSourcedId", "status"),
    "orgs.csv": ("sourcedId", "name", "type", "identifier", "status"),
    "demographics.csv": ("sourcedId", "birthDate", "sex", "status"),
}  # fmt: skip
_NEEDED: Final = {
    _USERS: ("sourcedId", "givenName", "familyName"), "roles.csv": ("userSourcedId", "role"),
    "orgs.csv": ("sourcedId", "name"), "demographics.csv": ("sourcedId",),
}  # fmt: skip
_TAKEN: Final = (
    "sourcedId", "givenName", "familyName", "middleName", "preferredGivenName", "preferredFamilyName", "identifier",
    "userMasterIdentifier", "email", "sms", "phone",
)  # fmt: skip
_GONE: Final = "tobedeleted"
_NEAR: Final = 0.88
_ID: Final = re.compile(r"\{\s*([^{}:]+?)\s*:\s*([^{}]+?)\s*\}")

_Cells = Mapping[str, str]


def fits(head: bytes, options: ReadOptions) -> bool:
    """Whether it is a zip that begins with a manifest, or a table of users."""
    if head.startswith(MAGIC):
        return b"manifest.csv" in head
    first = head.partition(b"\n")[0].decode("utf-8", "replace").lstrip("\ufeff")
    header = [cell.strip().strip('"') for cell in first.split(options.delimiter)]
    return set(_NEEDED[_USERS]) <= set(_names(_USERS, header).values())


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each student, in the order of `users.csv`, with the roster's own id as its key.

    Raises UnreadablePayload: neither shape, a column of the standard missing, no student, more people than PEOPLE, and
    as `adapters.formats.csv` and `adapters.formats.zip` say.
    """
    roster = _Roster(options)
    if is_zip(file):
        roster.open(streams(file))
    else:
        roster.tables[_USERS] = roster.table(_USERS, file)
    if _USERS not in roster.tables:
        raise refusal("the zip", f"a {_USERS}", "Export the roster again, as OneRoster CSV, with its users.")
    yield from at_least_one(roster.students())


@dataclass(slots=True)
class _Roster:
    """The tables that were sent, each with the standard's names of its columns."""

    options: ReadOptions
    tables: dict[str, tuple[Table, Mapping[str, str]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def open(self, files: Iterator[tuple[str, BinaryIO]]) -> None:
        for name, file in files:
            table = PurePosixPath(name).name.casefold()
            if table in _COLUMNS and table not in self.tables:
                self.tables[table] = self.table(table, file)

    def table(self, name: str, file: BinaryIO) -> tuple[Table, Mapping[str, str]]:
        table = open_table(file, self.options.encoding, self.options.delimiter, name)
        names = _names(name, table.header)
        require(table, _NEEDED[name], tuple(names.values()))
        return table, names

    def rows(self, name: str) -> Iterator[tuple[int, _Cells]]:
        """The rows of a table that are not to be deleted; none if it was not sent. What is wrong goes to `faults`."""
        if name not in self.tables:
            return
        table, names = self.tables[name]
        for row in table.rows():
            if not isinstance(row, Row):
                self.faults.append(row)
                continue
            cells = {names[column]: text.strip() for column, text in row.cells.items() if column in names}
            if cells.get("status", "").casefold() != _GONE:
                yield row.number, cells

    def by_id(self, name: str, column: str, keep: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """What is kept of each row, by the id in a column; the first row of an id counts."""
        found: dict[str, tuple[str, ...]] = {}
        for _, cells in self.rows(name):
            found.setdefault(cells.get(column, ""), tuple(cells.get(kept, "") for kept in keep))
            if len(found) > PEOPLE:
                raise refusal(name, f"at most {PEOPLE:,} rows", "Export the schools one at a time.")
        return found

    def students(self) -> Iterator[Item]:
        orgs = self.by_id("orgs.csv", "sourcedId", ("name", "identifier", "type"))
        people = self.by_id("demographics.csv", "sourcedId", ("birthDate", "sex"))
        roles = self._roles()
        for number, cells in self.rows(_USERS):
            yield from self._told()
            key = cells.get("sourcedId", "")
            role = cells.get("role") or ("student" if key in roles or "roles.csv" not in self.tables else "")
            if role.casefold() != "student":
                continue
            school = cells.get("primaryOrgSourcedId") or cells.get("orgSourcedIds", "").split(",")[0].strip()
            data: dict[str, Plain] = {
                "user": {name: cells[name] or None for name in _TAKEN if name in cells},
                "ids": {kind.upper(): text for kind, text in _ID.findall(cells.get("userIds", ""))},
                "school": _named(("name", "identifier", "type"), orgs.get(school or roles.get(key, ""))),
                "demographics": _named(("birthDate", "sex"), people.get(key)),
            }
            yield SourceRecord(f"{_USERS}, row {number}", self.options.form, key, "enrichment", data)
        yield from self._told()

    def _told(self) -> list[Fault]:
        """The faults met since it was last asked."""
        told, self.faults = self.faults, []
        return told

    def _roles(self) -> dict[str, str]:
        """The school of each student, by the student: that of the primary role, else the first."""
        found: dict[str, str] = {}
        for _, cells in self.rows("roles.csv"):
            if cells.get("role", "").casefold() != "student":
                continue
            key, school = cells.get("userSourcedId", ""), cells.get("orgSourcedId", "")
            if key not in found or cells.get("roleType", "").casefold() == "primary":
                found[key] = school
            if len(found) > PEOPLE:
                raise refusal("roles.csv", f"at most {PEOPLE:,} rows", "Export the schools one at a time.")
        return found


def _named(names: Sequence[str], values: Sequence[str] | None) -> dict[str, Plain]:
    return {name: value for name, value in zip(names, values or (), strict=False) if value}


def _names(table: str, header: Sequence[str]) -> dict[str, str]:
    """Each column → the standard's name for it: the same in any case, else nearly the same. `password` is left out."""
    standard = {name.casefold(): name for name in _COLUMNS[table]}
    names = {column: standard.pop(column.casefold()) for column in header if column.casefold() in standard}
    for column in header:
        if column not in names and (near := difflib.get_close_matches(column.casefold(), standard, n=1, cutoff=_NEAR)):
            names[column] = standard.pop(near[0])
    return {column: name for column, name in names.items() if name != "password"}
