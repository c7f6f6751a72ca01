"""The sharing policy as the path asks it: tables of rules over coded facts, and what their codes mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

from contracts.decision import Obligation, Outcome, RuleHit
from gateway.config.answers import Answer

DEFECT: Final = "policy_defect"
"""The hold and the task of a case that no rule covers; `tables.py` refuses a policy without them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row ready to be asked: its conditions, and what it says and asks for when it matches.

    when      (fact, values it may have); a fact that is not named may have any
    position  "file:line:column" of the row
    cites     what the row rests on: documents, and where in them
    review_by day by which the row must be looked at again, where that is not the policy's
    """

    id: str
    outcome: Outcome
    when: tuple[tuple[str, frozenset[str]], ...]
    hit: RuleHit
    obligations: tuple[Obligation, ...] = ()
    position: str = ""
    cites: tuple[str, ...] = ()
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to be asked. In an `additional` one (a council's) no match says nothing; in a base one it holds.

    overlaps_ok  pairs of rule ids that may match together and decide differently
    """

    id: str
    title: str
    rules: tuple[Rule, ...]
    overlaps_ok: frozenset[frozenset[str]] = frozenset()
    additional: bool = False
    position: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """A class of hold: who looks at it, how soon, and who hears if nobody did (governance 1.9, settled 44).

    owners      duty roles in order; the next takes over where one is shut or has not claimed it
    within      such as "1 working hour"
    on_expiry   duty roles told when the time is up; no clock ever releases or closes anything
    interrupts  whether they are told at once when it is, not in their next digest (settled 45)
    again       how long after that they are told again, for as long as nobody has answered
    """

    title: str
    owners: tuple[str, ...]
    within: str
    on_expiry: tuple[str, ...]
    say: str
    interrupts: bool = False
    again: str = "1 working day"


@dataclass(frozen=True, slots=True)
class Task:
    """Something a duty role does besides, and how soon. A clock is a task that alarms by itself.

    tells        duty roles told besides its owner when the time is up
    stops        events that end it, keys of contracts.events.EVENTS; all_of_them: only once each has come
    interrupts, again  as a hold's
    """

    owner: str
    within: str
    say: str
    tells: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    all_of_them: bool = False
    interrupts: bool = False
    again: str = "1 working day"


@dataclass(frozen=True, slots=True)
class Schools:
    """When England's schools are open, roughly: each has its own calendar.

    shut  ((month, day) first, (month, day) last) of every year; the last may come before the first, over new year
    """

    opens: time = time(8, 30)
    closes: time = time(16)
    shut: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    days_before_easter: int = 0
    days_after_easter: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that decides for one council.

    vocabulary  every fact and its values, the council's own included
    flags       code → the sentence that sender and recipient both see
    record      how a record stopped moving → who looks at it, and how soon
    deliveries  what has become of a message that did not arrive → who looks at it, and how soon
    notices     code → what the notice says
    answers     code → what a person may record in answer to a hold or a task
    review_by   day by which somebody must look at all of it again; None where none is named
    text        the words of all its files, one after the other: what is signed, and kept when it is published
    digest      SHA-256 of `text`, 64 hex digits
    """

    id: str
    title: str
    version: str
    effective_from: datetime
    tables: tuple[Table, ...]
    vocabulary: Mapping[str, frozenset[str]]
    holds: Mapping[str, Hold]
    flags: Mapping[str, str]
    tasks: Mapping[str, Task]
    clocks: Mapping[str, Task]
    deliveries: Mapping[str, Task]
    schools: Schools
    notices: Mapping[str, str]
    text: str
    digest: str
    record: Mapping[str, Task] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    review_by: date | None = None

    def overdue(self, today: date) -> Iterator[str]:
        """A sentence for each day of review that is over. It stops nothing: somebody should look."""
        if self.review_by and self.review_by < today:
            yield f"{self.id} {self.version} was to be reviewed by {self.review_by.isoformat()}."
        for table in self.tables:
            for rule in table.rules:
                if rule.review_by and rule.review_by < today:
                    yield f"{rule.id} was to be reviewed by {rule.review_by.isoformat()}: {rule.position}"


def in_words(table: Table) -> Iterator[str]:
    """A table as sentences: its title, then a line for each rule."""
    yield f"{table.id} {table.title}"
    for rule in table.rules:
        conditions = [f"{_plain(fact)} is {' or '.join(map(_plain, sorted(values)))}" for fact, values in rule.when]
        when = ", and ".join(conditions) or "in every case"
        cites = f" (rests on {'; '.join(rule.cites)})" if rule.cites else ""
        review = f" (to be reviewed by {rule.review_by.isoformat()})" if rule.review_by else ""
        yield f"{rule.id}: {when}: {_plain(rule.outcome)}. {rule.hit.say}{cites}{review}"


def _plain(code: str) -> str:
    return code.replace("_", " ")
