"""What is killed: the gateway as it is really run, in processes of its own, once on each kind of store."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Protocol

import aiohttp

from tests.bench.processes import ROOT, Process
from tests.campaign.stored import Place

UP_WITHIN = 60.0
"""Seconds a process may take to come up on a busy machine."""
STARTING = 0.3
"""Share of kills that fall while something starts or recovers."""
MOST_ANSWERS = 250
"""Answers given between coming up and a kill, at most."""
LONGEST_WORK = 5.0
"""Seconds that may take."""
SEALED_WITHIN = "1"
"""Seconds an entry waits for its checkpoint, so that there are many to keep outside."""


class Stand(Protocol):
    """One store, its processes, and how they are killed.

    doors  addresses of the API processes
    ended  processes that ended without being asked
    while_starting  kills that fell while something was starting
    """

    folder: Path
    place: Place
    keys: Path
    env: dict[str, str]
    doors: list[str]
    ended: list[str]
    while_starting: int

    async def start(self, hub: str) -> None:
        """Bring everything up."""

    async def strike(self, rng: Random, answers: Callable[[], int]) -> None:
        """Wait a random moment, kill something, and start it again. `answers` counts what senders were answered."""

    async def heal(self) -> None:
        """Wait until everything is up."""

    async def stop(self) -> None:
        """Ask everything to end."""

    def kill(self) -> None:
        """End everything at once. Safe to repeat."""

    def permits(self, delivery: str) -> int | None:
        """Committed permits of a delivery just now; None when the store does not answer."""


def environment(store: str, keys: Path, reader: str = "") -> dict[str, str]:
    """Settings of every process of a campaign; the gateway's own commands find the same store with them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "GATEWAY_DEMO": "1",
        "GATEWAY_STORE": store,
        "GATEWAY_READER_STORE": reader,
        "GATEWAY_KEYS": str(keys),
        "GATEWAY_SEAL_EVERY": SEALED_WITHIN,
    }


async def is_up(door: str) -> bool:
    """Whether an API process answers."""
    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http,
            http.get(f"{door}/health/live") as answer,
        ):
            return answer.status == 200
    return False


async def at_work(rng: Random, answers: Callable[[], int]) -> None:
    """Until a random number of further answers were given, few or many, and a moment more: as much work is under way
    at a kill however slow the machine is."""
    wanted = answers() + rng.choice((rng.randint(0, 12), rng.randint(12, MOST_ANSWERS)))
    until = time.monotonic() + LONGEST_WORK
    while answers() < wanted and time.monotonic() < until:
        await asyncio.sleep(0.005)
    await asyncio.sleep(rng.uniform(0, 0.02))


async def until_up(doors: list[str], processes: list[Process], ended: list[str]) -> None:
    """Until every door answers. What ends instead, or never answers, is noted, and the wait is over."""
    until = time.monotonic() + UP_WITHIN
    for door in doors:
        while not await is_up(door):
            if sum(note_ended(process, ended) for process in processes):
                return
            if time.monotonic() > until:
                ended.append(f"{door} did not answer within {UP_WITHIN:.0f} seconds")
                return
            await asyncio.sleep(0.02)


def note_ended(process: Process, ended: list[str]) -> bool:
    """Whether a process ended though nobody asked it to; noted with the last that it wrote."""
    code = process.popen.poll()
    if code is None or code == -9:
        return False
    said = process.log.read_text(errors="replace").strip().splitlines()[-1:]
    ended.append(f"a process ended by itself with {code}: {''.join(said)[-300:]}")
    return True
