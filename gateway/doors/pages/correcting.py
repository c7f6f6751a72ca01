"""The way to putting a request of one's own right: why it is opened, and then the council's own form (`enquiry`)."""

from __future__ import annotations

from typing import Final

from contracts.errors import NoSuchAnswer
from gateway.doors.pages.sent import keep_purpose
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.senders import correcting, ownrequest


async def ask(visit: Visit) -> Shown:
    """GET /sent/{id}/correct: asks why before it shows anything."""
    return await _ask(visit)


async def correct(visit: Visit) -> Shown:
    """POST /sent/{id}/correct: everything that was sent, in the council's own form. Nothing is sent yet."""
    purpose = visit.given("purpose")
    try:
        draft = await correcting.begin(visit.gateway, visit.who, visit.part("id"), purpose)
    except NoSuchAnswer as error:
        return await _ask(visit, [Mistake("purpose", str(error))])
    await keep_purpose(visit, purpose)
    return Elsewhere(f"/enquiries/{draft}")


async def _ask(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    await ownrequest.show(visit.gateway, visit.who, visit.part("id"))
    assert visit.session is not None
    typed = visit.given("purpose") if mistakes else visit.session.purpose
    values = {"id": visit.part("id"), "typed": typed, "mistakes": mistakes or []}
    return Page("correct.html", values, 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", "/sent/{id}/correct", "sent.correct", ask),
    ("POST", "/sent/{id}/correct", "sent.correct", correct),
)
