"""Whether this process is up, and whether it can do its work. No identifiers."""

from __future__ import annotations

from functools import partial

from contracts.errors import StoreUnavailable
from gateway.flows.gateway import Gateway
from gateway.store.queries import queue_health


def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "up"}


async def ready(gateway: Gateway) -> tuple[bool, dict[str, object]]:
    """Whether it can accept, and how long the oldest delivery has waited, in whole seconds."""
    if gateway.writer.failed.is_set():
        return False, {"status": "down", "why": "the store failed; restart the gateway"}
    waiting, oldest = 0, None
    try:
        for council in gateway.catalogue.councils:
            health = await gateway.store.ask(council, partial(queue_health, council=council))
            for standing in health.deliveries.values():
                waiting += standing.count
                oldest = standing.oldest if oldest is None else min(oldest, standing.oldest)
    except StoreUnavailable:
        return False, {"status": "down", "why": "the store does not answer"}
    told: dict[str, object] = {"status": "up", "deliveries_open": waiting, "record": "sealing"}
    if oldest is not None:
        told["oldest_seconds"] = max(0, (gateway.now() - oldest) // 1000)
    if gateway.sealer.alarms:
        told["record"] = "not sealing: a person must look"
    return True, told
