"""A person at the pages, without a browser: signed in through the session flow, their forms filled in as the page has
them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx2

from gateway.flows.acting import acting, may_act
from gateway.flows.sign_in import sessions
from gateway.flows.sign_in.sessions import Session
from tests.running import Door

FORM = "application/x-www-form-urlencoded"


@dataclass
class Visitor:
    """One person with one session; None is nobody."""

    door: Door
    session: Session | None

    def get(self, path: str, method: str = "GET") -> httpx2.Response:
        """One page."""
        return asyncio.run(self.door.ask(method, path, key=None, headers=self._cookie()))

    def send(self, path: str, **form: str) -> httpx2.Response:
        """One form of theirs. `csrf` is the session's own unless given."""
        given = {"csrf": self.session.csrf if self.session else ""} | form
        headers = {"content-type": FORM, **self._cookie()}
        return self.door.post(path, urlencode(given).encode(), key=None, headers=headers)

    def _cookie(self) -> dict[str, str]:
        if self.session is None:
            return {}
        name = "session" if self.door.gateway.settings.demo else "__Host-session"
        return {"cookie": f"{name}={self.session.token}"}


def sign_in(door: Door, role: str, council: str = "hull", name: str = "", sender: str = "") -> Visitor:
    """Whoever is listed first in a role, signed in."""
    home = door.gateway.council(council)
    listed = home.senders[sender].people.get(role, ()) if sender else may_act(home, role)
    who = acting(home, name or listed[0], role, sender=sender, now=door.gateway.now())
    return Visitor(door, asyncio.run(sessions.sign_in(door.gateway, who)))


def nobody(door: Door) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(door, None)
