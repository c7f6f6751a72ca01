"""A hub's folder on a real SFTP server on loopback, which watches what is done to it and breaks when it is told to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from contracts.delivery import HubClass

HOST = asyncssh.generate_private_key("ssh-ed25519")
ANOTHER_HOST = asyncssh.generate_private_key("ssh-ed25519")
OURS = asyncssh.generate_private_key("ssh-ed25519")
STRANGERS = asyncssh.generate_private_key("ssh-ed25519")

Act = Callable[["HubFolder", str], None]
"""What the hub does once a message is whole, by the message's id."""


def acknowledges(hub: HubFolder, name: str) -> None:
    (hub.folder / f"{name}.ack").write_text(f"{name} imported\n", encoding="utf-8")


def takes(hub: HubFolder, name: str) -> None:
    """It imports the files and takes them away, and says nothing."""
    hub.took.append(name)
    for path in hub.folder.glob(f"{name}.*"):
        path.unlink()


def leaves(hub: HubFolder, name: str) -> None:
    """Nobody is there."""


@dataclass
class HubFolder:
    """What the server serves, and what happened to it.

    upset  called with each verb (`open`, `write`, `rename`, `remove`) and the name before it is done; it may raise
    slow   seconds that it takes over a rename
    """

    folder: Path
    act: Act = acknowledges
    upset: Callable[[str, str], None] = lambda verb, name: None
    slow: float = 0.0
    done: list[tuple[str, str]] = field(default_factory=list)
    took: list[str] = field(default_factory=list)
    port: int = 0
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    def hub(self, hub_class: HubClass = HubClass.B, **changes: Any) -> dict[str, Any]:
        """A council's settings for it."""
        settings = {"user": "gateway", "host_key": HOST.export_public_key().decode().strip()} | changes
        url = f"sftp://127.0.0.1:{self.port}/in"
        return {"url": url, "adapter": "file_drop", "hub_class": hub_class, "settings": settings}

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def hang_up(self) -> None:
        for connection in self.connections:
            connection.abort()

    def said(self, verb: str, name: str) -> None:
        self.done.append((verb, name))
        self.upset(verb, name)


@asynccontextmanager
async def serving(hub: HubFolder, host: asyncssh.SSHKey = HOST) -> AsyncIterator[HubFolder]:
    """The server, for as long as the context lasts."""

    class Entrance(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            hub.connections.append(conn)

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return username == "gateway" and key.public_data == OURS.public_data

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=os.fsencode(hub.folder.parent))

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            _writes(hub, path, pflags)
            return super().open(path, pflags, attrs)

        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            hub.said("write", "")
            return int(super().write(file_obj, offset, data))  # type: ignore[call-overload]

        def remove(self, path: bytes) -> None:
            hub.said("remove", _name(path))
            super().remove(path)

        async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            name = _name(newpath)
            hub.said("rename", name)
            await asyncio.sleep(hub.slow)
            super().posix_rename(oldpath, newpath)
            if name.endswith(".done"):
                hub.act(hub, name.removesuffix(".done"))

    server = await asyncssh.create_server(Entrance, "127.0.0.1", hub.port, server_host_keys=[host], sftp_factory=Files)
    async with server:
        hub.port = server.get_port()
        yield hub


def _writes(hub: HubFolder, path: bytes, pflags: int) -> None:
    if pflags & asyncssh.FXF_WRITE:
        hub.said("open", _name(path))


def _name(path: bytes) -> str:
    return os.fsdecode(path).rpartition("/")[2]
