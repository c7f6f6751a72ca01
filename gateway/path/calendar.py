"""Days and hours in England: working days, ages and months, in Europe/London.

The start day is day 0; Saturdays, Sundays, England's bank holidays and the council's own closed days do not count
(rules 6). Instants are ms UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from contracts.council import Hours

LONDON: Final = ZoneInfo("Europe/London")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_OFFICE: Final = Hours()


def day_of(ms: int) -> date:
    """The day it is in London at this instant."""
    return _london(ms).date()


@lru_cache(maxsize=4096)
def start_of(day: date) -> int:
    """The instant at which this day begins in London."""
    return _ms(datetime(day.year, day.month, day.day, tzinfo=LONDON))


def closing_of(day: date, hours: Hours = _OFFICE) -> int:
    """The instant at which the council shuts on this day."""
    return _ms(datetime.combine(day, hours.closes, LONDON))


def is_working_day(day: date, hours: Hours = _OFFICE) -> bool:
    """Whether the council works on this day."""
    return day.weekday() < 5 and day not in _bank_holidays(day.year) and day not in hours.closed


def add_working_days(day: date, count: int, hours: Hours = _OFFICE) -> date:
    """The day that is `count` working days after this one."""
    for _ in range(count):
        day = next_working_day(day, hours)
    return day


def next_working_day(day: date, hours: Hours = _OFFICE) -> date:
    """The first working day after this one."""
    day += _DAY
    while not is_working_day(day, hours):
        day += _DAY
    return day


def add_working_hours(ms: int, count: int, hours: Hours = _OFFICE) -> int:
    """The instant at which `count` hours of the council's opening times have passed."""
    left = timedelta(hours=count)
    at = _into_hours(_london(ms), hours)
    while (today := datetime.combine(at.date(), hours.closes, LONDON) - at) < left:
        left -= today
        at = datetime.combine(next_working_day(at.date(), hours), hours.opens, LONDON)
    return _ms(at + left)


def counted_from(ms: int, hours: Hours = _OFFICE) -> date:
    """The day something received at this instant counts as received: the next working day if it came out of hours."""
    at = _london(ms)
    late = at.time() >= hours.closes
    return next_working_day(at.date(), hours) if late or not is_working_day(at.date(), hours) else at.date()


def add_months(day: date, count: int) -> date:
    """The same day of a later month, or its last day: 30 November and three months is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - _DAY).day
    return date(year, month + 1, min(day.day, last))


def birthday(born: date, age: int) -> date:
    """The day this age is reached. Somebody born on 29 February reaches it on 1 March of a common year."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def age_on(born: date, day: date) -> int:
    """Whole years, negative before birth."""
    age = day.year - born.year
    return age if birthday(born, age) <= day else age - 1


def _into_hours(at: datetime, hours: Hours) -> datetime:
    if not is_working_day(at.date(), hours) or at.time() >= hours.closes:
        return datetime.combine(next_working_day(at.date(), hours), hours.opens, LONDON)
    return max(at, datetime.combine(at.date(), hours.opens, LONDON))


def _london(ms: int) -> datetime:
    return (_EPOCH + timedelta(milliseconds=ms)).astimezone(LONDON)


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND


@lru_cache(maxsize=64)
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))
