"""What people ask of their rights, and complaints: the register, one request with its days, and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from contracts.errors import AnsweredAlready, NoSuchAnswer
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.data_protection import answering, rights, writingdown
from gateway.flows.data_protection.writingdown import Given
from gateway.flows.sign_in import sessions
from gateway.path.calendar import day_of
from gateway.path.rights import KINDS


async def list_rights(visit: Visit) -> Shown:
    """GET /rights."""
    closed = visit.asked("show") == "ended"
    page = int(visit.asked("page")) if visit.asked("page").isdigit() else 1
    found = await rights.listed(visit.gateway, visit.who, closed=closed, page=page)
    many = found["closed" if closed else "open"]
    values = {"found": found, "ended": closed, "page": page, "pages": max(1, -(-many // rights.A_PAGE)), "many": many}
    return Page("rights.html", values)


async def ask(visit: Visit) -> Shown:
    """GET /rights/new."""
    return _form(visit)


async def write_down(visit: Visit) -> Shown:
    """POST /rights/new."""
    given = Given(
        visit.given("kind"),
        day(visit, "received"),
        visit.given("asker"),
        visit.given("words"),
        visit.given("name"),
        day(visit, "born"),
        visit.given("about"),
    )
    wrong = writingdown.missing(given, day_of(visit.gateway.now()))
    if wrong:
        return _form(visit, [Mistake(name, say) for name, say in wrong.items()])
    try:
        request = await writingdown.write_down(visit.gateway, visit.who, given)
    except NoSuchAnswer as error:
        return _form(visit, [Mistake("about", str(error))])
    if visit.who.may("rights.list"):
        return Elsewhere(f"/rights/{request}", "It is written down, and its time runs.")
    return Elsewhere("/", "It is written down. The information governance lead answers it.")


async def one(visit: Visit) -> Shown:
    """GET /rights/{id}."""
    return await _one(visit)


async def read(visit: Visit) -> Shown:
    """POST /rights/{id}/read: with names, once the record says who reads it and why."""
    purpose = visit.given("purpose")
    try:
        found = await rights.read(visit.gateway, visit.who, visit.part("id"), purpose)
    except NoSuchAnswer as error:
        return await _one(visit, [Mistake("purpose", str(error))])
    await _keep(visit, purpose)
    return await _one(visit, content=found)


async def act(visit: Visit) -> Shown:
    """POST /rights/{id}/act."""
    what, _, choice = visit.given("what").partition("@")
    mistakes = [] if what else [Mistake("what", "Choose what you did or decide.")]
    if len(visit.given("words")) < writingdown.SENTENCE:
        mistakes.append(Mistake("words", "Write in a sentence what you did or decided, and why."))
    if mistakes:
        return await _one(visit, mistakes)
    try:
        told = await answering.act(visit.gateway, visit.who, visit.part("id"), what, visit.given("words"), choice)
    except (NoSuchAnswer, AnsweredAlready) as error:
        return await _one(visit, [Mistake("what", str(error))])
    return Elsewhere(f"/rights/{visit.part('id')}", told)


async def search(visit: Visit) -> Shown:
    """POST /rights/{id}/search: for another spelling of the name, or another birthday."""
    born, name, purpose = day(visit, "born"), visit.given("name"), visit.given("purpose")
    if not name or born is None:
        return await _one(visit, [Mistake("name", "Give the name and the date of birth to search for.")])
    try:
        many = await answering.search(visit.gateway, visit.who, visit.part("id"), name, born, purpose)
    except NoSuchAnswer as error:
        return await _one(visit, [Mistake("why", str(error))])
    except AnsweredAlready as error:
        return await _one(visit, [Mistake("name", str(error))])
    await _keep(visit, purpose)
    return Elsewhere(f"/rights/{visit.part('id')}", f"{many} found under that name and date of birth.")


def day(visit: Visit, name: str) -> date | None:
    """The day that a form gave in three fields; None for none, and for one that there is not."""
    try:
        return date(*(int(visit.given(f"{name}-{part}")) for part in ("year", "month", "day")))
    except (ValueError, OverflowError):
        return None


def _form(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    may_list = visit.who.may("rights.list")
    values = {"kinds": KINDS, "may_list": may_list, "typed": _typed(visit), "mistakes": mistakes or []}
    return Page("right_new.html", values, 422 if mistakes else 200)


async def _one(visit: Visit, mistakes: list[Mistake] | None = None, content: Mapping[str, Any] | None = None) -> Page:
    told = await rights.show(visit.gateway, visit.who, visit.part("id"))
    purpose = {"purpose": visit.given("purpose")} if content else {}
    values = {"one": told, "content": content, "says": rights.WORDS, "typed": _typed(visit), "mistakes": mistakes or []}
    return Page("right.html", values | purpose, 422 if mistakes else 200)


def _typed(visit: Visit) -> dict[str, str]:
    return {name: values[0] for name, values in visit.form.items()}


async def _keep(visit: Visit, purpose: str) -> None:
    assert visit.session is not None
    await sessions.say_purpose(visit.gateway, visit.session, purpose)


PAGES: Final[Pages] = (
    ("GET", "/rights", "rights.list", list_rights),
    ("GET", "/rights/new", "rights.open", ask),
    ("POST", "/rights/new", "rights.open", write_down),
    ("GET", "/rights/{id}", "rights.list", one),
    ("POST", "/rights/{id}/read", "rights.read", read),
    ("POST", "/rights/{id}/act", "rights.act", act),
    ("POST", "/rights/{id}/search", "rights.act", search),
)
