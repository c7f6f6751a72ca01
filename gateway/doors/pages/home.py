"""The first page after signing in: what waits for me, what rings, and how far the record is (governance 2.5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from gateway.doors.pages.uploads import STATES
from gateway.doors.pages.visit import Page, Pages, Shown, Visit
from gateway.flows.data_protection import rights
from gateway.flows.evidence.standstill import standing
from gateway.flows.holds import showing
from gateway.flows.operations import awaiting
from gateway.flows.operations.lapsing import lapsing
from gateway.flows.oversight.glass import TASK as REVIEW
from gateway.flows.senders import drafts, ownnotices, ownrequests, uploads
from gateway.flows.telling.alarms import lines, tellings
from gateway.path.calendar import day_of, start_of
from gateway.store import log
from gateway.store.log import Which

_HOLDS = ("hold:",)
_TASKS = ("task:", "clock:", "review:")
WEEK: Final = timedelta(days=6)
"""Days before today whose decisions are counted with today's."""
NEAREST = 10
"""Rows of each list on the first page; the lists have pages of their own."""


async def home(visit: Visit) -> Shown:
    """GET /."""
    gateway, who = visit.gateway, visit.who
    if who.sender:
        return await _of_sender(visit)
    if who.audit is not None:
        return await _of_auditor(visit)
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
            "besides": await awaiting.awaiting(gateway, who),
            "nearest": NEAREST,
            "asked": asked,
            "may_write_down": who.may("rights.open"),
            "alarms": [lines((one,), who.council, gateway.now()) for one in told if who.serves(one.hub)],
            "record": record,
            "may_review": who.may("glass.review"),
            "unreviewed": sum(one["kind"] == f"task:{REVIEW}" for one in tasks),
            "witnesses": bool(gateway.settings.witnesses),
            **await _overseen(visit),
        },
    )


async def _overseen(visit: Visit) -> dict[str, object]:
    """What somebody who oversees looks at before it is asked of them (governance 2.5); None where it is not theirs."""
    gateway, who = visit.gateway, visit.who
    today = day_of(gateway.now())
    near = lapsing(who.council, today) if who.may("holds.decide", "register") else None
    if not who.may("log.list"):
        return {"near": near, "overridden": None}
    first = today - WEEK
    which = Which(start_of(first), start_of(today + timedelta(days=1)), hubs=who.hubs, human="yes")
    many = await gateway.store.ask(
        who.council.name, lambda connection: log.counted(connection, who.council.name, which)
    )
    since = {"from-day": first.day, "from-month": first.month, "from-year": first.year}
    at, weekly = f"/log?{urlencode({'human': 'yes'} | since)}", who.may("reports.make", "close")
    return {"near": near, "overridden": many, "overridden_at": at, "weekly": weekly}


async def _of_auditor(visit: Visit) -> Page:
    """What an auditor may read and until when, and how far the record is that they check it against."""
    gateway, council = visit.gateway, visit.council.name
    record = await gateway.store.ask(council, lambda connection: standing(connection, council))
    return Page("audit.html", {"audit": visit.who.audit, "record": record})


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
