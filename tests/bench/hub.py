"""A hub that does nothing but acknowledge, in a process of its own, so that it is never what is slow.

It answers `{"id": <webhook-id>}`, counts every id, and is told over the same port what to do: `/down` (503 to all),
`/up`, `/slow?MS`, `/reset`, `/stats`, `/ids`. Run as `python -m tests.bench.hub PORT`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from typing import Final, cast

from tests.bench import loops

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ID: Final = re.compile(rb"\r\nwebhook-id: *([^\r]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came to the hub since it was reset. `first` and `last` are monotonic seconds, 0 when nothing came."""

    messages: int
    distinct: int
    refused: int
    first: float
    last: float


class State:
    """What all connections share."""

    def __init__(self) -> None:
        self.down = False
        self.wait = 0.0
        self.reset()

    def reset(self) -> None:
        """Forget everything that came."""
        self.ids: Counter[bytes] = Counter()
        self.messages = self.refused = 0
        self.first = self.last = 0.0

    def take(self, name: bytes) -> bytes:
        """Take one message, or refuse it."""
        if self.down:
            self.refused += 1
            return b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
        self.messages += 1
        self.ids[name] += 1
        self.last = time.monotonic()
        self.first = self.first or self.last
        return _answer(b'{"id":"%s"}' % name)

    def told(self, path: bytes) -> bytes:
        """Do as told."""
        if path == b"/reset":
            self.reset()
        elif path in (b"/down", b"/up"):
            self.down = path == b"/down"
        elif path.startswith(b"/slow?"):
            self.wait = int(path[6:]) / 1e3
        elif path == b"/ids":
            return _answer(json.dumps({name.decode(): n for name, n in self.ids.items()}).encode())
        said = [self.messages, len(self.ids), self.refused, self.first, self.last]
        return _answer(json.dumps(said).encode())


class Door(asyncio.Protocol):
    """One connection to the hub."""

    def __init__(self, state: State) -> None:
        self.state, self.buffer = state, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (head := self.buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self.buffer, 0, head)
            whole = head + 4 + (int(found[1]) if found else 0)
            if not found and b"transfer-encoding: chunked" in self.buffer[:head].lower():
                end = self.buffer.find(b"\r\n0\r\n\r\n", head)
                whole = end + 7 if end >= 0 else len(self.buffer) + 1
            if len(self.buffer) < whole:
                return
            said, self.buffer = self.buffer[:head], self.buffer[whole:]
            if said.startswith(b"GET "):
                self.transport.write(self.state.told(said.split(b" ", 2)[1]))
            else:
                name = _ID.search(said)
                self.say(self.state.take(name[1].strip() if name else b""))

    def say(self, answer: bytes) -> None:
        """Answer now, or as slowly as was asked."""
        if self.state.wait:
            asyncio.get_running_loop().call_later(self.state.wait, self.transport.write, answer)
        else:
            self.transport.write(answer)


class Remote:
    """The hub, as the bench speaks to it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def arrived(self) -> Arrived:
        """What has come so far."""
        return Arrived(*json.loads(self._get("/stats")))

    def ids(self) -> dict[str, int]:
        """How often each message came."""
        found: dict[str, int] = json.loads(self._get("/ids"))
        return found

    def reset(self) -> None:
        """Forget everything that came."""
        self._get("/reset")

    def down(self) -> None:
        """Answer 503 to everything."""
        self._get("/down")

    def up(self) -> None:
        """Take everything."""
        self._get("/up")

    def slow(self, milliseconds: int) -> None:
        """Answer that much later; at once with 0."""
        self._get(f"/slow?{milliseconds}")

    def settled(self, wanted: int, seconds: float, quiet: float = 2.0) -> Arrived:
        """What has come once `wanted` different messages did, or nothing came for `quiet` seconds, or time is up."""
        until, seen, since = time.monotonic() + seconds, self.arrived(), time.monotonic()
        while seen.distinct < wanted and time.monotonic() < until and time.monotonic() - since < quiet:
            time.sleep(0.02)
            now = self.arrived()
            if now.messages != seen.messages:
                since = time.monotonic()
            seen = now
        return seen

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            found: bytes = answer.read()
        return found


def _answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def _serve(port: int) -> None:
    state = State()
    server = await asyncio.get_running_loop().create_server(lambda: Door(state), "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    loops.run(_serve(int(sys.argv[1])))
