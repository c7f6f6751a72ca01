"""Zip archives opened under caps, whole or as streams, so that a small file cannot become a large one.

Every entry is looked at before any is opened. Positions count entries, because a file name can be a child's name.
"""

from __future__ import annotations

import io
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final, TypeVar

from contracts.adapter import Fault
from contracts.errors import UnreadablePayload

ENTRIES: Final = 200
BYTES: Final = 32 * 1024 * 1024
"""All that `members` may hold in memory."""

STREAMED: Final = 1024 * 1024 * 1024
"""All that `streams` may read through: the tables of some years, of which few rows are kept."""

RATIO: Final = 100
RATIO_FROM: Final = 1024 * 1024
"""Below this many bytes an entry may shrink as well as it likes: a short table of equal rows does."""

MAGIC: Final = b"PK\x03\x04"
_EMPTY_ARCHIVE: Final = b"PK\x05\x06"
_CENTRAL: Final = b"PK\x01\x02"
_DOCUMENTS: Final = (".docx", ".xlsx", ".pptx", ".odt", ".ods")
"""Documents that are zips by their format; they pass through unopened."""

_CHUNK: Final = 1 << 16
_Given = TypeVar("_Given")
_BROKEN: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
    LookupError,
)


def is_zip(file: BinaryIO) -> bool:
    """Whether the file begins as a zip archive does. It is left at its beginning."""
    file.seek(0)
    head = file.read(len(MAGIC))
    file.seek(0)
    return head in (MAGIC, _EMPTY_ARCHIVE)


