"""Goes through every page as everybody: follows links, fills in forms wrongly and rightly, keeps what came of it."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx2
from lxml import html
from sqlalchemy import func, select

from contracts.signin import SENDER_ROLES
from gateway.doors.api import create_app
from gateway.doors.pages.site import OPEN, PAGES
from gateway.flows.acting import acting, may_act
from gateway.flows.gateway import Gateway
from gateway.flows.sign_in import sessions
from gateway.flows.sign_in.sessions import Session
from gateway.path.calendar import day_of
from gateway.store.tables import READING
from gateway.store.writer import Write

LEAVES: Final = {"/sign-out", "/account/role", "/account/end", "/account/end-all", "/sign-in/demo", "/step-up/demo"}
"""Forms that end or change the session that sends them."""

TYPED: Final = "Zxtypedzx"
"""A word that only ever stands in what somebody typed."""

SENTENCE: Final = f"{TYPED} is what somebody wrote in this field today."

WRONG: Final = "wrong"
"""What a form is tried with where one field holds `TYPED`, before the field's name."""

KNOWN: Final = {
    "name": "Zqmayazq Zqfernsbyzq",
    "born-day": "14",
    "born-month": "3",
    "born-year": "2017",
    "number": "",
}
"""What a field is filled in with by its name."""


@dataclass(frozen=True)
class Went:
    """One request and its answer. read: whether an entry that says who looked was written for it."""

    role: str
    method: str
    row: str
    path: str
    sent: str
    answer: httpx2.Response
    read: bool

    @property
    def title(self) -> str:
        """The page's title, "" where it has none."""
        found = re.search(r"<title>(.*?)</title>", self.answer.text) if self.is_page else None
        return found[1] if found else ""

    @property
    def is_page(self) -> bool:
        """Whether it is read in a browser, and not kept as a file."""
        return self.answer.headers.get("content-type", "").startswith("text/html")

    def __str__(self) -> str:
        return f"{self.method} {self.row} as {self.role or 'nobody'}: {self.answer.status_code}"


@dataclass
class Crawler:
    """Somebody in a role of a council, at every page that they can reach."""

    gateway: Gateway
    council: str = "hull"
    sender: str = "invented_academy"
    most: int = 2
    went: list[Went] = field(default_factory=list)

    def __post_init__(self) -> None:
        transport = httpx2.ASGITransport(create_app(self.gateway), raise_app_exceptions=False)
        self._client = httpx2.AsyncClient(transport=transport, base_url="http://localhost")
        self._visits: defaultdict[tuple[str, ...], float] = defaultdict(float)

    async def go(self, role: str) -> None:
        """Everything within reach of a role; "" is nobody."""
        session = await self.session(role) if role else None
        waiting = deque(path for method, path, _, _ in PAGES if method == "GET" and "{" not in path)
        while waiting:
            path = waiting.popleft()
            answer = await self.ask("GET", path, role, session)
            for following in await self._on(answer, role, session):
                waiting.append(following)

    async def ask(
        self,
        method: str,
        path: str,
        role: str,
        session: Session | None,
        form: dict[str, str] | None = None,
        kind: str = "right",
    ) -> httpx2.Response | None:
        """One page, unless this role has been there often enough. kind: what the form is tried with."""
        row = row_of(method, path)
        often = self.most if method == "GET" else 1
        # What is open to everybody is the same for all who are signed in; so is one wrong field for whoever sends it.
        whose = role if (method, row) not in _OPEN else "somebody" if role else ""
        whose = "anybody" if kind.startswith(WRONG) else whose
        if row is None or row in LEAVES or self._visits[whose, method, row, kind] >= often:
            return None
        if method == "GET" and self._visits[role, method, path]:
            return None
        self._visits[role, method, path] += 1
        answer = await self.visit(method, path, role, session, form)
        # What was refused may be tried again elsewhere: another request is in another state.
        self._visits[whose, method, row, kind] += 1 if answer.status_code < 400 or kind != "right" else 0.25
        return answer

    async def visit(
        self, method: str, path: str, role: str, session: Session | None, form: dict[str, str] | None = None
    ) -> httpx2.Response:
        """One page, however often somebody was there, and whether or not anybody goes on from it."""
        row = row_of(method, path)
        assert row is not None, "there is no page at this address"
        before = reads(self.gateway)
        answer = await self.request(method, path, session, form)
        read = reads(self.gateway) > before
        self.went.append(Went(role, method, row, path, urlencode(form or {}), answer, read))
        return answer

    async def request(
        self, method: str, path: str, session: Session | None, form: dict[str, str] | None = None
    ) -> httpx2.Response:
        """One request, as this session; None is nobody."""
        headers = {"accept": "text/html"} | ({"cookie": f"session={session.token}"} if session else {})
        self._client.cookies.clear()
        if method == "GET":
            return await self._client.get(path, headers=headers)
        headers["content-type"] = "application/x-www-form-urlencoded"
        content = urlencode({"csrf": session.csrf if session else ""} | (form or {}))
        return await self._client.post(path, content=content, headers=headers)

    async def _on(self, answer: httpx2.Response | None, role: str, session: Session | None) -> list[str]:
        """Send every form of a page, empty, wrong in each field and filled in; and where its links lead."""
        if answer is not None and answer.status_code == 303:
            return [answer.headers["location"].partition("#")[0]]
        if answer is None or not answer.headers.get("content-type", "").startswith("text/html"):
            return []
        page = html.fromstring(answer.text)
        found = [link for link in page.xpath("//a/@href") if link.startswith("/")]
        # The last first: what ends a thing stands above what is done with it.
        for form in reversed(page.forms):
            if form.method.upper() != "POST":
                continue
            filled = dict(_fields(form, self.gateway.now()))
            for action in (form.get("action", ""), *form.xpath(".//button/@formaction")):
                for kind, given in _tries(filled):
                    came = await self.ask("POST", action.partition("#")[0], role, session, given, kind)
                    if came is not None and came.status_code < 400:
                        found += await self._on(came, role, session)
        return [link.partition("#")[0] for link in found if not urlsplit(link).netloc]

    async def session(self, role: str) -> Session:
        """Somebody in this role, who has just signed in again."""
        home = self.gateway.council(self.council)
        sender = self.sender if role in SENDER_ROLES else ""
        name = home.senders[sender].people[role][0] if sender else may_act(home, role)[0]
        session = await sessions.sign_in(self.gateway, acting(home, name, role, sender=sender, now=self.gateway.now()))
        return await sessions.step_up(self.gateway, session)


