"""Holds and tasks: what waits, what each answer would send and keep back, and a person's decision with its reason.

The machine's own answer is not marked, and nothing is chosen beforehand (settled 9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

import orjson

from adapters.formats.arranging import Page as Arranged
from adapters.formats.arranging import arranged
from contracts.errors import AnsweredAlready, NoSuchAnswer, NotYourRole
from gateway.doors.pages.task import of_no_referral
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.holds import deciding, held, needed, opening, passing, showing, taking, tasks
from gateway.flows.holds.deciding import DIRECT, Order
from gateway.flows.sign_in import sessions

A_PAGE: Final = 25
_HOLDS: Final = ("hold:",)
_TASKS: Final = ("task:", "clock:", "review:")
_DIRECT_WORDS: Final = {
    "refuse": ("Decide not to share", "Nothing is sent. The sender hears why."),
    "close": ("End it without sharing", "It was solved another way. Nothing is sent."),
    "reopen": ("Take back that it is not shared", "The rules are asked anew."),
}
_ASKED: Final = {
    "ground": "Write what the decision rests on",
    "basis": "Write which power or duty lets you share",
}


async def list_holds(visit: Visit) -> Shown:
    """GET /holds."""
    which = visit.asked("show")
    if which == "ended":
        rows = await needed.ended(visit.gateway, visit.who)
    else:
        rows = await showing.listed(visit.gateway, visit.who, _HOLDS, mine=which != "all")
    return Page("holds.html", _listing(visit, rows) | {"show": which, "where": "/holds", "title": "Requests held"})


async def list_tasks(visit: Visit) -> Shown:
    """GET /tasks."""
    which = visit.asked("show")
    rows = await showing.listed(visit.gateway, visit.who, _TASKS, mine=which != "all")
    return Page("holds.html", _listing(visit, rows) | {"show": which, "where": "/tasks", "title": "Tasks"})


async def case(visit: Visit) -> Shown:
    """GET /holds/{id} and /tasks/{id}."""
    return await _case(visit)


async def open_case(visit: Visit) -> Shown:
    """POST …/open: what the sender wrote, once the record says who reads it and why."""
    purpose = visit.given("purpose")
    try:
        content = await opening.opened(visit.gateway, visit.who, visit.part("id"), purpose)
    except NoSuchAnswer:
        await _must_be_let(visit, "holds.open", "tasks.open")
        return await _case(visit, [Mistake("purpose", "Write in a sentence why you open it. The record keeps that.")])
    assert visit.session is not None
    await sessions.say_purpose(visit.gateway, visit.session, purpose)
    shown = await _case(visit, content=content)
    return replace(shown, values=dict(shown.values) | {"purpose": purpose})


async def take(visit: Visit) -> Shown:
    """POST …/take."""
    told = await taking.take(visit.gateway, visit.who, visit.part("id"))
    return Elsewhere(_here(visit), str(told["say"]))


async def pass_on(visit: Visit) -> Shown:
    """POST …/pass: put it before whoever is next, with the reason."""
    try:
        told = await passing.pass_on(visit.gateway, visit.who, visit.part("id"), visit.given("why"))
    except (NoSuchAnswer, AnsweredAlready, NotYourRole) as error:
        await _must_be_let(visit, "holds.take", "tasks.take")
        return await _case(visit, [Mistake("why", str(error))])
    return Elsewhere(_here(visit), str(told["say"]))


async def let_go(visit: Visit) -> Shown:
    """POST …/free: take one's own name off it."""
    told = await passing.let_go(visit.gateway, visit.who, visit.part("id"))
    return Elsewhere(_here(visit), str(told["say"]))


