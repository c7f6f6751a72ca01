"""What a report is asked: days, codes, for some a reference. It is kept with the report, and asks the same again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode

from contracts.council import Council
from gateway.config.policy import Policy
from gateway.flows.oversight import asked
from gateway.path.calendar import LONDON, add_months, day_of, start_of
from gateway.store.log import Which

Period = Literal["days", "months", "quarter", "half"]
"""Any days; or whole months, one quarter or one half of a year, of those that have ended."""

LENGTHS: Final[Mapping[Period, int]] = {"months": 1, "quarter": 3, "half": 6}
PERIODS: Final[Mapping[Period, str]] = {
    "days": "Any days, the last included.",
    "months": "Whole months that have ended: a month that goes on would be counted twice.",
    "quarter": "One quarter of a year that has ended. Give any day in it.",
    "half": "January to June or July to December, once it has ended. Give any day in it.",
}
_ENDS: Final = ("from", "to")
_PARTS: Final = ("day", "month", "year")
_REFERENCE: Final = re.compile(r"[0-9a-f][0-9a-f-]{7,35}")


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `wrong` is field → what to put right.

    given      what was chosen, in codes and days, as the query holds it
    reference  how the id of the one referral begins that it is about; "" for all
    aware      when somebody became aware of a breach, ms UTC; None where that is not asked or not said
    """

    which: Which
    first: date
    last: date
    given: Mapping[str, str]
    wrong: Mapping[str, str]
    reference: str = ""
    aware: int | None = None

    @property
    def query(self) -> str:
        """The same question in one spelling."""
        return urlencode(sorted(self.given.items()))


def read_question(
    of: Callable[[str], str], names: tuple[str, ...], period: Period, council: Council, policy: Policy, now: int
) -> Question:
    """The question of a form or of a kept query. `of` gives a name's value, "" for none.

    names  filters that this report knows, `reference` and `aware` among them
    """
    known = asked.choices(council, policy)
    days = {f"{end}-{part}" for end in _ENDS for part in _PARTS}

    def allowed(name: str) -> str:
        return of(name) if name in days or name in names else ""

    plain = asked.read_question(allowed, council, known, now)
    wrong = dict(plain.wrong)
    first, last = _period(period, plain.first, plain.last, day_of(now), wrong, chosen=bool(of("from-year")))
    given = {name: value for name in names if (value := of(name)) and name in known}
    given |= _days("from", first) | _days("to", last)
    which = replace(plain.which, since=start_of(first), until=start_of(last + timedelta(days=1)))
    found = Question(which, first, last, given, wrong)
    if "reference" in names:
        found = _reference(found, of("reference"))
    return _aware(found, of("aware")) if "aware" in names else found


def question_of(
    query: str, names: tuple[str, ...], period: Period, council: Council, policy: Policy, now: int
) -> Question:
    """A kept question."""
    given = dict(parse_qsl(query))
    return read_question(lambda name: given.get(name, ""), names, period, council, policy, now)


def _period(
    period: Period, first: date, last: date, today: date, wrong: dict[str, str], *, chosen: bool
) -> tuple[date, date]:
    if period == "days" or wrong:
        return first, last
    many = LENGTHS[period]
    ended = _begins(today, many)
    begin = _begins(first, many) if chosen else add_months(ended, -many)
    end = add_months(begin, many) if period != "months" else add_months(last.replace(day=1), 1)
    if period == "months" and not chosen:
        end = ended
    end = min(end, ended)
    if end <= begin:
        wrong["from-day"] = f"This has not ended yet. The last that has ended is before {ended:%-d %B %Y}."
        return first, last
    return begin, end - timedelta(days=1)


def _begins(day: date, many: int) -> date:
    """The first day of the months, quarter or half that a day is in."""
    return date(day.year, (day.month - 1) // many * many + 1, 1)


def _days(end: str, day: date) -> dict[str, str]:
    return {f"{end}-{part}": str(getattr(day, part)) for part in _PARTS}


def _reference(found: Question, text: str) -> Question:
    text = text.casefold()
    if not text:
        return found
    if not _REFERENCE.fullmatch(text):
        say = "Give our reference as it is printed: at least its first eight letters and digits."
        return replace(found, wrong=dict(found.wrong) | {"reference": say})
    return replace(found, reference=text, given=dict(found.given) | {"reference": text})


def _aware(found: Question, text: str) -> Question:
    if not text:
        return found
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=LONDON)
    except ValueError:
        say = "Give the day and the time as 2026-11-23 09:30."
        return replace(found, wrong=dict(found.wrong) | {"aware": say})
    plain = at.strftime("%Y-%m-%d %H:%M")
    return replace(found, aware=int(at.timestamp() * 1000), given=dict(found.given) | {"aware": plain})
