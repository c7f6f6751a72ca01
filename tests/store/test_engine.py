"""What must be true of a store before anyone relies on it (reliability 5.12, F1 to F3)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import create_engine, make_url, text

from contracts.errors import StoreRefused, StoreUnavailable
from gateway.store.engine import open_engine
from gateway.store.lock import lock_path, owner
from gateway.store.revisions import VERSION
from gateway.store.sqlite import check_version, driver, may_corrupt
from gateway.store.writer import Write
from tests.conftest import Store, as_role
from tests.store.writes import on_postgresql, on_sqlite, tamper

SQLITES = {
    "3.6.23": False, "3.7.0": True, "3.40.1": True, "3.44.5": True, "3.44.6": False, "3.46.1": True, "3.50.6": True,
    "3.50.7": False, "3.51.0": True, "3.51.2": True, "3.51.3": False, "3.52.0": False, "4.0.0": False,
}  # fmt: skip


def version(text: str) -> ModuleType:
    numbers = tuple(int(part) for part in text.split("."))
    return cast("ModuleType", SimpleNamespace(sqlite_version=text, sqlite_version_info=numbers))


@pytest.mark.parametrize(("number", "bad"), SQLITES.items())
def test_F1_the_versions_that_may_corrupt_a_store(number: str, bad: bool) -> None:
    assert may_corrupt(tuple(int(part) for part in number.split("."))) is bad


def test_F1_a_version_that_may_corrupt_is_refused_with_what_to_do() -> None:
    with pytest.raises(StoreRefused, match=r"SQLite 3\.40\.1 can corrupt.*Install the pysqlite3 package"):
        check_version(version("3.40.1"), demo=False)


def test_F1_a_demonstration_runs_on_it_and_says_so() -> None:
    assert "because this is a demonstration" in " ".join(check_version(version("3.40.1"), demo=True))


@pytest.mark.skipif(sys.platform != "linux", reason="ships its own SQLite on Linux x86-64 only")
def test_F1_the_sqlite_that_ships_is_safe() -> None:
    assert check_version(driver(), demo=False) == ()


@on_sqlite
@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("trusted_schema", 0),
        ("temp_store", 2), ("mmap_size", 0),
    ],
)  # fmt: skip
def test_F2_F3_each_pragma_is_in_force_on_the_writer(store: Store, pragma: str, value: object) -> None:
    found = store.writer.run(Write(lambda tx: tx.execute(text(f"PRAGMA {pragma}")).scalar()))
    assert found == value


@on_sqlite
def test_tables_are_strict(store: Store) -> None:
    strict = text("SELECT DISTINCT strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%'")
    assert store.writer.run(Write(lambda tx: tx.execute(strict).scalars().all())) == [1]


@on_sqlite
def test_the_file_is_its_users_alone(store: Store) -> None:
    path = Path(str(make_url(store.url).database))
    assert [oct(file.stat().st_mode & 0o777) for file in path.parent.glob("gateway.db*")] == ["0o600"] * 4


@on_sqlite
def test_a_second_process_is_refused_and_told_what_to_do(store: Store) -> None:
    script = "import sys; from gateway.store.engine import open_engine; open_engine(sys.argv[1], demo=False)"
    second = subprocess.run([sys.executable, "-c", script, store.url], capture_output=True, text=True, timeout=60)
    assert second.returncode != 0
    assert "already runs a gateway on" in second.stderr
    assert "Stop that process first" in second.stderr


@on_sqlite
def test_the_lock_says_who_owns_the_store_and_where_it_listens(store: Store, tmp_path: Path) -> None:
    assert store.opened.lock is not None
    store.opened.lock.announce(tmp_path / "gateway.sock")
    path = Path(str(make_url(store.url).database))
    told = owner(path)
    assert told is not None
    assert told.socket == str(tmp_path / "gateway.sock")
    assert told.pid > 0


def test_a_lock_file_left_by_a_killed_process_counts_for_nothing(tmp_path: Path) -> None:
    store = tmp_path / "gateway.db"
    lock_path(store).write_text("1\n/gone.sock\n")
    assert owner(store) is None
    open_engine(f"sqlite:///{store}", demo=False).close()


def test_a_store_that_is_closed_can_be_opened_again(store: Store) -> None:
    store.reopen()
    store.reopen()


def test_another_layout_is_refused(store: Store) -> None:
    tamper(store, "UPDATE meta SET value = '99' WHERE name = 'schema'")
    with pytest.raises(StoreRefused, match=r"The store has layout 99.*set GATEWAY_STORE to a new store"):
        store.reopen()
    tamper_again(store, f"UPDATE meta SET value = '{VERSION}' WHERE name = 'schema'")
    store.reopen()


def tamper_again(store: Store, statement: str) -> None:
    """As `tamper`, while nobody runs."""
    user = {} if store.kind == "sqlite" else {"drivername": "postgresql+psycopg", "username": "postgres"}
    engine = create_engine(make_url(store.url).set(**user))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_demonstration_never_opens_a_live_store(store: Store) -> None:
    store.close()
    with pytest.raises(StoreRefused, match="This is a live store"):
        open_engine(store.url, demo=True, reader_url=store.reader_url)
    store.reopen()


def test_somebody_elses_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = driver().connect(path)
    connection.execute("CREATE TABLE pupils (name TEXT)")
    connection.close()
    with pytest.raises(StoreRefused, match="belongs to something else"):
        open_engine(f"sqlite:///{path}", demo=False)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(b"not a database at all " * 500)
    with pytest.raises(StoreRefused, match="damaged"):
        open_engine(f"sqlite:///{path}", demo=False)


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "nonsense", ""])
def test_any_other_url_is_refused_with_what_a_store_is(url: str) -> None:
    with pytest.raises(StoreRefused, match=r"sqlite:///path/to/file\.db or postgresql://"):
        open_engine(url, demo=False)


def test_a_reader_of_a_whole_record_needs_no_lock(store: Store) -> None:
    reading = open_engine(store.url, demo=False, reader_url=store.reader_url, read_only=True)
    with reading.read("hull") as connection:
        assert connection.execute(text("SELECT count(*) FROM entry")).scalar_one() == 0
    with pytest.raises(StoreRefused, match="to read only"):
        reading.connect()
    reading.close()


def test_reading_a_store_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="There is no store at"):
        open_engine(f"sqlite:///{tmp_path}/none.db", demo=False, read_only=True)
    assert not list(tmp_path.iterdir())


@on_postgresql
def test_F3_a_server_that_does_not_wait_for_the_disk_is_refused(store: Store) -> None:
    store.close()
    database = make_url(store.url).database
    tamper_again(store, f"ALTER ROLE gateway_writer IN DATABASE {database} SET synchronous_commit = off")
    with pytest.raises(StoreRefused, match=r"synchronous_commit = off\. Set it to on"):
        open_engine(store.url, demo=False)
    tamper_again(store, f"ALTER ROLE gateway_writer IN DATABASE {database} RESET synchronous_commit")
    store.reopen()


@on_postgresql
@pytest.mark.parametrize("place", ["writer", "reader"])
def test_the_owner_of_the_tables_may_not_run_the_gateway(store: Store, place: str) -> None:
    urls = {"writer": store.url, "reader": store.reader_url} | {place: as_role(store.url, "postgres")}
    with pytest.raises(StoreRefused, match="owns the tables or is above row security"):
        open_engine(urls["writer"], demo=False, reader_url=urls["reader"])


@on_postgresql
def test_tables_without_row_security_are_named(store: Store) -> None:
    tamper(store, "ALTER TABLE clock NO FORCE ROW LEVEL SECURITY")
    with pytest.raises(StoreRefused, match="Row security is off for clock"):
        open_engine(store.url, demo=False)
    tamper(store, "ALTER TABLE clock FORCE ROW LEVEL SECURITY")
    store.reopen()


@on_postgresql
def test_an_empty_database_is_refused_with_what_to_run(store: Store) -> None:
    empty = make_url(store.url).set(database="postgres").render_as_string(hide_password=False)
    with pytest.raises(StoreRefused, match="Run `gateway db init`"):
        open_engine(empty, demo=False)


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="does not answer"):
        open_engine(f"postgresql://nobody@/none?host={tmp_path}", demo=False)
