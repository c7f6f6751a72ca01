"""Who may open which page, cell by cell: page × role × class × state, by status and by bytes (reliability 4.3)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.requests import Request

from contracts.audits import AUDITOR, Audit
from contracts.signin import SENDER_ROLES
from gateway.config.catalogue import Catalogue
from gateway.doors.api import create_app
from gateway.doors.pages.answers import answer
from gateway.doors.pages.site import OPEN, PAGES, page_routes
from gateway.doors.pages.visit import Elsewhere, Visit
from gateway.flows.access import PEOPLE
from gateway.flows.acting import Acting, acting, may_act
from gateway.flows.gateway import Gateway
from gateway.flows.sign_in import sessions
from gateway.flows.sign_in.sessions import Session
from tests.flows.desks import NO, Desk
from tests.running import Door, a_hull_referral, rows, running

SCHOOL = "invented_academy"
COUNCIL_ROLES = sorted({role for pairs in PEOPLE.values() for role, _ in pairs} - set(SENDER_ROLES))
ROLES = (*COUNCIL_ROLES, *SENDER_ROLES)
CANARIES = ("Fernsby", "Zqreasonzq", "2017-03-14")
NOBODYS = "0f" * 16
STAYS = {"/sign-out", "/account/role", "/account/end-all", "/step-up/demo", "/account/end"}
"""Forms that end or change the session that sends them: sent with nothing chosen, or last."""


@pytest.fixture(scope="module")
def gateway(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Hull, where every role of every council has somebody, and a school has its own people. One store for all."""
    hull = catalogue.councils["hull"]
    leicester = catalogue.councils["leicester"]
    roles = {role: replace(hull.roles["hub_duty"], people=(f"a.{role}",), cover="") for role in COUNCIL_ROLES}
    people = {role: (f"a.{role}",) for role in SENDER_ROLES}
    school = replace(hull.senders[SCHOOL], people=people)
    audits = {f"a.{AUDITOR}": Audit(date.max, date(2000, 1, 1), date(2199, 12, 31))}
    changed = replace(
        hull, roles=dict(hull.roles) | roles, senders=dict(hull.senders) | {SCHOOL: school}, audits=audits
    )
    councils = dict(catalogue.councils) | {"hull": changed, "leicester": replace(leicester, roles=roles, audits=audits)}
    folder = tmp_path_factory.mktemp("pages")
    with running(replace(catalogue, councils=councils), folder, (f"sqlite:///{folder}/gateway.db", "")) as built:
        yield built


class Asking:
    """Asks one application as many people, each with one session of their own.

    purpose  why they read names, as each of them has said; "" for those who have not, and not signed in again either
    """

    def __init__(self, gateway: Gateway, purpose: str = "") -> None:
        self.gateway, self.purpose = gateway, purpose
        self.sessions: dict[tuple[str, ...], Session] = {}
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(create_app(gateway), raise_app_exceptions=False), base_url="http://localhost"
        )

    async def ask(self, method: str, path: str, role: str, council: str = "hull", **form: str) -> httpx2.Response:
        """One page, by whoever has this role; "" is nobody."""
        return await self.ask_as(method, path, self._who(council, role) if role else None, form)

    async def ask_as(self, method: str, path: str, who: Acting | None, form: Mapping[str, str]) -> httpx2.Response:
        """One page, by this person; None is nobody."""
        self.client.cookies.clear()
        headers, session = {"accept": "text/html"}, await self._session(who) if who else None
        if session:
            headers["cookie"] = f"session={session.token}"
        if method != "POST":
            return await self.client.request(method, path, headers=headers)
        headers["content-type"] = "application/x-www-form-urlencoded"
        content = urlencode({"csrf": session.csrf if session else ""} | dict(form))
        return await self.client.post(path, content=content, headers=headers)

    def _who(self, council: str, role: str) -> Acting:
        home = self.gateway.council(council)
        sender = SCHOOL if role in SENDER_ROLES else ""
        name = f"a.{role}" if sender else may_act(home, role)[0]
        return acting(home, name, role, sender=sender, now=self.gateway.now())

    async def _session(self, who: Acting) -> Session:
        key = (who.council.name, who.sender, who.name, who.role)
        held = self.sessions.get(key)
        if held is None or await sessions.session_of(self.gateway, held.token) is None:
            held = await sessions.sign_in(self.gateway, who)
            if self.purpose:
                held = await sessions.step_up(self.gateway, held)
                await sessions.say_purpose(self.gateway, held, self.purpose)
            self.sessions[key] = held
        return held


