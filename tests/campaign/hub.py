"""The hub that survives: it drops repeats, writes down every arrival, and looks whether there is a permit for it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

from aiohttp import web

SLOWEST = 0.03
"""Seconds the hub takes at most, so that kills fall before, between and after an effect and its answer."""


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
    """

    arrivals: list[Arrival] = field(default_factory=list)
    effects: Counter[str] = field(default_factory=Counter)

    @property
    def repeats(self) -> int:
        """Messages it already had."""
        return len(self.arrivals) - len(self.effects)


class Hub:
    """Use as an async context. `permits` counts the committed permits of a delivery, or says None."""

    def __init__(self, rng: Random, permits: Callable[[str], int | None]) -> None:
        self.seen = Seen()
        self._rng, self._permits = rng, permits
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where messages go."""
        assert self._runner is not None
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/in"

    async def __aenter__(self) -> Hub:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_post("/in", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        at, delivery = time.time_ns() // 1_000_000, request.headers.get("webhook-id", "")
        body = await request.read()
        self.seen.arrivals.append(Arrival(delivery, at, sha256(body).hexdigest(), self._permits(delivery)))
        await asyncio.sleep(self._rng.uniform(0, SLOWEST / 2))
        if not self.seen.effects[delivery]:
            self.seen.effects[delivery] = 1
        await asyncio.sleep(self._rng.uniform(0, SLOWEST / 2))
        return web.json_response({"id": delivery})
