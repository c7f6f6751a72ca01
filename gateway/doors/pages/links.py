"""Links that were mailed to a hub: which messages have them, and ending those of one message before their time."""

from __future__ import annotations

from typing import Final

from contracts.errors import NoSuchAnswer, NotFound
from gateway.doors.pages.hubs import KINDS
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.delivery import linkends
from gateway.flows.delivery.linkends import LEAST


async def list_links(visit: Visit) -> Shown:
    """GET /hubs/{hub}/links; `message=` finds one by the beginning of its reference or number."""
    hub, named = visit.part("hub"), visit.asked("message").casefold()
    page = int(visit.asked("page")) if visit.asked("page").isdecimal() and len(visit.asked("page")) < 6 else 1
    wrong = [Mistake("message", f"Write the first {LEAST} characters or more.")] if 0 < len(named) < LEAST else []
    rows, more = await linkends.listed(visit.gateway, visit.who, hub, max(1, page), "" if wrong else named)
    values = {
        "hub": visit.council.hubs[hub],
        "rows": rows,
        "more": more,
        "page": max(1, page),
        "named": named,
        "kinds": KINDS,
        "mailed": hub in visit.council.links.hubs or bool(visit.council.links.roles),
        "mistakes": wrong,
    }
    return Page("hub_links.html", values, 422 if wrong else 200)


async def ask(visit: Visit) -> Shown:
    """GET /hubs/{hub}/links/{id}: why they are to end."""
    return await _ask(visit)


async def end(visit: Visit) -> Shown:
    """POST /hubs/{hub}/links/{id}."""
    await _of_hub(visit)
    try:
        told = await linkends.end(visit.gateway, visit.who, visit.part("id"), visit.given("reason"))
    except NoSuchAnswer as error:
        return await _ask(visit, [Mistake("reason", str(error))])
    return Elsewhere(f"/hubs/{visit.part('hub')}/links", str(told["say"]))


async def _ask(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    values = {
        "row": await _of_hub(visit),
        "hub": visit.council.hubs[visit.part("hub")],
        "kinds": KINDS,
        "typed": {"reason": visit.given("reason")},
        "mistakes": mistakes or [],
    }
    return Page("hub_link.html", values, 422 if mistakes else 200)


async def _of_hub(visit: Visit) -> linkends.Linked:
    found = await linkends.one(visit.gateway, visit.who, visit.part("id"))
    if found.hub != visit.part("hub") or found.hub not in visit.council.hubs:
        raise NotFound("No message of that number has left here.")
    return found


PAGES: Final[Pages] = (
    ("GET", "/hubs/{hub}/links", "links.end", list_links),
    ("GET", "/hubs/{hub}/links/{id}", "links.end", ask),
    ("POST", "/hubs/{hub}/links/{id}", "links.end", end),
)
