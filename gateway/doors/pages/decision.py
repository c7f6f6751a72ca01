"""One decision of the sharing log: a sentence, why, what went and stayed, who decided, and how far it is proven."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from contracts.errors import NoSuchAnswer, NotSentYet
from gateway.doors.pages.visit import Download, Mistake, Page, Pages, Shown, Visit
from gateway.flows.acting import Acting
from gateway.flows.evidence import exported
from gateway.flows.gateway import Gateway
from gateway.flows.oversight import looked, onedecision, reading
from gateway.flows.sign_in import sessions

T = TypeVar("T")
_ZIP: Final = "application/zip"


async def show(visit: Visit) -> Shown:
    """GET /log/{id}."""
    return await _decision(visit)


async def reasons(visit: Visit) -> Shown:
    """POST /log/{id}/reasons: what people wrote, once the record says who reads it."""
    return await _opened(visit, reading.reasons, "reasons")


async def content(visit: Visit) -> Shown:
    """POST /log/{id}/content: what the sender wrote, once the record says who reads it."""
    return await _opened(visit, reading.opened, "content")


async def readers(visit: Visit) -> Shown:
    """POST /log/{id}/readers: who has looked."""
    found = await _asked(visit, looked.report)
    if isinstance(found, Page):
        return found
    return Page("readers.html", found | {"purpose": visit.given("purpose")})


async def evidence(visit: Visit) -> Shown:
    """POST /log/{id}/evidence: the zip that anybody can check."""
    await _step_up(visit)
    found = await _asked(visit, exported.evidence)
    return found if isinstance(found, Page) else Download(f"evidence-{visit.part('id')[:8]}.zip", _ZIP, found)


async def receipt(visit: Visit) -> Shown:
    """POST /log/{id}/receipt: the sharing receipt, to print and to check."""
    await _step_up(visit)
    found = await _asked(visit, exported.receipt)
    return found if isinstance(found, Page) else Download(f"receipt-{visit.part('id')[:8]}.zip", _ZIP, found)


async def proofs(visit: Visit) -> Shown:
    """POST /log/{id}/proofs: that it is in the record as it was sealed, and nothing of what it says."""
    await _step_up(visit)
    found = await _asked(visit, exported.proofs)
    return found if isinstance(found, Page) else Download(f"proofs-{visit.part('id')[:8]}.zip", _ZIP, found)


async def _step_up(visit: Visit) -> None:
    """Raises SignInAgain. What they wrote as the reason is kept over it: nobody writes it twice."""
    assert visit.session is not None
    if visit.given("purpose"):
        await sessions.say_purpose(visit.gateway, visit.session, visit.given("purpose"))
    visit.must_have_stepped_up(f"/log/{visit.part('id')}")


Asking = Callable[[Gateway, Acting, str, str], Awaitable[T]]


async def _asked(visit: Visit, ask: Asking[T]) -> T | Page:
    """What was asked for with its purpose, which the session keeps; or the page again with what to put right."""
    purpose = visit.given("purpose")
    try:
        found = await ask(visit.gateway, visit.who, visit.part("id"), purpose)
    except (NoSuchAnswer, NotSentYet) as error:
        return await _decision(visit, [Mistake("purpose", str(error))])
    assert visit.session is not None
    await sessions.say_purpose(visit.gateway, visit.session, purpose)
    return found


async def _opened(visit: Visit, ask: Asking[Any], name: str) -> Page:
    found = await _asked(visit, ask)
    if isinstance(found, Page):
        return found
    page = await _decision(visit)
    return replace(page, values=dict(page.values) | {name: found, "purpose": visit.given("purpose")})


async def _decision(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    told = await onedecision.show(visit.gateway, visit.who, visit.part("id"))
    about = "sealed" if told["sealed"] else ""
    may = {
        name for name in ("reasons", "content", "readers", "export", "proofs") if visit.who.may(f"log.{name}", about)
    }
    may |= {"list"} if visit.who.may("log.list") else set()
    may |= {"withdraw"} if visit.who.may("referrals.withdraw") else set()
    values = {"one": told, "may": may, "mistakes": mistakes or [], "typed": visit.given("purpose")}
    return Page("decision.html", values, 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", "/log/{id}", "log.show", show),
    ("POST", "/log/{id}/reasons", "log.reasons", reasons),
    ("POST", "/log/{id}/content", "log.content", content),
    ("POST", "/log/{id}/readers", "log.readers", readers),
    ("POST", "/log/{id}/evidence", "log.export", evidence),
    ("POST", "/log/{id}/receipt", "log.export", receipt),
    ("POST", "/log/{id}/proofs", "log.proofs", proofs),
)
