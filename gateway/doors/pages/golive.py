"""Going live: what this council must still do, on one page (settled 52)."""

from __future__ import annotations

from typing import Final

from contracts.council import Council
from gateway.doors.pages.visit import Elsewhere, Page, Pages, Shown, Visit
from gateway.flows.operations import drills, golive
from gateway.path.calendar import day_of


async def drill(visit: Visit) -> Shown:
    """POST /going-live/drill: a contact that names nobody goes to the front door, and rings until a person saw it."""
    await drills.begin(visit.gateway, visit.who)
    door = visit.council.hubs[visit.council.front_door].title
    return Elsewhere("/going-live#drill", f"A drill is on its way to {door}. Ring them, and ask whether they see it.")


async def going_live(visit: Visit) -> Shown:
    """GET /going-live."""
    gateway, council = visit.gateway, visit.council
    policy, published = gateway.policy(council.name), gateway.has_published(council.name)
    schedule, today = gateway.catalogue.schedules[council.name], day_of(gateway.now())
    found = await gateway.store.ask(
        council.name,
        lambda connection: golive.points(gateway.settings, council, policy, schedule, published, connection, today),
    )
    newest = await gateway.store.ask(council.name, lambda connection: drills.newest(connection, council.name))
    parts = [(part, [one for one in found if one.part == part]) for part in golive.PARTS]
    held = council.controllers
    return Page(
        "going_live.html",
        {
            "parts": parts,
            "to_do": sum(one.must for one in found),
            "controllers": [
                (when, WHO[who]) for when, who in zip(WHEN, (held.received, held.held, held.sent), strict=True)
            ],
            "hubs": council.hubs.values(),
            "front_door": council.front_door,
            "keys": _keys(council),
            "drill": newest,
            "may_drill": visit.who.may("drill.divert"),
        },
    )


WHEN: Final = ("While it is received", "While it is held here", "Once it is sent to a hub")
WHO: Final = {
    "sender": "The sender",
    "council": "The council",
    "joint": "The sender and the council together",
    "not_said": "Nobody has said",
}
"""Who answers for the information, as a table says it (settled 52)."""


def _keys(council: Council) -> list[tuple[str, str]]:
    """Each sender and whether what it sends is live, a test, or either (settled 53)."""
    found = []
    for one in council.senders.values():
        live = bool(one.keys) or any(not key.get("test") for key in one.jwks)
        test = bool(one.test_keys) or any(key.get("test") for key in one.jwks)
        kinds = [word for word, there in (("live", live), ("test", test)) if there]
        demo = ", in a demonstration only" if one.demo else ""
        found.append((one.title, f"{' and '.join(kinds).capitalize()}{demo}" if kinds else "No key yet"))
    return found


PAGES: Final[Pages] = (
    ("GET", "/going-live", "page.going_live", going_live),
    ("POST", "/going-live/drill", "drill.divert", drill),
)
