"""Break-glass: why, then who one is, then one child for an hour; and somebody else who looks at it afterwards."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotYourRole
from gateway.doors.pages import children
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.oversight import glass, glassread, glassreview
from gateway.flows.oversight.children import SYSTEMS
from gateway.flows.oversight.glass import REASONS, Sought
from gateway.flows.oversight.glassreview import FOUND
from gateway.flows.sign_in import sessions

_CHILD: Final = "/break-glass/child"


async def ask(visit: Visit) -> Shown:
    """GET /break-glass: what it is, and why it is needed."""
    return _asking(visit)


async def say_why(visit: Visit) -> Shown:
    """POST /break-glass: keeps why, and asks for a new proof of who it is. No address holds more than a code."""
    code, why, wrong = visit.given("reason"), visit.given("why"), []
    if code not in REASONS:
        wrong.append(Mistake("reason", "Choose why you need to read this now."))
    if len(why) < _LEAST:
        wrong.append(Mistake("why", "Write in a sentence what has happened. The record keeps that."))
    if wrong:
        return _asking(visit, wrong)
    assert visit.session is not None
    await sessions.say_purpose(visit.gateway, visit.session, why)
    then = f"{_CHILD}?{urlencode({'reason': code})}"
    visit.must_have_stepped_up(then)
    return Elsewhere(then)


async def which_child(visit: Visit) -> Shown:
    """GET /break-glass/child."""
    return _finding(visit, visit.asked("reason"))


async def begin(visit: Visit) -> Shown:
    """POST /break-glass/child: finds the child, and begins."""
    code = visit.given("reason")
    _must_be_sure(visit, code)
    wrong = children.wrong(visit)
    if wrong:
        return _finding(visit, code, wrong)
    sought = Sought(visit.given("name"), children.born(visit), visit.given("system"), visit.given("number"))
    assert visit.session is not None
    try:
        name = await glass.break_glass(visit.gateway, visit.who, code, visit.session.purpose, sought)
    except NoSuchAnswer:
        return Elsewhere("/break-glass", "Say again why you need to read this.")
    if not name:
        return _finding(visit, code, nothing=True)
    return Elsewhere(f"/break-glass/{name}", "You may read about this child for an hour. Those who answer for it know.")


async def show(visit: Visit) -> Shown:
    """GET /break-glass/{id}."""
    return await _child(visit)


async def read(visit: Visit) -> Shown:
    """POST /break-glass/{id}/read/{referral}: what the sender wrote, once the record says who reads it."""
    content = await glassread.read(visit.gateway, visit.who, visit.part("id"), visit.part("referral"))
    return await _child(visit, content=content)


async def divert(visit: Visit) -> Shown:
    """POST /break-glass/{id}/divert/{referral}: tells the front door."""
    name = visit.part("id")
    try:
        told = await glassread.divert(visit.gateway, visit.who, name, visit.part("referral"), visit.given("danger"))
    except NoSuchAnswer as error:
        return await _child(visit, [Mistake("danger", str(error))])
    return Elsewhere(f"/break-glass/{name}", str(told["say"]))


async def end(visit: Visit) -> Shown:
    """POST /break-glass/{id}/end."""
    await glass.end(visit.gateway, visit.who, visit.part("id"))
    return Elsewhere("/", "Your break-glass has ended.")


async def used(visit: Visit) -> Shown:
    """GET /break-glass/used: all of them, for whoever oversees."""
    return Page("glass_used.html", {"rows": await glassreview.listed(visit.gateway, visit.who)})


async def review(visit: Visit) -> Shown:
    """GET /break-glass/used/{id}."""
    return await _review(visit)


async def open_reason(visit: Visit) -> Shown:
    """POST /break-glass/used/{id}/why: what they wrote, once the record says who reads it."""
    purpose = visit.given("purpose")
    try:
        why = await glassreview.reason(visit.gateway, visit.who, visit.part("id"), purpose)
    except NoSuchAnswer as error:
        return await _review(visit, [Mistake("purpose", str(error))])
    return await _review(visit, why=why)


async def say_found(visit: Visit) -> Shown:
    """POST /break-glass/used/{id}: what the review found."""
    try:
        await glassreview.review(visit.gateway, visit.who, visit.part("id"), visit.given("found"), visit.given("words"))
    except NoSuchAnswer as error:
        name = "words" if visit.given("found") in FOUND else "found"
        return await _review(visit, [Mistake(name, str(error))])
    except (NotYourRole, AnsweredAlready) as error:
        return await _review(visit, [Mistake("found", str(error))])
    return Elsewhere("/break-glass/used", "Your review is recorded.")


_LEAST: Final = 10


def _asking(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    assert visit.session is not None
    typed = {name: values[0] for name, values in visit.form.items()}
    values = {"reasons": REASONS, "typed": typed, "mistakes": mistakes or [], "lasts": visit.session.glass[0]}
    return Page("glass.html", values, 422 if mistakes else 200)


def _finding(visit: Visit, code: str, mistakes: list[Mistake] | None = None, nothing: bool = False) -> Shown:
    _must_be_sure(visit, code)
    assert visit.session is not None
    if code not in REASONS or len(visit.session.purpose) < _LEAST:
        return Elsewhere("/break-glass")
    values: dict[str, Any] = {
        "code": code,
        "reason": REASONS[code],
        "systems": SYSTEMS,
        "typed": {name: given[0] for name, given in visit.form.items()},
        "nothing": nothing,
        "mistakes": mistakes or [],
    }
    return Page("glass_child.html", values, 422 if mistakes else 200)


def _must_be_sure(visit: Visit, code: str) -> None:
    """Raises SignInAgain unless they have just proved again who they are."""
    visit.must_have_stepped_up(f"{_CHILD}?{urlencode({'reason': code})}" if code in REASONS else "/break-glass")


async def _child(visit: Visit, mistakes: list[Mistake] | None = None, content: Any = None) -> Page:
    shown = await glass.mine(visit.gateway, visit.who, visit.part("id"))
    values = {
        "shown": shown,
        "reason": REASONS[shown.code],
        "about": visit.request.path_params.get("referral", ""),
        "content": content,
        "typed": visit.given("danger"),
        "mistakes": mistakes or [],
        "purpose": shown.why,
    }
    return Page("glass_open.html", values, 422 if mistakes else 200)


async def _review(visit: Visit, mistakes: list[Mistake] | None = None, why: str | None = None) -> Page:
    values = {
        "one": await glassreview.show(visit.gateway, visit.who, visit.part("id")),
        "found": FOUND,
        "why": why,
        "typed": {name: given[0] for name, given in visit.form.items()},
        "mistakes": mistakes or [],
    }
    return Page("glass_review.html", values, 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", "/break-glass", "glass.break", ask),
    ("POST", "/break-glass", "glass.break", say_why),
    ("GET", "/break-glass/child", "glass.break", which_child),
    ("POST", "/break-glass/child", "glass.break", begin),
    ("GET", "/break-glass/used", "glass.list", used),
    ("GET", "/break-glass/used/{id}", "glass.review", review),
    ("POST", "/break-glass/used/{id}", "glass.review", say_found),
    ("POST", "/break-glass/used/{id}/why", "glass.review", open_reason),
    ("GET", "/break-glass/{id}", "glass.break", show),
    ("POST", "/break-glass/{id}/read/{referral}", "glass.break", read),
    ("POST", "/break-glass/{id}/divert/{referral}", "glass.break", divert),
    ("POST", "/break-glass/{id}/end", "glass.break", end),
)
