"""What the command line asks of the clocks: to look at them now, and who is told of what."""

from __future__ import annotations

from typing import Any, Final

from starlette.routing import Route

from gateway.doors.asked import Asked, asked_route
from gateway.flows.gateway import Gateway
from gateway.flows.operations import ticks
from gateway.flows.telling import alarms

Said = dict[str, Any]

TICK: Final = "/tick"
ALARMS: Final = "/alarms"


async def tick(gateway: Gateway, asked: Asked) -> Said:
    """Look at the clocks now. Raises StoreUnavailable."""
    done = await ticks.tick(gateway)
    return {"looked": done.looked, "told": done.told}


async def told(gateway: Gateway, asked: Asked) -> Said:
    """`council`, and perhaps `role`: lines a person can act on. Raises NotFound."""
    council, role = str(asked.get("council", "")), str(asked.get("role", ""))
    found = await alarms.tellings(gateway, council, role)
    return {"lines": alarms.lines(found, gateway.council(council), gateway.now())}


def ringing_routes(gateway: Gateway) -> list[Route]:
    """Both."""
    return [asked_route(gateway, TICK, tick), asked_route(gateway, ALARMS, told)]
