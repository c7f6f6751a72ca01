"""Whether a school is open, roughly: England's usual days, since nobody tells the gateway each school's own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from gateway.config.policy import Schools
from gateway.path.calendar import LONDON, day_of, easter, is_working_day

_DAY: Final = timedelta(days=1)


def is_school_day(day: date, schools: Schools) -> bool:
    """Whether schools are usually open on this day."""
    if not is_working_day(day):
        return False
    sunday = easter(day.year)
    if -schools.days_before_easter <= (day - sunday).days <= schools.days_after_easter:
        return False
    return not any(_between((day.month, day.day), first, last) for first, last in schools.shut)


def opens_within(schools: Schools, since: int, until: int) -> bool:
    """Whether schools are usually open at some moment from `since` up to `until`, in ms UTC."""
    day, last = day_of(since), day_of(until)
    while day <= last:
        if is_school_day(day, schools):
            opens, closes = (_ms(datetime.combine(day, at, LONDON)) for at in (schools.opens, schools.closes))
            if max(opens, since) < min(closes, until):
                return True
        day += _DAY
    return False


def _between(day: tuple[int, int], first: tuple[int, int], last: tuple[int, int]) -> bool:
    return first <= day <= last if first <= last else day >= first or day <= last


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
