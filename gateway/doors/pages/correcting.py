"""Putting a request of one's own right: its texts and days in a form, what would become of it, and sending it again."""

from __future__ import annotations

from typing import Final

from contracts.errors import InvalidReferral, NoSuchAnswer, NotAllowed
from gateway.doors.pages.sent import keep_purpose
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows import correcting, ownrequest


async def ask(visit: Visit) -> Shown:
    """GET /sent/{id}/correct: asks why before it shows anything."""
    await ownrequest.show(visit.gateway, visit.who, visit.part("id"))
    return Page("correct.html", {"id": visit.part("id"), "fields": None, "mistakes": []})


async def correct(visit: Visit) -> Shown:
    """POST /sent/{id}/correct: each step of it. Nothing goes before the last."""
    step = visit.given("step")
    if step not in ("look", "send"):
        return await _form(visit, visit.given("purpose") or _kept(visit))
    given = {name: values[0] for name, values in visit.form.items() if name.startswith("/")}
    try:
        if step == "send":
            newer = await correcting.send(visit.gateway, visit.who, visit.part("id"), given)
            return Elsewhere(f"/sent/{newer}", "The corrected request is sent. Whoever has the earlier one is told.")
        found = await correcting.look(visit.gateway, visit.who, visit.part("id"), given)
    except InvalidReferral as error:
        wrong = [Mistake(fault.pointer, f"Expected {fault.expected}. {fault.remedy}") for fault in error.faults]
        return await _form(visit, _kept(visit), wrong or [Mistake("step", str(error))])
    except (NoSuchAnswer, NotAllowed) as error:
        return await _form(visit, _kept(visit), [Mistake("step", str(error))])
    return Page("correct_look.html", {"id": visit.part("id"), "found": found, "mistakes": []})


async def _form(visit: Visit, purpose: str, mistakes: list[Mistake] | None = None) -> Page:
    """The form with its values, and what was typed over them; or the question why, where nobody has said."""
    values = {"id": visit.part("id"), "mistakes": mistakes or [], "fields": None}
    try:
        fields = await correcting.opened(visit.gateway, visit.who, visit.part("id"), purpose)
    except NoSuchAnswer as error:
        return Page("correct.html", values | {"mistakes": [Mistake("purpose", str(error))]}, 422)
    await keep_purpose(visit, purpose)
    typed = {name: given[0] for name, given in visit.form.items()}
    status = 422 if mistakes else 200
    return Page("correct.html", values | {"fields": fields, "typed": typed, "purpose": purpose}, status)


def _kept(visit: Visit) -> str:
    assert visit.session is not None
    return visit.session.purpose


PAGES: Final[Pages] = (
    ("GET", "/sent/{id}/correct", "sent.correct", ask),
    ("POST", "/sent/{id}/correct", "sent.correct", correct),
)
