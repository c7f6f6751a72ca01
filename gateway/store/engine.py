"""Opens a store: checks that it is safe to rely on, lays out its tables, and gives one way to write and one to read."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeVar

from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from contracts.errors import StoreRefused, StoreUnavailable
from gateway.store import postgresql, sqlite
from gateway.store.columns import plain_text
from gateway.store.layout import check_layout, stamp
from gateway.store.lock import Lock, own
from gateway.store.planning import plan
from gateway.store.tables import METADATA
from gateway.store.trouble import Trouble, trouble
from gateway.store.vault import NO_KEYS, Vault, vault_in

T = TypeVar("T")
_LOG: Final = logging.getLogger(__name__)

READERS: Final = 4
"""Connections that read, for each process. They are apart from the writer's, so no report delays a referral."""

_STEP_BACK: Final = 5_000
_CLOCK: Final = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)")


@dataclass(slots=True, eq=False)
class Opened:
    """An open store.

    notes  sentences that whoever starts the gateway must read
    lock   of a SQLite file that this process owns; None on PostgreSQL and when opened to read only
    vault  what its content is sealed and opened with
    """

    kind: Literal["sqlite", "postgresql"]
    notes: tuple[str, ...]
    lock: Lock | None
    _writing: Engine | None
    _reading: Engine
    _step_down: bool = False
    vault: Vault = NO_KEYS
    _last: int = 0
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(READERS, "read"))

    @contextmanager
    def read(self, council: str) -> Iterator[Connection]:
        """A read-only transaction that sees this council's rows and no other's, whatever it asks.

        Raises StoreUnavailable when the store cannot be read just now, RowRefused for a council that is no text.
        """
        plain_text(council)  # SQLite would stop at a NUL, and read for the council before it
        try:
            with self._reading.begin() as connection:
                if self.kind == "sqlite":
                    connection.info["council"] = council
                else:
                    postgresql.name_council(connection, council, self._step_down)
                try:
                    yield connection
                finally:
                    if self.kind == "sqlite":
                        connection.info["council"] = None
        except PoolTimeout:
            raise StoreUnavailable(retry_after=2) from None
        except DBAPIError as fault:
            if trouble(fault) in (Trouble.ROW, Trouble.AGAIN):
                raise
            raise StoreUnavailable(retry_after=2) from None

    async def ask(self, council: str, question: Callable[[Connection], T]) -> T:
        """`read` without blocking the event loop: the question runs in a reader's thread."""

        def answer() -> T:
            with self.read(council) as connection:
                return question(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, answer)

    def connect(self) -> Connection:
        """The writer's connection. Only the writer asks."""
        if self._writing is None:
            raise StoreRefused("This store was opened to read only.")
        return self._writing.connect()

    def now(self, connection: Connection) -> int:
        """Store time, ms UTC: the server's, or this process's, which small corrections of the clock never turn back."""
        if self.kind == "postgresql":
            return int(connection.execute(_CLOCK).scalar_one())
        wall = time.time_ns() // 1_000_000
        if wall < self._last - _STEP_BACK:
            _LOG.warning("the clock went back", extra={"milliseconds": self._last - wall})
            self._last = wall
        self._last = max(self._last, wall)
        return self._last

    def truncate(self, connection: Connection) -> bool:
        """Have the store let go of deleted bytes now. False if it cannot yet. PostgreSQL does so when it vacuums."""
        return self.kind == "postgresql" or sqlite.truncate(connection)

    def close(self) -> None:
        """Let go of every connection, the readers' first, and of the lock."""
        self._threads.shutdown()
        self._reading.dispose()
        if self._writing is not None:
            self._writing.dispose()
        lock, self.lock = self.lock, None
        if lock is not None:
            lock.release()


