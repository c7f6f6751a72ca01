"""Fetches from every place of every council until it is told to stop, each at its own pace."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from secrets import token_hex
from typing import Final

from contracts.errors import ConfigError, GatewayError
from gateway.config.pickups import Pickup
from gateway.flows.connections.destinations import destinations_of
from gateway.flows.gateway import Gateway
from gateway.flows.places.opening import Secret, check_installed, open_place
from gateway.flows.places.pickup import Round, fetch
from gateway.flows.places.place import Unreachable
from gateway.flows.places.turn import give_back, has_turn
from gateway.logs import place_of

_LOG: Final = logging.getLogger(__name__)

GRACE: Final = 5.0
"""Seconds that what is being taken may take to finish; what is cut then is taken again at the next start."""
LONGEST: Final = 300.0
"""Seconds between tries at most while a place cannot be used: an account must not be locked for trying too often."""
SETTLING: Final = 2.0
"""Seconds between the two looks of `once` at most."""


@asynccontextmanager
async def fetching(gateway: Gateway, secret: Secret) -> AsyncIterator[None]:
    """Every pickup at work in this event loop. Raises ConfigError for one that cannot ever work here."""
    pickups = gateway.catalogue.pickups
    check(gateway, pickups)
    stop, owner = asyncio.Event(), token_hex(8)
    tasks = [asyncio.create_task(_keep_fetching(gateway, pickup, secret, stop, owner)) for pickup in pickups]
    try:
        yield
    finally:
        stop.set()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def once(gateway: Gateway, pickup: Pickup, secret: Secret) -> Counter[str]:
    """Look twice, so that what stands still is taken, and say how many went where. Raises Unreachable."""
    owner = token_hex(8)
    if not await has_turn(gateway, pickup, owner):
        raise Unreachable("another_process_fetches")
    try:
        async with open_place(pickup, secret, destinations_of(gateway.settings)) as place:
            first = await fetch(gateway, pickup, place, Round())
            if not first.standing:
                return first.counts
            await asyncio.sleep(min(pickup.every, SETTLING))
            second = await fetch(gateway, pickup, place, first)
    finally:
        await give_back(gateway, pickup, owner)
    taken = Counter({into: first.counts[into] for into in ("done", "quarantine")})
    return taken + second.counts


def check(gateway: Gateway, pickups: Iterable[Pickup]) -> None:
    """Raises ConfigError where a library is missing, or a sender is for a demonstration only."""
    check_installed(pickups)
    for pickup in pickups if not gateway.settings.demo else ():
        senders = gateway.council(pickup.council).senders
        for sender in sorted(pickup.senders):
            if senders[sender].demo:
                raise ConfigError(f"The pickup {pickup.key} fetches for {sender}, who is for a demonstration only.")


async def _keep_fetching(gateway: Gateway, pickup: Pickup, secret: Secret, stop: asyncio.Event, owner: str) -> None:
    before, told, failures = Round(), "", 0
    said = {"council": pickup.council, "key": pickup.key, "kind": pickup.where.kind}
    while not stop.is_set():
        trouble = ""
        try:
            if await has_turn(gateway, pickup, owner):
                async with open_place(pickup, secret, destinations_of(gateway.settings)) as place:
                    before = await fetch(gateway, pickup, place, before)
        except Unreachable as error:
            trouble = str(error)
        except GatewayError as error:
            trouble = error.slug()
        except Exception as error:
            # A fault of our own must not end the fetching from this place for good without a word.
            trouble = f"{type(error).__name__} {place_of(error)}"
        if trouble != told:
            word = "A place cannot be used" if trouble else "A place can be used again"
            _LOG.warning(word, extra=said | {"why": trouble})
        told, failures = trouble, failures + 1 if trouble else 0
        with suppress(TimeoutError):
            longest = max(LONGEST, float(pickup.every))
            await asyncio.wait_for(stop.wait(), min(pickup.every * 2.0 ** min(failures, 16), longest))
    with suppress(GatewayError):
        await give_back(gateway, pickup, owner)
