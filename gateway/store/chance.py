"""Random bytes and ids, drawn from the operating system by the page.

Each call to the system lets go of the interpreter, and whoever wants it next takes it: a dozen calls for each referral
cost the event loop a dozen turns of the writer's.
"""

from __future__ import annotations

import os
import time
from typing import Final

SALT: Final = 32
"""Bytes of a salt."""
_ID: Final = 16
_PAGE: Final = 256

_salts: Final[list[bytes]] = []
_ids: Final[list[bytes]] = []
# A copy of this process must not give out what this one will.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_salts.clear)
    os.register_at_fork(after_in_child=_ids.clear)


def salt() -> bytes:
    """32 random bytes that nobody was given before, from any thread."""
    return _drawn(_salts, SALT)


def new_id() -> str:
    """A random UUID (RFC 9562, version 4) in small letters."""
    drawn = _drawn(_ids, _ID).hex()
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{_VARIANT[drawn[16]]}{drawn[17:20]}-{drawn[20:]}"


def next_id() -> str:
    """A UUID that begins with the time, and is random beyond it (RFC 9562, version 7), in small letters.

    What is written together lies together under such ids: a store has fewer pages to write and to sync.
    """
    drawn, now = _drawn(_ids, _ID).hex(), f"{time.time_ns() // 1_000_000:012x}"
    return f"{now[:8]}-{now[8:]}-7{drawn[13:16]}-{_VARIANT[drawn[16]]}{drawn[17:20]}-{drawn[20:]}"


_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def _drawn(drawn: list[bytes], size: int) -> bytes:
    try:
        return drawn.pop()  # whole, whichever thread asks
    except IndexError:
        page = os.urandom(size * _PAGE)
        drawn += [page[at : at + size] for at in range(size, len(page), size)]
        return page[:size]
