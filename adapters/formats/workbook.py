"""An Excel workbook looked through before anything opens it: how much it unpacks to, its sheets, its errors.

The reader of workbooks lays a sheet out in memory from its first cell to its last, copies a shared text into each cell
that names it, and shows an error as an empty cell. So a small file could become a large one, and an error an answer
nobody gave: both are found here, in one pass over the XML and without holding it (ECMA-376 part 1, 18).

Places are those of a spreadsheet. A sheet is known by its number, because its name can be a child's name.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NoReturn
from xml.parsers import expat

from adapters.formats.batch import refusal
from adapters.formats.zip import is_zip, streams

UNPACKED: Final = 64 * 1024 * 1024
"""Bytes of all parts of a workbook."""
SHEETS: Final = 50
CELLS: Final = 1_000_000
"""Rows times columns of a sheet, counted from A1, as it is laid out in memory."""
TEXT: Final = 64 * 1024 * 1024
"""Characters of a sheet once each cell has its text."""
ELEMENTS: Final = 4_000_000
"""Elements of all parts together."""
ERRORS: Final = 10_000
"""Cells of a sheet that show an error."""

_OLE: Final = b"\xd0\xcf\x11\xe0"
_WORKBOOK: Final = "xl/workbook.xml"
_TARGETS: Final = "xl/_rels/workbook.xml.rels"
_TEXTS: Final = "xl/sharedstrings.xml"
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships id"
_STRICT_RELATION: Final = "http://purl.oclc.org/ooxml/officeDocument/relationships id"
_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_SAVE_AGAIN: Final = "Open the workbook in Excel or LibreOffice and save it again as .xlsx."


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, in the order of the workbook. `errors` holds (row, column), counted from 1, → what it shows."""

    name: str
    hidden: bool
    errors: Mapping[tuple[int, int], str]


@dataclass(slots=True)
class _Part:
    """What is gathered from one part: its root, and of it only what the kind of part has."""

    root: str = ""
    sheets: list[tuple[str, str, bool]] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)
    lengths: array[int] = field(default_factory=lambda: array("L"))
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    rows: int = 0
    columns: int = 0
    text: int = 0


def looked_through(file: BinaryIO) -> tuple[Sheet, ...]:
    """The sheets of the workbook, once all of it keeps within the caps. The file is left at its beginning.

    Raises UnreadablePayload: no .xlsx, a password, macros, a part that is no XML or has a DOCTYPE, a cap passed, a
    formula that was never worked out; and as `adapters.formats.zip` says.
    """
    file.seek(0)
    head = file.read(len(_OLE))
    if head == _OLE or not is_zip(file):
        expected, remedy = "an Excel workbook", "Send the table as .xlsx or CSV."
        if head == _OLE:
            expected = "a workbook in the .xlsx format, without a password"
            remedy = "Save it as .xlsx without a password, and send it over the secure connection."
        raise refusal("the workbook", expected, remedy)
    first = _parts(file, lambda name: name in (_WORKBOOK, _TARGETS, _TEXTS))
    if _WORKBOOK not in first or _TARGETS not in first:
        raise refusal("the workbook", "the parts of an Excel workbook", "Send the table as .xlsx or CSV.")
    lengths = first[_TEXTS].lengths if _TEXTS in first else array("L")
    others = _parts(file, lambda name: name not in first, lengths)
    file.seek(0)
    return _sheets(first[_WORKBOOK], first[_TARGETS].targets, {**others, **first})


