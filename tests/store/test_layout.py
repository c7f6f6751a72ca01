"""Layouts: the revisions make the tables that a new store gets, go up and down with every row kept, or not at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, create_engine, inspect, make_url, text

from contracts.errors import StoreRefused, StoreUnavailable
from gateway.store import layout
from gateway.store.engine import initialise, open_engine
from gateway.store.layout import steps
from gateway.store.migration import layout_at, move
from gateway.store.revisions import REVISIONS, VERSION, Revision
from gateway.store.tables import METADATA, SUBMISSION
from gateway.store.writer import Write
from tests.conftest import Store, as_role
from tests.store.writes import accept, on_postgresql, on_sqlite


def _add_note(op: Operations) -> None:
    op.add_column("hub_lane", sa.Column("note", sa.Text, nullable=True))
    op.create_index("ix_hub_lane_at", "hub_lane", ["at"])


def _drop_note(op: Operations) -> None:
    op.drop_index("ix_hub_lane_at", "hub_lane")
    op.drop_column("hub_lane", "note")


def _shorten(op: Operations) -> None:
    """A change that SQLite only makes by making the table anew, of a table that others name."""
    with op.batch_alter_table("submission", table_kwargs={"sqlite_strict": True}) as table:
        table.alter_column("source", new_column_name="origin")


def _lengthen(op: Operations) -> None:
    with op.batch_alter_table("submission", table_kwargs={"sqlite_strict": True}) as table:
        table.alter_column("origin", new_column_name="source")


NEXT = Revision("0002", "Lanes have a note.", _add_note, _drop_note, online=True)
AFTER = Revision("0003", "A submission's source is its origin.", _shorten, _lengthen)
LATER = (*REVISIONS, NEXT, AFTER)
"""The revisions there are, one that running gateways bear, and one that they do not."""


def owner_of(store: Store) -> str:
    return store.url if store.kind == "sqlite" else as_role(store.url, "postgres")


@pytest.fixture
def laid(store: Store) -> Iterator[Store]:
    """A store with rows in it, which nobody runs, and which has its own layout again afterwards."""
    store.writer.run(accept("first"))
    store.close()
    yield store
    if layout_at(owner_of(store)) != VERSION:
        move(owner_of(store), VERSION, revisions=LATER)
    store.reopen()


def described(connection: Connection) -> dict[str, Any]:
    """Every table as the database itself describes it."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"))
        return {name: " ".join(sql.split()) for name, sql in found}
    seen = inspect(connection)
    return {
        name: (
            [{k: str(v) for k, v in column.items()} for column in seen.get_columns(name)],
            seen.get_pk_constraint(name),
            sorted(map(str, seen.get_foreign_keys(name))),
            sorted(map(str, seen.get_indexes(name))),
            sorted(map(str, seen.get_unique_constraints(name))),
        )
        for name in seen.get_table_names()
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    url = f"sqlite:///{tmp_path}/empty.db"
    if request.param == "postgresql":
        url = make_url(request.getfixturevalue("postgresql_database")).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_the_revisions_make_the_tables_that_a_new_store_gets(empty: Connection) -> None:
    with empty.begin():
        METADATA.create_all(empty)
        wanted = described(empty)
        METADATA.drop_all(empty)
    with empty.begin():
        operations = Operations(MigrationContext.configure(empty))
        for revision in REVISIONS:
            revision.upgrade(operations)
        missing = produce_migrations(MigrationContext.configure(empty), METADATA)
        assert described(empty) == wanted, (
            "The tables and the revisions differ. Until the first release run `python -m tests.store.first_layout`; "
            f"then write another revision, which does this:\n{render_python_code(missing.upgrade_ops)}"  # type: ignore[arg-type]
        )


def test_every_revision_can_be_gone_back_from(empty: Connection) -> None:
    with empty.begin():
        operations = Operations(MigrationContext.configure(empty))
        for revision in REVISIONS:
            revision.upgrade(operations)
        for revision in reversed(REVISIONS):
            revision.downgrade(operations)
        assert described(empty) == {}


def test_the_numbers_rise_by_one_and_are_as_long_as_each_other() -> None:
    assert [revision.number for revision in REVISIONS] == [f"{n:04}" for n in range(1, len(REVISIONS) + 1)]


def test_up_and_down_keep_every_row(laid: Store) -> None:
    for to in ("0003", "0001", "0002", "0003", "0001"):
        assert move(owner_of(laid), to, revisions=LATER).after == to
    laid.reopen()
    kept = laid.writer.run(Write(lambda tx: tx.execute(sa.select(SUBMISSION.c.source)).scalars().all()))
    assert kept == ["mis_csv"]
    laid.close()


def test_going_up_tells_what_it_changed(laid: Store) -> None:
    moved = move(owner_of(laid), revisions=LATER)
    assert (moved.before, moved.after) == ("0001", "0003")
    assert moved.said == (NEXT.say, AFTER.say)


def test_a_gateway_starts_on_a_newer_layout_that_only_adds(laid: Store) -> None:
    move(owner_of(laid), "0002", revisions=LATER)
    laid.reopen()
    assert laid.writer.run(accept("first"))[1] is True
    laid.close()


def test_a_gateway_refuses_a_newer_layout_that_it_does_not_know(laid: Store) -> None:
    move(owner_of(laid), "0003", revisions=LATER)
    with pytest.raises(StoreRefused, match=r"layout 0003.*needs layout 0001.*gateway db downgrade --to 0001"):
        open_engine(laid.url, demo=False, reader_url=laid.reader_url)


def test_a_gateway_on_an_older_layout_says_what_to_run_and_changes_nothing(
    laid: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "VERSION", "0002")
    with pytest.raises(StoreRefused, match=r"layout 0001.*needs layout 0002.*run `gateway db upgrade`"):
        open_engine(laid.url, demo=False, reader_url=laid.reader_url)
    assert layout_at(owner_of(laid)) == "0001"


def test_a_layout_that_nobody_knows_is_refused() -> None:
    with pytest.raises(StoreRefused, match=r"There is no layout 0009\. This gateway knows 0001, 0002"):
        steps(("0001", "0002"), "0001", "0009")


def test_a_step_that_fails_changes_nothing(laid: Store) -> None:
    def half(op: Operations) -> None:
        _add_note(op)
        raise KeyError("half way")

    with pytest.raises(KeyError, match="half way"):
        move(owner_of(laid), revisions=(*REVISIONS, Revision("0002", "", half, _drop_note)))
    assert layout_at(owner_of(laid)) == "0001"
    laid.reopen()
    assert laid.writer.run(accept("first"))[1] is True
    laid.close()


KILLED = """
import os, sys
from gateway.store.migration import move
from tests.store.test_layout import LATER, REVISIONS, Revision
at, seen = int(sys.argv[2]), 0
import sqlalchemy as sa
def count(connection, cursor, statement, *rest):
    global seen
    seen += statement.startswith(("ALTER", "CREATE", "DROP", "INSERT", "DELETE", "UPDATE"))
    if seen == at:
        os._exit(9)
sa.event.listen(sa.Engine, "after_cursor_execute", count)
move(sys.argv[1], revisions=LATER)
"""


@on_sqlite
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6])
def test_E24_killed_at_a_statement_the_store_is_as_it_was(laid: Store, at: int) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, owner_of(laid), str(at)], timeout=60, check=False)
    assert ended.returncode == 9
    assert layout_at(owner_of(laid)) == "0001"
    laid.reopen()
    assert laid.writer.run(accept("first"))[1] is True
    laid.close()