async def decide(visit: Visit) -> Shown:
    """POST …/decide: an answer with its reason."""
    choice, _, hub = visit.given("answer").partition("@")
    mistakes = await _missing(visit, choice, hub)
    if not mistakes:
        given = {name: visit.given(name) for name in ("reason", "ground", "basis")}
        order = Order(visit.part("id"), choice, hub=hub, review=_day(visit), **given)
        try:
            told = await deciding.decide(visit.gateway, visit.who, order)
            return Elsewhere(_here(visit), str(told["say"]))
        except (NoSuchAnswer, NotYourRole) as error:
            mistakes = [Mistake("answer", str(error))]
    return await _case(visit, mistakes)


async def confirm(visit: Visit) -> Shown:
    """POST …/confirm: as the second person."""
    try:
        told = await deciding.confirm(visit.gateway, visit.who, visit.part("id"))
    except (NoSuchAnswer, NotYourRole) as error:
        return await _case(visit, [Mistake("confirm", str(error))])
    return Elsewhere(_here(visit), str(told["say"]))


async def say_needed(visit: Visit) -> Shown:
    """POST /holds/{id}/needed: whether it was needed (settled 42)."""
    said = visit.given("needed")
    if said not in ("yes", "no"):
        await _must_be_let(visit, "holds.needed", "tasks.done")
        return await _case(visit, [Mistake("needed", "Choose whether this hold was needed.")])
    told = await needed.answer(visit.gateway, visit.who, visit.part("id"), "yes" if said == "yes" else "no")
    return Elsewhere("/holds?show=ended", str(told["say"]))


async def done(visit: Visit) -> Shown:
    """POST /tasks/{id}/done."""
    try:
        told = await tasks.done(
            visit.gateway, visit.who, visit.part("id"), on=visit.given("on"), note=visit.given("note")
        )
    except (NoSuchAnswer, NotYourRole) as error:
        return await _case(visit, [Mistake("done", str(error))])
    return Elsewhere("/tasks", str(told["say"]))


# What is shown --------------------------------------------------------------------------------------------------------


def _here(visit: Visit) -> str:
    return visit.request.url.path.rpartition("/")[0]


