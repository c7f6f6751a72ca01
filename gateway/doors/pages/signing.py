"""Signing in and out. In a demonstration anybody may be anybody; nowhere else (settled 27)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.council import Council
from contracts.errors import NotAllowed
from contracts.signin import SENDER_ROLES
from gateway.doors.pages.account import own_path
from gateway.doors.pages.visit import Elsewhere, Page, Pages, Shown, Visit
from gateway.flows.acting import acting, may_act
from gateway.flows.sign_in import oidc, sessions

DEMO = "signed in to a demonstration"
"""How sure the record may be of who it was, where nobody had to prove it."""


async def sign_in(visit: Visit) -> Shown:
    """GET /sign-in."""
    gateway = visit.gateway
    ways = [one for one in gateway.catalogue.councils.values() if oidc.is_set_up(gateway, one)]
    if not gateway.settings.demo:
        return Page("sign_in.html", {"councils": (), "ways": ways})
    councils = [
        {"name": council.name, "title": council.title, "people": [*_own_people(council), *_senders_people(council)]}
        for council in gateway.catalogue.councils.values()
    ]
    return Page("sign_in.html", {"councils": councils, "ways": ways})


def _own_people(council: Council) -> Iterator[dict[str, str]]:
    for role, duty in council.roles.items():
        if listed := may_act(council, role):
            yield {"role": role, "title": duty.title, "name": listed[0], "sender": ""}


def _senders_people(council: Council) -> Iterator[dict[str, str]]:
    for name, sender in council.senders.items():
        for role, people in sender.people.items():
            if people:
                title = f"{SENDER_ROLES[role]}: {sender.title}"
                yield {"role": role, "title": title, "name": people[0], "sender": name}


async def go(visit: Visit) -> Shown:
    """GET /sign-in/with/{council}: to the council's own provider; `again` is the page that asks to prove it again."""
    then = visit.asked("again")
    try:
        url, cookie = await oidc.begin(
            visit.gateway, visit.part("council"), _back(visit), again=bool(then), then=own_path(then)
        )
    except NotAllowed as error:
        return _not_signed_in(str(error))
    visit.keep_cookie(_cookie(visit), cookie, oidc.AWAY // 1000)
    return Elsewhere(url)


async def come_back(visit: Visit) -> Shown:
    """GET /sign-in/back: from the provider, with a code that only this browser may use."""
    visit.keep_cookie(_cookie(visit), "", 0)
    cookie, query = visit.request.cookies.get(_cookie(visit), ""), visit.request.query_params
    try:
        back = await oidc.returned(visit.gateway, cookie, query, _back(visit))
        session = await _session(visit, back)
    except NotAllowed as error:
        return _not_signed_in(str(error))
    visit.keep_session(session.token)
    if back.again:
        return Elsewhere(back.then)
    return Elsewhere("/account" if len(sessions.roles_of(session)) > 1 else "/")


async def _session(visit: Visit, back: oidc.Back) -> sessions.Session:
    """A new session; or, where they prove again who they are, the one they have under a new id. Raises NotAllowed."""
    before = visit.session
    if not back.again:
        return await sessions.sign_in(visit.gateway, back.who, before.token if before else "", back.allowed)
    same = before is not None and (before.who.council.name, before.who.name, before.who.sender) == (
        back.who.council.name,
        back.who.name,
        back.who.sender,
    )
    if before is None or not same:
        raise NotAllowed("That was somebody else’s sign-in. Sign out, and sign in as yourself.")
    return await sessions.step_up(visit.gateway, before)


def _not_signed_in(say: str) -> Page:
    return Page("problem.html", {"title": "You are not signed in", "say": say, "sign_in": True}, 403)


def _back(visit: Visit) -> str:
    """Where the provider sends people back to. In a demonstration that is wherever it runs."""
    return f"{visit.gateway.settings.public_url or str(visit.request.base_url).rstrip('/')}/sign-in/back"


def _cookie(visit: Visit) -> str:
    return "signing-in" if visit.gateway.settings.demo else "__Host-signing-in"


async def sign_in_demo(visit: Visit) -> Shown:
    """POST /sign-in/demo: as one of a demonstration's people."""
    gateway = visit.gateway
    if not gateway.settings.demo:
        raise NotAllowed("These people are invented, and exist in a demonstration only.")
    council = gateway.council(visit.given("council"))
    name, role, sender = (visit.given(one) for one in ("name", "role", "sender"))
    who = acting(council, name, role, sender=sender, how=DEMO, now=gateway.now())
    before = visit.session.token if visit.session else ""
    session = await sessions.sign_in(gateway, who, before)
    visit.keep_session(session.token)
    return Elsewhere("/")


async def sign_out(visit: Visit) -> Shown:
    """POST /sign-out."""
    assert visit.session is not None
    who = visit.who
    await sessions.sign_out(visit.gateway, visit.session.token)
    visit.keep_session("")
    if oidc.signed_in_there(who.council, who.how):
        return Elsewhere(f"/signed-out/{who.council.name}", forget=True)
    return Elsewhere("/sign-in", "You have signed out.", forget=True)


async def signed_out(visit: Visit) -> Shown:
    """GET /signed-out/{council}: one is signed out here, and may end the sign-in at the council's provider too."""
    council = visit.gateway.council(visit.part("council"))
    after = _back(visit).removesuffix("/back")
    return Page(
        "signed_out.html", {"council": council, "there": await oidc.farewell(visit.gateway, council.name, after)}
    )


PAGES: Final[Pages] = (
    ("GET", "/sign-in", "page.open", sign_in),
    ("GET", "/sign-in/with/{council}", "page.open", go),
    ("GET", "/sign-in/back", "page.open", come_back),
    ("POST", "/sign-in/demo", "page.open", sign_in_demo),
    ("POST", "/sign-out", "page.own", sign_out),
    ("GET", "/signed-out/{council}", "page.open", signed_out),
)
