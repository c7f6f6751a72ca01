"""The gateway on SQLite, as `make run` starts it: one process that is everything."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from gateway.store.sqlite import driver
from tests.bench.processes import Process, free_port, python, start
from tests.campaign.stands import STARTING, at_work, environment, is_up, note_ended, until_up
from tests.campaign.stored import Place


class Embedded:
    """`gateway run --demo` on a SQLite file: one process that is everything."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.place, self.keys = (
            folder,
            Place(f"sqlite:///{folder / 'gateway.db'}", folder / "keys"),
            folder / "keys",
        )
        self.port = free_port()
        self.doors = [f"http://127.0.0.1:{self.port}"]
        self.env = environment(self.place.url, self.keys)
        self.ended: list[str] = []
        self.while_starting = 0
        self._command: list[str] = []
        self._process: Process | None = None
        self._began, self._took = 0.0, 3.0

    async def start(self, hub: str) -> None:
        """Bring it up."""
        self._command = python(
            "gateway", "run", "--demo", "--port", self.port, "--store", self.place.url, "--hub", hub
        )  # fmt: skip
        self._again()
        await self.heal()

    async def strike(self, rng: Random, answers: Callable[[], int]) -> None:
        """SIGKILL the whole process group, at work or while it starts and recovers."""
        if rng.random() < STARTING:
            await asyncio.sleep(rng.uniform(0, self._took * 1.1))
        else:
            await self.heal()
            await at_work(rng, answers)
        self.while_starting += not await is_up(self.doors[0])
        assert self._process is not None
        note_ended(self._process, self.ended)
        self._process.kill()
        self._again()

    async def heal(self) -> None:
        """Wait until it answers."""
        assert self._process is not None
        if not await is_up(self.doors[0]):
            await until_up(self.doors, [self._process], self.ended)
            self._took = time.monotonic() - self._began

    async def stop(self) -> None:
        """Ask it to end, as an operator would."""
        assert self._process is not None
        note_ended(self._process, self.ended)
        await asyncio.to_thread(self._process.stop, 25.0)
        self._process = None

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()

    def _again(self) -> None:
        self._process, self._began = start(self._command, self.folder, self.port, self.env), time.monotonic()

    def permits(self, delivery: str) -> int | None:
        """Committed permits of a delivery just now."""
        module = driver()
        with contextlib.suppress(module.Error):
            connection = module.connect(f"file:{self.place.path}?mode=ro", uri=True, timeout=0.2)
            try:
                asked = connection.execute("SELECT count(*) FROM permit WHERE delivery = ?", (delivery,))
                return int(asked.fetchone()[0])
            finally:
                connection.close()
        return None
