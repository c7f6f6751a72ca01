"""When to try again: a ladder that outlasts Easter, never shortened (settled 14)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
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

CURRENT: Final = "1"
"""The schedule that is promised now."""

SCHEDULES: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType({CURRENT: LADDER})
"""Every schedule that was ever promised: what was promised under one keeps it, whatever is promised later."""

MOST_ATTEMPTS: Final = len(LADDER) + 1

WIDEST_JITTER: Final = 0.2

DIVERTS: Final = 2
"""How urgent a divert is: it overtakes everything, in slots of its own (settled 33). 1 overtakes, 0 does not."""

OURS: Final = frozenset({"worker_lost", "worker_failed", "stopped", "permit_spent"})
"""Why codes of attempts that were lost by our own doing: they tell nothing of the hub, and use up none of its tries."""

_AFTER_LOSS: Final = (5 * _SECOND, 1 * _MINUTE, 5 * _MINUTE)
"""Milliseconds until a message whose try we lost ourselves is tried again; the last of them ever after."""

MOST_LOST: Final = 5
"""Tries in a row that we may lose with a message on its way, before a person looks at what it does to us."""


def next_due(rungs: int, now: int, retry_after: int | None, jitter: float, schedule: str = CURRENT) -> int | None:
    """The instant of the next attempt in ms UTC, or None when the ladder is used up and a person must act.

    rungs        attempts that the hub failed at so far, at least 1
    now          ms UTC, when the last one ended
    retry_after  seconds the hub asked for: it lengthens the wait, never shortens it
    jitter       0 to 0.2, the share by which the wait grows, so that many do not return at once
    schedule     key of `SCHEDULES`
    """
    if rungs < 1 or not 0 <= jitter <= WIDEST_JITTER:
        raise ValueError("at least one attempt was made, and jitter is between 0 and 0.2")
    ladder = SCHEDULES[schedule]
    if rungs > len(ladder):
        return None
    return now + max(_with(jitter, ladder[rungs - 1]), (retry_after or 0) * 1_000)


def after_loss(lost: int, now: int, jitter: float) -> int:
    """The instant of the next attempt, in ms UTC, after so many in a row, at least 1, were lost by our own doing."""
    return now + _with(jitter, _AFTER_LOSS[min(lost, len(_AFTER_LOSS)) - 1])


def given_up_at(rungs: int, due: int, schedule: str = CURRENT) -> int:
    """When the last attempt is made if every one fails, ms UTC and without jitter. `due`: when the next one is."""
    return due + sum(SCHEDULES[schedule][rungs:])


def _with(jitter: float, step: int) -> int:
    return step + int(step * jitter)
