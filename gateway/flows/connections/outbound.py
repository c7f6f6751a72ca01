"""The one way out: one message to one hub, and exactly what became of it (P8, P15, P17).

Whether a byte of content left is known because the body is handed over here, once. What cannot be known is told as if
it had left.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import httpx2
from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt, stop_before_delay, wait_fixed

from contracts.hub import HubAnswer, HubMessage
from gateway.flows.connections.bearer import Bearers
from gateway.flows.connections.destinations import AddressRefused, Destinations
from gateway.flows.connections.trust import MACHINE, Trust
from gateway.path.answers import ADDRESS_REFUSED, CERTIFICATE, TransportTrouble

LARGEST_ANSWER: Final = 65_536
"""Bytes of an answer's body that are read; the rest is cut off with the connection."""

_log = logging.getLogger(__name__)
# httpx2 logs every URL it sends to, and a URL may one day hold what a log may not.
logging.getLogger("httpx2").setLevel(logging.WARNING)

_QUICK: Final = frozenset({"connect", "dns", "tls"})
"""Troubles before any content left that another try within the same permit may get past."""


@dataclass(frozen=True, slots=True)
class Relay:
    """The mail server that everything goes through.

    sender    the address that mail comes from
    implicit  TLS from the first byte; else STARTTLS, which the server must offer
    user      "" where the server asks for none
    ca        PEM file of the authorities that may have signed for it, "" for those this machine trusts
    """

    host: str
    port: int
    sender: str
    implicit: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""


@dataclass(frozen=True, slots=True)
class WayOut:
    """How messages leave this process.

    transport  httpx2's interface; `CheckedTransport` but in tests of the answers
    deadline   seconds one attempt may take, connecting and the whole answer included
    pause      seconds between quick tries inside one permit
    demo       lets `http://127.0.0.1` be sent to
    destinations  where connections that are no requests may lead
    relay      the mail server that mail leaves by; None where there is none
    answer_at  council, hub and delivery → where whoever reads that mail says what became of it, "" for nowhere
    bearers    tokens that hubs' authorisation servers gave
    """

    transport: httpx2.AsyncBaseTransport
    deadline: float = 30.0
    pause: float = 0.1
    demo: bool = False
    destinations: Destinations = field(default_factory=Destinations)
    relay: Relay | None = None
    answer_at: Callable[[str, str, str], str] = lambda council, hub, delivery: ""
    bearers: Bearers = field(default_factory=Bearers)


async def send(
    way: WayOut, url: str, message: HubMessage, leave_by: float, fresh: bool = False, trust: Trust = MACHINE
) -> HubAnswer | TransportTrouble:
    """One attempt.

    url       the hub's address; the message's path is added to it
    leave_by  monotonic seconds: content leaves before this instant or not at all (P8)
    fresh     use a connection of its own, for a hub where `uncertain` costs a person's time
    trust     what the hub's connection must show

    Cancelling it ends the attempt and still returns what is known of it.
    """
    target = _target(url + message.path, way.demo)
    if target is None:
        return TransportTrouble(False, ADDRESS_REFUSED)
    end = time.monotonic() + way.deadline

    async def once() -> HubAnswer | TransportTrouble:
        return await _try(way.transport, target, message, min(leave_by, end), end, {"fresh": fresh, "trust": trust})

    first = await once()
    if not _worth_another(first):
        return first
    again = AsyncRetrying(
        stop=stop_after_attempt(2) | stop_before_delay(max(0.0, min(leave_by, end) - time.monotonic())),
        wait=wait_fixed(way.pause),
        retry=retry_if_result(_worth_another),
        retry_error_callback=_last,
    )
    await asyncio.sleep(way.pause)
    return await again(once)


def may_send_to(url: str, demo: bool = False) -> bool:
    """Whether this is an address messages may go to at all: TLS always, save for a demo's stub hubs on 127.0.0.1."""
    return _target(url, demo) is not None


@lru_cache(maxsize=256)
def _target(url: str, demo: bool) -> httpx2.URL | None:
    """The address, read once: every message to a hub has the same."""
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        return None
    if not parsed.host or parsed.userinfo or parsed.fragment or parsed.query or (parsed.port or 1) > 65_535:
        return None
    demo_hub = demo and parsed.scheme == "http" and parsed.host == "127.0.0.1"
    return parsed if parsed.scheme == "https" or demo_hub else None


class _PermitSpent(Exception):
    """The permit ran out while connecting."""


class _Body(httpx2.AsyncByteStream):
    """The content, handed over once and never after its permit ran out. `left` turns True before the first byte."""

    def __init__(self, content: bytes, leave_by: float, leaving: Callable[[], None]) -> None:
        self._content, self._leave_by, self._leaving = content, leave_by, leaving
        self.left = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.left or time.monotonic() > self._leave_by:
            raise _PermitSpent
        self._leaving()
        self.left = True
        yield self._content


async def _try(
    transport: httpx2.AsyncBaseTransport,
    url: httpx2.URL,
    message: HubMessage,
    leave_by: float,
    end: float,
    how: Mapping[str, object],
) -> HubAnswer | TransportTrouble:
    # Until content leaves, the permit's window is the limit; from then on, the deadline of the attempt.
    offset = asyncio.get_running_loop().time() - time.monotonic()
    limit = asyncio.timeout_at(leave_by + offset)
    body = _Body(message.body, leave_by, lambda: limit.reschedule(end + offset))
    headers = {
        "Host": url.netloc.decode("ascii"),
        **message.headers,
        "content-length": str(len(message.body)),
        "accept-encoding": "identity",
    }
    try:
        async with limit:
            request = httpx2.Request(message.method, url, headers=headers, stream=body, extensions=dict(how))
            return await _answer(await transport.handle_async_request(request))
    except TimeoutError:
        return TransportTrouble(body.left, "timeout" if body.left else "connect_timeout")
    except asyncio.CancelledError:
        return TransportTrouble(body.left, "stopped")
    except Exception as error:
        # Whatever it was, all that matters to the hub's side is whether content may have left.
        why = "reset" if body.left else why_not_sent(error)
        _log.info("A message did not get an answer", extra={"why": why, "error": type(error).__name__})
        return TransportTrouble(body.left, why)


async def _answer(response: httpx2.Response) -> HubAnswer:
    body = bytearray()
    try:
        async for chunk in response.stream:  # type: ignore[union-attr]
            body += chunk
            if len(body) > LARGEST_ANSWER:
                break
    finally:
        await response.aclose()
    return HubAnswer(response.status_code, dict(response.headers.items()), bytes(body[:LARGEST_ANSWER]))


def why_not_sent(error: Exception) -> str:
    """Why code of what went wrong before any content left."""
    for cause in _causes(error):
        if isinstance(cause, AddressRefused):
            return ADDRESS_REFUSED
        if isinstance(cause, _PermitSpent):
            return "permit_spent"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CERTIFICATE
        if isinstance(cause, socket.gaierror):
            return "dns"
        if isinstance(cause, ssl.SSLError):
            return "tls"
    return "connect"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _worth_another(answer: HubAnswer | TransportTrouble) -> bool:
    return isinstance(answer, TransportTrouble) and not answer.left and answer.why in _QUICK


def _last(state: RetryCallState) -> HubAnswer | TransportTrouble:
    assert state.outcome is not None
    answer: HubAnswer | TransportTrouble = state.outcome.result()
    return answer
