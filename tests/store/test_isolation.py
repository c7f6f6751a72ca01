"""A read sees the council it names and no other, whatever it asks (P27, settled 23)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from contracts.errors import StoreUnavailable
from gateway.store import content
from gateway.store.columns import RowRefused
from gateway.store.engine import initialise, open_engine
from gateway.store.queries import queue_health, referral_view, referrals, submission
from gateway.store.sealer import record_entry
from gateway.store.tables import DELIVERY, METADATA, REFERRAL, SUBMISSION
from gateway.store.writer import Tx, Write, Writer
from tests.conftest import Store
from tests.store.writes import accept, delivery_row, entry, on_postgresql, referral_row, submission_row

OWNED = [table for table in METADATA.sorted_tables if "council" in table.c]


@pytest.fixture
def filled(store: Store) -> Store:
    """One referral in Leicester's part of the store, sealed, and nothing in Hull's."""

    def work(tx: Tx) -> None:
        tx.insert(SUBMISSION, submission_row("k", council="leicester", id="s"))
        tx.insert(REFERRAL, referral_row("r", "s", council="leicester"))
        tx.insert(DELIVERY, delivery_row("d", "r", council="leicester"))
        content.put(tx, "leicester", "raw", b"words")
        record_entry(tx, entry(1, council="leicester", referral="r"))

    store.writer.run(Write(work))
    store.writer.run(store.sealer.seal_now())
    return store


@pytest.mark.parametrize("table", OWNED, ids=lambda table: table.name)
def test_P27_without_a_filter_a_read_still_sees_its_own_council_only(filled: Store, table: object) -> None:
    with filled.opened.read("hull") as connection:
        assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["content", "submission", "referral", "delivery", "entry", "tile", "checkpoint"])
def test_its_own_rows_are_there(filled: Store, name: str) -> None:
    with filled.opened.read("leicester") as connection:
        assert connection.execute(select(func.count()).select_from(METADATA.tables[name])).scalar_one() > 0


def test_P27_what_another_council_has_reads_like_what_nobody_has(filled: Store) -> None:
    with filled.opened.read("hull") as connection:
        assert referral_view(connection, "hull", "r") is None
        assert referral_view(connection, "leicester", "r") is None, "naming it in the question does not help"
        assert submission(connection, "leicester", "s") is None
        assert referrals(connection, "leicester") == ()
        assert not queue_health(connection, "leicester").deliveries


def test_the_next_read_of_a_connection_does_not_inherit_a_council(filled: Store) -> None:
    for _ in range(8):
        with filled.opened.read("leicester") as connection:
            assert len(referrals(connection, "leicester")) == 1
        with filled.opened.read("") as connection:
            assert connection.execute(select(func.count()).select_from(REFERRAL)).scalar_one() == 0


@pytest.mark.parametrize("council", ["leicester' OR '1'='1", "%", "leicester\0", "LEICESTER"])
def test_an_odd_council_sees_nothing(filled: Store, council: str) -> None:
    try:
        with filled.opened.read(council) as connection:
            found = connection.execute(select(func.count()).select_from(REFERRAL)).scalar_one()
    except RowRefused:
        found = 0
    assert found == 0


def test_a_reader_cannot_write(filled: Store) -> None:
    with pytest.raises((DBAPIError, StoreUnavailable)), filled.opened.read("leicester") as connection:
        connection.execute(text("UPDATE referral SET sender = 'x'"))


@on_postgresql
def test_a_reader_without_a_url_of_its_own_steps_down_to_the_readers_role(filled: Store) -> None:
    opened = open_engine(filled.url, demo=False)
    with opened.read("hull") as connection:
        assert connection.execute(text("SELECT current_user")).scalar_one() == "gateway_reader"
        assert connection.execute(select(func.count()).select_from(REFERRAL)).scalar_one() == 0
    with opened.read("leicester") as connection:
        assert len(referrals(connection, "leicester")) == 1
    opened.close()


@on_postgresql
@pytest.mark.parametrize(
    "statement",
    ["UPDATE entry SET leaf = ''", "DELETE FROM entry", "DELETE FROM checkpoint", "UPDATE attempt SET result = ''"],
)
def test_even_the_writer_cannot_change_what_is_only_added_to(filled: Store, statement: str) -> None:
    with pytest.raises(Exception, match="42501"):
        filled.writer.run(Write(lambda tx: tx.execute(text(statement))))


def test_a_demonstration_on_postgresql_needs_no_roles_of_its_own(postgresql_database: str) -> None:
    opened = open_engine(postgresql_database, demo=True)
    assert opened.notes == ("Connected as the owner of the tables, because this is a demonstration.",)
    writer = Writer(opened)
    writer.start()
    writer.run(accept("k"))
    writer.stop()
    with opened.read("leicester") as connection:
        assert connection.execute(select(func.count()).select_from(SUBMISSION)).scalar_one() == 0
    opened.close()


def test_initialising_twice_changes_nothing(postgresql_database: str) -> None:
    initialise(postgresql_database)
    initialise(postgresql_database, passwords={"gateway_reader": "it's 100% \\odd"})