def filled(path: str, value: str = NOBODYS) -> str:
    """The page's address with this for each of its parts."""
    return re.sub(r"{\w+}", value, path)


def may_open(operation: str, role: str) -> bool:
    return operation in OPEN or any(role == one for one, _ in PEOPLE[operation])


CELLS = [(method, path, operation, role) for method, path, operation, _ in PAGES for role in ("", *ROLES)]


def expected(operation: str, role: str) -> str:
    """What the door does with somebody in this role, before it looks at what they ask about."""
    if operation in OPEN:
        return "in"
    return "to sign in" if not role else "in" if may_open(operation, role) else "refused"


def seen(answer: httpx2.Response) -> str:
    """What the door did."""
    if answer.status_code == 303 and answer.headers["location"] == "/sign-in":
        return "to sign in"
    return "refused" if answer.status_code == 403 and "You may not open this page" in answer.text else "in"


def checked(gateway: Gateway, cells: list[tuple[str, str, str, str]]) -> list[str]:
    """The cells that are not as the table has it."""

    async def ask_all() -> list[str]:
        asking = Asking(gateway)
        return [
            f"{method} {path} as {role}"
            for method, path, operation, role in cells
            if await wrong(asking, method, path, operation, role)
        ]

    return asyncio.run(ask_all())


async def wrong(asking: Asking, method: str, path: str, operation: str, role: str) -> bool:
    answer = await asking.ask(method, filled(path), role)
    if answer.status_code >= 500:
        return True
    if any(word in answer.text for word in CANARIES):
        return True
    if path in STAYS and expected(operation, role) == "in":
        return False  # its answer may itself lead to signing in
    if operation in OPEN:
        return False
    if expected(operation, role) == "in" and ("{" in path or (role, "") not in PEOPLE[operation]):
        return seen(answer) == "to sign in"  # whether they may depends on what it is about
    return seen(answer) != expected(operation, role)


def test_every_page_lets_in_whom_the_table_lets_in_and_nobody_else(gateway: Gateway) -> None:
    Door(gateway).accepted(a_hull_referral(reason="Zqreasonzq.", agreements=NO), once="planted")
    assert checked(gateway, CELLS) == []


def test_a_page_whose_operation_is_not_listed_cannot_be_built(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PEOPLE, "page.own")  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        page_routes(gateway)


GUARDS = sorted({operation for _, _, operation, _ in PAGES} - OPEN)
"""Each operation of the pages, and for each a page of its own without parts where it has one."""


@contextmanager
def changed(monkeypatch: pytest.MonkeyPatch, operation: str, pairs: Any) -> Iterator[None]:
    monkeypatch.setitem(PEOPLE, operation, frozenset(pairs))  # type: ignore[arg-type]
    yield
    monkeypatch.undo()


