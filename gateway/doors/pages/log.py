"""The sharing log: every decision by filters that hold codes only, and views that a person keeps (governance 2.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from contracts.errors import NoSuchAnswer
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.oversight import asked, sharinglog, views
from gateway.flows.oversight.asked import LABELS, Asked
from gateway.store.log import MOST


async def list_log(visit: Visit) -> Shown:
    """GET /log."""
    return await _list(visit, visit.asked)


async def keep_view(visit: Visit) -> Shown:
    """POST /log/views: keep the filter under a name."""
    question = _question(visit, visit.given)
    if question.wrong:
        return await _list(visit, visit.given)
    try:
        await views.keep(visit.gateway, visit.who, visit.given("title"), question)
    except NoSuchAnswer as error:
        return await _list(visit, visit.given, [Mistake("title", str(error))])
    return Elsewhere(_here(question), "This view is kept. Only you see it.")


async def drop_view(visit: Visit) -> Shown:
    """POST /log/views/{view}/delete."""
    await views.drop(visit.gateway, visit.who, visit.part("view"))
    return Elsewhere("/log", "This view is deleted.")


def _question(visit: Visit, of: Callable[[str], str]) -> Asked:
    gateway, council = visit.gateway, visit.council
    known = asked.choices(council, gateway.policy(council.name))
    return asked.read_question(of, council, known, gateway.now(), visit.who.audit)


def _here(question: Asked) -> str:
    return f"/log?{question.query}" if question.query else "/log"


async def _list(visit: Visit, of: Callable[[str], str], mistakes: list[Mistake] | None = None) -> Page:
    question = _question(visit, of)
    wrong = [Mistake(name, say) for name, say in question.wrong.items()] + (mistakes or [])
    after = asked.read_place(visit.asked("after"))
    found = await sharinglog.listed(visit.gateway, visit.who, question, after)
    known = asked.choices(visit.council, visit.gateway.policy(visit.council.name))
    values = {
        "found": found,
        "most": MOST,
        "question": question,
        "filters": [(name, LABELS[name], known[name]) for name in LABELS],
        "set": [LABELS[name] for name in LABELS if question.given.get(name)],
        "next": f"/log?{urlencode(dict(question.given) | {'after': found.next})}" if found.next else "",
        "start": _here(question) if after else "",
        "with_tests": urlencode(dict(question.given) | {"tests": "with"}),
        "views": await views.views(visit.gateway, visit.who),
        "typed": visit.given("title"),
        "may": {one for one in ("reports.make",) if visit.who.may(one)},
        "mistakes": wrong,
    }
    return Page("log.html", values, 422 if wrong else 200)


PAGES: Final[Pages] = (
    ("GET", "/log", "log.list", list_log),
    ("POST", "/log/views", "log.list", keep_view),
    ("POST", "/log/views/{view}/delete", "log.list", drop_view),
)
