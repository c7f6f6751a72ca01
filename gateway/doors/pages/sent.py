"""What one's own sender sent: the list, one request with what became of it, and all of one child together."""

from __future__ import annotations

from typing import Final

from contracts.errors import NoSuchAnswer, NotFound
from gateway.doors.pages.visit import Mistake, Page, Pages, Shown, Visit
from gateway.flows.oversight import asked
from gateway.flows.senders import ownreading, ownrequest, ownrequests
from gateway.flows.sign_in import sessions
from gateway.store.chance import new_id
from gateway.store.log import MOST

_TELLS: Final = ("answer", "ask", "agree", "withdraw", "correct", "export", "open", "child")


async def list_sent(visit: Visit) -> Shown:
    """GET /sent: what is asked of them first, then every request, the newest first."""
    after = asked.read_place(visit.asked("after"))
    found = await ownrequests.listed(visit.gateway, visit.who, after)
    asks = await ownrequests.asked(visit.gateway, visit.who) if after is None else ()
    values = {
        "asks": asks,
        "found": found,
        "most": MOST,
        "next": f"/sent?after={found.next}" if found.next else "",
        "newest": "/sent" if after else "",
        "emergency_near": any(one.standing.open for one in found.rows),
    }
    return Page("sent.html", values)


async def one(visit: Visit) -> Shown:
    """GET /sent/{id}."""
    return await request_page(visit)


async def open_one(visit: Visit) -> Shown:
    """POST /sent/{id}/open: what was sent and what hubs wrote, once the record says who reads it."""
    purpose = visit.given("purpose")
    try:
        found = await ownreading.opened(visit.gateway, visit.who, visit.part("id"), purpose)
    except NoSuchAnswer as error:
        return await request_page(visit, [Mistake("purpose", str(error))])
    await keep_purpose(visit, purpose)
    return await request_page(visit, more={"content": found, "purpose": purpose})


async def of_child(visit: Visit) -> Shown:
    """GET /sent/{id}/child/{place}: asks why before it shows anything."""
    await ownrequest.show(visit.gateway, visit.who, visit.part("id"))
    return Page("sent_child.html", _child(visit))


async def together(visit: Visit) -> Shown:
    """POST /sent/{id}/child/{place}: all of one child's requests."""
    purpose, values = visit.given("purpose"), _child(visit)
    try:
        found = await ownreading.together(visit.gateway, visit.who, visit.part("id"), _place(visit), purpose)
    except NoSuchAnswer as error:
        return Page("sent_child.html", values | {"mistakes": [Mistake("purpose", str(error))]}, 422)
    await keep_purpose(visit, purpose)
    return Page("sent_child.html", values | {"found": found, "purpose": purpose})


def _child(visit: Visit) -> dict[str, object]:
    return {"id": visit.part("id"), "place": _place(visit), "found": None, "mistakes": []}


def _place(visit: Visit) -> int:
    place = visit.part("place")
    if not (place.isascii() and place.isdigit() and len(place) < 4):
        raise NotFound("There is no such child in this request.")
    return int(place)


async def request_page(
    visit: Visit, mistakes: list[Mistake] | None = None, more: dict[str, object] | None = None
) -> Page:
    """The page of one request, with what is to be put right in one of its forms, and more to show on it."""
    shown = await ownrequest.show(visit.gateway, visit.who, visit.part("id"))
    values: dict[str, object] = {
        "one": shown,
        "may": {name for name in _TELLS if visit.who.may(f"sent.{name}")},
        "mistakes": mistakes or [],
        "typed": {name: given[0] for name, given in visit.form.items()},
        "content": None,
        "once": new_id(),
    }
    return Page("sent_request.html", values | (more or {}), 422 if mistakes else 200)


async def keep_purpose(visit: Visit, purpose: str) -> None:
    """Let the session hold why they read names."""
    assert visit.session is not None
    await sessions.say_purpose(visit.gateway, visit.session, purpose)


PAGES: Final[Pages] = (
    ("GET", "/sent", "sent.list", list_sent),
    ("GET", "/sent/{id}", "sent.show", one),
    ("POST", "/sent/{id}/open", "sent.open", open_one),
    ("GET", "/sent/{id}/child/{place}", "sent.child", of_child),
    ("POST", "/sent/{id}/child/{place}", "sent.child", together),
)
