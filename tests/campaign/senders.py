"""The senders: several at once, each asking with the same key until it has an answer; some families think again."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from random import Random
from typing import Final

import aiohttp

from tests.campaign import families
from tests.campaign.history import History, Request

TOKEN: Final = "demo-hull-school"
"""The demonstration's key of a school in Hull (mappings/councils/hull/senders.yaml)."""

SENDERS: Final = 12
PAUSE: Final = 0.15
"""Seconds a sender thinks between two requests, at most."""
TWICE: Final = 0.08
"""Share of requests that two connections send at the same time."""
AGAIN: Final = 0.05
"""Share that is sent once more after it was answered; as many are followed by other content under the same key."""
WITHDRAWN: Final = 0.15
"""Share of shared referrals whose family thinks again."""
PATIENCE: Final = 15.0
"""Seconds for an answer before a sender counts it as none."""

_NOT_NOW: Final = frozenset({409, 429, 503, 507})


class Senders:
    """The load. `doors` are the addresses of the API processes; a request may use another one for each try.

    early      a planted bug: a request counts as acknowledged as soon as it is sent, and nobody asks again
    many       how many send at once; pause: seconds one thinks between two requests, at most
    corrected  share of what may be shared that its sender corrects: the same record once more, with other words
    keys       API keys that each request chooses from; they may change while it runs
    """

    def __init__(
        self,
        doors: list[str],
        rng: Random,
        *,
        early: bool = False,
        many: int = SENDERS,
        pause: float = PAUSE,
        corrected: float = 0.0,
    ) -> None:
        self.history = History()
        self.stop = asyncio.Event()
        self.keys = [TOKEN]
        self._many, self._pause, self._corrected = many, pause, corrected
        self._doors, self._rng, self._early = doors, rng, early
        self._http: aiohttp.ClientSession | None = None

    async def run(self) -> None:
        """Send until told to stop, then until everything that was begun has its answer."""
        async with self.connected(), asyncio.TaskGroup() as group:
            for _ in range(self._many):
                group.create_task(self._send_on())

    def fewer(self, many: int, pause: float) -> Senders:
        """Others who go on where these stopped, with the same history."""
        others = Senders(self._doors, self._rng, many=many, pause=pause, corrected=self._corrected)
        others.history, others.keys = self.history, self.keys
        return others

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Inside, requests can be sent."""
        limits = aiohttp.TCPConnector(limit=0, keepalive_timeout=5)
        patience = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(connector=limits, timeout=patience) as self._http:
            yield

    async def check_again(self, most: int) -> None:
        """Send some that were acknowledged once more."""
        known = self.history.acknowledged
        async with self.connected():
            for request in self._rng.sample(known, min(most, len(known))):
                await self.replay(request)

    async def send(self, kind: families.Kind, corrects: Request | None = None) -> Request:
        """One request, to its answer; about the record of another, where it corrects that."""
        number = len(self.history.requests) + 1
        record = corrects.record if corrects is not None else number
        request = Request(number, kind, f"campaign-{number}", "", record=record)
        body = _body(request)
        request.digest = sha256(body).hexdigest()
        self.history.requests.append(request)
        twins = 2 if self._rng.random() < TWICE else 1
        await asyncio.gather(*(self._ask(request, body) for _ in range(twins)))
        return request

    async def replay(self, request: Request) -> None:
        """Send it once more: the same answer, marked as one that was given before."""
        await self._ask(request, _body(request))

    async def withdraw(self, request: Request) -> None:
        """The family thinks again."""
        request.withdrawing = True
        for referral in request.referrals:
            status = 0
            while status != 202:
                status, _, _ = await self._post(f"/v1/referrals/{referral}/withdrawal", b"", {})
                if status in (400, 401, 403, 404, 422):
                    self.history.broken.append(f"a withdrawal of request {request.number} was answered {status}")
                    return
        request.withdrawn = time.time_ns() // 1_000_000

    async def _send_on(self) -> None:
        while not self.stop.is_set():
            kinds, weights = zip(*families.SHARES, strict=True)
            request = await self.send(self._rng.choices(kinds, weights)[0])
            if self._rng.random() < AGAIN:
                await self.replay(request)
            if self._rng.random() < AGAIN:
                await self._other_content(request)
            if request.kind == "share" and request.acknowledged and self._rng.random() < self._corrected:
                await asyncio.sleep(self._rng.choice((0, 0.05, 2)))
                request = await self.send("share", corrects=request)
            if request.kind == "share" and request.acknowledged and self._rng.random() < WITHDRAWN:
                await asyncio.sleep(self._rng.uniform(0, 0.05))
                await asyncio.gather(*(self.withdraw(request) for _ in range(self._rng.choice((1, 1, 2)))))
            await asyncio.sleep(self._rng.uniform(0, self._pause))

    async def _ask(self, request: Request, body: bytes) -> None:
        """Send with the same key until there is a definite answer."""
        before = request.status
        while True:
            request.tries += 1
            if self._early:
                request.status = request.status or 202
            status, answer, replayed = await self._post("/v1/referrals", body, {"idempotency-key": request.key})
            if self._early:
                return
            if status in (202, 422):
                break
            if not status:
                request.unknown += 1
            elif status not in _NOT_NOW and status < 500:
                self.history.broken.append(f"request {request.number} was answered {status}")
                return
        self._answered(request, status, answer, replayed, before)

    def _answered(self, request: Request, status: int, answer: bytes, replayed: bool, before: int) -> None:
        told = sha256(answer if status == 202 else _what_stands(answer)).hexdigest()
        if before and status == 202 and not replayed:
            self.history.broken.append(f"request {request.number} was accepted a second time")
        if request.status and (request.status, request.answer) != (status, told):
            self.history.broken.append(f"request {request.number} had two different answers")
        request.found = request.found or (not request.status and replayed)
        request.status, request.answer = status, told
        if status == 202:
            receipts = json.loads(answer)["receipts"]
            request.referrals = tuple(receipt["referral"] for receipt in receipts)
            request.entries = tuple(rid for receipt in receipts for rid in receipt["entries"])

    async def _other_content(self, request: Request) -> None:
        """Other bytes under a key that was used: refused, and nothing of the first is told (P5)."""
        if not request.status:
            return
        body, status = families.body(request.number + 50_000_000, "share"), 0
        while not status or status in _NOT_NOW or status >= 500:
            self.history.reusing += 1
            status, answer, _ = await self._post("/v1/referrals", body, {"idempotency-key": request.key})
        self.history.reused += 1
        if status != 422 or b"receipts" in answer:
            self.history.broken.append(f"other content under the key of request {request.number} was answered {status}")

    async def _post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, bool]:
        """Status, body and whether it was a replay; status 0 when nothing came back."""
        assert self._http is not None
        sent = {"authorization": f"Bearer {self._rng.choice(self.keys)}", "content-type": "application/json", **headers}
        try:
            async with self._http.post(self._rng.choice(self._doors) + path, data=body, headers=sent) as answer:
                told = await answer.read()
        except (aiohttp.ClientConnectorError, ConnectionRefusedError):
            await asyncio.sleep(0.05)
            return 503, b"", False  # nobody listens: it was certainly not sent
        except (aiohttp.ClientError, OSError, TimeoutError):
            await asyncio.sleep(0.05)
            return 0, b"", False
        self.history.statuses[answer.status] += 1
        if answer.status >= 500 or answer.status in _NOT_NOW:
            await asyncio.sleep(0.05)
        return answer.status, told, "idempotency-replayed" in answer.headers


def _body(request: Request) -> bytes:
    return families.body(request.number, request.kind, record=request.record)


def _what_stands(answer: bytes) -> bytes:
    """A problem's instance is new in each answer; the rest of it is the same for the same key."""
    told = json.loads(answer)
    told.pop("instance", None)
    return json.dumps(told, sort_keys=True).encode()
