"""The wire: aiohttp under the httpx2 transport interface, connecting only to addresses that were checked.

aiohttp carries three times the requests httpx2's own transport does; the rest of the gateway sees only httpx2.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from socket import AddressFamily
from typing import Final

import aiohttp
import httpx2
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.flows.connections.destinations import PORTS, AddressRefused, Destinations, is_address
from gateway.flows.connections.trust import MACHINE, Trust, context_of

IDLE: Final = 15.0
"""Seconds an unused connection is kept."""


class CheckedTransport(httpx2.AsyncBaseTransport):
    """Sends to the destinations it is given, and to no other.

    trust  what a request's connection must show that says nothing of it

    A request with the extension `fresh` gets a connection of its own: the hub closing an idle one under us would look
    like a message that may have arrived. The extension `trust` says what this request's connection must show.
    """

    def __init__(self, destinations: Destinations, trust: Trust = MACHINE) -> None:
        self._destinations, self._trust = destinations, trust
        self._sessions: dict[tuple[bool, Trust], aiohttp.ClientSession] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange, no redirect followed, nothing decoded. Raises httpx2's errors, with the cause kept."""
        url, fresh = request.url, bool(request.extensions.get("fresh"))
        trust = request.extensions.get("trust", MACHINE)
        try:
            if is_address(url.host):
                self._destinations.check(url.host, url.port or PORTS[url.scheme], url.host)
            answer = await self._session(fresh, self._trust if trust == MACHINE else trust).request(
                request.method,
                str(url),
                headers=[(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw],
                data=request.stream,
                allow_redirects=False,
            )
        except aiohttp.InvalidURL:  # 127.1 and its like, which a socket would read as an address
            raise httpx2.ConnectError("no such address", request=request) from AddressRefused()
        except (aiohttp.ClientConnectorError, AddressRefused) as error:
            raise httpx2.ConnectError("no connection", request=request) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx2.ReadError("no answer", request=request) from error
        return httpx2.Response(answer.status, headers=list(answer.raw_headers), stream=_AnswerBody(answer))

    async def aclose(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _session(self, fresh: bool, trust: Trust) -> aiohttp.ClientSession:
        if (fresh, trust) not in self._sessions:
            keep = {"force_close": True} if fresh else {"keepalive_timeout": IDLE}
            self._sessions[fresh, trust] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0,
                    ssl=context_of(trust),
                    resolver=_CheckedResolver(self._destinations),
                    use_dns_cache=False,
                    **keep,
                ),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            )
        return self._sessions[fresh, trust]


class _CheckedResolver(AbstractResolver):
    """Resolves a name and refuses it whole if any of its addresses is refused; what it returns is connected to."""

    def __init__(self, destinations: Destinations) -> None:
        self._destinations = destinations
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        self._destinations.check_all(host, port, (one["host"] for one in found))
        return found

    async def close(self) -> None:
        await self._inner.close()


class _AnswerBody(httpx2.AsyncByteStream):
    """The body as it came. Closing it before its end closes the connection, so nothing late is ever read as new."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, OSError) as error:
            raise httpx2.ReadError("the answer broke off") from error

    async def aclose(self) -> None:
        self._answer.close()
