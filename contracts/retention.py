"""When a record's time is over: the formulas of a council's retention schedule, worked out and never stored.

A formula is a trigger and a time: `DOB+25y`, `CASE_CLOSED+6y`, `EVENT+7y`, `DELIVERED+30d` (governance 2.3). Nothing is
due while its trigger is not known, and nothing while it is held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, cast

from contracts.referral import Referral

Trigger = Literal["DOB", "CASE_CLOSED", "EVENT", "DELIVERED"]

_FORMULA: Final = re.compile(r"(DOB|CASE_CLOSED|EVENT|DELIVERED)\+([1-9][0-9]{0,3})([dmy])")
_LATEST: Final = date(9999, 12, 31)

RECORDED: Final = {
    "request": "What the sender wrote, and what went to hubs",
    "decision": "The decisions about it, in the record",
    "access": "Who has looked at it",
    "rights": "What somebody asked of their rights",
    "report": "A report as it was made",
    "sample": "An assurance sample, and what its reviewers answered",
}
"""Kind of record → what it is."""


class BadFormula(ValueError):
    """This is no retention formula."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A trigger, and how many days (`d`), months (`m`) or years (`y`) after it."""

    trigger: Trigger
    many: int
    unit: str

    def __str__(self) -> str:
        return f"{self.trigger}+{self.many}{self.unit}"

    @property
    def time(self) -> str:
        """How long, in words: `14 days`."""
        unit = {"d": "day", "m": "month", "y": "year"}[self.unit]
        return f"{self.many} {unit}{'' if self.many == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one record. None is not known, or has not happened.

    born      of the youngest child, or the day an unborn one is expected: the later of all of them
    closed    when a hub said that nothing more is done; event: when it was recorded last
    delivered when the last of its messages ended, where none is open
    """

    born: date | None = None
    closed: date | None = None
    event: date | None = None
    delivered: date | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """HOLD(reason, by, review date): somebody, or a law, wants it kept whatever the formula says."""

    reason: str
    by: str
    review: date


def read_formula(text: str) -> Formula:
    """Reads `DOB+25y`. Raises BadFormula."""
    found = _FORMULA.fullmatch(text)
    if found is None:
        raise BadFormula("a formula such as DOB+25y, CASE_CLOSED+6y, EVENT+7y or DELIVERED+30d")
    return Formula(cast(Trigger, found[1]), int(found[2]), found[3])


def youngest(births: Iterable[tuple[date | None, date | None]]) -> date | None:
    """The latest of some children's dates of birth, or else days they are expected; None if any is not known."""
    found = [born or expected for born, expected in births]
    known = [day for day in found if day is not None]
    return max(known) if known and len(known) == len(found) else None


def youngest_of(referral: Referral) -> date | None:
    """The youngest child's day in a request; None if any child's is not known."""
    return youngest((one.date_of_birth, one.expected_date_of_birth) for one in referral.children)


def due(formula: Formula, known: Known) -> date | None:
    """The first day on which the record is due to go; None while what it runs from is not known."""
    starts = {"DOB": known.born, "CASE_CLOSED": known.closed, "EVENT": known.event, "DELIVERED": known.delivered}
    start = starts[formula.trigger]
    return None if start is None else _after(start, formula.many, formula.unit)


def run_out(formula: Formula, today: date) -> date | None:
    """The last day a trigger may have been for a record to be due by today; None where no day is early enough.

    `due` never goes back as its trigger goes on, so whatever began later is not due.
    """
    first, last = date.min.toordinal(), today.toordinal()
    if _after(date.min, formula.many, formula.unit) > today:
        return None
    while first < last:
        middle = (first + last + 1) // 2
        if _after(date.fromordinal(middle), formula.many, formula.unit) <= today:
            first = middle
        else:
            last = middle - 1
    return date.fromordinal(first)


def may_go(formula: Formula | None, known: Known, held: Iterable[Held], today: date) -> bool:
    """Whether it is due today: there is a formula, its day has come, and nobody holds it.

    A hold lasts until it is released. Its review date is when somebody looks at it, never when it ends.
    """
    if formula is None or any(held):
        return False
    day = due(formula, known)
    return day is not None and day <= today


def _after(start: date, many: int, unit: str) -> date:
    try:
        if unit == "d":
            return start + timedelta(days=many)
        months = start.year * 12 + start.month - 1 + many * (12 if unit == "y" else 1)
        return _day(months // 12, months % 12 + 1, start.day)
    except (OverflowError, ValueError):
        return _LATEST


def _day(year: int, month: int, day: int) -> date:
    """That day, or the first of the next month where the month is too short: 25 years after 29 February is 1 March."""
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month + 1, 1)
