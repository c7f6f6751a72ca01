"""What a family may read about one message: a practitioner says that it is safe, chooses the reader, and prints it."""

from __future__ import annotations

from typing import Any, Final

from contracts.errors import NoSuchAnswer, NotSentYet
from gateway.doors.pages.visit import Mistake, Page, Pages, Shown, Visit
from gateway.flows.evidence import explaining
from gateway.flows.sign_in import sessions


async def ask(visit: Visit) -> Shown:
    """GET /arrived/{id}/explanation: why they open it."""
    return _page(visit)


async def readers(visit: Visit) -> Shown:
    """POST …/explanation/readers: whom it may be written for, once the record says who looks and why."""
    return await _readers(visit)


async def explain(visit: Visit) -> Shown:
    """POST …/explanation: the text, to print, once the record says who gives it, to whom, and why that is safe."""
    safe, reader, mistakes = visit.given("safe_because"), visit.given("reader"), []
    if not reader:
        mistakes.append(Mistake("reader", "Choose who is to read it."))
    if len(safe) < explaining.LEAST:
        mistakes.append(Mistake("safe", "Write in a sentence why it is safe for this reader to have this."))
    if mistakes:
        return await _readers(visit, mistakes)
    try:
        told = await explaining.explain(visit.gateway, visit.who, visit.part("id"), safe_because=safe, reader=reader)
    except (NoSuchAnswer, NotSentYet) as error:
        return await _readers(visit, [Mistake("reader", str(error))])
    title, *rest = told["text"].strip().split("\n\n")
    parts = [part.removeprefix("- ").split("\n- ") if part.startswith("- ") else part for part in rest]
    values = {"id": visit.part("id"), "head": title, "parts": parts, "entry": told["entry"], "test": told["test"]}
    return Page("explanation.html", values)


async def _readers(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    purpose = visit.given("purpose")
    try:
        found = await explaining.readers(visit.gateway, visit.who, visit.part("id"), purpose)
    except (NoSuchAnswer, NotSentYet) as error:
        return _page(visit, mistakes=[Mistake("purpose", str(error))])
    assert visit.session is not None
    await sessions.say_purpose(visit.gateway, visit.session, purpose)
    return _page(visit, found, mistakes, purpose)


def _page(
    visit: Visit, found: list[dict[str, str]] | None = None, mistakes: list[Mistake] | None = None, purpose: str = ""
) -> Page:
    typed = {name: values[0] for name, values in visit.form.items()}
    values: dict[str, Any] = {"id": visit.part("id"), "readers": found, "typed": typed, "mistakes": mistakes or []}
    return Page("explaining.html", values | ({"purpose": purpose} if purpose else {}), 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", "/arrived/{id}/explanation", "explanation.give", ask),
    ("POST", "/arrived/{id}/explanation/readers", "explanation.give", readers),
    ("POST", "/arrived/{id}/explanation", "explanation.give", explain),
)
