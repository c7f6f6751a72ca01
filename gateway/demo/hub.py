"""A stub hub on loopback that behaves as it is told, and remembers what it was sent and what it did about it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.demo.port import reserved

Behaviour = Literal[
    "ok",  # takes it and names it
    "busy",  # 503
    "failing",  # 500, having taken it
    "slow",  # takes it, and answers after `delay`
    "nonsense",  # takes it and answers 200 with a page
    "empty",  # takes it and answers 204
    "wrong_id",  # takes it and names another
    "cut",  # takes it, and the answer breaks off in the middle
    "drip",  # takes it, and answers a byte each `delay`
    "huge",  # takes it and answers with more than anyone should read
    "reset",  # takes it and hangs up
    "deaf",  # hangs up without reading the content
    "duplicate",  # 409, says it has it
    "refused",  # 400
    "unauthorised",  # 401
    "gone",  # 410
    "moved",  # 302 to another place on this hub
]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it arrived: its `webhook-id`, when (monotonic seconds), what was done, and its bytes."""

    id: str
    at: float
    behaviour: Behaviour
    body: bytes


class StubHub:
    """A hub for demos, tests and fault campaigns. Use it as an async context; `url` is where it listens.

    behaviour     what it does when `script` is used up
    script        what it does with the next messages, in order
    secrets       it answers 401 to a message none of them signed; () checks nothing
    drops_repeats class A: a message it already took has no second effect
    delay         seconds, for `slow` and `drip`
    on_arrival    called with each message's id before anything else is done

    Asked at `/{id}` below its address, it says whether it has done something about that message; with `answers` False
    it says nothing that could be meant for the question.
    """

    def __init__(
        self,
        behaviour: Behaviour = "ok",
        script: Iterable[Behaviour] = (),
        secrets: tuple[str, ...] = (),
        drops_repeats: bool = True,
        delay: float = 1.0,
        on_arrival: Callable[[str], None] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.behaviour, self.script, self.delay = behaviour, list(script), delay
        self.drops_repeats, self.on_arrival = drops_repeats, on_arrival
        self.answers = True
        self.asked: list[str] = []
        self.arrivals: list[Arrival] = []
        self.effects: Counter[str] = Counter()
        self.elsewhere = 0  # requests to any path but its own: nothing should follow a redirect
        self.unsigned = 0
        self.port = 0
        self._verifiers = tuple(Webhook(secret) for secret in secrets)
        self._tls = tls
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._place: socket.socket | None = None

    @property
    def url(self) -> str:
        """Where messages go."""
        return f"https://localhost:{self.port}/in" if self._tls else f"http://127.0.0.1:{self.port}/in"

    @property
    def took(self) -> list[str]:
        """Ids in the order of arrival, repeats included."""
        return [arrival.id for arrival in self.arrivals]

    async def __aenter__(self) -> StubHub:
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_post("/in", self._receive)
        app.router.add_get("/in/{id}", self._was_asked)
        app.router.add_route("*", "/{path:.*}", self._elsewhere)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        self._place = reserved(self.port)
        self.port = self._place.getsockname()[1]
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        assert self._place is not None
        await self._runner.cleanup()
        self._place.close()

    async def up(self) -> None:
        """Listen, on the same port as before."""
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._tls, reuse_address=True)
        await self._site.start()

    async def down(self) -> None:
        """Close every connection and stop listening: new ones are refused until `up`."""
        assert self._site is not None
        assert self._runner is not None
        assert self._runner.server is not None
        await self._site.stop()
        await self._runner.server.shutdown(0.0)

    async def _elsewhere(self, _: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response(status=404)

    async def _was_asked(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        self.asked.append(name)
        if not self._signed(await request.read(), request):
            return web.Response(status=401)
        if not self.answers:
            return web.Response(status=404)
        return web.json_response({"id": name}, status=200 if self.effects[name] else 404)

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        name = request.headers.get("webhook-id", "")
        if self.on_arrival is not None:
            self.on_arrival(name)
        behaviour = self.script.pop(0) if self.script else self.behaviour
        at, body = time.monotonic(), b""
        if behaviour != "deaf":
            body = await request.read()
            if not self._signed(body, request):
                self.unsigned += 1
                return web.Response(status=401)
        self.arrivals.append(Arrival(name, at, behaviour, body))
        if behaviour in _TAKING and not (self.drops_repeats and self.effects[name]):
            self.effects[name] += 1
        return await self._answer(behaviour, name, request)

    def _signed(self, body: bytes, request: web.Request) -> bool:
        for verifier in self._verifiers:
            with contextlib.suppress(WebhookVerificationError):
                verifier.verify(body, dict(request.headers), json_parse=False)
                return True
        return not self._verifiers

    async def _answer(self, behaviour: Behaviour, name: str, request: web.Request) -> web.StreamResponse:
        if behaviour == "slow":
            await asyncio.sleep(self.delay)
        if behaviour in ("ok", "slow"):
            return web.json_response({"id": name})
        if behaviour in _STATUS:
            return web.Response(status=_STATUS[behaviour], headers={"location": "/elsewhere"})
        if behaviour in ("reset", "deaf"):
            _hang_up(request)
        if behaviour in ("cut", "drip"):
            return await self._broken(behaviour, name, request)
        return {
            "nonsense": lambda: web.Response(text="<html>Welcome</html>", content_type="text/html"),
            "huge": lambda: web.Response(text=f'{{"id": "{name}", "pad": "' + "x" * 10_000_000 + '"}'),
            "wrong_id": lambda: web.json_response({"id": f"{name}x"}),
            "duplicate": lambda: web.json_response({"id": name, "code": "duplicate"}, status=409),
        }.get(behaviour, web.Response)()

    async def _broken(self, behaviour: Behaviour, name: str, request: web.Request) -> web.StreamResponse:
        said = f'{{"id": "{name}"}}'.encode()
        # One byte more is promised than is ever sent.
        answer = web.StreamResponse(headers={"content-length": str(len(said) + 1)})
        await answer.prepare(request)
        if behaviour == "cut":
            await answer.write(said)
            _hang_up(request)
            return answer
        with contextlib.suppress(ConnectionError):
            for byte in said:
                await answer.write(bytes([byte]))
                await asyncio.sleep(self.delay)
        return answer


_STATUS: dict[Behaviour, int] = {
    "busy": 503, "failing": 500, "empty": 204, "refused": 400, "unauthorised": 401, "gone": 410, "moved": 302,
}  # fmt: skip

_TAKING = frozenset({"ok", "failing", "slow", "nonsense", "empty", "wrong_id", "cut", "drip", "huge", "reset"})


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