def _tries(filled: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """A form with nothing in it, with one field after the other that holds what nobody asked for, as it should be."""
    yield "empty", dict.fromkeys(filled, "")
    for name in filled:
        yield f"{WRONG} {name}", filled | {name: TYPED}
    yield "right", filled


def _fields(form: Any, now: int) -> Iterator[tuple[str, str]]:
    """What a person would send: the first of each choice, days where days are asked for, a sentence in each field."""
    chosen: set[str] = set()
    for one in form.xpath(".//input|.//select|.//textarea"):
        name, kind = one.get("name", ""), one.get("type", "text")
        if not name or name == "csrf" or kind in ("submit", "file", "button") or name in chosen:
            continue
        chosen.add(name)
        if kind == "hidden":
            yield name, one.get("value", "")
        elif one.tag == "select":
            values = [option.get("value", "") for option in one.xpath(".//option")]
            yield name, next((value for value in values if value), "")
        elif kind in ("radio", "checkbox"):
            yield name, one.get("value", "yes")
        else:
            yield name, _typed(name, now)


def _typed(name: str, now: int) -> str:
    if name in KNOWN:
        return KNOWN[name]
    day = day_of(now) + timedelta(days=60 if name.startswith("review") else -1)
    if name == "day" or name.endswith("-day"):
        return str(day.day)
    if name == "month" or name.endswith("-month"):
        return str(day.month)
    return str(day.year) if name == "year" or name.endswith("-year") else SENTENCE


_OPEN: Final = {(method, path) for method, path, operation, _ in PAGES if operation in OPEN}
_ROWS: Final = [
    (method, path, re.compile(re.sub(r"{\w+}", "([^/]+)", path).replace(".", r"\."))) for method, path, _, _ in PAGES
]


def row_of(method: str, path: str) -> str | None:
    """The row of PAGES that takes this address; None where none does."""
    plain = path.partition("?")[0]
    return next((row for of, row, shape in _ROWS if of == method and shape.fullmatch(plain)), None)


def reads(gateway: Gateway) -> int:
    """How many entries say that somebody looked, or was given something to take away."""
    counted = select(func.count()).select_from(READING)
    return gateway.writer.run(Write(lambda tx: int(tx.execute(counted).scalar_one())))
