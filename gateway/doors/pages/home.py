"""The first page after signing in: what waits for me, what rings, and how far the record is (governance 2.5)."""

from __future__ import annotations

from typing import Final

from gateway.doors.pages.uploads import STATES
from gateway.doors.pages.visit import Page, Pages, Shown, Visit
from gateway.flows import drafts, ownnotices, ownrequests, rights, showing, uploads
from gateway.flows.alarms import lines, tellings
from gateway.flows.glass import TASK as REVIEW
from gateway.flows.standstill import standing

_HOLDS = ("hold:",)
_TASKS = ("task:", "clock:", "review:")
NEAREST = 10
"""Rows of each list on the first page; the lists have pages of their own."""


async def home(visit: Visit) -> Shown:
    """GET /."""
    gateway, who = visit.gateway, visit.who
    if who.sender:
        return await _of_sender(visit)
    holds = await showing.listed(gateway, who, _HOLDS, mine=True)
    tasks = await showing.listed(gateway, who, _TASKS, mine=True)
    told = await tellings(gateway, who.council.name, who.role)
    asked = await rights.listed(gateway, who) if who.may("rights.list") else None
    record = await gateway.store.ask(who.council.name, lambda connection: standing(connection, who.council.name))
    return Page(
        "home.html",
        {
            "holds": holds,
            "tasks": tasks,
            "nearest": NEAREST,
            "asked": asked,
            "may_write_down": who.may("rights.open"),
            "alarms": lines(told, who.council, gateway.now()),
            "record": record,
            "may_review": who.may("glass.review"),
            "unreviewed": sum(one["kind"] == f"task:{REVIEW}" for one in tasks),
            "witnesses": bool(gateway.settings.witnesses),
        },
    )


async def _of_sender(visit: Visit) -> Page:
    """What waits for a sender's own people, what came back, and whom they ring: the front door first."""
    gateway, who = visit.gateway, visit.who
    files = await uploads.listed(gateway, who)
    hubs = [hub for hub in who.council.hubs.values() if hub.telephone]
    values = {
        "asks": await ownrequests.asked(gateway, who),
        "waiting": [one for one in files if one.state in uploads.OPEN][:NEAREST],
        "states": STATES,
        "back": await ownnotices.unread(gateway, who),
        "to_send": await drafts.listed(gateway, who, drafts.READY, drafts.SENDING),
        "may_send": who.may("enquiries.send"),
        "may_mark": who.may("sent.mark"),
        "nearest": NEAREST,
        "hubs": sorted(hubs, key=lambda hub: not hub.front_door),
    }
    return Page("home_sender.html", values)


PAGES: Final[Pages] = (("GET", "/", "page.home", home),)
