"""E14: data keys, a hub's secret and a sender's key change again and again while senders send and workers deliver."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

import aiohttp

from tests.bench.processes import python
from tests.campaign import families
from tests.campaign.history import Rotated
from tests.campaign.hub import Hub
from tests.campaign.keyring import Keyring
from tests.campaign.oracles import COUNCIL, Case
from tests.campaign.running import Told, begin, finished, heal, lost
from tests.campaign.senders import Senders
from tests.campaign.stands import at_work
from tests.campaign.storm import CORRECTED, StormyEmbedded, StormyScaled

A_ROUND: Final = 4
"""Rotations in a round: two of the data key, one of a hub's secret, one of a sender's key."""
STOPS_WITHIN: Final = 60.0
"""Seconds in which a key that was taken out stops (P-table)."""
ANSWERS_WITHIN: Final = 600.0
"""Seconds in which every door is open again, on however busy a machine."""
KNOWN_AFTER: Final = 121.0
"""Seconds after which every process knows a data key, so that one before it may be destroyed."""
FORGOTTEN: Final = 3
"""Data keys that are destroyed at the end."""
SENDERS: Final = 6
PAUSE: Final = 0.5
"""So many send at once, and think so long: rotations take time, and every one of them is to fall into their sending."""
SETTLES: Final = 0.5
"""Seconds until requests that chose an old key have been answered."""


class RollingEmbedded(StormyEmbedded):
    """`gateway run` on SQLite: a new data key is made while it is stopped, as its runbook says."""

    async def change(self, rotate: Callable[[], None]) -> None:
        """Stop it, make a new data key, start it with what is configured now."""
        await self.cease(gently=True)
        await asyncio.to_thread(rotate)
        self.again()
        await self.heal()


class RollingScaled(StormyScaled):
    """PostgreSQL: each process is restarted in turn, and a new data key made while all run."""

    async def change(self, rotate: Callable[[], None]) -> None:
        """Restart one process after the other, and make a new data key."""
        await self.roll()
        await asyncio.to_thread(rotate)


async def rotations(
    stand: RollingEmbedded | RollingScaled, ring: Keyring, many: int, rng: Random, told: Told, *, control: str = ""
) -> Case:
    """Rotate so often under load, stop, and have the case. Whatever happens, nothing is left running."""
    senders = Senders(stand.doors, Random(rng.random()), many=SENDERS, pause=PAUSE, corrected=CORRECTED)
    facts, held = Rotated(), list[str]()
    stand.env.update(ring.settings)
    rounds = _Rounds(stand, ring, senders, facts, rng, control)
    try:
        async with Hub(Random(rng.random()), stand.permits, ring.knows) as hub:
            await begin(stand, hub.url)
            ring.all_known()
            load = asyncio.create_task(senders.run())
            try:
                if isinstance(stand, RollingEmbedded):
                    await asyncio.to_thread(rounds.refused_while_running)
                for number in range(1, max(1, many // A_ROUND) + 1):
                    await rounds.round()
                    with contextlib.suppress(Exception):
                        held.append(stand.place.checkpoint(COUNCIL))
                    told(number * A_ROUND, len(senders.history.acknowledged), lost(stand, senders))
                if many >= 10 * A_ROUND:
                    await rounds.forget()
                await rounds.still_stopped()
                await heal(stand, senders, load)
            finally:
                load.cancel()
            await stand.stop()
    finally:
        stand.kill()
    return replace(finished(stand, senders, hub, held), rotated=facts)


class _Rounds:
    """Rotations of one run."""

    def __init__(
        self,
        stand: RollingEmbedded | RollingScaled,
        ring: Keyring,
        senders: Senders,
        facts: Rotated,
        rng: Random,
        control: str,
    ) -> None:
        self._stand, self._ring, self._senders, self._facts = stand, ring, senders, facts
        self._rng, self._control = rng, control
        self._stopped: list[str] = []

    async def round(self) -> None:
        """Overlap; everybody goes over to the new; the old is taken out. The data key changes at both restarts."""
        stand, ring = self._stand, self._ring
        ring.add()
        if self._control == "secret-too-soon":
            ring.forget_at_hub()
        await stand.change(self._new_data_key)
        self._senders.keys[:] = ring.keys
        await self._work()
        self._senders.keys[:] = ring.keys[:1]
        ring.forget_at_hub()
        await self._work()
        await asyncio.sleep(SETTLES)
        old = ring.drop(keep_old_key=self._control == "old-key-lives")
        refused = asyncio.create_task(self._until_refused(old, time.monotonic()))
        await stand.change(self._new_data_key)
        ring.tidy()
        await refused
        self._stopped.append(old)
        self._facts.done.update({"hub secret": 1, "sender key": 1})
        await self._work()

    async def still_stopped(self) -> None:
        """No key that was taken out has come back."""
        for door in self._stand.doors:
            for old in self._stopped:
                if (status := await self._answer(door, old)) != 401:
                    self._facts.broken.append(f"a key that was taken out was answered {status}")

    async def _answer(self, door: str, key: str) -> int:
        """What a door answers to this key, once it does."""
        until = time.monotonic() + ANSWERS_WITHIN
        while not (status := await _status(door, key)) and time.monotonic() < until:
            await asyncio.sleep(0.2)
        return status

    def refused_while_running(self) -> None:
        """On SQLite nobody makes a data key beside a running gateway: it says so, and makes none."""
        before = set(self._stand.keys.iterdir())
        if self._gateway("keys", "rotate", "--council", COUNCIL).returncode == 0:
            self._facts.broken.append("a data key was rotated beside a running gateway")
        if set(self._stand.keys.iterdir()) != before:
            self._facts.broken.append("a data key was made beside a running gateway")

    async def forget(self) -> None:
        """Destroy the oldest data keys, once every process knows a newer one."""
        await asyncio.sleep(KNOWN_AFTER)

        def away() -> None:
            self._must("keys", "encrypt", "--council", COUNCIL)
            for number in range(1, FORGOTTEN + 1):
                self._must("keys", "forget", "--council", COUNCIL, "--number", str(number))
                self._facts.done["forgotten"] += 1

        await self._stand.change(away)

    async def _work(self) -> None:
        await at_work(self._rng, self._senders.history.statuses.total)

    def _new_data_key(self) -> None:
        self._must("keys", "rotate", "--council", COUNCIL)
        self._facts.done["data key"] += 1

    async def _until_refused(self, old: str, began: float) -> None:
        """At each door, within a minute. One that is shut just then lets nobody in."""
        for door in self._stand.doors:
            while (status := await _status(door, old)) != 401:
                since = time.monotonic() - began
                if status:
                    self._facts.slowest = max(self._facts.slowest, since)
                if since > (ANSWERS_WITHIN if not status else 30.0 if self._control else STOPS_WITHIN):
                    self._facts.broken.append(f"a key was answered {status} {since:.0f} s after it was taken out")
                    return
                await asyncio.sleep(0.2)

    def _must(self, *words: str) -> None:
        done = self._gateway(*words)
        if done.returncode:
            said = (done.stdout + done.stderr).strip()[-300:]
            self._facts.broken.append(f"gateway {' '.join(words[:2])} ended with {done.returncode}: {said}")

    def _gateway(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            python("gateway", *words), cwd=self._stand.folder, env={**os.environ, **self._stand.env},
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip


async def _status(door: str, key: str) -> int:
    """What a door answers to a preview with this key, which leaves no trace; 0 for nothing."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http,
            http.post(f"{door}/v1/referrals/preview", data=families.body(1, "share"), headers=headers) as answer,
        ):
            return answer.status
    return 0
