"""One hold or task as a person looks at it: its clock, its decision, and the case as the engine sees it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, select

from contracts.errors import NotFound
from gateway.config.answers import Answer
from gateway.flows.acting import Acting
from gateway.flows.decisions import recorded
from gateway.flows.decisions.again import matter_of
from gateway.flows.decisions.recorded import Recorded
from gateway.flows.gateway import Gateway
from gateway.flows.ids import short_id
from gateway.path.course import Course, Matter, Rules, consider
from gateway.store import content, waits
from gateway.store.tables import DECISION, REFERRAL
from gateway.store.transaction import Tx

LEAST: Final = 6
"""Characters of an id that a person must give at least."""


@dataclass(frozen=True, slots=True)
class Held:
    """A hold or a task, and what it is about.

    clock     its row (`store.waits.Row`)
    referral  the referral's row
    course    what the engine decides now for the candidate it is about; None if there is no such candidate any more
    people    what people recorded of the referral, and what waits for a second person
    answers   all that a person may record under the policy in force
    """

    clock: Mapping[str, Any]
    referral: Mapping[str, Any]
    matter: Matter
    course: Course | None
    people: Recorded
    rules: Rules
    answers: Mapping[str, Answer]

    @property
    def about(self) -> str:
        """The class of the hold, or the code of the task."""
        return about(self.clock)

    @property
    def is_hold(self) -> bool:
        """Whether it is a hold, and not a task."""
        return str(self.clock["kind"]).startswith("hold:")


def held(gateway: Gateway, connection: Connection | Tx, who: Acting, name: str, now: int) -> Held:
    """The hold or task of this person's hubs whose id begins like this. Raises NotFound."""
    return of_clock(gateway, connection, find(connection, who, name), now)


def of_clock(gateway: Gateway, connection: Connection | Tx, clock: Mapping[str, Any], now: int) -> Held:
    """The hold or task of this clock, whosever it is. Raises NotFound where nothing of it can be read."""
    council = str(clock["council"])
    stored = select(REFERRAL).where(REFERRAL.c.id == clock["referral"], REFERRAL.c.council == council)
    if isinstance(connection, Tx):
        stored = stored.with_for_update()
    found = connection.execute(stored).mappings().first()
    if found is None:
        raise NotFound("This is about no one referral: there is nothing more to read here. Its list says what to do.")
    row = dict(found)
    body = content.get(connection, council, row["filed"])
    if body is None:
        raise NotFound("The content of this referral has been erased.")
    matter = matter_of(gateway, connection, row, body)
    rules = gateway.rules[council]
    people = recorded.read(connection, council, row["facts_by_people"])
    course = _course(connection, clock, matter, rules, now)
    # Words that were published before answers were part of a policy have none: the files' stand in.
    answers = rules.policy.answers or gateway.catalogue.answers
    return Held(clock, row, matter, course, people, rules, answers)


def about(clock: Mapping[str, Any]) -> str:
    """The class of a hold, or the code of a task, by which the table of access knows it."""
    what, _, code = str(clock["kind"]).partition(":")
    return f"review_{code}" if what == "review" else code


def find(connection: Connection | Tx, who: Acting, name: str) -> dict[str, Any]:
    """The clock whose id begins like this, if it is of a hub whose work is theirs. Raises NotFound."""
    called = waits.called(connection, who.council.name, name) if len(name) >= LEAST else []
    found = [clock for clock in called if who.serves(clock["hub"])]
    if len(found) == 1:
        return found[0]
    more = (
        "More than one begins like that: give more of it." if found else f"Give its first {LEAST} characters or more."
    )
    raise NotFound(f"Nothing here is called {name}. {more}")


def _course(
    connection: Connection | Tx, clock: Mapping[str, Any], matter: Matter, rules: Rules, now: int
) -> Course | None:
    """What is decided now about the candidate the clock rests on: the same one, or the nearest to it."""
    courses, _ = consider(matter, rules, now)
    near = [one for one in courses if matter.referral.place_of(one.decision.candidate.subject) == clock["subject"]]
    version = connection.execute(select(DECISION.c.version).where(DECISION.c.id == clock["decision"])).scalar()
    for course in near:
        candidate = course.decision.candidate
        which = (clock["subject"], candidate.hub, candidate.purpose, candidate.service, str(version))
        if short_id("decision", clock["referral"], *which) == clock["decision"]:
            return course
    return next(iter(near), None)


def with_fact(held: Held, fact: Any) -> Matter:
    """The matter as it would be if this were recorded too."""
    return replace(held.matter, persons=(*held.matter.persons, fact))
