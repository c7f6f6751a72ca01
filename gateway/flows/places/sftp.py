"""A folder of an SFTP server, which must first show the host key that the council wrote down."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from posixpath import join
from typing import TYPE_CHECKING, Final

from gateway.config.places import SftpPart, Whole
from gateway.flows.connections.destinations import AddressRefused, Destinations
from gateway.flows.places.place import MARKER, Changed, Into, Seen, Unreachable, is_ready, put_away_name, report_name

if TYPE_CHECKING:
    from asyncssh import SFTPAttrs, SFTPClient

PATIENCE: Final = 15.0
"""Seconds the server may take to let us in."""


class Sftp:
    """A `Place` over one connection."""

    def __init__(self, client: SFTPClient, path: str, whole: Whole) -> None:
        self._client, self._path, self._whole = client, path, whole

    async def look(self) -> Sequence[Seen]:
        """Regular files, in the order of their names."""
        try:
            with _told():
                listed = await self._client.readdir(self._path)
        except Changed:
            raise Unreachable("folder_missing") from None
        found = {str(entry.filename): entry.attrs for entry in listed}
        files = {name: about for name, about in found.items() if is_ready(name) and _is_file(about)}
        if self._whole == "marker":
            for name in [name for name in files if name.endswith(MARKER)]:
                await self._clear_stale(name)
            files = {name: about for name, about in files.items() if name + MARKER in files}
        whole = self._whole != "still"
        return [Seen(name, about.size or 0, _stamp(about), whole) for name, about in sorted(files.items())]

    async def take(self, seen: Seen) -> bytes:
        """Its bytes. Raises Changed."""
        with _told():
            async with self._client.open(self._at(seen.name), "rb") as file:
                content = await file.read(seen.size + 1)
                about = await file.stat()
        assert isinstance(content, bytes)
        if len(content) != seen.size or _stamp(about) != seen.stamp:
            raise Changed
        return content

    async def put_away(self, seen: Seen, into: Into, token: str, report: bytes) -> None:
        """Report first, then the file, then its marker."""
        client, source, marker = self._client, self._at(seen.name), self._at(seen.name + MARKER)
        with _told():
            vouched = _stamp(await client.lstat(marker)) if self._whole == "marker" else ""
            if _stamp(await client.lstat(source)) != seen.stamp:
                raise Changed
            await client.makedirs(self._at(into), exist_ok=True)
            draft, final = self._at(into, f".{token}.part"), self._at(into, report_name(seen.name, token))
            async with client.open(draft, "wb") as file:
                await file.write(report)
            if await client.exists(final):
                await client.remove(final)  # a report of the same taking, from before a crash
            await client.rename(draft, final)
            target = self._at(into, put_away_name(seen.name, token))
            if await client.exists(target):
                await client.remove(target)  # the same file, left again with its own time: a rename would fail for ever
            await client.rename(source, target)
            # Not the marker of a new file of this name.
            if vouched and await client.exists(marker) and _stamp(await client.lstat(marker)) == vouched:
                await client.remove(marker)

    async def _clear_stale(self, marker: str) -> None:
        """As in a folder: a marker outlives its file only in a crash."""
        with _told():
            if not await self._client.exists(self._at(marker.removesuffix(MARKER))):
                await self._client.remove(self._at(marker))

    def _at(self, *names: str) -> str:
        return join(self._path, *names)


@asynccontextmanager
async def open_sftp(part: SftpPart, secret: Callable[[str], str], destinations: Destinations) -> AsyncIterator[Sftp]:
    """The server's folder as a place. Raises Unreachable."""
    import asyncssh

    with _told():
        known = [asyncssh.import_public_key(key) for key in part.host_keys]
        keys = [asyncssh.import_private_key(secret(part.key) + "\n")] if part.key else []
    with _told():
        connection = await asyncssh.connect(
            part.host,
            part.port,
            sock=await destinations.connect(part.host, part.port),
            username=part.user,
            known_hosts=(known, [], []),
            password=secret(part.password) if part.password else None,
            client_keys=keys or None,
            # Nothing that the machine's user has set up for itself may open, or change, this way.
            agent_path=None,
            config=None,
            connect_timeout=PATIENCE,
            login_timeout=PATIENCE,
            # A line that died without a word would otherwise be waited for until the next start.
            keepalive_interval=PATIENCE,
        )
    async with connection:
        with _told():
            client = await connection.start_sftp_client()
        yield Sftp(client, part.path, part.whole)


@contextmanager
def _told() -> Iterator[None]:
    """asyncssh's errors as ours."""
    import asyncssh

    try:
        yield
    except AddressRefused:
        raise Unreachable("address_refused") from None
    except asyncssh.SFTPNoSuchFile:
        raise Changed from None
    except asyncssh.HostKeyNotVerifiable:
        raise Unreachable("host_key_unknown") from None
    except asyncssh.PermissionDenied:
        raise Unreachable("not_let_in") from None
    except asyncssh.KeyImportError:
        raise Unreachable("secret_unusable") from None
    except (asyncssh.Error, OSError, TimeoutError) as error:
        raise Unreachable(type(error).__name__) from None


def _is_file(about: SFTPAttrs) -> bool:
    return about.permissions is not None and stat.S_ISREG(about.permissions)


def _stamp(about: SFTPAttrs) -> str:
    return f"{about.mtime}.{about.mtime_ns or 0}.{about.size}"
