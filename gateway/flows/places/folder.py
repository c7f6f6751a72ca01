"""A drop folder of this machine: files are taken where they lie, and moved into `done` or `quarantine` inside it.

Links and folders are left alone: a link could lead out of the folder, and nobody can say when a folder is whole.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

from gateway.config.places import FolderPart, Whole
from gateway.flows.places.place import MARKER, Changed, Into, Seen, Unreachable, is_ready, put_away_name, report_name

T = TypeVar("T")

_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class Folder:
    """A `Place`. Its calls run in a thread: a share that hangs holds up nobody else."""

    def __init__(self, path: Path, whole: Whole) -> None:
        self._path, self._whole = path, whole

    async def look(self) -> Sequence[Seen]:
        """Regular files, in the order of their names."""
        return await self._in_thread(self._look)

    async def take(self, seen: Seen) -> bytes:
        """Its bytes. Raises Changed."""
        return await self._in_thread(lambda: self._take(seen))

    async def put_away(self, seen: Seen, into: Into, token: str, report: bytes) -> None:
        """Report first, then the file, then its marker, each on disk before the next."""
        await self._in_thread(lambda: self._put_away(seen, into, token, report))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Raises Changed for a file that is gone, Unreachable where the folder is, or does not work."""
        try:
            return await asyncio.to_thread(work)
        except FileNotFoundError:
            gone = True
        except OSError as error:
            gone, why = False, "not_permitted" if isinstance(error, PermissionError) else "folder_fails"
        if gone and self._path.is_dir():
            raise Changed
        raise Unreachable("folder_missing" if gone else why)

    def _look(self) -> list[Seen]:
        with os.scandir(self._path) as entries:
            found = {entry.name: entry.stat(follow_symlinks=False) for entry in entries}
        files = {name: about for name, about in found.items() if stat.S_ISREG(about.st_mode) and is_ready(name)}
        if self._whole == "marker":
            markers = [name for name in files if name.endswith(MARKER)]
            self._clear_stale(markers)
            files = {name: about for name, about in files.items() if name + MARKER in markers}
        whole = self._whole != "still"
        return [Seen(name, about.st_size, _stamp(about), whole) for name, about in sorted(files.items())]

    def _clear_stale(self, markers: Sequence[str]) -> None:
        """A marker outlives its file only in a crash; left there, it would vouch for the next file of that name."""
        for name in markers:
            # A file is always there before its marker, so it is asked for after the marker was seen.
            if not os.path.lexists(self._path / name.removesuffix(MARKER)):
                (self._path / name).unlink(missing_ok=True)

    def _take(self, seen: Seen) -> bytes:
        descriptor = os.open(self._path / seen.name, _READ)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(seen.size + 1)
            about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or _stamp(about) != seen.stamp or len(content) != seen.size:
            raise Changed
        return content

    def _put_away(self, seen: Seen, into: Into, token: str, report: bytes) -> None:
        source, folder = self._path / seen.name, self._path / into
        target, marker = folder / put_away_name(seen.name, token), self._path / (seen.name + MARKER)
        vouched = _stamp(marker.lstat()) if self._whole == "marker" else ""
        if _stamp(source.lstat()) != seen.stamp:
            raise Changed
        if folder.is_symlink():
            raise Unreachable("folder_is_a_link")  # it could lead to where others read
        folder.mkdir(exist_ok=True)
        _write(folder / report_name(seen.name, token), report)
        source.rename(target)
        if _stamp(target.lstat()) != seen.stamp:
            # Its sender wrote a new one over it in the last moment, and that one has not been taken.
            os.link(target, source)
            target.unlink()
            raise Changed
        _sync(folder)
        _sync(self._path)
        # Not the marker of a new file of this name.
        if vouched and marker.exists() and _stamp(marker.lstat()) == vouched:
            marker.unlink()


@asynccontextmanager
async def open_folder(part: FolderPart) -> AsyncIterator[Folder]:
    """The folder as a place."""
    yield Folder(Path(part.path), part.whole)


def _stamp(about: os.stat_result) -> str:
    return f"{about.st_ino}.{about.st_mtime_ns}.{about.st_size}"


def _write(path: Path, content: bytes) -> None:
    """Whole and on the disk, or not at all."""
    draft = path.with_name(f".{path.name[-200:]}.part")
    with open(draft, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Some shares cannot; there the move is as safe as the share is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
