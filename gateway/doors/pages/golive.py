"""Going live: what this council must still do, on one page (settled 52)."""

from __future__ import annotations

from typing import Final

from gateway.doors.pages.visit import Page, Pages, Shown, Visit
from gateway.flows import golive, policies
from gateway.path.calendar import day_of


async def going_live(visit: Visit) -> Shown:
    """GET /going-live."""
    gateway, council = visit.gateway, visit.council
    policy, published = gateway.policy(council.name), policies.is_published(gateway, council.name)
    today = day_of(gateway.now())
    found = await gateway.store.ask(
        council.name,
        lambda connection: golive.points(gateway.settings, council, policy, published, connection, today),
    )
    parts = [(part, [one.say for one in found if one.part == part]) for part in golive.PARTS]
    left = sum(one.must for one in found)
    return Page("going_live.html", {"parts": parts, "left": left})


PAGES: Final[Pages] = (("GET", "/going-live", "page.going_live", going_live),)
