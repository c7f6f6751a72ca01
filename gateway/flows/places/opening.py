"""Opens the place of a pickup, whatever kind it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec

from contracts.errors import ConfigError
from gateway.config.pickups import FolderPart, MailboxPart, ObjectStorePart, Pickup, SftpPart
from gateway.flows.connections.destinations import Destinations
from gateway.flows.places.folder import open_folder
from gateway.flows.places.mailbox import open_mailbox
from gateway.flows.places.objects import open_objects
from gateway.flows.places.place import Place
from gateway.flows.places.sftp import open_sftp

Secret = Callable[[str], str]
"""The secret of a name. Raises Unreachable where there is none."""

_NEEDS = {SftpPart: ("asyncssh", "sftp"), ObjectStorePart: ("boto3", "object-store")}


def open_place(pickup: Pickup, secret: Secret, destinations: Destinations) -> AbstractAsyncContextManager[Place]:
    """Its place, for as long as the context lasts. Raises Unreachable when it cannot be opened just now."""
    match pickup.where:
        case FolderPart():
            return open_folder(pickup.where)
        case SftpPart():
            return open_sftp(pickup.where, secret, destinations)
        case MailboxPart():
            return open_mailbox(pickup.where, secret, destinations)
        case ObjectStorePart():
            return open_objects(pickup.where, secret, destinations)


def check_installed(pickups: Iterable[Pickup]) -> None:
    """Raises ConfigError where a place needs an extra that is not installed."""
    for pickup in pickups:
        module, extra = _NEEDS.get(type(pickup.where), ("", ""))
        if module and find_spec(module) is None:
            install = f".venv/bin/pip install '.[{extra}]'"
            raise ConfigError(f"The pickup {pickup.key} needs {module}, which is not installed. Run: {install}")
