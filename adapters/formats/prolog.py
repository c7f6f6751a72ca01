"""What stands before the root of an XML file: the encoding it names, and that nothing is declared that could grow.

Entities can only be declared in a DOCTYPE, and a DOCTYPE can only stand here. So a file is known to be harmless in this
respect before any parser sees it. What a "hardened" parser does with a DOCTYPE is to lose text without a word.
"""

from __future__ import annotations

import re
from typing import BinaryIO, Final

from adapters.formats.text import codec_of, look, refused_at
from contracts.errors import UnreadablePayload

LONGEST: Final = 1 << 16
"""Bytes within which the root has to begin."""

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff", b"\0", b"<\0")
_BEFORE: Final = re.compile(rb"(?:\xef\xbb\xbf)?+(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_NAME: Final = re.compile(rb"<(?:[^\s<>/:!?\"'=]++:)?([^\s<>/:!?\"'=]++)(?=[\s/>])")
_ENCODING: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"'<>]*)[\"']")
_CODECS: Final = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8",
    "windows-1252": "cp1252", "cp1252": "cp1252", "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252",
}  # fmt: skip
"""Names a file may give its encoding, and what it is read with: Windows-1252 has every printable mark of ISO-8859-1."""

_AGAIN: Final = "Export the file as UTF-8, and let its first line say so."


def root_name(head: bytes) -> str | None:
    """The root's name, without its prefix, in a file that begins with `head`; None if it does not begin as XML does."""
    found = _NAME.match(head, _end_of_prolog(head))
    return found[1].decode("utf-8", "replace") if found else None


def checked_prolog(file: BinaryIO, encoding: str) -> str:
    """The codec with which all of an XML file can be read, `utf-8` or `cp1252`. The file is left at its beginning.

    `encoding` is what the mapping's header declares. The file's own word comes first; `cp1252` there means that bytes
    which are not the UTF-8 they are said to be are Windows-1252.
    Raises UnreadablePayload with line and column: no XML, UTF-16, a DOCTYPE, an encoding that is not read, bytes that
    are not in the encoding they are said to be in, NUL.
    """
    file.seek(0)
    head = file.read(LONGEST)
    if head.startswith(_UTF_16):
        raise refused_at(file, 0, "", "XML in UTF-8", f"This is UTF-16 or UTF-32. {_AGAIN}")
    _refuse_declarations(file, head)
    named = _ENCODING.match(head)
    said = _CODECS.get(named[1].decode("ascii", "replace").lower()) if named else "utf-8"
    if named and said is None:
        expected = "an encoding of UTF-8, Windows-1252 or ISO-8859-1"
        raise refused_at(file, named.start(1), "", expected, f"No other encoding is read. {_AGAIN}")
    return _agreed(file, said or "utf-8", codec_of(encoding) == "cp1252")


def _end_of_prolog(head: bytes) -> int:
    before = _BEFORE.match(head)
    return before.end() if before else 0


def _refuse_declarations(file: BinaryIO, head: bytes) -> None:
    end = _end_of_prolog(head)
    if head.startswith(b"<!", end) and not head.startswith(b"<!--", end):
        remedy = "Take the DOCTYPE away. Entities and definitions of a file's own are not read."
        raise refused_at(file, end, "", "the root element, and no DOCTYPE before it", remedy)
    if not head.startswith(b"<", end) and end < len(head):
        raise refused_at(file, end, "", "XML", "This is no XML. Send the XML file as the system exports it.")
    if end == len(head) < LONGEST:
        raise refused_at(file, end, "", "a root element", "The file is empty. Export it again.")
    if len(head) == LONGEST and not _NAME.match(head, end):
        expected = f"a root element within the first {LONGEST:,} bytes"
        raise refused_at(file, end, "", expected, "Take away what stands before it.")


def _agreed(file: BinaryIO, said: str, may_be_cp1252: bool) -> str:
    """The codec, once the bytes agree with what is said of them."""
    seen = look(file)
    if seen.nul is not None:
        raise refused_at(file, seen.nul, "", "text without the NUL character", "Remove the NUL, or export again.")
    is_utf_8 = seen.wrong["utf-8"] is None
    if said == "utf-8" and not is_utf_8 and may_be_cp1252:
        said = "cp1252"
    elif said == "cp1252" and seen.high is not None and is_utf_8:
        remedy = "These bytes are UTF-8. Let the first line of the file say UTF-8, or export it again."
        raise refused_at(file, seen.high, "", "the encoding that the first line names", remedy)
    wrong = seen.wrong[said]
    if wrong is None:
        file.seek(0)
        return said
    raise _undecodable(file, said, wrong, seen.wrong["cp1252"] is None)


def _undecodable(file: BinaryIO, said: str, offset: int, is_cp1252: bool) -> UnreadablePayload:
    if said == "cp1252":
        return refused_at(file, offset, "", "text in Windows-1252", _AGAIN)
    remedy = f"{_AGAIN} It may also be cut short or no XML."
    if is_cp1252:
        remedy = f"This byte looks like Windows-1252. {_AGAIN} Or declare cp1252 in the header of the mapping."
    return refused_at(file, offset, "", "text in UTF-8", remedy)
