"""Whether this process is up, and whether it can do its work. No identifiers; the queue's age for the operator only."""

from __future__ import annotations

from functools import partial

from contracts.errors import StoreUnavailable
from gateway.flows.gateway import Gateway
from gateway.store.queries import queue_health
from gateway.store.restored import restored_in


def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "up"}


async def ready(gateway: Gateway) -> tuple[bool, dict[str, object]]:
    """Whether it can accept; and for the operator, how long the oldest delivery has waited, in whole seconds."""
    if gateway.writer.failed.is_set():
        return False, {"status": "down", "why": "the store failed; restart the gateway"}
    waiting, oldest, held = 0, None, False
    try:
        for council in gateway.catalogue.councils:
            known = await gateway.store.ask(council, restored_in)
            held = known is not None and known.holds
            health = await gateway.store.ask(council, partial(queue_health, council=council))
            for standing in health.deliveries.values():
                waiting += standing.count
                oldest = standing.oldest if oldest is None else min(oldest, standing.oldest)
    except StoreUnavailable:
        return False, {"status": "down", "why": "the store does not answer"}
    told: dict[str, object] = {"status": "up", "deliveries_open": waiting, "record": "sealing"}
    if oldest is not None:
        told["oldest_seconds"] = max(0, (gateway.now() - oldest) // 1000)
    if not gateway.settings.mail_relay:
        told["mail"] = "no mail server: digests and alarms are only listed"
    if gateway.sealer.alarms:
        told["record"] = "not sealing: a person must look"
    if held:
        told["sending"] = "held after a restore: gateway backup status"
    return True, told


async def ready_for_anyone(gateway: Gateway) -> tuple[bool, dict[str, object]]:
    """The same in a word: how much waits, and for how long, is nobody's but the operator's."""
    fit, told = await ready(gateway)
    return fit, {name: told[name] for name in ("status", "why") if name in told}
