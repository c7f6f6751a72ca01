"""Kills, full disks, locks and damage: nothing acknowledged is lost (P1, P3, E1, E5, E6)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, select, text

from contracts.errors import StoreUnavailable
from gateway.store.engine import open_engine
from gateway.store.sqlite import driver
from gateway.store.tables import SUBMISSION
from gateway.store.writer import Write, Writer
from tests.conftest import Store
from tests.store.writes import accept, on_postgresql, on_sqlite

ROUNDS = 20
ROOT = Path(__file__).resolve().parents[2]


def keys(store: Store) -> set[str]:
    with store.opened.read("hull") as connection:
        return set(connection.execute(select(SUBMISSION.c.key)).scalars())


def test_P1_twenty_kills_under_load_lose_nothing_acknowledged(store: Store) -> None:
    store.close()
    command = [sys.executable, "-m", "tests.store.load", store.url, store.reader_url, str(ROUNDS)]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert killed.returncode == 0, killed.stderr
    acknowledged = killed.stdout.split()
    assert len({key.split("-")[0] for key in acknowledged}) == ROUNDS
    assert len(acknowledged) == len(set(acknowledged)), "no key was accepted twice"
    store.reopen()
    assert set(acknowledged) - keys(store) == set()


def fill(store: Store) -> int:
    """Accept until the store is full; how many were acknowledged."""
    for number in range(2_000):
        try:
            store.writer.run(accept(f"fill {number}", answer=os.urandom(20_000)))
        except StoreUnavailable:
            return number
    raise AssertionError("the store was never full")


def test_E5_a_full_store_refuses_keeps_what_it_has_and_recovers_by_itself(small_store: Store) -> None:
    store = small_store
    before = fill(store)
    assert before > 0
    with pytest.raises(StoreUnavailable) as refused:
        store.writer.run(accept("too much", answer=os.urandom(200_000)))
    assert refused.value.status == 503
    assert refused.value.retry_after
    assert len(keys(store)) == before, "reading still works, and nothing refused was kept"
    make_room(store)
    until = time.monotonic() + 30
    while True:
        try:
            store.writer.run(accept("after", answer=os.urandom(20_000)))
            break
        except StoreUnavailable:
            assert time.monotonic() < until, "it must take writes again within 30 seconds of space returning"
    assert len(keys(store)) == before + 1
    assert not store.writer.failed.is_set()


@pytest.fixture
def small_store(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store on a disk of 4 MB where this user may mount one, else one that may not grow past 500 pages."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    try:
        mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if mounted:
        (disk / "ballast").write_bytes(bytes(1_500_000))
    opened = open_engine(f"sqlite:///{disk}/gateway.db", demo=False)
    store = Store(f"sqlite:///{disk}/gateway.db", "", opened, Writer(opened), None, {})  # type: ignore[arg-type]
    store.writer.start()
    if not mounted:
        store.writer.run(Write(lambda tx: tx.execute(text("PRAGMA max_page_count = 500"))))
    yield store
    store.close()
    if mounted:
        subprocess.run(["umount", str(disk)], check=True)


def make_room(store: Store) -> None:
    ballast = Path(str(make_url(store.url).database)).with_name("ballast")
    if ballast.exists():
        ballast.unlink()
    else:
        store.writer.run(Write(lambda tx: tx.execute(text("PRAGMA max_page_count = 5000"))))


@on_postgresql
@pytest.mark.parametrize("state", ["53100", "53200", "53300", "25006", "40P01", "55P03", "57P03"])
def test_E5_a_server_without_room_is_unavailable_not_wrong(store: Store, state: str) -> None:
    full = text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$")
    with pytest.raises(StoreUnavailable):
        store.writer.run(Write(lambda tx: tx.execute(full)))
    assert store.writer.run(accept("after"))[1] is False
    assert not store.writer.failed.is_set()


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Somebody else holds the lock that every write needs."""
    if store.kind == "sqlite":
        foreign = driver().connect(make_url(store.url).database, isolation_level=None)
        foreign.execute("BEGIN IMMEDIATE")
        yield
        foreign.execute("ROLLBACK")
        foreign.close()
    else:
        owner = create_engine(make_url(store.url).set(drivername="postgresql+psycopg", username="postgres"))
        with owner.begin() as connection:
            connection.execute(text("LOCK TABLE submission IN ACCESS EXCLUSIVE MODE"))
            yield
        owner.dispose()


def test_E6_a_locked_store_is_unavailable_within_five_seconds_and_recovers(store: Store) -> None:
    store.writer.run(accept("before"))

    async def submit() -> list[object]:
        return await asyncio.gather(*(store.writer.submit(accept(f"k{n}")) for n in range(40)), return_exceptions=True)

    with locked(store):
        started = time.monotonic()
        answers = asyncio.run(submit())
        took = time.monotonic() - started
    assert {type(one) for one in answers} == {StoreUnavailable}
    assert took < 5
    assert store.writer.run(accept("after"))[1] is False
    assert keys(store) == {"before", "after"}


@on_sqlite
def test_P3_a_damaged_file_stops_the_writer_and_nothing_is_acknowledged(store: Store) -> None:
    for number in range(50):
        store.writer.run(accept(f"k{number}", answer=bytes(3_000)))
    roots = text("SELECT rootpage FROM sqlite_schema WHERE name = 'submission'")
    page = store.writer.run(Write(lambda tx: tx.execute(roots).scalar_one()))
    store.close()
    with open(str(make_url(store.url).database), "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    told = threading.Event()
    opened = open_engine(store.url, demo=False)
    writer = Writer(opened, when_failed=told.set)
    writer.start()
    with pytest.raises(StoreUnavailable):
        writer.run(accept("new"))
    assert writer.failed.wait(5)
    assert told.is_set()
    with pytest.raises(StoreUnavailable):
        writer.run(accept("newer"))
    writer.stop()
    opened.close()


@on_postgresql
@pytest.mark.parametrize("state", ["58030", "XX001", "XX002"])
def test_P3_a_disk_that_fails_under_the_server_stops_the_writer(store: Store, state: str) -> None:
    broken = text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$")
    with pytest.raises(StoreUnavailable):
        store.writer.run(Write(lambda tx: tx.execute(broken)))
    assert store.writer.failed.wait(5)


def test_a_writer_with_an_error_of_its_own_stops_and_answers_everyone(store: Store) -> None:
    def broken(inserted: object) -> None:
        raise ZeroDivisionError

    store.writer.stop()
    store.writer = Writer(store.opened, between=broken)
    store.writer.start()
    answers = [store.writer.run(accept("acknowledged before it broke"))[1]]
    assert store.writer.failed.wait(5)
    with pytest.raises(StoreUnavailable):
        store.writer.run(accept("after"))
    assert answers == [False]