def _listing(visit: Visit, rows: list[dict[str, Any]]) -> dict[str, Any]:
    number = int(visit.asked("page")) if visit.asked("page").isdigit() else 1
    pages = max(1, -(-len(rows) // A_PAGE))
    number = min(max(1, number), pages)
    return {"rows": rows[(number - 1) * A_PAGE : number * A_PAGE], "count": len(rows), "page": number, "pages": pages}


async def _case(visit: Visit, mistakes: list[Mistake] | None = None, content: Mapping[str, Any] | None = None) -> Page:
    alone = await showing.alone(visit.gateway, visit.who, visit.part("id"))
    if alone is not None:
        return await of_no_referral(visit, alone, mistakes)
    told = await showing.show(visit.gateway, visit.who, visit.part("id"))
    what, about = told["kind"].partition(":")[0], held.about(told)
    may_decide = visit.who.may("holds.decide" if what == "hold" else "tasks.done", about)
    return Page(
        "hold.html",
        {
            "case": told,
            "is_hold": what == "hold",
            "where": "/holds" if what == "hold" else "/tasks",
            "direct": [(code, *_DIRECT_WORDS[code]) for code in told["direct"]],
            "may_decide": may_decide and told["state"] == "running",
            "may_open": visit.who.may("holds.open" if what == "hold" else "tasks.open", about),
            "may_withdraw": visit.who.may("referrals.withdraw") and bool(told["referral"]),
            "halves": _halves(visit, what, about),
            "mine": told["taken_by"] == visit.who.name,
            "ended": told["state"] != "running",
            "goes_on_as": await _goes_on_as(visit, told) if told["goes_on"] else (),
            "content": content,
            "laid": _laid(visit, told, content) if content else None,
            "typed": {name: values[0] for name, values in visit.form.items()},
            "mistakes": mistakes or [],
        },
        422 if mistakes else 200,
    )


async def _goes_on_as(visit: Visit, told: Mapping[str, Any]) -> list[str]:
    """The holds that it goes on as, since the rules were asked anew."""
    running = await showing.holding(visit.gateway, visit.who, told["referral"])
    return [one["id"] for one in running if one["kind"] == told["kind"] and one["may"]]


def _laid(visit: Visit, told: Mapping[str, Any], content: Mapping[str, Any]) -> Arranged:
    """What the sender wrote in the order of the council's own form, safety and staff risk first (settled 56)."""
    # Nothing has been sent to anybody, so the page must not say where to, nor how it was decided.
    referral = {name: value for name, value in content["referral"].items() if name != "council"}
    whole = {"reference": told["referral"], "flags": told["flags"], "referral": referral}
    return arranged(orjson.dumps(whole | ({"test": True} if told["test"] else {})), visit.council.form)


def _halves(visit: Visit, what: str, about: str) -> list[str]:
    """What a task can be done on, where it takes several."""
    policy = visit.gateway.policy(visit.council.name)
    known = {"task": policy.tasks, "clock": policy.clocks}.get(what, {})
    task = known.get(about)
    return [code.rpartition("_")[2] for code in task.stops] if task and len(task.stops) > 1 else []


async def _must_be_let(visit: Visit, hold: str, task: str) -> Mapping[str, Any]:
    """The case, for whoever may do this to it: what a form still lacks is told to nobody else. Raises NotYourRole."""
    told = await showing.show(visit.gateway, visit.who, visit.part("id"))
    what, about = told["kind"].partition(":")[0], held.about(told)
    visit.who.must_be_let(hold if what == "hold" else task, about)
    return told


async def _missing(visit: Visit, choice: str, hub: str) -> list[Mistake]:
    """What the chosen answer still needs, each at its field."""
    told = await _must_be_let(visit, "holds.decide", "tasks.done")
    if not choice:
        return [Mistake("answer", "Choose what you decide.")]
    offer = next((one for one in told["answers"] if (one["answer"], one["hub"]) == (choice, hub)), None)
    found = [
        Mistake(name, f"{say}.")
        for name, say in _ASKED.items()
        if offer and name in offer["asks"] and not visit.given(name)
    ]
    if len(visit.given("reason")) < 10:
        found.append(Mistake("reason", "Write the reason in a sentence: somebody will read it later."))
    if choice in DIRECT and _day(visit) is None:
        found.append(Mistake("review-day", "Give the day to look at this decision again, such as 14 1 2027."))
    return found


def _day(visit: Visit) -> date | None:
    parts = [visit.given(f"review-{name}") for name in ("year", "month", "day")]
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


PAGES: Final[Pages] = (
    ("GET", "/holds", "holds.list", list_holds),
    ("GET", "/holds/{id}", "holds.show", case),
    ("POST", "/holds/{id}/open", "holds.open", open_case),
    ("POST", "/holds/{id}/take", "holds.take", take),
    ("POST", "/holds/{id}/pass", "holds.take", pass_on),
    ("POST", "/holds/{id}/free", "holds.take", let_go),
    ("POST", "/holds/{id}/decide", "holds.decide", decide),
    ("POST", "/holds/{id}/confirm", "holds.confirm", confirm),
    ("POST", "/holds/{id}/needed", "holds.needed", say_needed),
    ("GET", "/tasks", "tasks.list", list_tasks),
    ("GET", "/tasks/{id}", "tasks.show", case),
    ("POST", "/tasks/{id}/open", "tasks.open", open_case),
    ("POST", "/tasks/{id}/take", "tasks.take", take),
    ("POST", "/tasks/{id}/pass", "tasks.take", pass_on),
    ("POST", "/tasks/{id}/free", "tasks.take", let_go),
    ("POST", "/tasks/{id}/decide", "tasks.done", decide),
    ("POST", "/tasks/{id}/confirm", "tasks.confirm", confirm),
    ("POST", "/tasks/{id}/done", "tasks.done", done),
)