def members(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Names, with forward slashes, and bytes of the files in the archive, in its order.

    Folders, and the entries a Mac adds for itself, are passed over.
    Raises UnreadablePayload: no zip, too many entries, too many bytes, more than 100 to 1, an archive in the archive,
    encrypted, an unusual compression, an absolute or climbing name, a link, entries over one another, two of one name.
    """
    archive = _opened(file)
    for number, entry in _entries(file, archive, BYTES):
        yield _name(entry), _bytes(archive, entry, number)


def streams(file: BinaryIO, most: int = STREAMED) -> Iterator[tuple[str, BinaryIO]]:
    """As `members`, with each file as a seekable stream in place of its bytes: nothing is held in memory.

    `most` is how many bytes all of them may have.

    A stream raises UnreadablePayload where its entry is found damaged, which may be as late as its end.
    """
    archive = _opened(file)
    for number, entry in _entries(file, archive, most):
        yield _name(entry), io.BufferedReader(_Stream(archive, entry, number), _CHUNK)


def _entries(file: BinaryIO, archive: zipfile.ZipFile, most: int) -> Iterator[tuple[int, zipfile.ZipInfo]]:
    """The files of the archive with their numbers, once every entry has been looked at."""
    entries = archive.infolist()
    _check_count(len(entries))
    _check_overlap(file, archive, entries)
    seen: dict[str, int] = {}
    total = 0
    for number, entry in enumerate(entries, start=1):
        _check_entry(entry, number)
        total += entry.file_size
        if total > most:
            raise _refusal(number, f"at most {most:,} bytes in all", "Send fewer or smaller files in one zip.")
        folded = unicodedata.normalize("NFC", _name(entry)).casefold()
        if (earlier := seen.setdefault(folded, number)) != number:
            raise _refusal(number, "each file name once", f"Entry {earlier} has the same name. Keep one of the two.")
    for number, entry in enumerate(entries, start=1):
        if not entry.is_dir() and not _added_by_a_mac(_name(entry)):
            yield number, entry


class _Stream(io.RawIOBase):
    """One entry, unpacked as it is read. zipfile reads no more of it than its directory says it holds."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, number: int) -> None:
        self._number = number
        self._unpacked = self._trying(lambda: archive.open(entry))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._trying(lambda: self._unpacked.seek(offset, whence))

    def tell(self) -> int:
        return self._unpacked.tell()

    def readinto(self, buffer: Any) -> int:
        chunk = self._trying(lambda: self._unpacked.read(len(buffer)))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _trying(self, call: Callable[[], _Given]) -> _Given:
        try:
            return call()
        except _BROKEN as error:
            problem = type(error).__name__
        raise _damaged(self._number, problem)


def _opened(file: BinaryIO) -> zipfile.ZipFile:
    if not is_zip(file):
        raise _refusal(0, "a zip archive", "Put the files into one zip and send that.")
    _check_count(_central_entries(file))
    problem = ""
    try:
        return zipfile.ZipFile(file)
    except _BROKEN as error:
        problem = type(error).__name__
    raise _refusal(
        0, "a whole zip archive", f"The archive is cut short or damaged ({problem}). Make it again and send it."
    )


def _central_entries(file: BinaryIO) -> int:
    """How many entries the directory may have, before anything believes it. A marker across two chunks is counted."""
    count, before = 0, b""
    while chunk := file.read(_CHUNK):
        count += (before + chunk).count(_CENTRAL)
        before = chunk[-3:]
    file.seek(0)
    return count


def _check_count(count: int) -> None:
    if count > ENTRIES:
        raise _refusal(0, f"at most {ENTRIES} entries", "Send fewer files in one zip.")


def _check_overlap(file: BinaryIO, archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Entries that share bytes are how a bomb without nesting is made; a real archive has none."""
    numbered = sorted(enumerate(entries, start=1), key=lambda pair: pair[1].header_offset)
    end = 0
    for number, entry in numbered:
        start = entry.header_offset
        file.seek(max(start, 0))
        header = file.read(30)
        if start < end or len(header) < 30 or not header.startswith(MAGIC):
            raise _refusal(
                number, "entries that follow one another", "Make the archive again with an ordinary program."
            )
        name, extra = struct.unpack("<HH", header[26:30])
        end = start + 30 + name + extra + entry.compress_size
    if end > archive.start_dir:
        raise _refusal(
            numbered[-1][0], "entries before the directory", "Make the archive again with an ordinary program."
        )


def _check_entry(entry: zipfile.ZipInfo, number: int) -> None:
    if entry.flag_bits & 0x41:
        raise _refusal(
            number, "a file without a password", "Send the zip without a password, over the secure connection."
        )
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refusal(
            number, "the usual zip compression", "Make the zip with the deflate method, which is the default."
        )
    parts = _name(entry).split("/")
    if "\0" in entry.orig_filename or not parts[0] or ":" in parts[0] or ".." in parts:
        raise _refusal(number, "a plain relative file name", "Put the files straight into the zip, without a path.")
    mode = stat.S_IFMT(entry.external_attr >> 16)
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refusal(number, "a file or a folder", "Replace the link by the file it points to.")
    if entry.file_size > RATIO_FROM and entry.file_size > RATIO * max(entry.compress_size, 1):
        raise _refusal(
            number, f"a file at most {RATIO} times its packed size", "Send the file on its own, or in parts."
        )


def _name(entry: zipfile.ZipInfo) -> str:
    return entry.filename.replace("\\", "/")


def _added_by_a_mac(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name == ".DS_Store"


def _bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, number: int) -> bytes:
    """In chunks, since an entry that lies about its size would otherwise be unpacked whole before it is found out."""
    unpacked = bytearray()
    problem = ""
    try:
        with archive.open(entry) as file:
            while chunk := file.read(_CHUNK):
                unpacked += chunk
    except _BROKEN as error:
        problem = type(error).__name__
    if problem:
        raise _damaged(number, problem)
    if unpacked.startswith(MAGIC) and not _name(entry).lower().endswith(_DOCUMENTS):
        raise _refusal(number, "a file that is not itself a zip", "Put the files straight into one zip.")
    return bytes(unpacked)


def _damaged(number: int, problem: str) -> UnreadablePayload:
    return _refusal(number, "a whole file", f"The entry is damaged ({problem}). Make the zip again and send it.")


def _refusal(number: int, expected: str, remedy: str) -> UnreadablePayload:
    position = f"entry {number} of the zip" if number else "the zip"
    return UnreadablePayload(
        f"Not readable at {position}: expected {expected}.", (Fault(position, "", expected, remedy),)
    )
