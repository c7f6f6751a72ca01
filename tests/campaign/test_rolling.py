"""A rolling restart of the scaled-out gateway under load: each process stops when asked, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from gateway.store.sealer import Sealer, record_entry
from gateway.store.tables import CHECKPOINT
from gateway.store.writer import Write, Writer
from tests.bench.processes import Process
from tests.campaign.oracles import judge
from tests.campaign.running import run
from tests.campaign.scaled import Scaled
from tests.campaign.stands import at_work
from tests.conftest import Store, as_role
from tests.store.writes import entry, on_postgresql

STOPS_WITHIN = 20.0
"""Seconds after a SIGTERM until it is safe to kill (5.9)."""


class Rolling(Scaled):
    """Two API processes and two workers, each asked to stop in turn, under load."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.took: list[float] = []
        self._whose = cycle(("worker", "api"))
        self._next = cycle(range(2))

    async def strike(self, rng: Random, answers: Callable[[], int]) -> None:
        """Stop one process by SIGTERM as whoever upgrades it would, and start the next in its place."""
        await self.heal()
        await at_work(rng, answers)
        if next(self._whose) == "worker":
            old = self._workers.pop(0)
            await self._ends(old)
            self._workers.append(self._worker())
        else:
            place = next(self._next)
            await self._ends(self._apis[place])
            self._apis[place] = self._api(place)

    async def _ends(self, process: Process) -> None:
        began = time.monotonic()
        process.popen.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(process.popen.wait, STOPS_WITHIN)
        self.took.append(time.monotonic() - began)
        if code != 0:
            self.ended.append(f"a process that was asked to stop ended with {code}")


def test_e24_a_rolling_restart_under_load_loses_nothing_and_sends_nothing_twice(
    tmp_path: Path, postgresql: str
) -> None:
    stand = Rolling(tmp_path)
    try:
        case = asyncio.run(run(stand, 4, Random(24), lambda kills, acknowledged, lost: None))
        violations = judge(case)
        effects = case.history.acknowledged
    finally:
        stand.end(keep=False)
    assert len(effects) > 0
    assert [str(one) for one in violations] == []
    assert len(stand.took) == 4
    assert max(stand.took) < STOPS_WITHIN


HOLDS = """
import sys, time
from sqlalchemy import create_engine, make_url, text
engine = create_engine(make_url(sys.argv[1]).set(drivername="postgresql+psycopg"))
with engine.begin() as connection:
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('early-help-gateway sealer', 0))"))
    print("holds", flush=True)
    time.sleep(600)
"""


@on_postgresql
def test_the_sealers_place_is_taken_over_once_its_holder_is_killed(store: Store) -> None:
    """Another process has the lock: nobody else seals. It is killed, and somebody does, within a second."""
    store.writer.stop()
    sealer = Sealer(store.keys, every=0.05)
    store.writer = Writer(store.opened, between=sealer, tick=0.02)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, as_role(store.url, "gateway_writer")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holds\n"
        store.writer.start()
        store.writer.run(Write(lambda tx: record_entry(tx, entry(1))))
        time.sleep(0.5)
        assert _signed(store) == 0
        holder.kill()
        killed = time.monotonic()
        while not _signed(store) and time.monotonic() < killed + 5:
            time.sleep(0.02)
        assert _signed(store) == 1
        assert time.monotonic() - killed < 2
    finally:
        holder.kill()
        holder.communicate()


def _signed(store: Store) -> int:
    with store.opened.read("hull") as connection:
        return int(connection.scalar(select(func.max(CHECKPOINT.c.size))) or 0)
