"""Where the gateway may connect to: every connection outward is opened here, or to addresses that were checked here.

A name is resolved once, every address it has is checked, and one of those is connected to: nobody can answer the check
with one address and the connection with another. No proxy of the environment is ever used.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from contracts.hub import GRANTED_AT

if TYPE_CHECKING:
    from gateway.config.catalogue import Catalogue
    from gateway.settings import Settings

PORTS: Final = {"https": 443, "http": 80, "smtp": 587, "smtps": 465, "sftp": 22}
"""Port of an address that names none."""
PATIENCE: Final = 10.0
"""Seconds one address may take to answer."""

_UNICAST: Final = IPv6Network("2000::/3")  # all that IANA has given out
_DOCUMENTATION: Final = (IPv6Network("2001:db8::/32"), IPv6Network("3fff::/20"))
_OWN: Final = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128"))
)
"""What a deployment may have of its own: no other address can be permitted."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")  # IPv4 in IPv6 as it was meant once (RFC 4291, 2.5.5.1)
_RELAYS: Final = IPv4Network("192.88.99.0/24")  # to wherever a stranger's relay leads (RFC 7526)
_METADATA: Final = frozenset(
    map(ip_address, ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
"""Where clouds answer a machine about itself, beside the link-local addresses."""


class AddressRefused(Exception):
    """The name leads to an address the gateway does not connect to without this destination's permission."""


@dataclass(frozen=True, slots=True)
class Destinations:
    """What may be connected to: public addresses, and private ones of the destinations that the deployment permits.

    private  `host:port` of each destination that may resolve to a private or loopback address
    demo     lets `127.0.0.1` be reached as well
    named    `host:port` of every destination the configuration names: no other is connected to; None to leave it to
             whoever asks
    """

    private: frozenset[str] = frozenset()
    demo: bool = False
    named: frozenset[str] | None = None

    def check(self, host: str, port: int, address: str) -> None:
        """Raises AddressRefused unless this destination may be reached at this address."""
        place = f"{host}:{port}"
        if self.named is not None and place not in self.named:
            raise AddressRefused
        ip = _innermost(_address(address))
        if _is_public(ip):
            return
        permitted = place in self.private or (self.demo and host == "127.0.0.1")
        if not permitted or ip in _METADATA or not any(ip in block for block in _OWN):
            raise AddressRefused

    def check_all(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Raises AddressRefused if any of them is refused: a name with a bad address is not trusted with a good one."""
        for address in addresses:
            self.check(host, port, address)

    async def connect(self, host: str, port: int) -> socket.socket:
        """A connected socket that does not block, for a library that takes one. Raises AddressRefused, OSError."""
        return await asyncio.to_thread(self._connect, host, port, None)

    def connect_now(self, host: str, port: int, patience: float) -> socket.socket:
        """The same for a thread: its calls then wait up to `patience` seconds."""
        return self._connect(host, port, patience)

    def _connect(self, host: str, port: int, patience: float | None) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        self.check_all(host, port, (str(place[0]) for *_, place in found))
        trouble = OSError("the name has no address")
        for family, kind, protocol, _, place in found:
            connection = socket.socket(family, kind, protocol)
            connection.settimeout(PATIENCE)
            try:
                connection.connect(place)
            except OSError as error:
                connection.close()
                trouble = error
                continue
            connection.settimeout(patience if patience is not None else 0.0)
            return connection
        raise trouble


def destinations_of(settings: Settings, catalogue: Catalogue | None = None) -> Destinations:
    """What this deployment may connect to; with a catalogue, only what it and the settings name."""
    named = None if catalogue is None else frozenset(_named(settings, catalogue))
    return Destinations(frozenset(settings.private_destinations), settings.demo, named)


def _named(settings: Settings, catalogue: Catalogue) -> Iterable[str]:
    for council in catalogue.councils.values():
        yield from (place_of(hub.url) for hub in council.hubs.values() if hub.url)
        yield from (
            place_of(str(hub.settings[GRANTED_AT])) for hub in council.hubs.values() if GRANTED_AT in hub.settings
        )
        yield from (place_of(one.webhook.url) for one in council.senders.values() if one.webhook)
    yield from (place_of(one.partition("@")[2]) for one in settings.witnesses)


def place_of(url: str) -> str:
    """`host:port` of an address."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or PORTS.get(parts.scheme, 0)}"


def is_address(host: str) -> bool:
    """Whether it is spelt as an address, not as a name."""
    try:
        _address(host)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def _address(text: str) -> IPv4Address | IPv6Address:
    """The address, read once: every message to a hub goes to the same few."""
    return ip_address(text.partition("%")[0])


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if ip in _METADATA or ip.is_multicast or not ip.is_global:
        return False
    if isinstance(ip, IPv4Address):
        return ip not in _RELAYS
    return ip in _UNICAST and not any(ip in block for block in _DOCUMENTATION)


def _innermost(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one that only wraps it."""
    if isinstance(ip, IPv4Address) or int(ip) <= 1:
        return ip
    low = int(ip) & 0xFFFF_FFFF
    # ISATAP: the last 64 bits of an address that goes through IPv4 (RFC 5214, 6.1).
    if ip in _NAT64 or ip in _COMPATIBLE or (int(ip) >> 32 & 0xFDFF_FFFF) == 0x5EFE:
        return IPv4Address(low)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)
