"""One process owns a SQLite file; the lock says which, and where it listens for the command line (settled 24)."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import StoreRefused


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that owns a store. `socket` is where it answers the command line, "" while it answers nowhere."""

    pid: int
    socket: str


@dataclass(frozen=True, slots=True)
class Lock:
    """Held for as long as the process lives, or until `release`. The kernel frees it when the process is killed."""

    path: Path
    descriptor: int

    def announce(self, socket: Path | str) -> None:
        """Say where this process answers the command line."""
        _write(self.descriptor, str(socket))

    def release(self) -> None:
        """Give the store up."""
        os.close(self.descriptor)


def lock_path(store: Path) -> Path:
    """The lock file beside a store."""
    return store.with_name(store.name + ".lock")


def own(store: Path) -> Lock:
    """Own the store at this path. Raises StoreRefused while another process does.

    `flock`, not `lockf`: a POSIX lock would be lost as soon as anything in this process closed the same file.
    """
    path = lock_path(store)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreRefused(_refusal(store, owner(store))) from None
    _write(descriptor, "")
    return Lock(path, descriptor)


def owner(store: Path) -> Owner | None:
    """Who owns the store at this path now, or None. A lock file left by a killed process counts for nothing."""
    try:
        descriptor = os.open(lock_path(store), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid, _, socket = os.read(descriptor, 4096).decode().partition("\n")
        return Owner(int(pid or 0), socket.strip())
    finally:
        os.close(descriptor)
    return None


def _write(descriptor: int, socket: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n{socket}\n".encode(), 0)


def _refusal(store: Path, other: Owner | None) -> str:
    who = f"Process {other.pid}" if other and other.pid else "Another process"
    return (
        f"{who} already runs a gateway on {store}, and a SQLite store has one owner. Stop that process first, send the "
        "work to it, or move to PostgreSQL to run several."
    )
