"""What is kept of a JSON document from a form: blanks say nothing, and nobody needs the address of a computer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from contracts.adapter import Plain

_ADDRESSES: Final = frozenset({
    "ip", "ipaddress", "clientip", "clientipaddress", "remoteaddr", "remoteip", "remoteipaddress", "sourceip", "userip",
})  # fmt: skip


def kept(value: Plain) -> Plain:
    """The same data with null for "", and without any key that names the sender's IP address.

    A blank stays a leaf: it is counted and says nothing.
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, Mapping):
        return kept_parts(value)
    if isinstance(value, Sequence):
        return [kept(part) for part in value]
    return value


def kept_parts(parts: Mapping[str, Plain], but: Sequence[str] = ()) -> dict[str, Plain]:
    """As `kept`, for the parts of an object, without those named by `but`."""
    return {key: kept(part) for key, part in parts.items() if key not in but and not names_an_address(key)}


def names_an_address(key: str) -> bool:
    """Whether what stands under this key is the address of a computer: "Remote IP address", "User IP", "client_ip"."""
    return "".join(letter for letter in key if letter.isalnum()).casefold() in _ADDRESSES


def pointer_of(*names: str) -> str:
    """RFC 6901 pointer that leads through these names."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
