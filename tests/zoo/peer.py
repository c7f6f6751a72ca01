"""A peer of the zoo: a bare server on loopback that does one thing wrong, and remembers everything that came."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections import Counter
from collections.abc import Callable

from standardwebhooks import Webhook, WebhookVerificationError

from gateway.demo.port import reserved
from tests.zoo.behaviours import NAMED, OK, Behaviour, said

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that ends a connection with RST."""


class Peer:
    """Use as an async context; `url` is where it listens.

    mine         the ids that are meant for it
    drops        it drops repeats, as class A says of itself
    permits      how many permits of a delivery are committed just now
    elsewhere    the address it redirects to: another hub's
    wrong, right its TLS before and after `heal`; None for none

    arrivals     of each id, how many requests with content it read, at least their head
    unpermitted  arrivals for which no permit was committed; strays: those that were not for it; unsigned: see its name
    """

    def __init__(
        self,
        behaviour: Behaviour,
        mine: tuple[str, ...],
        drops: bool,
        permits: Callable[[str], int],
        secret: str,
        wrong: ssl.SSLContext | None = None,
        right: ssl.SSLContext | None = None,
    ) -> None:
        self.behaviour, self.elsewhere = behaviour, ""
        self.arrivals: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.asked: list[str] = []
        self.unpermitted = self.strays = self.unsigned = 0
        self._mine, self._drops, self._permits, self._verifier = mine, drops, permits, Webhook(secret)
        self._wrong, self._right = wrong, right
        self._played = behaviour.away
        self._server: asyncio.Server | None = None
        self._port = 0
        self._place: socket.socket | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where messages go."""
        return f"{'https' if self._right else 'http'}://127.0.0.1:{self._port}/in"

    async def __aenter__(self) -> Peer:
        self._place = reserved()
        self._port = self._place.getsockname()[1]
        await self._listen(self._wrong)
        if self.behaviour.away:
            await self._deafen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._deafen()
        if self._place is not None:
            self._place.close()

    async def heal(self) -> None:
        """Listen at the same port as it should, and do nothing wrong any more."""
        self._played = True
        await self._deafen()
        await self._listen(self._right)

    async def _listen(self, tls: ssl.SSLContext | None) -> None:
        self._server = await asyncio.start_server(
            self._guarded, "127.0.0.1", self._port, ssl=tls, reuse_address=True, limit=2**20
        )

    async def _deafen(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)
        self._server = None

    async def _guarded(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, OSError, asyncio.LimitOverrunError):
            pass
        finally:
            self._open.discard(writer)
            with contextlib.suppress(OSError):
                writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer. Returns whether the connection goes on."""
        wrongly = not self._played
        if wrongly and self.behaviour.reads == "nothing":
            self._played = True
            return _reset(writer)
        if wrongly and self.behaviour.reads == "some":
            await reader.read(4_096)
            writer.write(said("400 Bad Request"))
            return False
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        start, *lines = head.split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if start.startswith("GET "):
            return self._answer_a_question(start.split()[1], headers, writer)
        name = headers.get("webhook-id", "")
        self._came(name)
        if wrongly and self.behaviour.reads == "head":
            self._played = True
            return _reset(writer)
        body = await reader.readexactly(int(headers["content-length"]))
        # Not before: of an attempt that ran out of time between the two, nothing has come that it could be wrong about.
        self._played = True
        self._check(name, body, headers)
        if (self.behaviour.takes or not wrongly) and not (self._drops and self.effects[name]):
            self.effects[name] += 1
        return await self._play(name, reader, writer) if wrongly else _write(writer, OK, name)

    async def _play(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        for piece in self.behaviour.answer:
            if isinstance(piece, float):
                await asyncio.sleep(piece)
            else:
                _write(writer, piece.replace(b"{elsewhere}", self.elsewhere.encode()), name)
                await writer.drain()
        if self.behaviour.then == "silence":
            await reader.read()
        if self.behaviour.then == "reset":
            return _reset(writer)
        return self.behaviour.then == "keep"

    def _answer_a_question(self, path: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> bool:
        name = path.rpartition("/")[2]
        self.asked.append(name)
        self._check(name, b"", headers)
        return _write(writer, OK if self.effects[name] else said("404 Not Found", NAMED), name)

    def _came(self, name: str) -> None:
        self.arrivals[name] += 1
        self.unpermitted += self._permits(name) < self.arrivals[name]

    def _check(self, name: str, body: bytes, headers: dict[str, str]) -> None:
        self.strays += name not in self._mine or bool(body and json.loads(body)["delivery"] != name)
        try:
            self._verifier.verify(body, headers, json_parse=False)
        except WebhookVerificationError:
            self.unsigned += 1


def _write(writer: asyncio.StreamWriter, piece: bytes, name: str) -> bool:
    writer.write(piece.replace(b"{id}", name.encode()))
    return True


def _reset(writer: asyncio.StreamWriter) -> bool:
    plain = writer.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
    return False
