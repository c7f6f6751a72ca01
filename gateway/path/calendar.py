"""Days and hours in England: working days, ages and months, in Europe/London.

The start day is day 0; Saturdays, Sundays, England's bank holidays and the council's own closed days do not count
(rules 6). Instants are ms UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from contracts.council import Hours

LONDON: Final = ZoneInfo("Europe/London")
ANNOUNCED_UNTIL: Final = 2028
"""The last year whose bank holidays the government has announced, as the library in use has them. Later ones follow
from the rules for every year, and no extra day is among them."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_OFFICE: Final = Hours()


@lru_cache(maxsize=256)
def day_of(ms: int) -> date:
    """The day it is in London at this instant."""
    return _london(ms).date()


@lru_cache(maxsize=4096)
def start_of(day: date) -> int:
    """The instant at which this day begins in London."""
    return _ms(datetime(day.year, day.month, day.day, tzinfo=LONDON))


@lru_cache(maxsize=4096)
def closing_of(day: date, hours: Hours = _OFFICE) -> int:
    """The instant at which the council shuts on this day."""
    return _ms(datetime.combine(day, hours.closes, LONDON))


def is_working_day(day: date, hours: Hours = _OFFICE) -> bool:
    """Whether the council works on this day."""
    return day.weekday() < 5 and day not in _bank_holidays(day.year) and day not in hours.closed


@lru_cache(maxsize=4096)
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
    return add_working_time(ms, count * 3_600_000, hours)


def working_time(start: int, end: int, hours: Hours = _OFFICE) -> int:
    """Milliseconds of the council's opening times between two instants."""
    at, until, passed = _into_hours(_london(start), hours), _london(end), timedelta(0)
    while at < until:
        closes = datetime.combine(at.date(), hours.closes, LONDON)
        passed += min(closes, until) - at
        at = datetime.combine(next_working_day(at.date(), hours), hours.opens, LONDON)
    return passed // _MILLISECOND


def add_working_time(ms: int, count: int, hours: Hours = _OFFICE) -> int:
    """The instant at which `count` milliseconds of the council's opening times have passed."""
    left = timedelta(milliseconds=count)
    at = _into_hours(_london(ms), hours)
    while (today := datetime.combine(at.date(), hours.closes, LONDON) - at) < left:
        left -= today
        at = datetime.combine(next_working_day(at.date(), hours), hours.opens, LONDON)
    return _ms(at + left)


def next_at(ms: int, times: Iterable[time], hours: Hours = _OFFICE) -> int:
    """The first instant after this one at which it is one of these times on a day that the council works."""
    day, wanted = day_of(ms), sorted(times)
    if not is_working_day(day, hours):
        day = next_working_day(day, hours)
    while True:
        for at in wanted:
            if (found := _ms(datetime.combine(day, at, LONDON))) > ms:
                return found
        day = next_working_day(day, hours)


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


def is_open(ms: int, hours: Hours = _OFFICE) -> bool:
    """Whether the council works at this instant."""
    at = _london(ms)
    return is_working_day(at.date(), hours) and hours.opens <= at.time() < hours.closes


def easter(year: int) -> date:
    """Easter Sunday, by the Gregorian computus of Meeus, Jones and Butcher."""
    century, rest = divmod(year, 100)
    golden = year % 19
    leap_centuries, centuries = divmod(century, 4)
    moon = (19 * golden + century - leap_centuries - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    leaps, years = divmod(rest, 4)
    sunday = (32 + 2 * centuries + 2 * leaps - moon - years) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def bank_holidays_in_doubt(today: date) -> str:
    """A sentence for whoever keeps the gateway, from a year before the last for which they are announced; else ""."""
    if today.year < ANNOUNCED_UNTIL:
        return ""
    return (
        f"England's bank holidays are known as announced until the end of {ANNOUNCED_UNTIL}. After that they are"
        " worked out, and extra ones are missing: bring the gateway up to date."
    )


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
