"""Where an element of an XML file stands: looked up only once something is wrong with it.

The parser tells a line and no column, and a file may be all in one line. So the tags are counted again here, in parts,
for one element only. What is read from a file never depends on this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from adapters.formats.text import place_of

_CHUNK: Final = 1 << 20
_PIECE: Final = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|</[^>]*+>"
    rb"|<(?P<name>[^\s<>/!?\"'=]++)(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>",
    re.DOTALL,
)


def place_of_element(file: BinaryIO, path: tuple[str, ...], number: int, within: int) -> str:
    """ "line L, column C" of an element in a well-formed file.

    path    names from the root's child down to a record, without prefixes
    number  which of the elements on that path, counted from 1
    within  which element of it in the order of their opening tags; 0 is the record itself
    """
    open_names: list[bytes] = []
    wanted = [name.encode() for name in path]
    met, inside = 0, -1
    for offset, name, closes in _tags(file):
        if name:
            open_names.append(name.rpartition(b":")[2])
            if inside >= 0:
                inside += 1
            elif open_names[1:] == wanted:
                met += 1
                inside = 0 if met == number else -1
            if inside == within:
                line, column = place_of(file, offset)
                return f"line {line}, column {column}"
        if closes and open_names:
            open_names.pop()
    return ""


def _tags(file: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """Offset and name of each opening tag, "" for a closing one, and whether it closes an element."""
    file.seek(0)
    start, kept, more = 0, b"", True
    while more:
        part = file.read(max(_CHUNK, len(kept)))
        more = bool(part)
        text = kept + part
        end = 0
        for piece in _PIECE.finditer(text):
            name, mark = piece["name"] or b"", piece[0]
            end = piece.end()
            if name or mark.startswith(b"</"):
                yield start + piece.start(), name, not name or mark.endswith(b"/>")
        begun = text.find(b"<", end)
        end = len(text) if begun < 0 else begun
        start, kept = start + end, text[end:]
