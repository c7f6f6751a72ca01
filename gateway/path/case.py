"""One candidate with everything its facts are derived from, and what a derivation finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeVar

from contracts.adapter import Fault
from contracts.council import Council, HubSettings, Registration
from contracts.decision import Candidate
from contracts.people import Person, PersonRole, ReferrerKind
from contracts.referral import Referral
from gateway.path import calendar
from gateway.path.screening import Screening

T = TypeVar("T")

_OWN: Final = {ReferrerKind.FAMILY: "family", ReferrerKind.CHILD: "child"}
_OLDER_THAN_YEAR: Final = 5
"""Who is in Year 1 is six at most, and so on."""
_BEFORE_YEAR_1: Final = frozenset(("E1", "E2", "N1", "N2", "R"))
_CARERS: Final = frozenset((PersonRole.PARENT, PersonRole.NON_RESIDENT_PARENT))


class Finding(NamedTuple):
    """A fact's value, where it came from, and the instants (ms UTC) at which time alone may change it."""

    value: str
    sources: tuple[str, ...] = ()
    ends: tuple[int, ...] = ()


@dataclass(frozen=True)
class Case:
    """What a derivation may look at. `registration` is None for a sender the council has not registered."""

    referral: Referral
    candidate: Candidate
    council: Council
    registration: Registration | None
    faults: tuple[Fault, ...]
    screening: Screening
    now_ms: int
    received_ms: int | None = None
    _found: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, work: Callable[[Case], T]) -> T:
        """What `work` finds in this case: several facts ask the same, and it is worked out for the first."""
        found: T | None = self._found.get(work)
        if found is None:
            found = self._found[work] = work(self)
        return found

    def each(self, works: Mapping[str, Callable[[Case], T]]) -> dict[str, T]:
        """`once` for each of these, by name."""
        found, answers = self._found, dict[str, T]()
        for name, work in works.items():
            answer: T | None = found.get(work)
            if answer is None:
                answer = found[work] = work(self)
            answers[name] = answer
        return answers

    @cached_property
    def today(self) -> date:
        """The day of the decision, in London."""
        return calendar.day_of(self.now_ms)

    @cached_property
    def received_on(self) -> date:
        """The day it came to us, in London."""
        return self.today if self.received_ms is None else calendar.day_of(self.received_ms)

    @cached_property
    def child(self) -> Person | None:
        """The child it is about; None for a nameless enquiry."""
        subject = self.candidate.subject
        return next((person for person in self.referral.people if subject and person.id == subject), None)

    @cached_property
    def child_at(self) -> str:
        """Pointer to that child."""
        places = (place for place, person in enumerate(self.referral.people) if person is self.child)
        return f"/people/{next(places)}" if self.child else "/people"

    @property
    def hub(self) -> HubSettings | None:
        """The recipient, None where no route was found."""
        return self.council.hubs.get(self.candidate.hub)

    @cached_property
    def age(self) -> int | None:
        """The child's age on the day of the decision; None if it is not known, or the date lies ahead."""
        born = self.child.date_of_birth if self.child else None
        return calendar.age_on(born, self.today) if born and born <= self.today else None

    @cached_property
    def age_or_stated(self) -> int | None:
        """The child's age, or the oldest they can be by a stated age or school year; None if nothing says."""
        if self.age is not None or self.child is None or self.child.date_of_birth is not None:
            return self.age
        stated = (self.child.age_as_stated or "").strip()
        if stated.isdecimal() and len(stated) < 3:
            return int(stated)
        year = (self.child.education.year_group if self.child.education else None) or ""
        if year.isdecimal():
            return int(year) + _OLDER_THAN_YEAR
        return _OLDER_THAN_YEAR if year in _BEFORE_YEAR_1 else None

    @property
    def own_request(self) -> str:
        """`family` or `child` where they ask for themselves (settled 41), else `no`."""
        kind = self.referral.referrer.kind
        return _OWN.get(kind, "no") if kind else "no"

    def is_carer(self, person_id: str | None) -> bool:
        """Whether this person is in the record as a parent or carer."""
        return any(person.id == person_id and _CARERS & set(person.roles) for person in self.referral.people)

    def birthdays(self, *ages: int) -> tuple[int, ...]:
        """The instants at which the child reaches these ages."""
        born = self.child.date_of_birth if self.child else None
        return tuple(calendar.start_of(calendar.birthday(born, age)) for age in ages) if born else ()


def day_after(day: date | None) -> tuple[int, ...]:
    """The first instant at which something that stands until this day is over; () if it does not end."""
    return (calendar.start_of(day + timedelta(days=1)),) if day else ()
