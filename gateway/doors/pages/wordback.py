"""Word to a sender's people that something came back: what their system would fetch, on a page, with its read marks."""

from __future__ import annotations

from typing import Final

from gateway.doors.pages.visit import Elsewhere, Page, Pages, Shown, Visit
from gateway.flows.senders import ownnotices


async def list_notices(visit: Visit) -> Shown:
    """GET /notices: what nobody there has marked as read, the oldest first, and what is overdue."""
    found = await ownnotices.unread(visit.gateway, visit.who)
    return Page("notices.html", {"found": found, "may_mark": visit.who.may("sent.mark")})


async def mark(visit: Visit) -> Shown:
    """POST /notices/{id}/read: it is not listed again."""
    await ownnotices.read(visit.gateway, visit.who, visit.part("id"))
    return Elsewhere("/notices", "Marked as read. The request has it still.")


PAGES: Final[Pages] = (
    ("GET", "/notices", "sent.notices", list_notices),
    ("POST", "/notices/{id}/read", "sent.mark", mark),
)
