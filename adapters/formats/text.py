"""Bytes to text in the encoding that the mapping declares; never a silent guess."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from contracts.adapter import Fault
from contracts.errors import ConfigError, UnreadablePayload

ENCODINGS: Final = {"utf-8": "utf-8-sig", "utf-8-sig": "utf-8-sig", "cp1252": "cp1252", "windows-1252": "cp1252"}
"""What a mapping's header may declare, and the codec behind it. UTF-8 comes with or without a byte order mark."""

_CHUNK: Final = 1 << 16


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Where a character stands, both counted from 1, as editors show it."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def decode(content: bytes, encoding: str = "utf-8") -> str:
    """The text of `content`. Raises as `checked_codec` does."""
    return content.decode(checked_codec(io.BytesIO(content), encoding))


def codec_of(encoding: str) -> str:
    """The codec behind what a mapping's header declares. Raises ConfigError for what it may not declare."""
    codec = ENCODINGS.get(encoding.lower())
    if codec is not None:
        return codec
    allowed = ", ".join(sorted(ENCODINGS))
    fault = Fault("", "", f"one of {allowed}", "Change the encoding in the header of the mapping.")
    raise ConfigError(f"A mapping declares an encoding that is not one of {allowed}.", (fault,))


def checked_codec(file: BinaryIO, encoding: str = "utf-8", name: str = "") -> str:
    """The codec with which all of the file can be read, found in one pass and without holding the text in memory.

    `name` is what the file is called in positions, such as "referral.csv"; never a name the sender chose. The file is
    left at its beginning.
    Raises UnreadablePayload with line and column: not the declared encoding, the other declared encoding, UTF-16, NUL.
    Raises ConfigError for an encoding that mappings may not declare.
    """
    codec = codec_of(encoding)
    seen = look(file)
    if seen.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        remedy = "This is UTF-16. Save it as “CSV UTF-8” or as UTF-8 text."
        raise refused_at(file, 0, name, f"text in {encoding}", remedy)
    if codec == "cp1252" and seen.high is not None and seen.wrong["utf-8"] is None:
        remedy = "This is UTF-8. Save the file as Windows-1252, or declare utf-8 in the header of the mapping."
        raise refused_at(file, seen.high, name, "text in Windows-1252", remedy)
    if seen.nul is not None:
        remedy = "Remove the NUL character, or save the file again as text."
        raise refused_at(file, seen.nul, name, "text without the NUL character", remedy)
    wrong = seen.wrong["utf-8" if codec == "utf-8-sig" else codec]
    if wrong is not None:
        raise _undecodable(file, codec, name, wrong, seen.wrong["cp1252"] is None)
    file.seek(0)
    return codec


@dataclass(slots=True)
class Seen:
    """What one pass over a file finds: its first bytes, and the first offset of each thing that may be wrong.

    high   of a byte beyond ASCII
    nul    of a NUL
    wrong  of a byte that each of `utf-8` and `cp1252` cannot read
    """

    head: bytes
    high: int | None = None
    nul: int | None = None
    wrong: dict[str, int | None] = field(default_factory=dict)


def look(file: BinaryIO) -> Seen:
    """One pass over the file, which finds out which encodings it can be in. It is left at its end."""
    decoders = {codec: codecs.getincrementaldecoder(codec)() for codec in ("utf-8", "cp1252")}
    file.seek(0)
    seen = Seen(file.read(4), wrong=dict.fromkeys(decoders))
    for start, chunk in _chunks(file):
        if seen.nul is None and (found := chunk.find(0)) >= 0:
            seen.nul = start + found
        if seen.high is None and not chunk.isascii():
            seen.high = start + next(index for index, byte in enumerate(chunk) if byte > 127)
        if seen.high is None:
            continue  # plain ASCII so far, which every codec reads
        for codec, decoder in decoders.items():
            if seen.wrong[codec] is None:
                seen.wrong[codec] = _first_wrong(decoder, start, chunk)
    return seen


def _first_wrong(decoder: codecs.IncrementalDecoder, start: int, chunk: bytes) -> int | None:
    waiting = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as problem:
        return start - waiting + problem.start
    return None


def _chunks(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The file in parts, each with its offset; the last is empty, so that a character cut short at the end is met."""
    file.seek(0)
    start = 0
    while chunk := file.read(_CHUNK):
        yield start, chunk
        start += len(chunk)
    yield start, b""


def _undecodable(file: BinaryIO, codec: str, name: str, offset: int, cp1252_reads: bool) -> UnreadablePayload:
    if codec == "cp1252":
        remedy = "Save the file as UTF-8 and declare utf-8 in the mapping."
        return refused_at(file, offset, name, "text in Windows-1252", remedy)
    remedy = "Save the file as UTF-8; it may also be cut short or no text at all."
    if cp1252_reads:
        remedy = (
            "This byte looks like Windows-1252, which Excel writes for plain “CSV”. Save the file as “CSV UTF-8”, "
            "or declare cp1252 in the header of the mapping."
        )
    return refused_at(file, offset, name, "text in UTF-8", remedy)


def refused_at(file: BinaryIO, offset: int, name: str, expected: str, remedy: str) -> UnreadablePayload:
    """The refusal that names the line and column of a byte, in the file called `name` if it has a name."""
    line, column = place_of(file, offset)
    position = f"{name}, line {line}, column {column}" if name else f"line {line}, column {column}"
    return UnreadablePayload(
        f"Not readable at {position}: expected {expected}.", (Fault(position, "", expected, remedy),)
    )


def place_of(file: BinaryIO, offset: int) -> tuple[int, int]:
    """The line and column of a byte, both counted from 1, found without holding the text in memory."""
    line, start = 1, 0
    for at, chunk in _chunks(file):
        part = chunk[: max(offset - at, 0)]
        line += part.count(b"\n")
        if (found := part.rfind(b"\n")) >= 0:
            start = at + found + 1
    decoder = codecs.getincrementaldecoder("utf-8-sig" if start == 0 else "utf-8")("replace")
    column, at = 1, start
    file.seek(start)
    while at < offset and (part := file.read(min(_CHUNK, offset - at))):
        at += len(part)
        column += len(decoder.decode(part, final=at >= offset))
    return line, column
