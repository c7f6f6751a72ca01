"""One spelling for every value, so that the same value always hashes to the same bytes (settled 19).

JSON as RFC 8785 writes it, less what the record never needs: no floats, no keys outside ASCII. Base64 as RFC 4648
writes it, refusing the spellings that decode to the same bytes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any, Final
from unicodedata import normalize

import orjson

LARGEST_INT: Final = 2**53 - 1
"""Largest whole number that every JSON reader keeps exact (RFC 8785 section 3.2.2.3, RFC 7493 section 2.2)."""

_MANY: Final = 6
"""Parts beyond which they are first looked at all at once."""
_LISTS: Final = {list, tuple}


class NotCanonical(ValueError):
    """The value has no canonical spelling. The message names the place as a JSON pointer, never the value."""


def canonical(value: object) -> bytes:
    """The one spelling of `value`: sorted keys, no spaces, UTF-8, strings in NFC. Equal to RFC 8785.

    Takes None, bool, int within ±(2^53 - 1), str, list, tuple and mappings with ASCII keys. Raises NotCanonical for
    anything else, and for a lone surrogate.
    """
    try:
        return verbatim(value if _stands(value) else _plain(value, ""))
    except RecursionError:
        raise NotCanonical("nested too deeply to write down") from None


def verbatim(value: object) -> bytes:
    """The same spelling with every text left as it stands: for wrapping texts that were hashed before.

    NFC would join an escape's letter to a mark that follows it, and the wrapped text would no longer match its hash.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        raise NotCanonical("a text holds half of a surrogate pair; send whole characters") from None


def _stands(value: object) -> bool:
    """Whether the value needs nothing done to it: the common case, looked at without copying it."""
    kind = type(value)
    if kind is str:
        return value.isascii()  # type: ignore[attr-defined, no-any-return]
    if kind is dict:
        return _in_ascii(value) and _all_stand(value.values())  # type: ignore[arg-type, attr-defined]
    if kind is list or kind is tuple:
        return _all_stand(value)  # type: ignore[arg-type]
    return value is None or kind is bool or (kind is int and -LARGEST_INT <= value <= LARGEST_INT)  # type: ignore[operator]


def _all_stand(parts: Collection[Any]) -> bool:
    if len(parts) > _MANY and _plainly(parts):
        return True
    # Most parts are text: looked at here, since calling this again for each would cost more than the look.
    for part in parts:  # noqa: SIM110 (a generator for each list costs a second look)
        if not (part.isascii() if type(part) is str else _stands(part)):
            return False
    return True


def _plainly(parts: Collection[Any]) -> bool:
    """Whether texts, or lists of texts, stand: looked at all at once. False where only a look at each part can tell."""
    kinds = set(map(type, parts))
    if kinds == {str}:
        return _in_ascii(parts)
    return kinds <= _LISTS and _in_ascii(chain.from_iterable(parts))


def _in_ascii(texts: Iterable[Any]) -> bool:
    """Whether all of these are texts, and in ASCII."""
    try:
        return "".join(texts).isascii()
    except TypeError:
        return False


def _plain(value: object, at: str) -> object:
    if isinstance(value, str):
        return value if value.isascii() else normalize("NFC", value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if -LARGEST_INT <= value <= LARGEST_INT:
            return value
        raise NotCanonical(f"{at or '/'}: a whole number beyond ±(2^53 - 1); write it as text")
    if isinstance(value, Mapping):
        return {_key(key, at): _plain(part, f"{at}/{key}") for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part, f"{at}/{place}") for place, part in enumerate(value)]
    raise NotCanonical(f"{at or '/'}: {type(value).__name__} has no canonical spelling; use text or a whole number")


def _key(key: object, at: str) -> str:
    if isinstance(key, str) and key.isascii():
        return key
    raise NotCanonical(f"{at or '/'}: every key must be text in ASCII")


def base64_text(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return binascii.b2a_base64(data, newline=False).decode()


def base64_bytes(text: str) -> bytes:
    """The bytes of standard base64. Raises ValueError for any spelling `base64_text` would not write."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None
    if base64_text(data) != text:
        raise ValueError("base64 with stray bits at its end")
    return data
