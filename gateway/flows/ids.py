"""Ids that come out the same each time, so that a repeat after a restore is known for one."""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256


def short_id(*parts: str) -> str:
    """26 letters and digits from these parts. No part may be personal: an id is no secret."""
    return b32encode(sha256("\n".join(parts).encode()).digest()).decode().lower()[:26]
