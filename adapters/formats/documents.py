"""Looks at a document before anybody opens it: that it is of a type we take, is what it says, and can run nothing.

Nothing is repaired and nothing is opened beyond its outermost shape. What only a scanner can find, a scanner must
(settled 54).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final

from adapters.formats.zip import MAGIC as ZIP
from adapters.formats.zip import streams
from contracts.adapter import Fault
from contracts.errors import UnreadablePayload

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    PDF: (".pdf",),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/tiff": (".tif", ".tiff"),
    "image/heic": (".heic",),
    "text/plain": (".txt",),
}
"""Media types that are taken, and how the names of such files end."""

_SAVE: Final = "Save it as a PDF and send that."
_REFUSED: Final = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document in a current format, without a password", _SAVE),
    (b"MZ", "a document, not a program", "Send the document itself."),
    (b"\x7fELF", "a document, not a program", "Send the document itself."),
    (b"#!", "a document, not a program", "Send the document itself."),
    (b"\xca\xfe\xba\xbe", "a document, not a program", "Send the document itself."),
    (b"\xcf\xfa\xed\xfe", "a document, not a program", "Send the document itself."),
    (b"Rar!", "a document, not an archive", "Send each document by itself."),
    (b"7z\xbc\xaf\x27\x1c", "a document, not an archive", "Send each document by itself."),
    (b"\x1f\x8b", "a document, not an archive", "Send each document by itself."),
)
_MACROS: Final = ("vbaproject.bin", "vbadata.xml", "vbaprojectsignature.bin")
_MACRO_TYPES: Final = (b"vbaproject", b"macroenabled")
"""In the list of parts of a document with macros, whatever its files are called."""
_PARTS: Final = "[content_types].xml"
_LIST: Final = 1024 * 1024
"""Bytes of the list of parts that are looked at; a document's own has a few thousand."""
_ACTIVE: Final = ("/activex/", "/embeddings/")
_CONTROLS: Final = bytes(set(range(32)) - {9, 10, 12, 13})


def type_of_name(name: str) -> str:
    """The media type that a file's name claims; "" for a type that is not taken."""
    ending = PurePosixPath(name).suffix.lower()
    return next((kind for kind, endings in TYPES.items() if ending in endings), "")


def check_document(body: bytes, claimed: str) -> str:
    """The media type of a document that may be carried: it is the one that was claimed.

    Raises UnreadablePayload: a type that is not taken or is not the claimed one, macros or embedded objects, a
    password, a program, an archive, nothing at all.
    """
    for start, expected, remedy in _REFUSED:
        if body.startswith(start):
            raise _refusal(expected, remedy)
    if claimed not in TYPES:
        raise _refusal("a PDF, a picture, plain text, or a current Word or Excel file", _SAVE)
    if not body:
        raise _refusal("a document with something in it", "Send the document again.")
    if not _LOOKS[claimed](body):
        raise _refusal("a document of the type that it says it is", "Name it as what it is, or save it anew.")
    return claimed


def _is_pdf(body: bytes) -> bool:
    if b"%PDF-" not in body[:1024]:
        return False
    if b"/Encrypt" in body:
        raise _refusal("a PDF without a password", "Save it without a password; it travels encrypted.")
    if b"/Launch" in body:
        raise _refusal("a PDF that starts nothing", "Print it to a new PDF and send that.")
    return True


def _is_office(body: bytes, folder: str) -> bool:
    if not body.startswith(ZIP):
        return False
    names, listed = [], b""
    for name, part in streams(BytesIO(body)):
        names.append(name.lower())
        if names[-1] == _PARTS:
            # Without its NULs, UTF-16 reads as UTF-8 does.
            listed = part.read(_LIST).lower().replace(b"\0", b"")
    named = any(PurePosixPath(name).name in _MACROS for name in names)
    if named or any(kind in listed for kind in _MACRO_TYPES):
        raise _refusal("a document without macros", f"Macros are never carried. {_SAVE}")
    if any(part in f"/{name}" for name in names for part in _ACTIVE):
        raise _refusal("a document without others inside it", f"Send each document by itself. {_SAVE}")
    return _PARTS in names and any(name.startswith(folder) for name in names)


def _is_text(body: bytes) -> bool:
    if len(body.translate(None, _CONTROLS)) != len(body):
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return b"\x81" not in body
    return True


_LOOKS: Final[Mapping[str, Callable[[bytes], bool]]] = {
    PDF: _is_pdf,
    DOCX: lambda body: _is_office(body, "word/"),
    XLSX: lambda body: _is_office(body, "xl/"),
    "image/jpeg": lambda body: body.startswith(b"\xff\xd8\xff"),
    "image/png": lambda body: body.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/tiff": lambda body: body[:4] in (b"II*\0", b"MM\0*"),
    "image/heic": lambda body: body[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"),
    "text/plain": _is_text,
}


def _refusal(expected: str, remedy: str) -> UnreadablePayload:
    return UnreadablePayload(
        f"Not a document that can be carried: expected {expected}.", (Fault("", "", expected, remedy),)
    )