@on_sqlite
def test_a_file_is_copied_aside_before_it_is_changed(laid: Store) -> None:
    moved = move(laid.url, revisions=LATER)
    assert moved.copy is not None
    assert moved.copy.stat().st_mode & 0o777 == 0o600
    assert layout_at(f"sqlite:///{moved.copy}") == "0001"


@on_sqlite
def test_a_file_that_a_gateway_runs_on_is_not_changed(store: Store) -> None:
    with pytest.raises(StoreRefused, match="already runs a gateway"):
        move(store.url, "0003", revisions=LATER)


@on_sqlite
def test_a_change_that_would_part_rows_from_each_other_is_refused(laid: Store) -> None:
    def part(op: Operations) -> None:
        op.execute("INSERT INTO lookup (council, token, referral, kind) VALUES ('hull', 't', 'nobody', 'name')")

    with pytest.raises(StoreRefused, match="rows without those they belong to"):
        move(laid.url, revisions=(*REVISIONS, Revision("0002", "", part, _drop_note)))
    assert layout_at(laid.url) == "0001"


@on_postgresql
def test_running_gateways_bear_a_change_that_only_adds(store: Store) -> None:
    assert move(owner_of(store), "0002", revisions=LATER).after == "0002"
    assert store.writer.run(accept("meanwhile"))[1] is False
    store.close()
    move(owner_of(store), "0001", revisions=LATER)
    store.reopen()


@on_postgresql
def test_a_change_that_running_gateways_do_not_bear_is_refused_while_they_run(store: Store) -> None:
    store.writer.run(accept("first"))
    with pytest.raises(StoreRefused, match="Stop every `gateway serve` and `gateway work` first"):
        move(owner_of(store), "0003", revisions=LATER)
    assert layout_at(owner_of(store)) == "0001"


@on_postgresql
def test_only_the_owner_changes_the_layout(laid: Store) -> None:
    with pytest.raises(StoreRefused, match="Only the owner of the tables"):
        move(laid.url, "0002", revisions=LATER)


def test_what_is_new_gets_its_rights_and_row_security(postgresql_database: str) -> None:
    initialise(postgresql_database)
    engine = create_engine(make_url(postgresql_database).set(drivername="postgresql+psycopg"))

    def bare(op: Operations) -> None:
        op.execute("ALTER TABLE clock NO FORCE ROW LEVEL SECURITY")
        op.execute("REVOKE ALL ON clock FROM gateway_reader")

    move(postgresql_database, revisions=(*REVISIONS, Revision("0002", "", bare, _drop_note)))
    with engine.connect() as connection:
        may = text("SELECT has_table_privilege('gateway_reader', 'clock', 'SELECT')")
        forced = text("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'clock'")
        assert (connection.execute(may).scalar(), connection.execute(forced).scalar()) == (True, True)
    engine.dispose()


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="There is no store at"):
        layout_at(f"sqlite:///{tmp_path}/none.db")
    assert not list(tmp_path.iterdir())


def test_a_server_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="does not answer"):
        layout_at(f"postgresql://nobody@/none?host={tmp_path}")


def test_the_layout_can_be_asked_for_while_a_gateway_runs(store: Store) -> None:
    assert layout_at(owner_of(store)) == VERSION
