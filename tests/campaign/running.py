"""One campaign on one store: load, kills, healing, and the case that the oracles judge."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from random import Random

from tests.bench.processes import NotStarted
from tests.campaign.hub import Hub
from tests.campaign.oracles import COUNCIL, Case
from tests.campaign.senders import Senders
from tests.campaign.stands import Stand

ANSWERED_WITHIN = 60.0
"""Seconds after the last kill in which every sender has its answers."""
DONE_WITHIN = 150.0
"""Seconds after that in which everything due is delivered and every entry sealed."""
SECOND_WAIT = 75_000
"""Milliseconds that the schedule's first two waits may take. What three kills hit waits longer, in plain sight."""
REPLAYED = 200
"""Acknowledged requests that are sent once more at the end."""
HELD = 12
"""Checkpoints kept outside."""

Told = Callable[[int, int, int], None]
"""Kills so far, acknowledged so far, lost so far."""


async def run(stand: Stand, kills: int, rng: Random, told: Told, *, early: bool = False) -> Case:
    """Send, kill `kills` times, heal, and stop. Whatever happens, nothing is left running."""
    senders = Senders(stand.doors, Random(rng.random()), early=early)
    held: list[str] = []
    try:
        async with Hub(Random(rng.random()), stand.permits) as hub:
            await begin(stand, hub.url)
            load = asyncio.create_task(senders.run())
            try:
                for number in range(1, kills + 1):
                    await stand.strike(rng, senders.history.statuses.total)
                    with contextlib.suppress(Exception):  # a database that is down cannot be asked just now
                        held.append(stand.place.checkpoint(COUNCIL))
                    told(number, len(senders.history.acknowledged), lost(stand, senders))
                await heal(stand, senders, load)
            finally:
                load.cancel()
            await stand.stop()
    finally:
        stand.kill()
    return finished(stand, senders, hub, held)


def finished(stand: Stand, senders: Senders, hub: Hub, held: Sequence[str]) -> Case:
    """What is judged of a run that came to its end. held: every checkpoint that was taken out of the store."""
    kept = held[:: max(1, len(held) // HELD)]
    return Case(senders.history, hub.seen, stand.place, stand.keys, stand.folder, stand.env, kept, stand.ended)


async def begin(stand: Stand, hub: str) -> None:
    """Bring everything up. Raises NotStarted: what never ran cannot be killed."""
    await stand.start(hub)
    if stand.ended:
        raise NotStarted(stand.ended[0])


async def heal(stand: Stand, senders: Senders, load: asyncio.Task[None]) -> None:
    """No more kills: everybody gets an answer, and everything comes to its end."""
    await stand.heal()
    senders.stop.set()
    done, _ = await asyncio.wait({load}, timeout=ANSWERED_WITHIN)
    if not done:
        waiting = sum(not request.status for request in senders.history.requests)
        stand.ended.append(f"{waiting} requests had no answer {ANSWERED_WITHIN:.0f} seconds after the last kill")
        return
    load.result()
    await senders.check_again(REPLAYED)
    until, by = time.monotonic() + DONE_WITHIN, time.time_ns() // 1_000_000 + SECOND_WAIT
    while (left := stand.place.at_work(by)) and time.monotonic() < until:
        await asyncio.sleep(0.25)
    if left:
        stand.ended.append(f"{left} deliveries or entries were not done {DONE_WITHIN:.0f} seconds after the last kill")


def lost(stand: Stand, senders: Senders) -> int:
    """How many of those acknowledged lately have a receipt for a referral that is not there. The oracles see all."""
    lately = [referral for request in senders.history.acknowledged[-500:] for referral in request.referrals]
    with contextlib.suppress(Exception):
        return len(stand.place.missing(lately))
    return 0
