"""One JSON text, a list of them, or JSON Lines: each document by itself, so that a bad one spoils no other.

A list is read in parts and cut at the commas between its elements; each element then goes through the same strict door
as a text that stands alone. Memory does not grow with the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from adapters.formats.batch import Item, at_least_one, refusal
from adapters.formats.definitions import refuse_definition
from adapters.formats.json import strict_json
from contracts.adapter import Fault, Plain
from contracts.errors import UnreadablePayload

ALONE: Final = 20 * 2**20
"""Bytes of a document that is the whole file (settled 26)."""

ONE_OF_MANY: Final = 4 * 2**20
"""Bytes of one document of a list, or of one line."""

_CHUNK: Final = 1 << 16
_BOM: Final = b"\xef\xbb\xbf"
# A whole string, or a quote whose string goes on beyond the bytes read so far, or a mark outside strings.
_MARK: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Document:
    """One document: where it begins, "line 1, column 1" for one that is alone, else "record 3, line 41"."""

    position: str
    value: Plain
    alone: bool

    def at(self, part: str) -> str:
        """The position of a part of it, such as "answer 3"."""
        return part if self.alone else f"{self.position}, {part}"


def each_document(file: BinaryIO, read: Callable[[Document], Iterable[Item]]) -> Iterator[Item]:
    """What `read` makes of each document. A document that it refuses becomes its faults, and the next follows.

    A form's definition is refused as such. Raises UnreadablePayload where no document gives a record.
    """
    return at_least_one(_each(file, read))


def _each(file: BinaryIO, read: Callable[[Document], Iterable[Item]]) -> Iterator[Item]:
    try:
        for item in documents(file):
            if isinstance(item, Fault):
                yield item
                continue
            try:
                refuse_definition(item.position, item.value)
                yield from read(item)
            except UnreadablePayload as error:
                yield from error.faults
    except UnreadablePayload as error:
        yield from error.faults


def documents(file: BinaryIO) -> Iterator[Document | Fault]:
    """The documents of the file, in order; a Fault for one that is not strict JSON, whose position is in the file.

    A file whose first two lines each open an object is JSON Lines. Raises UnreadablePayload for a single document that
    is not strict JSON or larger than `ALONE`.
    """
    start = _start(file)
    file.seek(start)
    first = file.read(1)
    if first == b"[":
        yield from _strict(_elements(file, start + 1))
    elif first == b"{" and _has_lines(file, start):
        yield from _strict(_lines(file))
    else:
        file.seek(0)
        content = file.read(ALONE + 1)
        if len(content) > ALONE:
            raise refusal("the file", f"at most {ALONE // 2**20} MiB", "Send the records as a list, or as JSON Lines.")
        yield Document("line 1, column 1", strict_json(content), alone=True)


def _start(file: BinaryIO) -> int:
    """Offset of the first byte that says something."""
    file.seek(0)
    head = file.read(_CHUNK)
    body = head.removeprefix(_BOM)
    return len(head) - len(body.lstrip(b" \t\r\n"))


def _has_lines(file: BinaryIO, start: int) -> bool:
    file.seek(start)
    file.readline(ALONE)
    while line := file.readline(ALONE):
        if line.strip():
            return line.lstrip().startswith(b"{")
    return False


Cut = tuple[int, int, bytes] | Fault
"""Number of the document, the line it begins on, its bytes."""


def _strict(cuts: Iterable[Cut]) -> Iterator[Document | Fault]:
    for cut in cuts:
        if isinstance(cut, Fault):
            yield cut
            continue
        number, line, text = cut
        try:
            value = strict_json(text, first_line=line)
        except UnreadablePayload as error:
            yield from (
                Fault(f"record {number}, {fault.position}", "", fault.expected, fault.remedy) for fault in error.faults
            )
            continue
        blank = text[: len(text) - len(text.lstrip())].count(b"\n")
        yield Document(f"record {number}, line {line + blank}", value, alone=False)


def _lines(file: BinaryIO) -> Iterator[Cut]:
    file.seek(0)
    line = number = 0
    while content := file.readline(ONE_OF_MANY + 1):
        line += 1
        if not content.strip():
            continue
        number += 1
        if len(content) > ONE_OF_MANY:
            yield _large(number, line)
            while content and not content.endswith(b"\n"):
                content = file.readline(_CHUNK)
            continue
        yield number, line, content.rstrip()


def _elements(file: BinaryIO, start: int) -> Iterator[Cut]:
    """The elements of the list that begins at `start`."""
    file.seek(0)
    line = 1 + file.read(start).count(b"\n")
    number, depth, begin, scanned, buffer = 1, 0, 0, 0, b""
    # What waits for its end is looked at again: reading as much again each time keeps that in proportion.
    while chunk := file.read(max(_CHUNK, len(buffer) - scanned)):
        buffer, begin, scanned = buffer[begin:] + chunk, 0, scanned - begin
        for mark in _MARK.finditer(buffer, scanned):
            scanned = mark.end()
            if mark[0] == b'"':
                scanned = mark.start()
                break
            if depth == 0 and mark[0] in (b",", b"]"):
                text = buffer[begin : mark.start()]
                if text.strip() or mark[0] == b"," or number > 1:
                    yield number, line, text
                line += text.count(b"\n")
                number, begin = number + 1, scanned
                if mark[0] == b"]":
                    yield from _after(file, buffer[scanned:], line)
                    return
            elif mark[0] in (b"[", b"{"):
                depth += 1
            elif mark[0] in (b"]", b"}"):
                depth -= 1
        if len(buffer) - begin > ONE_OF_MANY:
            yield _large(number, line)
            return
    yield _cut_short(number, line)


def _after(file: BinaryIO, rest: bytes, line: int) -> Iterator[Fault]:
    if rest.strip() or any(chunk.strip() for chunk in iter(lambda: file.read(_CHUNK), b"")):
        yield Fault(f"line {line}", "", "nothing after the end of the list", "Send one list and nothing after it.")


def _large(number: int, line: int) -> Fault:
    remedy = "A quote or a bracket that opens here may never close. Close it, or send the record by itself."
    return Fault(f"record {number}, line {line}", "", f"a record of at most {ONE_OF_MANY // 2**20} MiB", remedy)


def _cut_short(number: int, line: int) -> Fault:
    remedy = "The file was cut short, or a quote or bracket never closes. Send the whole file again."
    return Fault(f"record {number}, line {line}", "", "the end of the list", remedy)
