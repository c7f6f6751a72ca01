"""One's own sign-in: the role one acts in, where one is signed in, and proving again who one is (reliability 5.3)."""

from __future__ import annotations

from typing import Final

from contracts.errors import NotAllowed
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.acting import acting
from gateway.flows.sign_in import sessions


async def account(visit: Visit) -> Shown:
    """GET /account."""
    return await _account(visit)


async def act_as(visit: Visit) -> Shown:
    """POST /account/role: go on in another role."""
    assert visit.session is not None
    if not visit.given("role"):
        return await _account(visit, [Mistake("role", "Choose the role you act in now.")])
    session = await sessions.act_as(visit.gateway, visit.session, visit.given("role"))
    visit.keep_session(session.token)
    return Elsewhere("/", f"You act as {session.who.title} now.")


async def end_one(visit: Visit) -> Shown:
    """POST /account/end: end one of one's own sessions."""
    assert visit.session is not None
    await sessions.end_one(visit.gateway, visit.session, visit.given("session"))
    return Elsewhere("/account", "That sign-in has ended.")


async def end_all(visit: Visit) -> Shown:
    """POST /account/end-all: sign out everywhere."""
    await sessions.sign_out_everywhere(visit.gateway, visit.who)
    visit.keep_session("")
    return Elsewhere("/sign-in", "You have signed out everywhere.", forget=True)


async def step_up(visit: Visit) -> Shown:
    """GET /step-up: ask them to prove again who they are."""
    return Page("step_up.html", {"then": own_path(visit.asked("then")), "council": visit.council.name})


async def step_up_demo(visit: Visit) -> Shown:
    """POST /step-up/demo: in a demonstration nobody can prove who they are; they confirm instead."""
    if not visit.gateway.settings.demo:
        raise NotAllowed("This is for a demonstration only. Sign in again with your council’s own sign-in.")
    assert visit.session is not None
    session = await sessions.step_up(visit.gateway, visit.session)
    visit.keep_session(session.token)
    return Elsewhere(own_path(visit.given("then")))


def own_path(path: str) -> str:
    """The path, if it is one of this site; the start page for anything else."""
    plain = path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable() and "\\" not in path
    return path if plain else "/"


async def _account(visit: Visit, mistakes: list[Mistake] | None = None) -> Page:
    assert visit.session is not None
    return Page(
        "account.html",
        {
            "roles": [(role, _titled(visit, role)) for role in sessions.roles_of(visit.session)],
            "sessions": [(one, _titled(visit, one.role)) for one in await _standing(visit)],
            "mistakes": mistakes or [],
        },
        422 if mistakes else 200,
    )


async def _standing(visit: Visit) -> list[sessions.Standing]:
    """Those in which they may still act: the others end at their next page."""
    assert visit.session is not None
    may = sessions.roles_of(visit.session)
    return [one for one in await sessions.sessions_of(visit.gateway, visit.session) if one.role in may]


def _titled(visit: Visit, role: str) -> str:
    who = visit.who
    return acting(who.council, who.name, role, sender=who.sender, now=visit.gateway.now()).title


PAGES: Final[Pages] = (
    ("GET", "/account", "page.own", account),
    ("POST", "/account/role", "page.own", act_as),
    ("POST", "/account/end", "page.own", end_one),
    ("POST", "/account/end-all", "page.own", end_all),
    ("GET", "/step-up", "page.own", step_up),
    ("POST", "/step-up/demo", "page.own", step_up_demo),
)
