"""A hub's folder on its SFTP server over one connection: the few things that are ever done there."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from posixpath import join
from typing import TYPE_CHECKING

from gateway.flows.connections.outbound import LARGEST_ANSWER

if TYPE_CHECKING:
    from asyncssh import SFTPClient


@dataclass(frozen=True, slots=True)
class HubFolder:
    """The hub's folder over one connection, and the one in which it acknowledges."""

    client: SFTPClient
    path: str
    acknowledgements: str

    async def has(self, name: str) -> bool:
        """Whether a file of this name is there."""
        return await self.client.exists(join(self.path, name))

    async def acknowledgement(self, name: str) -> bytes | None:
        """What the hub says in a file of this name; None where there is none."""
        import asyncssh

        try:
            async with self.client.open(join(self.acknowledgements, name), "rb") as file:
                said = await file.read(LARGEST_ANSWER)
        except asyncssh.SFTPNoSuchFile:
            return None
        assert isinstance(said, bytes)
        return said

    async def write(self, name: str, content: bytes) -> None:
        """Write a file, as safely as the server can."""
        import asyncssh

        async with self.client.open(join(self.path, name), "wb") as file:
            await file.write(content)
            with suppress(asyncssh.SFTPOpUnsupported):
                await file.fsync()

    async def rename(self, name: str, final: str) -> None:
        """Give a file its last name, whatever had it before."""
        import asyncssh

        old, new = join(self.path, name), join(self.path, final)
        try:
            await self.client.posix_rename(old, new)
        except asyncssh.SFTPOpUnsupported:
            if await self.client.exists(new):
                await self.client.remove(new)
            await self.client.rename(old, new)

    async def forget(self, names: Iterable[str]) -> None:
        """Take files away by their exact names, as far as the server lets us: they hold what the message holds."""
        import asyncssh

        for name in names:
            with suppress(asyncssh.SFTPError):
                await self.client.remove(join(self.path, name))


def draft(name: str) -> str:
    """The name a file has until it is whole: nobody imports it."""
    return f".{name}.part"
