"""When something is due: a time in words, such as `2 working days`, counted from an instant."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from contracts.council import Hours
from gateway.path import calendar

_ELAPSED: Final = {"minute": 60_000, "hour": 3_600_000}
_OFFICE: Final = Hours()


def due(within: str, started_ms: int, hours: Hours = _OFFICE, counts: str = "received") -> int:
    """The instant, ms UTC, at which the time is up.

    within  `15 minutes`, `48 hours`, `1 working hour`, `5 days`, `10 working days`, `3 weeks`, `3 months`
    counts  `received`, or `next_working_day` where what comes out of hours counts as received the next working day

    Minutes and hours are elapsed time, across a change of the clocks too. Days, weeks and months end when the council
    shuts on their last day. Raises ValueError for words that are no time; the configuration's checks know them.
    """
    number, _, unit = within.partition(" ")
    count, unit = int(number), unit.removesuffix("s")
    if unit in _ELAPSED:
        return started_ms + count * _ELAPSED[unit]
    if unit == "working hour":
        return calendar.add_working_hours(started_ms, count, hours)
    start = calendar.counted_from(started_ms, hours) if counts == "next_working_day" else calendar.day_of(started_ms)
    if unit == "working day":
        day = calendar.add_working_days(start, count, hours)
    elif unit == "month":
        day = calendar.add_months(start, count)
    elif unit in ("day", "week"):
        day = start + timedelta(days=count * (7 if unit == "week" else 1))
    else:
        raise ValueError("not a time such as `2 working days`")
    return calendar.closing_of(day, hours)


def handovers(within: str, started: int, until: int, owners: int, hours: Hours = _OFFICE) -> tuple[int, ...]:
    """The instants at which a clock that nobody has taken goes on to its next owner: each at half of what is left.

    Half of the council's working time where it counts that, else of the time itself. At most `owners - 1`, each later
    than the one before, all before `until`. Times are ms UTC.
    """
    found: list[int] = []
    last = started
    for _ in range(owners - 1):
        half = _halfway(within, last, until, hours)
        if not last < half < until:
            break
        found.append(half)
        last = half
    return tuple(found)


def _halfway(within: str, start: int, until: int, hours: Hours) -> int:
    working = 0 if _unit(within) in _ELAPSED else calendar.working_time(start, until, hours)
    return calendar.add_working_time(start, working // 2, hours) if working > 1 else (start + until) // 2


def _unit(within: str) -> str:
    return within.partition(" ")[2].removesuffix("s")
