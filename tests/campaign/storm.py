"""E15: the whole gateway is restarted again and again, with a long queue for hubs that are down, and then are back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Final

from sqlalchemy import text

from tests.bench.processes import Process
from tests.campaign.embedded import Embedded
from tests.campaign.hub import Hub, Mood
from tests.campaign.oracles import COUNCIL, Case
from tests.campaign.pacing import Storm
from tests.campaign.running import Told, begin, finished, heal, lost
from tests.campaign.scaled import APIS, WORKERS, Scaled
from tests.campaign.senders import Senders
from tests.campaign.stands import STARTING, is_up, note_ended
from tests.campaign.stored import Place

STOPS_WITHIN: Final = 20.0
"""Seconds after a SIGTERM until it is safe to kill (reliability 5.9)."""
DOWN: Final = 0.7
"""Share of the restarts during which the hubs are down."""
MOODS: Final[tuple[Mood, ...]] = ("away", "busy", "broken")
"""How they are down, in turn."""
STARTS: Final = 4.0
"""Seconds after a start in which a restart falls that is to fall while it starts."""
LEAVES_WITHIN: Final = 5.0
"""Seconds in which a process that ended takes its children with it."""
AT_WORK: Final = 2.0
"""Seconds between coming up and the next restart, at most."""
CORRECTED: Final = 0.15
"""Share of shared referrals that their sender corrects."""
FILLED_WITHIN: Final = 900.0
"""Seconds in which the queue is filled."""


class StormyEmbedded(Embedded):
    """`gateway run` on SQLite."""

    async def cease(self, *, gently: bool) -> None:
        """End it."""
        assert self._process is not None
        await _end([self._process], self.ended, gently=gently, up=await self.up())

    def again(self) -> None:
        """Start it."""
        self._again()

    async def up(self) -> bool:
        """Whether it answers."""
        return await is_up(self.doors[0])


class StormyScaled(Scaled):
    """Two API processes and two workers on PostgreSQL. The server stays up."""

    async def cease(self, *, gently: bool) -> None:
        """End all four."""
        processes, up = self._apis + self._workers, await self.up()
        await _end(processes, self.ended, gently=gently, up=up)

    def again(self) -> None:
        """Start all four, at once."""
        self._apis = [self._api(n) for n in range(APIS)]
        self._workers = [self._worker() for _ in range(WORKERS)]

    async def up(self) -> bool:
        """Whether both doors answer and both workers work."""
        return await self._all_up()

    async def roll(self) -> None:
        """Ask each process to stop in turn, and start it again before the next is asked; doors first."""
        for n in range(APIS):
            await _end([self._apis[n]], self.ended, gently=True, up=True)
            self._apis[n] = self._api(n)
            await self.heal()
        for n in range(WORKERS):
            await _end([self._workers[n]], self.ended, gently=True, up=True)
            self._workers[n] = self._worker()
            await self.heal()


async def _end(processes: Sequence[Process], ended: list[str], *, gently: bool, up: bool) -> None:
    """End these as an operator would, or as a power cut; nothing of them may be left behind.

    up  whether they had come up: what is still starting need not yet know what SIGTERM asks for
    """
    for process in processes:
        note_ended(process, ended)
        if gently:
            process.popen.send_signal(signal.SIGTERM)
    for process in processes if gently else ():
        try:
            code = await asyncio.to_thread(process.popen.wait, STOPS_WITHIN)
            if code and (up or code != -signal.SIGTERM):
                ended.append(f"a process that was asked to stop ended with {code}")
        except subprocess.TimeoutExpired:
            ended.append(f"a process that was asked to stop ran on for {STOPS_WITHIN:.0f} seconds")
        if not await _alone(process):
            ended.append("a process that was asked to stop left another behind")
    for process in processes:
        process.kill()


async def _alone(process: Process) -> bool:
    """Whether nothing of its group is left, after a moment."""
    until = time.monotonic() + LEAVES_WITHIN
    while time.monotonic() < until:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        await asyncio.sleep(0.02)
    return False


async def storm(
    stand: StormyEmbedded | StormyScaled,
    restarts: int,
    queued: int,
    rng: Random,
    told: Told,
    *,
    between: Callable[[Place], None] = lambda place: None,
) -> Case:
    """Fill the queue, restart so many times, heal, and stop. Whatever happens, nothing is left running.

    between  done to the store while nothing runs: a planted bug
    """
    senders = Senders(stand.doors, Random(rng.random()), corrected=CORRECTED)
    facts, held = Storm(), list[str]()
    try:
        async with Hub(Random(rng.random()), stand.permits) as hub:
            await hub.feel(MOODS[0])
            facts.down = _now(), 0
            await begin(stand, hub.url)
            await _fill(senders, queued)
            facts.queued = stand.place.waiting()
            # Few go on while it storms, so that versions and withdrawals meet it too.
            few = senders.fewer(2, 1.0)
            load = asyncio.create_task(few.run())
            try:
                for number in range(restarts):
                    await _set(hub, facts, number / restarts)
                    await _strike(stand, facts, rng, between)
                    with contextlib.suppress(Exception):
                        held.append(stand.place.checkpoint(COUNCIL))
                    told(number + 1, len(senders.history.acknowledged), lost(stand, senders))
                await _set(hub, facts, 1.0)
                await heal(stand, few, load)
            finally:
                load.cancel()
            await stand.stop()
    finally:
        stand.kill()
    return replace(finished(stand, senders, hub, held), storm=facts)


async def _fill(senders: Senders, queued: int) -> None:
    """Send until so many are acknowledged."""
    load = asyncio.create_task(senders.run())
    until = time.monotonic() + FILLED_WITHIN
    while len(senders.history.acknowledged) < queued and time.monotonic() < until and not load.done():
        await asyncio.sleep(0.1)
    senders.stop.set()
    await load


async def _set(hub: Hub, facts: Storm, share: float) -> None:
    """The hubs as they are after this share of the restarts: down in one way after the other, then well."""
    mood: Mood = "well" if share >= DOWN else MOODS[int(share / DOWN * len(MOODS))]
    if mood != hub.mood:
        if mood == "well":
            facts.down = facts.down[0], _now()
        await hub.feel(mood)


async def _strike(
    stand: StormyEmbedded | StormyScaled, facts: Storm, rng: Random, between: Callable[[Place], None]
) -> None:
    """End it, at work or while it starts, killed and asked in turn; and start it again."""
    if rng.random() < STARTING:
        await asyncio.sleep(rng.uniform(0, STARTS))
    else:
        await stand.heal()
        await asyncio.sleep(rng.uniform(0, AT_WORK))
    stand.while_starting += not await stand.up()
    gently = len(facts.restarts) % 2 == 1
    await stand.cease(gently=gently)
    facts.restarts.append(_now())
    between(stand.place)
    stand.again()


def all_at_once(place: Place) -> None:
    """A planted bug: whatever waits is due when the gateway starts."""
    with place.connect("rw") as connection:
        connection.execute(text("UPDATE delivery SET due_at = 0 WHERE state = 'due'"))


def lanes_forgotten(place: Place) -> None:
    """A planted bug: whoever starts knows nothing of hubs that were down."""
    with place.connect("rw") as connection:
        connection.execute(text("UPDATE hub_lane SET failures = 0, open_at = 0"))


PLANTED: Final[Mapping[str, Callable[[Place], None]]] = {"all-at-once": all_at_once, "lanes-forgotten": lanes_forgotten}
"""Bugs that are planted while it storms, by the name of their control."""


def _now() -> int:
    return time.time_ns() // 1_000_000
