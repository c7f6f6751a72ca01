"""Everything about one child: a search that keeps nothing it was asked, and what happened in time order."""

from __future__ import annotations

from datetime import date
from typing import Final

from contracts.errors import NoSuchAnswer
from gateway.doors.pages.visit import Mistake, Page, Pages, Shown, Visit
from gateway.flows.oversight import children
from gateway.flows.oversight.children import SYSTEMS, Found
from gateway.flows.sign_in import sessions


async def ask(visit: Visit) -> Shown:
    """GET /children."""
    return _form(visit)


async def search(visit: Visit) -> Shown:
    """POST /children: by name and date of birth, or by a number. The answer is shown at once: no address holds it."""
    mistakes = wrong(visit)
    if not visit.given("purpose"):
        mistakes.append(Mistake("purpose", "Write in a sentence why you look. The record keeps that."))
    if mistakes:
        return _form(visit, mistakes)
    gateway, who, purpose = visit.gateway, visit.who, visit.given("purpose")
    try:
        if visit.given("number"):
            number = visit.given("number")
            found = await children.by_number(gateway, who, visit.given("system"), number, purpose)
        else:
            day = born(visit)
            assert day is not None, "a search without a day was sent back"
            found = await children.by_name(gateway, who, visit.given("name"), day, purpose)
    except NoSuchAnswer as error:
        return _form(visit, [Mistake("purpose", str(error))])
    await _keep(visit, purpose)
    return _form(visit, found=found)


async def one(visit: Visit) -> Shown:
    """GET /children/{token}: asks why before it shows anything."""
    return Page("child.html", {"token": visit.part("token"), "lines": None, "mistakes": []})


async def timeline(visit: Visit) -> Shown:
    """POST /children/{token}."""
    token, purpose = visit.part("token"), visit.given("purpose")
    try:
        lines = await children.timeline(visit.gateway, visit.who, token, purpose)
    except NoSuchAnswer as error:
        return Page("child.html", {"token": token, "lines": None, "mistakes": [Mistake("purpose", str(error))]}, 422)
    await _keep(visit, purpose)
    return Page("child.html", {"token": token, "lines": lines, "mistakes": [], "purpose": purpose})


def _form(visit: Visit, mistakes: list[Mistake] | None = None, found: Found | None = None) -> Page:
    typed = {name: values[0] for name, values in visit.form.items()}
    more = {"purpose": typed["purpose"]} if found else {}
    values = {"systems": SYSTEMS, "typed": typed, "mistakes": mistakes or [], "found": found}
    return Page("children.html", values | more, 422 if mistakes else 200)


def wrong(visit: Visit) -> list[Mistake]:
    """What is wrong with how somebody is looked for."""
    found = []
    if visit.given("number"):
        if visit.given("system") not in SYSTEMS:
            found.append(Mistake("system", "Choose which number it is."))
    elif not visit.given("name"):
        found.append(Mistake("name", "Write a name with a date of birth, or a number."))
    elif born(visit) is None:
        found.append(Mistake("born-day", "Give the date of birth as a day, a month and a year, such as 4 12 2015."))
    return found


def born(visit: Visit) -> date | None:
    """The day of birth that was given; None for none, or for no day."""
    try:
        return date(*(int(visit.given(f"born-{name}")) for name in ("year", "month", "day")))
    except (ValueError, OverflowError):
        return None


async def _keep(visit: Visit, purpose: str) -> None:
    assert visit.session is not None
    await sessions.say_purpose(visit.gateway, visit.session, purpose)


PAGES: Final[Pages] = (
    ("GET", "/children", "children.search", ask),
    ("POST", "/children", "children.search", search),
    ("GET", "/children/{token}", "children.search", one),
    ("POST", "/children/{token}", "children.search", timeline),
)
