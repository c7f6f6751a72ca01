"""SQLite as a store: the driver, how each connection is set up, and what must be true before anyone relies on it."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from contracts.errors import StoreRefused
from gateway.store.tables import METADATA

BUSY: Final = 2_000
"""Milliseconds to wait for another connection: twice this and the longest back-off stay under five seconds."""

_PRAGMAS: Final[Mapping[str, tuple[object, object]]] = {
    "busy_timeout": (BUSY, BUSY),
    "foreign_keys": ("ON", 1),
    "secure_delete": ("ON", 1),  # or erased text stays readable in the file (F2)
    "trusted_schema": ("OFF", 0),
    "cell_size_check": ("ON", 1),
    "mmap_size": (0, 0),
    "temp_store": ("MEMORY", 2),  # no family's words in a temporary file
}
_DURABLE: Final[Mapping[str, tuple[object, object]]] = {
    "journal_mode": ("WAL", "wal"),
    "wal_autocheckpoint": (8000, 8000),  # pages: a checkpoint each 4 MB made the slowest answers twice as slow
    "synchronous": ("FULL", 2),  # NORMAL loses acknowledged work (F3)
    "fullfsync": ("ON", 1),  # macOS: an fsync that reaches the disk
}


def driver() -> ModuleType:
    """Our own SQLite where there is one (settled 23), else the standard library's."""
    if sys.platform == "linux" and os.uname().machine == "x86_64":
        return import_module("pysqlite3")
    return sqlite3


def may_corrupt(version: tuple[int, ...]) -> bool:
    """Whether this SQLite has the WAL-reset race: 3.7.0 to 3.51.2, but for its back-ports 3.50.7 and 3.44.6 (F1)."""
    mended = version[:2] in ((3, 50), (3, 44)) and version >= {50: (3, 50, 7), 44: (3, 44, 6)}[version[1]]
    return (3, 7, 0) <= version <= (3, 51, 2) and not mended


def check_version(module: ModuleType, demo: bool) -> tuple[str, ...]:
    """Nothing, or in demo mode the sentence to print. Raises StoreRefused for a version that may corrupt the file."""
    version: tuple[int, ...] = module.sqlite_version_info
    if not may_corrupt(version):
        return ()
    fault = f"SQLite {module.sqlite_version} can corrupt a store when two connections write at once."
    if demo:
        return (f"{fault} Running all the same, because this is a demonstration.",)
    raise StoreRefused(
        f"{fault} Install the pysqlite3 package, or a Python built with SQLite 3.51.3 or newer, or use PostgreSQL."
    )


def writing(path: Path, module: ModuleType) -> Engine:
    """The engine of the one writer: one connection, and every transaction takes the write lock at once."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    engine = _engine(path, module, "rw", pool_size=1)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        _set(connection, {**_PRAGMAS, **_DURABLE})

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reading(path: Path, module: ModuleType, size: int) -> Engine:
    """The readers' engine: a read-only file, and views that show one council's rows and nothing while none is named."""
    engine = _engine(path, module, "ro", pool_size=size)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, record: Any) -> None:
        _set(connection, _PRAGMAS)
        info = record.info
        connection.create_function("reading_council", 0, lambda: info.get("council"), deterministic=True)
        for table in METADATA.tables.values():
            if "council" in table.c:
                connection.execute(
                    f"CREATE TEMP VIEW {table.name} AS SELECT * FROM main.{table.name} "  # noqa: S608  our own names
                    "WHERE council = reading_council()"
                )
        _set(connection, {"query_only": ("ON", 1)})

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def truncate(connection: Connection) -> bool:
    """Empty the write-ahead log into the file, so that erased bytes are in neither. False if a reader is in the way."""
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA busy_timeout = 50")
    busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    raw.execute(f"PRAGMA busy_timeout = {BUSY}")
    return not busy


def copy(raw: Any, to: Path) -> None:
    """Copy a whole database, as it is at one instant, by SQLite's own backup: on the disk, or not there at all.

    raw  the driver's connection that it is read through; it may go on being used
    """
    draft = to.with_name(f"{to.name}.part")
    os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    target = driver().connect(draft)
    try:
        raw.backup(target)
        # A copy is one file: the log of its pages would be another.
        target.execute("PRAGMA journal_mode = DELETE").fetchall()
    finally:
        target.close()
    _on_disk(draft)
    draft.rename(to)
    _on_disk(to.parent)


def _on_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _engine(path: Path, module: ModuleType, mode: str, pool_size: int) -> Engine:
    def connect() -> Any:
        return module.connect(
            f"file:{quote(str(path))}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )

    return create_engine(
        "sqlite://",
        module=module,
        creator=connect,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        hide_parameters=True,
    )


def _set(connection: Any, pragmas: Mapping[str, tuple[object, object]]) -> None:
    """Set each pragma and read it back. Raises StoreRefused when one does not take."""
    for name, (value, expected) in pragmas.items():
        connection.execute(f"PRAGMA {name} = {value}").fetchall()
        found = connection.execute(f"PRAGMA {name}").fetchone()
        # A build without memory mapping answers nothing to mmap_size.
        if (found[0] if found else expected) != expected:
            raise StoreRefused(f"SQLite did not take {name} = {value}. Put the store on a local disk.")
    if _loads_extensions(connection):
        raise StoreRefused("This SQLite loads extensions. Use one that does not.")


def _loads_extensions(connection: Any) -> bool:
    try:
        connection.execute("SELECT load_extension('')")
    except Exception as fault:
        return "not authorized" not in str(fault) and "no such function" not in str(fault)
    return True


def has_tables(connection: Connection) -> bool:
    """Whether anything was ever laid out in this file."""
    return bool(connection.exec_driver_sql("SELECT count(*) FROM main.sqlite_schema").scalar())
