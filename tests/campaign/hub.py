"""The hub that survives: it drops repeats, writes down every arrival, and looks whether there is a permit for it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Literal

from aiohttp import web

from gateway.demo.port import reserved

SLOWEST = 0.03
"""Seconds the hub takes at most, so that kills fall before, between and after an effect and its answer."""

Mood = Literal["well", "busy", "broken", "away"]
"""It takes what comes; says 503; takes it and hangs up without an answer; does not listen."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message that came.

    at         ms UTC, when its first byte was handled
    digest     SHA-256 of its bytes
    permits    permits of this delivery that were committed at that moment; None when the store could not be asked
    """

    delivery: str
    at: int
    digest: str
    permits: int | None


@dataclass(slots=True)
class Seen:
    """What a class A hub has seen and done.

    effects  delivery → effects; a hub that drops repeats has one for each message it took
    turned_away  messages that came while it was too busy to take any
    """

    arrivals: list[Arrival] = field(default_factory=list)
    effects: Counter[str] = field(default_factory=Counter)
    turned_away: int = 0

    @property
    def repeats(self) -> int:
        """Messages it already had."""
        return len(self.arrivals) - len(self.effects) - self.turned_away


Knows = Callable[[web.Request, bytes], bool]
"""Whether a message is signed as this hub asks for just now."""


class Hub:
    """Use as an async context. `permits` counts the committed permits of a delivery, or says None.

    knows  one that says no has the hub answer 401; without it nothing is checked
    """

    def __init__(self, rng: Random, permits: Callable[[str], int | None], knows: Knows | None = None) -> None:
        self.seen = Seen()
        self.mood: Mood = "well"
        self._rng, self._permits, self._knows = rng, permits, knows
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._place: socket.socket | None = None

    @property
    def url(self) -> str:
        """Where messages go."""
        assert self._place is not None
        return f"http://127.0.0.1:{self._place.getsockname()[1]}/in"

    async def feel(self, mood: Mood) -> None:
        """Be like this from now on."""
        if mood == "away" and self._site is not None:
            assert self._runner is not None
            assert self._runner.server is not None
            await self._site.stop()
            await self._runner.server.shutdown(0.0)
            self._site = None
        elif mood != "away" and self._site is None:
            await self._listen()
        self.mood = mood

    async def __aenter__(self) -> Hub:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_post("/in", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        # Bound and never listening: nobody else gets the port while the hub is away.
        self._place = reserved()
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        assert self._place is not None
        await self._runner.cleanup()
        self._place.close()

    async def _listen(self) -> None:
        assert self._runner is not None
        assert self._place is not None
        port = self._place.getsockname()[1]
        self._site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await self._site.start()

    async def _receive(self, request: web.Request) -> web.Response:
        at, delivery = time.time_ns() // 1_000_000, request.headers.get("webhook-id", "")
        body = await request.read()
        if self._knows is not None and not self._knows(request, body):
            return web.Response(status=401)
        self.seen.arrivals.append(Arrival(delivery, at, sha256(body).hexdigest(), self._permits(delivery)))
        if self.mood == "busy":
            self.seen.turned_away += 1
            return web.Response(status=503)
        await asyncio.sleep(self._rng.uniform(0, SLOWEST / 2))
        if not self.seen.effects[delivery]:
            self.seen.effects[delivery] = 1
        await asyncio.sleep(self._rng.uniform(0, SLOWEST / 2))
        if self.mood == "broken" and request.transport is not None:
            request.transport.abort()
        return web.json_response({"id": delivery})
