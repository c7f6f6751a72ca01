"""Bytes to text in the encoding that the mapping declares; never a silent guess."""

from __future__ import annotations

import codecs
from typing import Final

from contracts.adapter import Fault
from contracts.errors import ConfigError, UnreadablePayload

ENCODINGS: Final = {"utf-8": "utf-8-sig", "utf-8-sig": "utf-8-sig", "cp1252": "cp1252", "windows-1252": "cp1252"}
"""What a mapping's header may declare, and the codec behind it. UTF-8 comes with or without a byte order mark."""

_BOM: Final = b"\xef\xbb\xbf"
_CHUNK: Final = 1 << 16


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Where a character stands, both counted from 1, as editors show it."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def decode(content: bytes, encoding: str = "utf-8") -> str:
    """The text of `content`. Raises as `checked_codec` does."""
    return content.decode(checked_codec(content, encoding))


def checked_codec(content: bytes, encoding: str = "utf-8", name: str = "") -> str:
    """The codec with which all of `content` can be read, found without holding the whole text in memory.

    `name` is what the file is called in positions, such as "referral.csv"; never a name the sender chose.
    Raises UnreadablePayload with line and column: not the declared encoding, the other declared encoding, UTF-16, NUL.
    Raises ConfigError for an encoding that mappings may not declare.
    """
    codec = ENCODINGS.get(encoding.lower())
    if codec is None:
        allowed = ", ".join(sorted(ENCODINGS))
        fault = Fault("", "", f"one of {allowed}", "Change the encoding in the header of the mapping.")
        raise ConfigError(f"A mapping declares an encoding that is not one of {allowed}.", (fault,))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refusal(
            content, 0, name, f"text in {encoding}", "This is UTF-16. Save it as “CSV UTF-8” or as UTF-8 text."
        )
    if codec == "cp1252" and not content.isascii() and _decodes(content, "utf-8"):
        offset = next(index for index, byte in enumerate(content) if byte > 127)
        remedy = "This is UTF-8. Save the file as Windows-1252, or declare utf-8 in the header of the mapping."
        raise _refusal(content, offset, name, "text in Windows-1252", remedy)
    if (offset := content.find(0)) >= 0:
        remedy = "Remove the NUL character, or save the file again as text."
        raise _refusal(content, offset, name, "text without the NUL character", remedy)
    if not _decodes(content, codec):
        raise _undecodable(content, codec, name)
    return codec


def _decodes(content: bytes, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for start in range(0, len(content), _CHUNK):
            decoder.decode(content[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _undecodable(content: bytes, codec: str, name: str) -> UnreadablePayload:
    body = content.removeprefix(_BOM)
    skipped = len(content) - len(body)
    offset = 0
    try:
        body.decode("utf-8" if codec == "utf-8-sig" else codec)
    except UnicodeDecodeError as problem:
        offset = problem.start + skipped
    if codec == "cp1252":
        return _refusal(
            content, offset, name, "text in Windows-1252", "Save the file as UTF-8 and declare utf-8 in the mapping."
        )
    if _decodes(content, "cp1252"):
        remedy = (
            "This byte looks like Windows-1252, which Excel writes for plain “CSV”. Save the file as “CSV UTF-8”, "
            "or declare cp1252 in the header of the mapping."
        )
        return _refusal(content, offset, name, "text in UTF-8", remedy)
    return _refusal(
        content, offset, name, "text in UTF-8", "Save the file as UTF-8; it may also be cut short or no text at all."
    )


def _refusal(content: bytes, offset: int, name: str, expected: str, remedy: str) -> UnreadablePayload:
    before = content[:offset].removeprefix(_BOM).decode("utf-8", "replace")
    line, column = line_and_column(before, len(before))
    position = f"{name}, line {line}, column {column}" if name else f"line {line}, column {column}"
    return UnreadablePayload(
        f"Not readable at {position}: expected {expected}.", (Fault(position, "", expected, remedy),)
    )
