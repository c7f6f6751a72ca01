"""When to try again: a ladder that outlasts Easter, never shortened (settled 14)."""

from __future__ import annotations

from typing import Final

_SECOND: Final = 1_000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE

LADDER: Final = (
    5 * _SECOND,
    1 * _MINUTE,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
    24 * _HOUR,
    24 * _HOUR,
)
"""Milliseconds between one attempt and the next. Maundy Thursday 17:00 to Tuesday 09:00 is 112 hours; this is 123½."""

MOST_ATTEMPTS: Final = len(LADDER) + 1

WIDEST_JITTER: Final = 0.2


def next_due(attempts: int, now: int, retry_after: int | None, jitter: float) -> int | None:
    """The instant of the next attempt in ms UTC, or None when the ladder is used up and a person must act.

    attempts     made so far, at least 1
    now          ms UTC, when the last one ended
    retry_after  seconds the hub asked for: it lengthens the wait, never shortens it
    jitter       0 to 0.2, the share by which the wait grows, so that many do not return at once
    """
    if attempts < 1 or not 0 <= jitter <= WIDEST_JITTER:
        raise ValueError("at least one attempt was made, and jitter is between 0 and 0.2")
    if attempts > len(LADDER):
        return None
    step = LADDER[attempts - 1]
    return now + max(step + int(step * jitter), (retry_after or 0) * 1_000)
