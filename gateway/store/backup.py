"""A backup of a SQLite store: one folder with a copy taken at one instant, and a page that says what is in it.

Taken by SQLite's own backup while the gateway runs. PostgreSQL has its own tools, and `docs/runbook` says which.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from contracts.errors import StoreRefused
from gateway.store import restored, sqlite
from gateway.store.layout import layout_of
from gateway.store.lock import own
from gateway.store.tables import CHECKPOINT

COPY: Final = "gateway.db"
PAGE: Final = "backup.json"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup's page says. `at` is when it was begun, ms UTC; `heads` council → entries its record had signed."""

    at: int
    layout: str
    kind: str
    sha256: str
    size: int
    heads: Mapping[str, int]


def create(url: str, folder: Path) -> Backup:
    """Copy the store into a new folder. Raises StoreRefused for a folder that is there already."""
    store = _sqlite(url)
    if not store.exists():
        raise StoreRefused(f"There is no store at {store}.")
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise StoreRefused(f"{folder} is there already. A backup goes into a new folder.") from None
    at = time.time_ns() // 1_000_000
    copy = folder / COPY
    engine = sqlite.reading(store, sqlite.driver(), 1)
    try:
        with engine.connect() as connection:
            sqlite.copy(connection.connection.driver_connection, copy)
    finally:
        engine.dispose()
    backup = _described(copy, at)
    (folder / PAGE).write_text(json.dumps(asdict(backup), indent=2, sort_keys=True) + "\n", encoding="ascii")
    return backup


def read(folder: Path) -> Backup:
    """What the page of a backup says. Raises StoreRefused for what is none."""
    try:
        said = json.loads((folder / PAGE).read_text(encoding="ascii"))
        return Backup(**said)
    except (OSError, ValueError, TypeError):
        raise StoreRefused(f"{folder} is no backup: its page {PAGE} is missing or cannot be read.") from None


def check(folder: Path) -> Backup:
    """Its page, once its copy was found to be what the page says, whole and in order. Raises StoreRefused."""
    backup, copy = read(folder), folder / COPY
    if not copy.exists() or copy.stat().st_size != backup.size or _digest(copy) != backup.sha256:
        raise StoreRefused(f"{copy} is not the copy that was made: it was changed or cut short. Use another backup.")
    connection = sqlite.driver().connect(f"file:{copy}?mode=ro", uri=True)
    try:
        said = connection.execute("PRAGMA integrity_check").fetchall()
        parted = connection.execute("PRAGMA foreign_key_check").fetchall()
    finally:
        connection.close()
    if said != [("ok",)] or parted:
        raise StoreRefused(f"{copy} is damaged: it was damaged when it was copied. Use an older backup.")
    return backup


def restore(folder: Path, url: str) -> tuple[Backup, Path | None]:
    """Put the backup where the store is, and hold all sending. What was there is moved aside, and its path answered.

    Raises StoreRefused while a gateway runs on it, and for a backup that does not hold.
    """
    backup, store = check(folder), _sqlite(url)
    store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = own(store)
    try:
        draft = store.with_name(f"{store.name}.restoring")
        connection = sqlite.driver().connect(f"file:{folder / COPY}?mode=ro", uri=True)
        try:
            sqlite.copy(connection, draft)
        finally:
            connection.close()
        _hold(draft, backup)
        aside = _move_aside(store)
        draft.rename(store)
    finally:
        lock.release()
    return backup, aside


def _hold(draft: Path, backup: Backup) -> None:
    engine = sqlite.writing(draft, sqlite.driver())
    try:
        with engine.begin() as connection:
            now = time.time_ns() // 1_000_000
            restored.mark(connection, restored.Restored(restored.FROM_BACKUP, backup.at, now))
        with engine.connect() as connection:
            sqlite.truncate(connection)
    finally:
        engine.dispose()


def _move_aside(store: Path) -> Path | None:
    """The store that was there, with the log of what it had not taken in yet."""
    if not store.exists():
        return None
    number = 1
    while (aside := store.with_name(f"{store.name}.before-restore-{number}")).exists():
        number += 1
    for end in ("", "-wal", "-shm"):
        part = store.with_name(store.name + end)
        if part.exists():
            part.rename(aside.with_name(aside.name + end))
    return aside


def _described(copy: Path, at: int) -> Backup:
    # In memory and without the gateway's own setting up: nothing of the copy is to change.
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite.driver().connect(f"file:{copy}?mode=ro", uri=True), module=sqlite.driver()
    )
    try:
        with engine.begin() as connection:
            layout = layout_of(connection)
            sizes = select(CHECKPOINT.c.council, func.max(CHECKPOINT.c.size)).group_by(CHECKPOINT.c.council)
            heads = {council: int(size) for council, size in connection.execute(sizes)}
    except DBAPIError:
        raise StoreRefused("The store cannot be copied: its file or disk is damaged.") from None
    finally:
        engine.dispose()
    return Backup(at, layout.schema, layout.kind, _digest(copy), copy.stat().st_size, heads)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _sqlite(url: str) -> Path:
    parsed: Any = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise StoreRefused(
            "This store is PostgreSQL: back it up with its own tools, as docs/runbook/restore.md says. After a restore "
            "the gateway finds out by itself, and holds all sending."
        )
    return Path(str(parsed.database))
