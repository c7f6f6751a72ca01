"""Ids that come out the same each time, so that a repeat after a restore is known for one."""

from __future__ import annotations

from hashlib import sha256


def short_id(*parts: str) -> str:
    """32 hex digits from these parts. No part may be personal: an id is no secret."""
    return sha256("\n".join(parts).encode()).hexdigest()[:32]
