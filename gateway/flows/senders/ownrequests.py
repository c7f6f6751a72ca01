"""A sender's own requests as its people list them: initials, their own reference and a state in plain words.

They wrote the names themselves; a list needs none. A request is asked for by its newest version.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row

from contracts.council import Council
from contracts.people import Person
from contracts.referral import Referral
from gateway.config.policy import Policy
from gateway.flows.acting import Acting
from gateway.flows.decisions.filed import read_filed
from gateway.flows.gateway import Gateway
from gateway.flows.senders.ownstate import QUESTION, Standing, standing
from gateway.flows.telling.cameback import Reader, word
from gateway.path.telling import SENDERS, awaited, days_between
from gateway.store import content, ownrequests
from gateway.store.log import MOST, Place
from gateway.store.ownrequests import Parts
from gateway.store.queries import referral_view

A_PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class Own:
    """One request in a list.

    child      initials of each child in it, "" once what was sent is erased
    reference  what the sender's own system calls it, "" for nothing
    at         when it was first sent, ms UTC; days: whole days in London since
    """

    id: str
    child: str
    reference: str
    at: int
    days: int
    test: bool
    standing: Standing


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing the sender's own people are asked for. due: ms UTC."""

    request: Own
    say: str
    due: int
    overdue: bool
    question: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. count: up to `MOST`, and `more` beyond it; next: where the page after it begins, or ""."""

    rows: tuple[Own, ...]
    count: int
    more: bool
    next: str


async def listed(gateway: Gateway, who: Acting, after: Place | None) -> Listed:
    """One page of their sender's requests, the newest first. Raises NotYourRole."""
    who.must_be_let("sent.list")
    council, sender = who.council.name, who.caller.registration.sender

    def read(connection: Connection) -> tuple[list[Row[Any]], tuple[Own, ...], int]:
        rows = ownrequests.listed(connection, council, sender, after, A_PAGE + 1)
        shown = _own(gateway, connection, who, rows[:A_PAGE])
        return rows, shown, ownrequests.counted(connection, council, sender)

    rows, shown, count = await gateway.store.ask(council, read)
    following = f"{rows[A_PAGE - 1].at}.{rows[A_PAGE - 1].id}" if len(rows) > A_PAGE else ""
    return Listed(shown, min(count, MOST), count > MOST, following)


async def asked(gateway: Gateway, who: Acting) -> tuple[Ask, ...]:
    """What their sender's people are asked for, the first due first. Raises NotYourRole."""
    who.must_be_let("sent.list")
    council, sender = who.council.name, who.caller.registration.sender

    def read(connection: Connection) -> tuple[Ask, ...]:
        clocks = ownrequests.asked(connection, council, sender, SENDERS, MOST)
        about = ownrequests.these(connection, council, sender, {clock.referral for clock in clocks})
        known = {one.id: one for one in _own(gateway, connection, who, about)}
        return tuple(_ask(gateway, who, clock, known[clock.referral]) for clock in clocks if clock.referral in known)

    return await gateway.store.ask(council, read)


async def some(gateway: Gateway, who: Acting, referrals: Collection[str]) -> Mapping[str, Own]:
    """Those of these requests that are their sender's own and stand, by id."""
    who.must_be_let("sent.list")
    council, sender = who.council.name, who.caller.registration.sender

    def read(connection: Connection) -> tuple[Own, ...]:
        return _own(gateway, connection, who, ownrequests.these(connection, council, sender, referrals))

    return {one.id: one for one in await gateway.store.ask(council, read)}


def initials(person: Person) -> str:
    """A person by their initials: `M F`. Never more of a name."""
    parts = [person.first_name, person.surname] if person.first_name or person.surname else [person.full_name]
    found = [word[0].upper() for part in parts if part for word in part.split()]
    return " ".join(found[:1] + found[-1:] if len(found) > 1 else found) or ("Unborn" if person.unborn else "No name")


def children_of(referral: Referral | None) -> str:
    """The children of a request by their initials."""
    return ", ".join(map(initials, referral.children)) if referral is not None else ""


def _own(gateway: Gateway, connection: Connection, who: Acting, rows: Collection[Row[Any]]) -> tuple[Own, ...]:
    council, now = who.council.name, gateway.now()
    parts = ownrequests.parts(connection, council, [row.id for row in rows])
    found = []
    for row in rows:
        reader = reader_of(gateway, connection, who, row.filed)
        first = ownrequests.first_sent(connection, council, row)
        told = newest_word(connection, council, row.id, parts[row.id], reader)
        found.append(
            Own(
                row.id,
                children_of(reader.referral),
                (reader.referral.source.record_id or "") if reader.referral else "",
                first,
                days_between(first, now),
                bool(row.test),
                standing(parts[row.id], told),
            )
        )
    return tuple(found)


def reader_of(gateway: Gateway, connection: Connection, who: Acting, filed: str) -> Reader:
    """Who reads what came back about a request, and the request itself while it is kept."""
    body = content.get(connection, who.council.name, filed)
    screens = gateway.rules[who.council.name].screens
    return Reader(who.council, screens, read_filed(body)[0] if body else None)


def newest_word(connection: Connection, council: str, referral: str, parts: Parts, reader: Reader) -> str:
    """What the newest outcome says to whoever referred; "" where no hub has answered."""
    if not parts.outcomes:
        return ""
    view = referral_view(connection, council, referral)
    newest = parts.outcomes[-1].id
    assert view is not None, "an outcome is about a referral"
    return next(word(event, view, reader)["say"] for event in view.events if event.id == newest)


def asked_for(kind: str, policy: Policy, council: Council) -> str:
    """What is asked of a sender's people: of a hold, what it is about and what to do."""
    say, code = awaited(kind, policy, council), kind.partition(":")[2]
    return f"{say}: {policy.holds[code].say}" if kind.startswith("hold:") and code in policy.holds else say


def _ask(gateway: Gateway, who: Acting, clock: Row[Any], own: Own) -> Ask:
    say = asked_for(clock.kind, gateway.policy(who.council.name), who.council)
    return Ask(own, say, clock.due_at, clock.due_at <= gateway.now(), clock.kind == QUESTION)
