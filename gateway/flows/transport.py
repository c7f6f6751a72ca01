"""The wire: aiohttp under the httpx2 transport interface, connecting only to addresses that were checked.

aiohttp carries three times the requests httpx2's own transport does; the rest of the gateway sees only httpx2.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import AddressFamily
from typing import Final

import aiohttp
import httpx2
from aiohttp.abc import AbstractResolver, ResolveResult

IDLE: Final = 15.0
"""Seconds an unused connection is kept."""

_NAT64: Final = IPv6Network("64:ff9b::/96")


class AddressRefused(Exception):
    """The name leads to an address the gateway does not send to without this destination's permission."""


class CheckedTransport(httpx2.AsyncBaseTransport):
    """Sends to public addresses, and to those private destinations the deployment permits.

    private  `host:port` of each destination that may resolve to a private or loopback address
    demo     lets `127.0.0.1` be reached as well
    tls      the trust to check certificates against; the operating system's by default

    A request with the extension `fresh` gets a connection of its own: the hub closing an idle one under us would look
    like a message that may have arrived.
    """

    def __init__(
        self, private: frozenset[str] = frozenset(), demo: bool = False, tls: ssl.SSLContext | None = None
    ) -> None:
        self._private, self._demo = private, demo
        self._tls = tls or ssl.create_default_context()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange, no redirect followed, nothing decoded. Raises httpx2's errors, with the cause kept."""
        url, fresh = request.url, bool(request.extensions.get("fresh"))
        try:
            self._check_literal(url.host, url.port or 443)
            answer = await self._session(fresh).request(
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

    def _session(self, fresh: bool) -> aiohttp.ClientSession:
        if fresh not in self._sessions:
            keep = {"force_close": True} if fresh else {"keepalive_timeout": IDLE}
            self._sessions[fresh] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0, ssl=self._tls, resolver=_CheckedResolver(self), use_dns_cache=False, **keep
                ),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            )
        return self._sessions[fresh]

    def _check_literal(self, host: str, port: int) -> None:
        if _is_address(host):
            self.check(host, port, host)

    def check(self, host: str, port: int, address: str) -> None:
        """Raises AddressRefused unless this destination may be reached at this address."""
        ip = _innermost(_address(address))
        if ip.is_global and not ip.is_multicast:
            return
        permitted = f"{host}:{port}" in self._private or (self._demo and host == "127.0.0.1")
        # Link-local holds cloud metadata services: no permission reaches it.
        if not permitted or not ip.is_private or ip.is_link_local or ip.is_unspecified:
            raise AddressRefused


class _CheckedResolver(AbstractResolver):
    """Resolves a name and refuses it whole if any of its addresses is refused; what it returns is connected to."""

    def __init__(self, transport: CheckedTransport) -> None:
        self._check = transport.check
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for one in found:
            self._check(host, port, one["host"])
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


@lru_cache(maxsize=256)
def _address(text: str) -> IPv4Address | IPv6Address:
    """The address, read once: every message to a hub goes to the same few."""
    return ip_address(text)


@lru_cache(maxsize=256)
def _is_address(host: str) -> bool:
    try:
        _address(host)
    except ValueError:
        return False
    return True


def _innermost(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one that only wraps it."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)
