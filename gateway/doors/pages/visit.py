"""What every page is handed, and what it gives back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from contracts.council import Council
from gateway.doors.pages.forms import Chosen
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.sign_in.sessions import Session


def cookie_name(gateway: Gateway) -> str:
    """Of the session's cookie. A demo runs without TLS, where browsers refuse the safe prefix."""
    return "session" if gateway.settings.demo else "__Host-session"


class SignInAgain(Exception):
    """This is for somebody who has just proved again who they are. then: the page to come back to."""

    def __init__(self, then: str) -> None:
        super().__init__("sign in again")
        self.then = then


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page.

    session  None on a page that is open to everybody
    form     what a form sent: each name with everything that was given for it; {} for a GET
    files    the files that were chosen in it, by name
    cookies  name, value and seconds of each one to set with the answer; None is as long as the browser is open
    """

    gateway: Gateway
    request: Request = field(repr=False)
    session: Session | None
    form: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    cookies: list[tuple[str, str, int | None]] = field(default_factory=list, repr=False)
    files: Mapping[str, tuple[Chosen, ...]] = field(default_factory=dict, repr=False)

    @property
    def who(self) -> Acting:
        """Who is signed in, on a page that asks for it."""
        assert self.session is not None
        return self.session.who

    @property
    def council(self) -> Council:
        """The council of whoever is signed in."""
        return self.who.council

    def given(self, name: str) -> str:
        """What a form gave for a name, without spaces around it; "" for nothing."""
        return self.form.get(name, ("",))[0].strip()

    def asked(self, name: str) -> str:
        """What the address's query gives for a name; "" for nothing. It never holds anything about a family."""
        return str(self.request.query_params.get(name, "")).strip()

    def keep_session(self, token: str) -> None:
        """Let the browser hold this session from now on; "" takes away what it held."""
        self.cookies.append((cookie_name(self.gateway), token, None if token else 0))

    def must_have_stepped_up(self, then: str = "") -> None:
        """Raises SignInAgain unless they have just signed in again: for exports, break-glass and the like.

        then  the page they come back to; "" is this one, or the start page after a form
        """
        assert self.session is not None
        if self.session.stepped_up < self.gateway.now():
            raise SignInAgain(then or (self.request.url.path if self.request.method == "GET" else "/"))

    def keep_cookie(self, name: str, value: str, seconds: int) -> None:
        """Let the browser hold this for so long, where no script can read it; "" takes it away."""
        self.cookies.append((name, value, seconds if value else 0))

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])


@dataclass(frozen=True, slots=True)
class Page:
    """A page to show: a template and what it needs. No title holds anything about a family.

    keep  seconds for which any cache may hold it while nobody is signed in: for what is published
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    keep: int = 0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Go to another page, with GET. `told` is said at its top, once; `forget` has the browser drop what it kept."""

    path: str
    told: str = ""
    forget: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """A file. Its name is ours and holds nothing about a family. keep: as a page's."""

    name: str
    media_type: str
    body: bytes | AsyncIterator[bytes] = field(repr=False)
    keep: int = 0


Shown = Page | Elsewhere | Download
PageOf = Callable[[Visit], Awaitable[Shown]]
Pages = tuple[tuple[str, str, str, PageOf], ...]
"""method, path, operation of `flows.access.PEOPLE`, page."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to put right in a form: the field it is about, and what to do, as a sentence."""

    name: str
    say: str
