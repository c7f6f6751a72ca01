"""What a sender's people tell about a request of theirs: an answer, a chase, a no, what the family says now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

from contracts.agreement import AgreementForm, AgreementStatus
from contracts.errors import InvalidMessage, NoSuchAnswer
from gateway.doors.pages.sent import request_page
from gateway.doors.pages.visit import Elsewhere, Mistake, Pages, Shown, Visit
from gateway.flows.senders import ownreading, owntelling
from gateway.flows.senders.owntelling import Said
from gateway.store.chance import new_id

STATUSES: Final = (AgreementStatus.GIVEN, AgreementStatus.REFUSED, AgreementStatus.WITHDRAWN)


async def answer(visit: Visit) -> Shown:
    """POST /sent/{id}/answer: what a hub asked for."""
    question, words = visit.given("question"), visit.given("answer")

    async def tell() -> str:
        return await owntelling.answer(visit.gateway, visit.who, visit.part("id"), question, words, _once(visit))

    return await _told(visit, "answer", tell, reopen=True)


async def chase(visit: Visit) -> Shown:
    """POST /sent/{id}/chase: ask the hub what became of it."""
    return await _told(visit, "chase", lambda: owntelling.chase(visit.gateway, visit.who, visit.part("id")))


async def disagree(visit: Visit) -> Shown:
    """POST /sent/{id}/disagree: a sentence to the hub's manager."""
    words = visit.given("disagree")
    return await _told(
        visit, "disagree", lambda: owntelling.disagree(visit.gateway, visit.who, visit.part("id"), words)
    )


async def withdraw(visit: Visit) -> Shown:
    """POST /sent/{id}/withdraw: the family no longer agrees to any of it."""
    reason = visit.given("reason")
    return await _told(visit, "reason", lambda: owntelling.withdraw(visit.gateway, visit.who, visit.part("id"), reason))


async def agree(visit: Visit) -> Shown:
    """POST /sent/{id}/agree: what somebody of the family said later."""
    said, wrong = _said(visit)
    if said is None:
        return await request_page(visit, wrong)
    return await _told(
        visit, "said-by", lambda: owntelling.agree(visit.gateway, visit.who, visit.part("id"), said, _once(visit))
    )


async def _told(visit: Visit, field: str, tell: Callable[[], Awaitable[str]], *, reopen: bool = False) -> Shown:
    """What is said once it is told; or the page again with what to put right.

    reopen  what was open to write beside is opened again, and the record says so again
    """
    try:
        say = await tell()
    except NoSuchAnswer as error:
        return await _again(visit, Mistake(field, str(error)), reopen)
    except InvalidMessage as error:
        fault = error.faults[0] if error.faults else None
        say = f"{fault.expected[0].upper()}{fault.expected[1:]}. {fault.remedy}" if fault else str(error)
        return await _again(visit, Mistake(field, say), reopen)
    return Elsewhere(f"/sent/{visit.part('id')}", say)


async def _again(visit: Visit, mistake: Mistake, reopen: bool) -> Shown:
    assert visit.session is not None
    purpose = visit.session.purpose
    if not (reopen and purpose):
        return await request_page(visit, [mistake])
    found = await ownreading.opened(visit.gateway, visit.who, visit.part("id"), purpose)
    return await request_page(visit, [mistake], {"content": found})


def _said(visit: Visit) -> tuple[Said | None, list[Mistake]]:
    wrong = []
    place, on = visit.given("said-by"), _day(visit)
    if not (place.isascii() and place.isdigit() and len(place) < 4):
        wrong.append(Mistake("said-by", "Choose who said it."))
    if visit.given("said") not in STATUSES:
        wrong.append(Mistake("said", "Choose what they said."))
    if visit.given("said-how") not in tuple(AgreementForm):
        wrong.append(Mistake("said-how", "Choose how they said it."))
    if on is None:
        wrong.append(Mistake("said-on-day", "Give the day as a day, a month and a year, such as 4 11 2026."))
    if wrong or on is None:
        return None, wrong
    return Said(int(place), AgreementStatus(visit.given("said")), AgreementForm(visit.given("said-how")), on), []


def _day(visit: Visit) -> date | None:
    try:
        return date(*(int(visit.given(f"said-on-{name}")) for name in ("year", "month", "day")))
    except (ValueError, OverflowError):
        return None


def _once(visit: Visit) -> str:
    """The same for one form sent twice: telling it again changes nothing."""
    return f"page {visit.given('once') or new_id()}"


PAGES: Final[Pages] = (
    ("POST", "/sent/{id}/answer", "sent.answer", answer),
    ("POST", "/sent/{id}/chase", "sent.ask", chase),
    ("POST", "/sent/{id}/disagree", "sent.ask", disagree),
    ("POST", "/sent/{id}/withdraw", "sent.withdraw", withdraw),
    ("POST", "/sent/{id}/agree", "sent.agree", agree),
)
