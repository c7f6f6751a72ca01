"""What a sender's registration rests on, near its last day and before a lapse flags or holds anything (settled 42)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts.council import Council

AHEAD: Final = timedelta(days=60)
"""How long before its last day something is told of: two rounds of a monthly meeting."""


@dataclass(frozen=True, slots=True)
class Lapsing:
    """One thing near its last day, or past it. over: the day has passed."""

    sender: str
    what: str
    last: date
    over: bool


def lapsing(council: Council, today: date) -> tuple[Lapsing, ...]:
    """Of every active sender, the first to lapse first. `today` in London."""
    near = (one for one in _dated(council) if one[2] <= today + AHEAD)
    return tuple(sorted((Lapsing(*one, over=one[2] < today) for one in near), key=lambda one: (one.last, one.sender)))


def _dated(council: Council) -> Iterator[tuple[str, str, date]]:
    for one in council.senders.values():
        dated = (
            (f"Sharing agreement {one.agreement}".strip(), one.agreement_until),
            ("What it tells families", one.notice_until),
            ("Its registration", one.until),
        )
        if one.active:
            yield from ((one.title, what, last) for what, last in dated if last is not None)
