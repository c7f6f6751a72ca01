"""Sealed paper codes: made and printed by two people, and the way in with two of them when no sign-in answers."""

from __future__ import annotations

from typing import Final

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotAllowed, NotYourRole
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.access import PEOPLE
from gateway.flows.oversight import papercodes
from gateway.flows.oversight.papercodes import PAIRS
from gateway.flows.sign_in import sessions

_HERE: Final = "/break-glass/codes"


async def list_sheets(visit: Visit) -> Shown:
    """GET /break-glass/codes: how the sheets stand. No code is ever shown again."""
    return await _list(visit)


async def begin(visit: Visit) -> Shown:
    """POST /break-glass/codes: the first halves of a new sheet, once, to print."""
    visit.must_have_stepped_up(_HERE)
    return _printed(visit, await papercodes.begin(visit.gateway, visit.who))


async def complete(visit: Visit) -> Shown:
    """POST /break-glass/codes/{sheet}: the second halves, by another person."""
    visit.must_have_stepped_up(_HERE)
    try:
        made = await papercodes.complete(visit.gateway, visit.who, visit.part("sheet"))
    except (AnsweredAlready, NotYourRole) as error:
        return await _list(visit, [Mistake("complete", str(error))])
    return _printed(visit, made)


async def end(visit: Visit) -> Shown:
    """POST /break-glass/codes/end: no code that is left lets anybody in."""
    try:
        await papercodes.end(visit.gateway, visit.who, visit.given("reason"))
    except NoSuchAnswer as error:
        return await _list(visit, [Mistake("reason", str(error))])
    return Elsewhere(_HERE, "No paper code lets anybody in now. Make new ones.")


async def ask(visit: Visit) -> Shown:
    """GET /sign-in/paper."""
    return _asking(visit)


async def come_in(visit: Visit) -> Shown:
    """POST /sign-in/paper: two halves and a name, for break-glass alone."""
    codes = (visit.given("first"), visit.given("second"))
    try:
        who = await papercodes.use(
            visit.gateway, visit.given("council"), visit.given("name"), visit.given("role"), codes
        )
    except NotAllowed as error:
        return _asking(visit, [Mistake("first", str(error))])
    before = visit.session.token if visit.session else ""
    session = await sessions.sign_in(visit.gateway, who, before, (who.role,))
    visit.keep_session(session.token)
    return Elsewhere("/break-glass", "You are in, for one child. Those who oversee this have been told.")


async def _list(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    values = {
        "sheets": await papercodes.sheets(visit.gateway, visit.who),
        "pairs": PAIRS,
        "typed": visit.given("reason"),
        "mistakes": mistakes or [],
    }
    return Page("paper_codes.html", values, 422 if mistakes else 200)


def _printed(visit: Visit, made: papercodes.Printed) -> Page:
    return Page("paper_codes_print.html", {"made": made, "council": visit.council.title, "pairs": PAIRS})


def _asking(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    councils = visit.gateway.catalogue.councils.values()
    titles = {role: duty.title for council in councils for role, duty in council.roles.items()}
    values = {
        "councils": [(one.name, one.title) for one in councils],
        "roles": [(role, titles[role]) for role, _ in sorted(PEOPLE["glass.break"]) if role in titles],
        "typed": {name: visit.given(name) for name in ("council", "name", "role")},
        "mistakes": mistakes or [],
    }
    return Page("sign_in_paper.html", values, 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", _HERE, "glass.codes", list_sheets),
    ("POST", _HERE, "glass.codes", begin),
    ("POST", f"{_HERE}/end", "glass.codes", end),
    ("POST", f"{_HERE}/{{sheet}}", "glass.codes", complete),
    ("GET", "/sign-in/paper", "page.open", ask),
    ("POST", "/sign-in/paper", "page.open", come_in),
)
