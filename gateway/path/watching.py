"""Rules over who read what: each finds something to ask about, and none says that it was wrong (governance 5.5).

Not asked, because nothing here knows it: whether a reader lives near the family, or works with one of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Final

OFTEN: Final = 3
"""Times what somebody reads on a usual day, above which it is asked about."""
LEAST: Final = 10
"""Readings of a day below which nothing is too many; and days of reading that make a usual one."""
_DAYS: Final = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """One reading, with what is known around it once a working day has passed.

    surnames  of the people in the request, as they were sent; () where it is about none, or it was disposed of
    that_day  readings of the same person on that day; usual: on a usual day of theirs before, 0 where none is known
    acted     they did something about the request afterwards
    linked    a hold or task of it was one that they may take, or they had broken the glass
    in_hours  the council was at work
    """

    type: str
    person: str
    role: str
    surnames: tuple[str, ...] = ()
    that_day: int = 1
    usual: float = 0
    acted: bool = True
    linked: bool = True
    in_hours: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to ask about. types: of the entries it is asked of, () for all; spared: roles it is not asked of."""

    code: str
    title: str
    meets: Callable[[Seen], bool]
    types: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()


def _own_name(seen: Seen) -> bool:
    own = {part for part in seen.person.casefold().replace("-", ".").replace("@", ".").split(".") if len(part) > 1}
    return any(set(name.casefold().replace("-", " ").split()) & own for name in seen.surnames)


_CONTENT: Final = ("content.read",)
_ABOUT_ONE: Final = ("content.read", "reasons.read", "child.viewed", "subject.opened", "subject.previewed")

RULES: Final = (
    Rule("own_name", "Somebody in the request has the reader’s surname", _own_name, _ABOUT_ONE),
    Rule("often", "Far more than this person reads on a usual day", lambda one: _is_often(one)),
    Rule(
        "no_action",
        "Opened, and nothing was done about it by the next working day",
        lambda one: not one.acted,
        _CONTENT,
    ),
    Rule("no_case", "Opened, and no hold or task of it was for them", lambda one: not one.linked, _CONTENT),
    Rule("sealed", "Tried to open a sealed file", lambda one: True, ("sealed.tried",)),
    Rule("out_of_hours", "Read while the council was shut", lambda one: not one.in_hours, spared=("front_door",)),
)
"""In the order in which they are told. Those at the front door work at night."""

TITLES: Final[Mapping[str, str]] = {rule.code: rule.title for rule in RULES}


def flags(seen: Seen) -> tuple[str, ...]:
    """The codes of the rules that a reading meets."""
    return tuple(
        rule.code
        for rule in RULES
        if (not rule.types or seen.type in rule.types) and seen.role not in rule.spared and rule.meets(seen)
    )


def usual(days: Iterable[date]) -> float:
    """How much somebody reads on a usual day: the median of the days on which they read. 0 for too few of those.

    days  the day of each reading
    """
    counts: dict[date, int] = {}
    for day in days:
        counts[day] = counts.get(day, 0) + 1
    return median(counts.values()) if len(counts) >= _DAYS else 0


def _is_often(seen: Seen) -> bool:
    return seen.usual > 0 and seen.that_day >= LEAST and seen.that_day > OFTEN * seen.usual
