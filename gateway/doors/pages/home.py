"""The first page after signing in: what waits for me, what rings, and how far the record is (governance 2.5)."""

from __future__ import annotations

from typing import Final

from gateway.doors.pages.visit import Page, Pages, Shown, Visit
from gateway.flows import showing
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
        return Page("home_sender.html")
    holds = await showing.listed(gateway, who, _HOLDS, mine=True)
    tasks = await showing.listed(gateway, who, _TASKS, mine=True)
    told = await tellings(gateway, who.council.name, who.role)
    record = await gateway.store.ask(who.council.name, lambda connection: standing(connection, who.council.name))
    return Page(
        "home.html",
        {
            "holds": holds,
            "tasks": tasks,
            "nearest": NEAREST,
            "alarms": lines(told, who.council, gateway.now()),
            "record": record,
            "may_review": who.may("glass.review"),
            "unreviewed": sum(one["kind"] == f"task:{REVIEW}" for one in tasks),
            "witnesses": bool(gateway.settings.witnesses),
        },
    )


PAGES: Final[Pages] = (("GET", "/", "page.home", home),)
