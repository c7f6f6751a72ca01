"""Two real workers on PostgreSQL, each stopped for longer than its lease and woken again (P8, P19, E9)."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.flows.delivery.claim import claim
from gateway.flows.delivery.lanes import TRIP
from gateway.store.engine import open_engine
from gateway.store.tables import ATTEMPT, DELIVERY, LANE, PERMIT
from gateway.store.writer import Write, Writer
from tests.conftest import Store
from tests.flows.outbox import a_stub, delivery, promise, rows, terms_for, until

ROOT = Path(__file__).parents[3]
LEASE, WINDOW = 1.0, 0.4
STOPPED = 1.8
"""Seconds: longer than the lease, so that the other worker takes over what the stopped one had."""
SLACK = 1.0
"""Seconds for which a busy machine may keep an arrival from being noticed; less than a worker is stopped beyond its
window, so that bytes which leave on waking are seen."""

on_postgresql = pytest.mark.parametrize("store_urls", ["postgresql"], indirect=True)


@contextmanager
def two_workers(store: Store, hub: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    words = [sys.executable, "-m", "tests.flows.oneworker", store.url, store.reader_url, hub, str(LEASE), str(WINDOW)]
    workers = [subprocess.Popen(words, cwd=ROOT) for _ in range(2)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGCONT)
            worker.terminate()
        for worker in workers:
            worker.wait(30)


async def stop_each_in_turn(workers: list[subprocess.Popen[bytes]], rounds: int) -> None:
    """Stop one at an arbitrary moment, for longer than its lease; then the other."""
    chance = random.Random(20261123)
    for turn in range(rounds):
        await asyncio.sleep(chance.uniform(0.05, 0.4))
        workers[turn % 2].send_signal(signal.SIGSTOP)
        await asyncio.sleep(STOPPED)
        workers[turn % 2].send_signal(signal.SIGCONT)


@on_postgresql
def test_e9_workers_stopped_longer_than_their_lease_send_nothing_without_a_permit(store: Store) -> None:
    made = [promise(store, f"d-{n}", subject=f"child-{n % 40}") for n in range(80)]
    late: list[tuple[str, float]] = []
    came: Counter[str] = Counter()

    committed: dict[tuple[str, int], float] = {}

    def look() -> None:
        """When each permit was there first. The store's own time of it is when its transaction began."""
        for row in rows(store, PERMIT):
            committed.setdefault((row.delivery, row.fence), time.monotonic())

    def seen(name: str) -> None:
        look()
        came[name] += 1
        permits = [at for (delivered, _), at in committed.items() if delivered == name]
        age = time.monotonic() - max(permits, default=0.0)
        if len(permits) < came[name] or age > WINDOW + SLACK:
            late.append((name, age))

    async def looking() -> None:
        while True:
            look()
            await asyncio.sleep(0.03)

    stub = a_stub("slow", delay=0.1, on_arrival=seen)
    now = update(DELIVERY).where(DELIVERY.c.state == "due").values(due_at=0)

    async def go() -> None:
        async with stub:
            with two_workers(store, stub.url) as workers:
                watch = asyncio.create_task(looking())
                await until(lambda: len(stub.arrivals) > 3, 60)
                await stop_each_in_turn(workers, 4)

                def all_there() -> bool:
                    # What is in doubt waits some seconds; nobody need wait for them here.
                    store.writer.run(Write(lambda tx: tx.execute(now) and None))
                    return all(delivery(store, name).state == "delivered" for name in made)

                await until(all_there, 60)
                watch.cancel()

    asyncio.run(go())
    assert late == []
    assert stub.effects == dict.fromkeys(made, 1)
    tried = Counter((row.delivery, row.fence) for row in rows(store, ATTEMPT))
    permitted = {(row.delivery, row.fence) for row in rows(store, PERMIT)}
    assert set(tried.values()) == {1}
    assert tried.keys() == permitted


@on_postgresql
def test_two_workers_at_once_never_try_a_failing_hub_with_two(store: Store) -> None:
    """Both claim at the same instant, again and again, from a hub that is to be tried with one message at a time."""
    for n in range(30):
        promise(store, f"d-{n}")
    terms = terms_for({"early_help": {"in_flight": 8}})
    second = open_engine(store.url, demo=False, reader_url=store.reader_url)
    other = Writer(second)
    other.start()
    store.writer.run(Write(lambda tx: claim(tx, terms)))
    tripped: dict[str, Any] = {"failures": TRIP, "open_at": 0}
    again = [update(LANE).values(**tripped), update(DELIVERY).values(state="due", due_at=0)]

    async def both() -> int:
        taken = await asyncio.gather(*(one.submit(Write(lambda tx: claim(tx, terms))) for one in (store.writer, other)))
        return sum(len(claimed.taken) for claimed in taken)

    counted = []
    try:
        for _ in range(25):
            for statement in again:
                store.writer.run(Write(lambda tx, statement=statement: tx.execute(statement) and None))  # type: ignore[misc]
            counted.append(asyncio.run(both()))
    finally:
        other.stop()
        second.close()
    assert set(counted) == {1}
