"""What SQLite is told of its indexes, and which it takes because of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from gateway.flows.data_protection.keeping import CONFIRMED, DONE, HELD, PROPOSED, RELEASED
from gateway.store import log, retained, waits
from gateway.store.engine import open_engine
from gateway.store.log import Place, Which
from gateway.store.planning import plan
from gateway.store.queries import referral_view
from gateway.store.sqlite import driver
from gateway.store.tables import OF_RETENTION, REFERRAL, SUBMISSION
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.conftest import Store
from tests.store.writes import on_sqlite, referral_row, submission_row

_EVERYTHING = re.compile(r"SCAN(?!.* ix_clock_next$)|\(council=\?\)$")
"""A plan that reads a whole table, or all that a council has in it; not the index of clocks that run, which are few."""


ASKED: Mapping[str, Callable[[Connection], object]] = {
    "one referral": lambda connection: referral_view(connection, "hull", "r1"),
    "the log": lambda connection: log.listed(connection, "hull", Which(0, 10**13), None, 25),
    "a filter": lambda connection: log.listed(connection, "hull", Which(0, 10**13, outcome="hold"), None, 25),
    "the log, the oldest first": lambda connection: log.listed(
        connection, "hull", Which(0, 10**13), Place(5, "r1"), 25, oldest=True
    ),
    "holds that ended": lambda connection: waits.ended(connection, "hull", ("hold:",), 0, 10**13),
    "what waits": lambda connection: waits.running(connection, "hull", ("hold:",)),
    "what was disposed of": lambda connection: retained.entries(connection, "hull", (DONE, HELD)),
}


def test_the_index_of_what_retention_did_holds_all_of_it() -> None:
    told = str(OF_RETENTION)
    assert all(f"'{kind[:9]}'" in told for kind in (HELD, RELEASED, PROPOSED, DONE, CONFIRMED))


def _one_referral(tx: Tx) -> None:
    tx.insert(SUBMISSION, submission_row("k", id="s1"))
    tx.insert(REFERRAL, referral_row("r1", "s1"))


def test_every_index_is_told_of_with_a_number_for_each_of_its_columns(tmp_path: Path) -> None:
    open_engine(f"sqlite:///{tmp_path}/s.db", demo=False).close()
    connection = driver().connect(tmp_path / "s.db")
    told = dict(connection.execute("SELECT idx, stat FROM sqlite_stat1"))
    there = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")]
    columns = {name: len(connection.execute(f"PRAGMA index_info('{name}')").fetchall()) for name in there}
    connection.close()
    assert {name: len(stat.split()) - 1 for name, stat in told.items()} == columns


@on_sqlite
def test_a_store_that_knows_is_not_written_to_again(store: Store) -> None:
    with store.opened.connect() as connection, connection.begin():
        plan(connection)
        before = connection.exec_driver_sql("SELECT total_changes()").scalar()
        plan(connection)
        assert connection.exec_driver_sql("SELECT total_changes()").scalar() == before


@on_sqlite
@pytest.mark.parametrize("asked", ASKED)
def test_no_question_of_a_page_reads_all_that_a_council_has(store: Store, asked: str) -> None:
    store.writer.run(Write(_one_referral))
    plans: list[str] = []
    with store.opened.read("hull") as connection:

        @event.listens_for(connection, "before_cursor_execute")
        def explain(_: Any, cursor: Any, statement: str, values: Any, *__: Any) -> None:
            found = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            plans.extend(line[3] for line in found)

        ASKED[asked](connection)
    assert plans
    assert [line for line in plans if _EVERYTHING.search(line)] == []