def open_engine(
    url: str, *, demo: bool, reader_url: str = "", read_only: bool = False, keys: Path | None = None
) -> Opened:
    """Open the store at `sqlite:///path` or `postgresql://…`.

    demo        throw-away: lays out tables as whoever it is, tolerates an old SQLite, and never opens a live store
    reader_url  PostgreSQL: where readers sign in; without it they step down to the reader's role
    read_only   neither owns nor changes anything: for `record verify` and `record export`
    keys        folder with the councils' data keys; without one, content is kept as it comes and sealed content is shut

    Raises StoreRefused with what is wrong and what to do, StoreUnavailable when nothing answers.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreRefused("A store is sqlite:///path/to/file.db or postgresql://user@host/database.") from None
    try:
        if parsed.get_backend_name() == "postgresql":
            opened = _open_postgresql(parsed, make_url(reader_url) if reader_url else None, demo, read_only)
            return _with_keys(opened, keys)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            return _with_keys(_open_sqlite(Path(str(parsed.database)), demo, read_only), keys)
    except DBAPIError as fault:
        if trouble(fault) is Trouble.BROKEN:
            raise StoreRefused("The store cannot be read: its file or disk is damaged. Restore a backup.") from None
        raise StoreUnavailable(
            "The store does not answer. Check its address, that it runs, and that this user may sign in."
        ) from None
    raise StoreRefused("A store is sqlite:///path/to/file.db or postgresql://user@host/database.")


def _with_keys(opened: Opened, keys: Path | None) -> Opened:
    if keys is not None:
        opened.vault = vault_in(keys)
        opened._reading.update_execution_options(vault=opened.vault)
    return opened


def initialise(owner_url: str, *, demo: bool = False, passwords: dict[str, str] | None = None) -> None:
    """PostgreSQL, as the owner: tables, roles `gateway_writer` and `gateway_reader`, row security. Safe to repeat.

    passwords  role → password to set. Raises StoreRefused for another layout or another kind of store.
    """
    engine = postgresql.writing(make_url(owner_url))
    try:
        with engine.begin() as connection:
            known = postgresql.has_tables(connection)
            postgresql.lay_out(connection, passwords or {})
            check_layout(connection, demo) if known else stamp(connection, demo)
    finally:
        engine.dispose()


def _open_sqlite(path: Path, demo: bool, read_only: bool) -> Opened:
    module = sqlite.driver()
    notes = sqlite.check_version(module, demo)
    if read_only:
        if not path.exists():
            raise StoreRefused(f"There is no store at {path}.")
        opened = Opened("sqlite", notes, None, None, sqlite.reading(path, module, READERS))
        with _closing_on_failure(opened.close), opened._reading.begin() as connection:
            check_layout(connection, demo=None)
        return opened
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = own(path)
    with _closing_on_failure(lock.release):
        opened = Opened("sqlite", notes, lock, sqlite.writing(path, module), sqlite.reading(path, module, READERS))
    with _closing_on_failure(opened.close), opened.connect() as connection, connection.begin():
        if sqlite.has_tables(connection):
            check_layout(connection, demo)
        else:
            METADATA.create_all(connection)
            stamp(connection, demo)
        plan(connection)
    return opened


def _open_postgresql(url: URL, reader_url: URL | None, demo: bool, read_only: bool) -> Opened:
    writing, reading = postgresql.writing(url), postgresql.reading(reader_url or url, READERS)
    opened = Opened("postgresql", (), None, writing, reading, reader_url is None)
    with _closing_on_failure(opened.close):
        opened.notes = _check_postgresql(writing, url, demo)
        if reader_url is not None and not demo:
            with reading.begin() as connection:
                _refuse_owner(connection)
    if read_only:
        writing.dispose()
        opened._writing = None
    return opened


@contextmanager
def _closing_on_failure(close: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        close()
        raise


def _check_postgresql(writing: Engine, url: URL, demo: bool) -> tuple[str, ...]:
    with writing.begin() as connection:
        postgresql.check_server(connection)
        if not demo:
            _refuse_owner(connection)
        known = postgresql.has_tables(connection)
    if not known and not demo:
        raise StoreRefused("This database has no tables of the gateway. Run `gateway db init` as its owner first.")
    if not known:
        initialise(url.render_as_string(hide_password=False), demo=demo)
    with writing.begin() as connection:
        check_layout(connection, demo)
        postgresql.check_row_security(connection)
        owner = postgresql.owns_tables(connection)
    return ("Connected as the owner of the tables, because this is a demonstration.",) if owner else ()


def _refuse_owner(connection: Connection) -> None:
    if postgresql.owns_tables(connection):
        raise StoreRefused(
            "This PostgreSQL user owns the tables or is above row security. Run `gateway db init` as the owner, then "
            f"let the gateway sign in as {postgresql.WRITER} and its readers as {postgresql.READER}."
        )