def test_taking_any_role_out_of_the_table_turns_a_cell_red(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    for operation in GUARDS:
        method, path = next((method, path) for method, path, of, _ in PAGES if of == operation)
        role = sorted(role for role, _ in PEOPLE[operation])[0]
        with changed(monkeypatch, operation, {pair for pair in PEOPLE[operation] if pair[0] != role}):
            answer = asyncio.run(Asking(gateway).ask(method, filled(path), role))
        assert seen(answer) == "refused", operation


def test_putting_any_role_into_the_table_turns_a_cell_red(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    for operation in GUARDS:
        # Whoever has no sender has nothing sent: beside the table, each flow asks for one.
        kin = SENDER_ROLES if operation.startswith("sent.") else COUNCIL_ROLES
        strangers = [role for role in kin if not may_open(operation, role)]
        method, path = next((method, path) for method, path, of, _ in PAGES if of == operation)
        if not strangers or "{" in path:
            continue
        with changed(monkeypatch, operation, PEOPLE[operation] | {(strangers[0], "")}):
            answer = asyncio.run(Asking(gateway).ask(method, filled(path), strangers[0]))
        assert seen(answer) == "in", operation


# One hold, by every role, open and ended ------------------------------------------------------------------------------

HOLDS: dict[str, dict[str, Any]] = {
    "wishes": {"agreements": NO},
    "routing": {"family": {"locality": "Elsewhere"}},
    "sealed": {"people": [a_hull_referral()["people"][0] | {"protection": ["sealed"]}, a_hull_referral()["people"][1]]},
}
ACTS = {
    "show": ("GET", "", {}),
    "open": ("POST", "/open", {"purpose": "To see what the family says"}),
    "decide": ("POST", "/decide", {}),
    "needed": ("POST", "/needed", {}),
    "take": ("POST", "/take", {}),
}


@pytest.fixture(scope="module", params=sorted(HOLDS))
def planted(request: pytest.FixtureRequest, gateway: Gateway) -> tuple[str, dict[str, str]]:
    """A class of hold, and the id of one that is open and of one that has ended."""
    kind, found = request.param, {}
    for state in ("running", "stopped"):
        document = a_hull_referral(reason="Zqreasonzq is late most mornings.", **HOLDS[kind])
        referral = Door(gateway).accepted(document, once=f"{kind}-{state}")
        found[state] = Desk(gateway).hold(referral, f"hold:{kind}")
    role = "sealed_list" if kind == "sealed" else "hub_duty"
    Desk(gateway).ask("open", (f"a.{role}", role), hold=found["stopped"], purpose="To decide on it today")
    Desk(gateway).decide(found["stopped"], "close", (f"a.{role}", role), review="2027-01-04")
    return kind, found


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_every_role_does_to_a_hold_what_the_table_says_and_reads_no_name_unless_it_opens_it(
    gateway: Gateway, planted: tuple[str, dict[str, str]], state: str
) -> None:
    kind, holds = planted

    async def ask_all() -> list[str]:
        asking, bad = Asking(gateway), []
        for role in ROLES:
            for act, (method, more, form) in ACTS.items():
                answer = await asking.ask(method, f"/holds/{holds[state]}{more}", role, **form)
                may = (role, kind) in PEOPLE[f"holds.{act}"]
                names = any(word in answer.text for word in CANARIES)
                refused = answer.status_code == 403
                if refused is may or names is not (may and act == "open") or answer.status_code >= 500:
                    bad.append(f"{act} as {role}: {answer.status_code}{', names' if names else ''}")
        return bad

    assert asyncio.run(ask_all()) == []


def seen_by(answer: httpx2.Response, own: str) -> str:
    """The page without what differs at each request: the id that was asked for, and until when the session lasts."""
    return re.sub(r"by [^<]*, or you are signed out", "", answer.text.replace(own, NOBODYS))


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_p27_a_hold_of_another_council_and_none_at_all_are_the_same_bytes(
    gateway: Gateway, planted: tuple[str, dict[str, str]], state: str
) -> None:
    theirs = planted[1][state]

    async def ask_all() -> list[str]:
        asking, bad = Asking(gateway), []
        for role in ("hub_manager", "ig_lead", "sealed_list"):
            for act, (method, more, form) in ACTS.items():
                answers = [
                    await asking.ask(method, f"/holds/{one}{more}", role, "leicester", **form)
                    for one in (theirs, NOBODYS)
                ]
                told = {seen_by(answer, theirs) for answer in answers}
                if len(told) != 1 or len({answer.status_code for answer in answers}) != 1:
                    bad.append(f"{act} as {role}")
        return bad

    assert asyncio.run(ask_all()) == []


def test_a_session_whose_role_was_taken_away_is_nobodys_at_once(gateway: Gateway) -> None:
    """A stale session is one more relation: every page it asks for leads to signing in."""
    asking = Asking(gateway)
    home = gateway.council("hull")
    token = asyncio.run(asking._session(asking._who("hull", "ig_lead"))).token
    roles = dict(home.roles) | {"ig_lead": replace(home.roles["ig_lead"], people=())}
    less = replace(gateway.catalogue, councils=dict(gateway.catalogue.councils) | {"hull": replace(home, roles=roles)})
    after = Door(replace(gateway, catalogue=less))
    for method, path, operation, _ in PAGES:
        if operation not in OPEN and method == "GET":
            answer = after.get(filled(path), key=None, headers={"cookie": f"session={token}"})
            assert seen(answer) == "to sign in", path
    assert sha256(token.encode()).hexdigest() not in {row["id"] for row in rows(gateway, "session")}


def test_an_address_that_there_is_not_is_a_page_for_a_browser_and_a_problem_for_a_system(gateway: Gateway) -> None:
    door = Door(gateway)
    page = door.get("/nowhere", key=None, headers={"accept": "text/html,*/*"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no page at this address" in page.text
    assert door.get("/nowhere", key=None).headers["content-type"] == "application/problem+json"


def test_what_is_said_on_the_next_page_may_hold_any_character_of_our_words(gateway: Gateway) -> None:
    """A cookie takes less than our words do: “ and ’ are in none of its alphabets."""

    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
    visit = Visit(gateway, request, None)
    went = answer(visit, Elsewhere("/", "The hub’s door is “open” – now."))
    cookie = went.headers["set-cookie"].partition(";")[0]
    shown = Door(gateway).get("/sign-in", key=None, headers={"cookie": cookie})
    assert "The hub’s door is “open” – now." in shown.text
