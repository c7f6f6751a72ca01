"""Opens a request to its own sender's people once the record says who reads it and why, with what a hub wrote.

Also all that was sent about one child, found by keyed tokens among this sender's own requests and nobody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from contracts.errors import NotFound
from contracts.referral import Referral
from gateway.flows.access import Relation, permit_operation, relation_to
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.decisions.filed import read_filed
from gateway.flows.decisions.tokens import PEOPLE, tokens_of_person
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.opening import READ
from gateway.flows.oversight.looked import CHILD
from gateway.flows.senders.ownrequest import at
from gateway.flows.senders.ownrequests import Own, initials, reader_of, some
from gateway.flows.telling import status
from gateway.flows.telling.cameback import came_back
from gateway.store import content
from gateway.store.tables import LOOKUP, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

GONE = "What was sent has been erased. What became of it stays."


@dataclass(frozen=True, slots=True)
class Together:
    """All that was sent about one child. lines: ms UTC, what happened in words, and the request it is about."""

    child: str
    requests: tuple[Own, ...]
    lines: tuple[tuple[int, str, str], ...]


async def opened(gateway: Gateway, who: Acting, referral: str, purpose: str) -> dict[str, Any]:
    """What was sent, and what hubs wrote back as far as its sender may read it.

    Raises NotYourRole, NoSuchAnswer without a purpose, and NotFound for another's, for none, and once it is erased.
    """
    who.must_be_let("sent.open")
    must_say_why(purpose)

    def work(tx: Tx) -> Referral:
        told = filed(tx, who, referral)
        write_entry(tx, who.council.name, referral, READ, who.said | {"purpose": purpose.strip()}, section="reader")
        return told

    told = await gateway.writer.submit(Write(work))

    def read(connection: Connection) -> dict[str, Any]:
        view = status.own_view(connection, who.council.name, referral)
        assert view is not None, "it was there a moment ago"
        return came_back(connection, view, reader_of(gateway, connection, who, view.referral.filed))

    back = await gateway.store.ask(who.council.name, read)
    return {
        "referral": told.model_dump(mode="json", exclude_defaults=True),
        "questions": {one["question"]: one.get("words", "") for one in back["questions"]},
        "outcomes": [(one["hub"], one["say"], one.get("words", ""), one.get("lead", "")) for one in back["outcomes"]],
    }


async def together(gateway: Gateway, who: Acting, referral: str, place: int, purpose: str) -> Together:
    """Every request of this sender about the child at this place of one of them. Raises as `opened` does."""
    who.must_be_let("sent.child")
    must_say_why(purpose)
    council = who.council.name

    def work(tx: Tx) -> tuple[str, list[str]]:
        told = filed(tx, who, referral)
        people = dict(enumerate(told.people))
        if place not in people or "child" not in people[place].roles:
            raise NotFound("There is no such child in this request.")
        tokens = tokens_of_person(gateway.keys[council], people[place].model_dump(mode="json"))
        found = sorted({referral, *_with(tx, who, tokens)})
        for one in found:
            write_entry(tx, council, one, CHILD, who.said | {"purpose": purpose.strip()}, section="reader")
        return initials(people[place]), found

    child, found = await gateway.writer.submit(Write(work))
    requests = await some(gateway, who, found)
    lines = await gateway.store.ask(council, lambda connection: _lines(gateway, connection, who, found))
    shown = sorted(requests.values(), key=lambda one: one.at, reverse=True)
    return Together(child, tuple(shown), tuple(sorted(lines, key=lambda line: line[0])))


def must_be_own(tx: Tx, who: Acting, referral: str) -> str:
    """Where the content of a request of one's own sender is. Raises NotFound for another's, and for none."""
    council, caller = who.council.name, who.caller
    stored = select(REFERRAL.c.filed, REFERRAL.c.sender, REFERRAL.c.test)
    row = tx.execute(stored.where(REFERRAL.c.council == council, REFERRAL.c.id == referral)).first()
    relation = relation_to(caller, council, row.sender, bool(row.test)) if row is not None else Relation.OTHER
    permit_operation("status", caller, relation)
    assert row is not None, "what is not there is nobody's own"
    return str(row.filed)


def filed(tx: Tx, who: Acting, referral: str) -> Referral:
    """A request of one's own sender as it is kept. Raises NotFound, also once it is erased."""
    body = content.get(tx, who.council.name, must_be_own(tx, who, referral))
    if body is None:
        raise NotFound(GONE)
    return read_filed(body)[0]


def _with(tx: Tx, who: Acting, tokens: frozenset[str]) -> Sequence[str]:
    """Requests of this sender that name somebody by one of these tokens, every version of them."""
    return (
        tx.execute(
            select(REFERRAL.c.id)
            .join_from(LOOKUP, REFERRAL, LOOKUP.c.referral == REFERRAL.c.id)
            .where(LOOKUP.c.council == who.council.name, LOOKUP.c.token.in_(sorted(tokens)))
            .where(LOOKUP.c.kind.in_(PEOPLE), REFERRAL.c.sender == who.sender)
            .distinct()
        )
        .scalars()
        .all()
    )


def _lines(
    gateway: Gateway, connection: Connection, who: Acting, referrals: Sequence[str]
) -> list[tuple[int, str, str]]:
    found = []
    for referral in referrals:
        view = status.own_view(connection, who.council.name, referral)
        assert view is not None, "it was found a moment ago"
        reader = reader_of(gateway, connection, who, view.referral.filed)
        told = status.timeline(view, who.council, reader)
        found += [(at(one["at"]), one["say"], referral) for one in told]
    return found
