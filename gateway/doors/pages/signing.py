"""Signing in and out. In a demonstration anybody may be anybody; nowhere else (settled 27)."""

from __future__ import annotations

from contracts.errors import NotAllowed
from gateway.doors.pages.visit import Elsewhere, Page, Shown, Visit
from gateway.flows import sessions
from gateway.flows.acting import acting, may_act

DEMO = "signed in to a demonstration"
"""How sure the record may be of who it was, where nobody had to prove it."""


async def sign_in(visit: Visit) -> Shown:
    """GET /sign-in."""
    if not visit.gateway.settings.demo:
        return Page("sign_in.html", {"councils": ()})
    councils = [
        {
            "name": council.name,
            "title": council.title,
            "people": [
                {"role": role, "title": duty.title, "name": may_act(council, role)[0]}
                for role, duty in council.roles.items()
                if may_act(council, role)
            ],
        }
        for council in visit.gateway.catalogue.councils.values()
    ]
    return Page("sign_in.html", {"councils": councils})


async def sign_in_demo(visit: Visit) -> Shown:
    """POST /sign-in/demo: as one of a demonstration's people."""
    if not visit.gateway.settings.demo:
        raise NotAllowed("These people are invented, and exist in a demonstration only.")
    council = visit.gateway.council(visit.given("council"))
    who = acting(council, visit.given("name"), visit.given("role"), sender=visit.given("sender"), how=DEMO)
    before = visit.session.token if visit.session else ""
    session = await sessions.sign_in(visit.gateway, who, before)
    visit.keep_session(session.token)
    return Elsewhere("/")


async def sign_out(visit: Visit) -> Shown:
    """POST /sign-out."""
    assert visit.session is not None
    await sessions.sign_out(visit.gateway, visit.session.token)
    visit.keep_session("")
    return Elsewhere("/sign-in", "You have signed out.")