def column_name(number: int) -> str:
    """The letters over a column that is counted from 1: 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _parts(file: BinaryIO, wanted: Callable[[str], bool], lengths: array[int] | None = None) -> dict[str, _Part]:
    found: dict[str, _Part] = {}
    budget = ELEMENTS
    for number, (given, stream) in enumerate(streams(file, UNPACKED), start=1):
        name = given.lower()
        if wanted(name) and name.endswith((".xml", ".rels")):
            looking = _Looking(number, budget, lengths or array("L"))
            found[name] = looking.through(stream)
            budget = looking.budget
    return found


def _sheets(workbook: _Part, targets: Mapping[str, str], parts: Mapping[str, _Part]) -> tuple[Sheet, ...]:
    resolved = {relation: _resolved(target) for relation, target in targets.items()}
    if any(not name.endswith(".xml") for name in resolved.values()):
        raise refusal("the workbook", "a workbook without macros", "Save it as .xlsx, which holds none.")
    if not workbook.sheets or len(workbook.sheets) > SHEETS:
        raise refusal("the workbook", f"1 to {SHEETS} sheets", "Send the sheet with the answers alone.")
    sheets = []
    for name, relation, hidden in workbook.sheets:
        part = parts.get(resolved.get(relation, ""), _Part())
        sheets.append(Sheet(name, hidden, part.errors))
    if len({name.casefold() for name, _, _ in workbook.sheets}) < len(sheets):
        raise refusal("the workbook", "each name of a sheet once", _SAVE_AGAIN)
    return tuple(sheets)


def _resolved(target: str) -> str:
    folded = target.lower().replace("\\", "/")
    return folded[1:] if folded.startswith("/") else folded if folded.startswith("xl/") else f"xl/{folded}"


class _Looking:
    """One pass over one part with the parser of the standard library, which is stopped at the first thing too many."""

    def __init__(self, number: int, budget: int, lengths: array[int]) -> None:
        self.budget = budget
        self._number = number
        self._lengths = lengths
        self._part = _Part()
        self._path: list[str] = []
        self._place = (0, 0)
        self._kind = ""
        self._value: str | None = None
        self._worked_out = True

    def through(self, stream: BinaryIO) -> _Part:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        if b"\0" in stream.read(64):
            self._refuse("XML in UTF-8", _SAVE_AGAIN)
        stream.seek(0)
        problem = 0
        try:
            parser.ParseFile(stream)
        except expat.ExpatError as error:
            problem = error.lineno
        if problem:
            self._refuse(f"well-formed XML; line {problem} is none", _SAVE_AGAIN)
        if self._part.rows * self._part.columns > CELLS:
            place = f"{column_name(self._part.columns)}{self._part.rows}"
            remedy = f"Its last cell is {place}. Delete the empty rows and columns behind the table, or send it as CSV."
            self._refuse(f"a sheet of at most {CELLS:,} cells", remedy)
        return self._part

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.budget -= 1
        if self.budget < 0:
            self._refuse(f"at most {ELEMENTS:,} elements in all", "Send fewer rows at a time, or send it as CSV.")
        local = name.rpartition(" ")[2]
        if not self._path:
            self._part.root = local
        self._path.append(local)
        if self._part.root == "worksheet":
            self._start_in_sheet(local, attributes)
        elif local == "si" and self._part.root == "sst":
            self._part.lengths.append(0)
        elif local == "sheet" and self._part.root == "workbook":
            relation = attributes.get(_RELATION) or attributes.get(_STRICT_RELATION, "")
            hidden = attributes.get("state", "visible") != "visible"
            self._part.sheets.append((attributes.get("name", ""), relation, hidden))
        elif local == "Relationship" and attributes.get("TargetMode") != "External":
            self._part.targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def _start_in_sheet(self, local: str, attributes: dict[str, str]) -> None:
        if local == "c":
            place = _CELL.fullmatch(attributes.get("r", ""))
            if place is None:
                self._refuse("cells that say where they are", _SAVE_AGAIN)
            column = 0
            for letter in place[1]:
                column = column * 26 + ord(letter) - ord("A") + 1
            self._place = (int(place[2]), column)
            self._kind, self._value, self._worked_out = attributes.get("t", "n"), None, True
            self._part.rows = max(self._part.rows, self._place[0])
            self._part.columns = max(self._part.columns, column)
        elif local == "v":
            self._value = ""
        elif local == "f":
            self._worked_out = False

    def _text(self, text: str) -> None:
        if self._part.root == "sst":
            if self._part.lengths:
                self._part.lengths[-1] += len(text)
        elif self._value is not None and self._path[-1] == "v":
            self._value += text

    def _end(self, name: str) -> None:
        local = self._path.pop()
        if local != "c" or self._part.root != "worksheet":
            return
        if not self._worked_out and self._value is None:
            remedy = f"{column_name(self._place[1])}{self._place[0]} holds a formula only. {_SAVE_AGAIN}"
            self._refuse("a value beside each formula", remedy)
        if self._kind == "e":
            self._part.errors[self._place] = self._value or "#ERROR!"
            if len(self._part.errors) > ERRORS:
                self._refuse(f"at most {ERRORS:,} errors in a sheet", "Send the table with its values alone.")
        elif self._kind == "s" and self._value and self._value.strip().isdecimal():
            self._count(int(self._value))
        self._value = None

    def _count(self, shared: int) -> None:
        self._part.text += self._lengths[shared] if shared < len(self._lengths) else 0
        if self._part.text > TEXT:
            self._refuse(f"at most {TEXT:,} characters in a sheet", "Send fewer rows at a time, or send it as CSV.")

    def _doctype(self, *_: object) -> None:
        self._refuse("XML without a DOCTYPE", _SAVE_AGAIN)

    def _refuse(self, expected: str, remedy: str) -> NoReturn:
        raise refusal(f"part {self._number} of the workbook", expected, remedy)
