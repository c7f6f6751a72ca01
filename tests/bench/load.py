"""The senders: one process, a number of clients that each wait for their answer before they send again.

Raw sockets with keep-alive, so that the generator costs far less than what it measures. Every request has its own
Idempotency-Key and record id. Run as `python -m tests.bench.load`; `send` starts it and reads what it found.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

from tests.bench import family, loops, packages
from tests.bench.processes import ROOT

GRACE = 10.0
"""Seconds that answers may still take once the time is up."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_runs = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Load:
    """What the senders saw.

    rate      accepted a second inside the time asked for
    p50, p99  milliseconds from first byte out to last byte in, of every request answered
    accepted  answers of 202 in all; `others`: how many of every other status, 0 for a broken connection
    began     monotonic seconds: the same clock in every process of this machine
    """

    rate: float
    p50: float
    p99: float
    accepted: int
    others: dict[str, int]
    began: float
    ended: float
    answers: list[str] = field(default_factory=list)


def send(
    port: int,
    *,
    clients: int,
    seconds: float,
    token: str = "",
    path: str = "/v1/referrals",
    keep: Path | None = None,
    kind: str = "",
) -> Load:
    """Run the senders for that long in a process of their own.

    keep  a file for the ids that were accepted
    kind  of `packages.KINDS`: zips with that beside the sheet; "" sends canonical referrals
    """
    command = [
        sys.executable, "-m", "tests.bench.load", "--port", str(port), "--clients", str(clients), "--path", path,
        "--seconds", str(seconds), "--token", token, "--first", str(next(_runs) * 10**7),
    ]  # fmt: skip
    command += ["--kind", kind] if kind else []
    if keep is not None:
        command += ["--keep", str(keep)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=seconds + GRACE + 20, check=True)
    seen = Load(**json.loads(done.stdout))
    if keep is not None:
        seen.answers.extend(keep.read_text().split())
    return seen


class Senders:
    """What all clients share: the clock, the next number, and what came back."""

    def __init__(self, port: int, path: str, token: str, first: int, seconds: float, kind: str = "") -> None:
        self.body = partial(packages.package, kind=kind) if kind else family.body
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        sent_as = "application/zip" if kind else "application/json"
        self.head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{bearer}Content-Type: {sent_as}\r\n"
            f"Content-Length: {len(self.body(0))}\r\nIdempotency-Key: "
        ).encode()
        self.port, self.next = port, first
        self.began = time.monotonic()
        self.until = self.began + seconds
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.inside = 0
        self.bodies: list[bytes] = []

    def request(self) -> bytes:
        """The next referral."""
        n, self.next = self.next, self.next + 1
        return self.head + family.number(n).encode() + b"\r\n\r\n" + self.body(n)

    def answered(self, status: int, began: float, body: bytes) -> None:
        """Note one answer."""
        now = time.monotonic()
        self.statuses[status] += 1
        if status:
            self.times.append(now - began)
        if status == 202:
            self.inside += now <= self.until
            self.bodies.append(body)

    def seen(self, seconds: float) -> Load:
        """What it came to."""
        times = sorted(self.times) or [float("nan")]
        others = {str(status): n for status, n in self.statuses.items() if status != 202}
        return Load(
            rate=self.inside / seconds,
            p50=times[len(times) // 2] * 1e3,
            p99=times[min(len(times) - 1, int(len(times) * 0.99))] * 1e3,
            accepted=self.statuses[202],
            others=others,
            began=self.began,
            ended=time.monotonic(),
        )


class Client(asyncio.Protocol):
    """One sender on one connection."""

    def __init__(self, senders: Senders) -> None:
        self.senders = senders
        self.buffer = b""
        self.sent = 0.0
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.send()

    def send(self) -> None:
        """Send the next one, or hang up when the time is over."""
        self.sent = time.monotonic()
        if self.sent >= self.senders.until:
            self.sent = 0.0
            self.transport.close()
        else:
            self.transport.write(self.senders.request())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        found = _LENGTH.search(self.buffer, 0, head)
        whole = head + 4 + (int(found[1]) if found else 0)
        if len(self.buffer) < whole:
            return
        self.senders.answered(int(self.buffer[9:12]), self.sent, self.buffer[head + 4 : whole])
        self.buffer = self.buffer[whole:]
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.sent:
            self.senders.answered(0, self.sent, b"")
        if not self.ended.done():
            self.ended.set_result(None)


async def _run(senders: Senders, clients: int) -> None:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Client(senders), "127.0.0.1", senders.port) for _ in range(clients)]
    left = senders.until - time.monotonic() + GRACE
    await asyncio.wait([client.ended for _, client in made], timeout=max(left, 0.1))


def _accepted(bodies: Sequence[bytes]) -> str:
    """Ids of the referrals in these receipts, one a line."""
    return "\n".join(str(receipt["referral"]) for body in bodies for receipt in json.loads(body)["receipts"])


def main() -> None:
    """Send, and print what came back as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, kind in (("port", int), ("clients", int), ("seconds", float), ("first", int)):
        parser.add_argument(f"--{name}", type=kind, required=True)
    parser.add_argument("--path", default="/v1/referrals")
    parser.add_argument("--token", default="")
    parser.add_argument("--kind", default="", choices=("", *packages.KINDS))
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    senders = Senders(asked.port, asked.path, asked.token, asked.first, asked.seconds, asked.kind)
    loops.run(_run(senders, asked.clients))
    seen = senders.seen(asked.seconds)
    if asked.keep:
        asked.keep.write_text(_accepted(senders.bodies))
    sys.stdout.write(json.dumps({name: getattr(seen, name) for name in Load.__slots__}))


if __name__ == "__main__":
    main()
