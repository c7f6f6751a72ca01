"""Instants as senders and hubs read them."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(at: int) -> str:
    """ms UTC as RFC 3339."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
