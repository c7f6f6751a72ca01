"""Saying, signed in, what became of a message that has arrived: for hubs whose own system does not (settled 46)."""

from __future__ import annotations

import secrets
from typing import Final

from contracts.errors import InvalidMessage
from gateway.doors.pages.hubs import KINDS
from gateway.doors.pages.outcome import missing, mistakes_in
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.follow_up.answerlinks import Given
from gateway.flows.holds import became


async def ask(visit: Visit) -> Shown:
    """GET /arrived/{id}/became."""
    return await _page(visit)


async def tell(visit: Visit) -> Shown:
    """POST /arrived/{id}/became: record one answer, as the hub's own system would."""
    if not visit.given("answer"):
        return await _page(visit, [missing("answer")])
    given = Given(visit.given("answer"), visit.given("words"), visit.given("lead"))
    try:
        said = await became.answer(visit.gateway, visit.who, visit.part("id"), visit.given("once"), given)
    except InvalidMessage as error:
        return await _page(visit, mistakes_in(error))
    return Elsewhere(f"/arrived/{visit.part('id')}", f"Recorded: {said}")


async def _page(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    asked = await became.asked(visit.gateway, visit.who, visit.part("id"))
    values = {
        "asked": asked,
        "row": asked.line,
        "kinds": KINDS,
        "once": visit.given("once") or secrets.token_hex(16),
        "typed": {name: visit.given(name) for name in ("answer", "words", "lead")},
        "mistakes": mistakes or [],
    }
    return Page("became.html", values, 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", "/arrived/{id}/became", "arrived.tell", ask),
    ("POST", "/arrived/{id}/became", "arrived.tell", tell),
)
