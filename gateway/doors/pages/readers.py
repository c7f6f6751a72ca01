"""Who looked, by month: for those who watch who reads, and never about a family (governance 5.5)."""

from __future__ import annotations

from typing import Final

from contracts.errors import AnsweredAlready, NoSuchAnswer
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.holds import tasks
from gateway.flows.oversight import readers
from gateway.flows.oversight.readers import Watched
from gateway.flows.sign_in import sessions


async def ask(visit: Visit) -> Shown:
    """GET /readers: which month, and why."""
    return _page(visit)


async def report(visit: Visit) -> Shown:
    """POST /readers: the month, or each reading of one person in it."""
    purpose = visit.given("purpose")
    try:
        month = readers.month_of(visit.given("month"))
    except NoSuchAnswer as error:
        return _page(visit, [Mistake("month", str(error))])
    try:
        found = await readers.report(visit.gateway, visit.who, month, purpose, visit.given("person"))
    except NoSuchAnswer as error:
        return _page(visit, [Mistake("purpose", str(error))])
    assert visit.session is not None
    await sessions.say_purpose(visit.gateway, visit.session, purpose)
    return _page(visit, found=found)


async def looked_at(visit: Visit) -> Shown:
    """POST /readers/done: what the rules asked about has been looked at."""
    try:
        await tasks.done(visit.gateway, visit.who, visit.given("task"), note=visit.given("note"))
    except (NoSuchAnswer, AnsweredAlready) as error:
        return _page(visit, [Mistake("note", str(error))])
    return Elsewhere("/readers", "Recorded: you have looked, and asked where you had to.")


def _page(visit: Visit, mistakes: list[Mistake] | None = None, found: Watched | None = None) -> Page:
    values = {
        "months": readers.months(visit.gateway),
        "found": found,
        "most": readers.MOST,
        "task": visit.given("task") or visit.asked("task"),
        "typed": {name: given[0] for name, given in visit.form.items()},
        "mistakes": mistakes or [],
    }
    more = {"purpose": visit.given("purpose")} if found else {}
    return Page("readers_of_a_month.html", values | more, 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", "/readers", "readers.report", ask),
    ("POST", "/readers", "readers.report", report),
    ("POST", "/readers/done", "readers.report", looked_at),
)
