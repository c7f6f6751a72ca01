"""One decision of an assurance sample: ten questions, answered by somebody who had no part in it."""

from __future__ import annotations

from typing import Final

from contracts.errors import NoSuchAnswer, NotFound
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.reports import reviewing
from gateway.flows.reports.results import ANSWERS
from gateway.flows.reports.sample import CHECKLIST, NAME, SHEETS


async def show(visit: Visit) -> Shown:
    """GET /reports/{name}/{id}/decisions/{number}."""
    return await _item(visit)


async def answer(visit: Visit) -> Shown:
    """POST the same: what this reviewer says."""
    answers = {code: visit.given(code) for code, _ in CHECKLIST}
    missing = [Mistake(code, f"Answer: {question}") for code, question in CHECKLIST if answers[code] not in ANSWERS]
    if missing:
        return await _item(visit, missing)
    number, report = _number(visit), visit.part("id")
    try:
        await reviewing.answer(visit.gateway, visit.who, report, number, answers, visit.given("note"))
    except NoSuchAnswer as error:
        return await _item(visit, [Mistake("note", str(error))])
    return Elsewhere(f"/reports/{NAME}/{report}", f"Your answers about decision {number} are kept.")


async def _item(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    number = _number(visit)
    item = await reviewing.item(visit.gateway, visit.who, visit.part("id"), number)
    values = {
        "item": item,
        "number": number,
        "report": visit.part("id"),
        "name": NAME,
        "columns": SHEETS[0].columns,
        "checklist": CHECKLIST,
        "answers": ANSWERS,
        "typed": {name: given[0] for name, given in visit.form.items()},
        "mistakes": mistakes or [],
    }
    return Page("sample_item.html", values, 422 if mistakes else 200)


def _number(visit: Visit) -> int:
    """Raises NotFound for what is no number of a decision in a sample."""
    number = visit.part("number")
    if visit.part("name") != NAME or not number.isdecimal() or len(number) > 6:
        raise NotFound("There is no decision of that number in this sample.")
    return int(number)


PAGES: Final[Pages] = (
    ("GET", "/reports/{name}/{id}/decisions/{number}", "reports.sample", show),
    ("POST", "/reports/{name}/{id}/decisions/{number}", "reports.sample", answer),
)
