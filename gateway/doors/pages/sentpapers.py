"""Papers to keep of one's own request: a copy to print, the same for a system, and the sharing receipt."""

from __future__ import annotations

import json
from typing import Final

from contracts.errors import NoSuchAnswer, NotSentYet
from gateway.doors.pages.look import write
from gateway.doors.pages.sent import keep_purpose, request_page
from gateway.doors.pages.visit import Download, Mistake, Pages, Shown, Visit
from gateway.flows.senders import ownpapers, ownrequest

_ZIP: Final = "application/zip"


async def copy(visit: Visit) -> Shown:
    """POST /sent/{id}/copy: what was sent and what became of it, as a file."""
    why = await _stepped_up(visit)
    try:
        found = await ownpapers.copy(visit.gateway, visit.who, visit.part("id"), why)
    except NoSuchAnswer as error:
        return await request_page(visit, [Mistake("why", str(error))])
    await keep_purpose(visit, why)
    name = f"request-{visit.part('id')[:8]}"
    if visit.given("form") == "json":
        return Download(f"{name}.json", "application/json", json.dumps(found, indent=1, ensure_ascii=False).encode())
    one = await ownrequest.show(visit.gateway, visit.who, visit.part("id"))
    shown = {"one": one, "referral": found["referral"], "works_at": visit.who.works_at, "council": visit.council}
    return Download(f"{name}.html", "text/html", write("sent_copy.html", shown | {"at": visit.gateway.now()}))


async def receipt(visit: Visit) -> Shown:
    """POST /sent/{id}/receipt/{delivery}: the full sharing receipt of one message, to print and to check."""
    why = await _stepped_up(visit)
    try:
        found = await ownpapers.receipt(visit.gateway, visit.who, visit.part("id"), visit.part("delivery"), why)
    except (NoSuchAnswer, NotSentYet) as error:
        return await request_page(visit, [Mistake("why", str(error))])
    await keep_purpose(visit, why)
    return Download(f"receipt-{visit.part('delivery')[:8]}.zip", _ZIP, found)


async def _stepped_up(visit: Visit) -> str:
    """Why they take it out, once they have just proved who they are. Raises SignInAgain; the reason is kept over it."""
    why = visit.given("why")
    if why:
        await keep_purpose(visit, why)
    visit.must_have_stepped_up(f"/sent/{visit.part('id')}")
    return why


PAGES: Final[Pages] = (
    ("POST", "/sent/{id}/copy", "sent.export", copy),
    ("POST", "/sent/{id}/receipt/{delivery}", "sent.export", receipt),
)
