"""A school's Common Transfer File, or an Admissions Transfer File: pupils in XML, of any version and any usual variant.

Each pupil is one enrichment record; a file says nothing of why help is wanted, so it is never a referral alone:

    {"file": {"kind": "CTF", "version", "DateTime", "SupplierID", …}, "school": {"LEA", "Estab", "LAEstab", "URN", …},
     "destination": {…}, "pupil": {…}}

`school` is who wrote the file. The pupil keeps the names that the newest version of the standard uses, and each fact
has one place whichever variant wrote it (`pupils`, `addresses`, `histories` say how). `SuppInfo`, results and marks of
single sessions are passed over unread. Elements nobody knows are kept under `rest`.

Source: DfE, Common Transfer File specification, as far as public readers and writers of it show it: no file was checked
against the Department's own schema. The root's attributes, and pupils in another place than the standard's, unverified.

Settings: `file_name` is what the file was called, where known: the authority and school in it are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from adapters.formats.prolog import root_name
from adapters.formats.xml import Element, Layout, elements
from adapters.sources.ctf.pupils import pupil_of
from adapters.sources.ctf.told import Told, part, pruned, taken
from contracts.adapter import About, Fault, Plain, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

NAME: str = "ctf"
MEDIA_TYPES: tuple[str, ...] = ("application/xml", "text/xml")
KEEPS_BYTES: bool = False
ABOUT: About = About(
    title="Common Transfer File and Admissions Transfer File",
    format="XML, any version and the usual variants",
    seen="both published admissions files",
    limits=(
        "No file was checked against the Department's own schema, and none with attendance is public. Marks "
        "of single sessions are not read."
    ),
)

_ROOTS: Final = {"CTfile": "CTF", "ATfile": "ATF"}
_PUPILS: Final = ("CTFpupilData/Pupil", "ATFpupilData/Pupil")
_LAYOUT: Final = Layout(
    called="a Common Transfer File or an Admissions Transfer File",
    roots=frozenset(_ROOTS),
    records=("Header", *_PUPILS),
    lists=frozenset(
        {
            "Attendance/YearData", "Contacts/Contact", "Disabilities/Disability", "FSMhistory/FSMinstance",
            "Languages/Type", "Nationalities/Nationality", "Phones/Phone", "SENhistory/SEN", "SENneeds/SENneed",
            "SchoolHistory/School", "YearData/AttendSessions",
        }
    ),
    passed=frozenset({"SuppInfo", "AttendanceMarks", "StageAssessments", "ExternalExaminationResults"}),
)  # fmt: skip
_FILE_NAME: Final = re.compile(r"(?:.*[/\\])?([0-9]{3})([0-9]{4})_(?:CTF|ATF)_", re.IGNORECASE)


def fits(head: bytes, options: ReadOptions) -> bool:
    """Whether the root is a Common or an Admissions Transfer File's."""
    return root_name(head) in _ROOTS


def read(file: BinaryIO, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    """One record for each pupil, in file order, each followed by its doubts. The key is the UPN, if there is one.

    Raises UnreadablePayload as `adapters.formats.xml` does, and for a file without a pupil.
    """
    heading = _Heading(_ROOTS.get(root_name(file.read(1 << 16)) or "", ""))
    count = 0
    for item in elements(file, _LAYOUT, options.encoding):
        if isinstance(item, Fault):
            yield item
        elif item.path in _PUPILS:
            count += 1
            yield from _record(item, count, heading, options)
        else:
            heading.take(item)
    if not count:
        remedy = "Export it again, with the pupils whom the request is about."
        fault = Fault("the file", "", "at least one pupil in the file", remedy)
        raise UnreadablePayload("The file has no pupil.", (fault,))


@dataclass(slots=True)
class _Heading:
    """What the file says before its pupils: the same in each record."""

    kind: str
    line: int = 1
    data: dict[str, Plain] = field(default_factory=dict)
    school: Mapping[str, Plain] = field(default_factory=dict)
    destination: Mapping[str, Plain] = field(default_factory=dict)

    def take(self, element: Element) -> None:
        """Takes the root's attributes, or the header."""
        if not isinstance(element.data, dict):
            return
        self.line = element.line
        if element.path == "Header":
            self.school = _school(element.data.pop("SourceSchool", None))
            self.destination = _school(element.data.pop("DestSchool", None))
            self.data["version"] = taken(element.data, f"{self.kind}version") or self.data.get("version")
        else:
            self.data["version"] = element.data.pop("@version", None)
        self.data |= {name: value for name, value in element.data.items() if not name.startswith("@")}

    @property
    def day(self) -> str:
        """The day on which the file was made, or ""."""
        made = self.data.get("DateTime")
        return made.strip()[:10] if isinstance(made, str) else ""


def _school(written: Plain) -> Mapping[str, Plain]:
    if not isinstance(written, dict):
        return {}
    authority, school = taken(written, "LEA"), taken(written, "Estab")
    both = f"{authority}{school}" if authority and school else None
    return {"LEA": authority, "Estab": school, "LAEstab": both, **written}


def _record(element: Element, number: int, heading: _Heading, options: ReadOptions) -> Iterator[SourceRecord | Fault]:
    told = Told(f"pupil {number}, line {element.line}")
    written = element.data if isinstance(element.data, dict) else {}
    pupil = pupil_of(written, heading.day, heading.school.get("LAEstab"), told)
    latest = part(pupil, "Attendance", "latest")
    if latest:
        latest["MadeBy"] = heading.data.get("SupplierID")
    data: dict[str, Plain] = {
        "file": {"kind": heading.kind, **heading.data},
        "school": heading.school,
        "destination": heading.destination,
        "pupil": pruned(pupil),
    }
    upn = pupil.get("UPN")
    yield SourceRecord(told.position, options.form, upn if isinstance(upn, str) else "", "enrichment", data)
    yield from told.doubts
    yield from _other_name(heading, options)


def _other_name(heading: _Heading, options: ReadOptions) -> Iterator[Fault]:
    name = options.settings.get("file_name")
    named = _FILE_NAME.match(name) if isinstance(name, str) else None
    if named and heading.school.get("LAEstab") not in (None, f"{named[1]}{named[2]}"):
        remedy = "The name of the file names another school than its header. Check which school made the file."
        expected = "the authority and school in the name of the file"
        yield Fault(f"line {heading.line}", "/school/LAEstab", expected, remedy, "doubtful")
