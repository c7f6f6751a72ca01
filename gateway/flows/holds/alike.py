"""Referrals that may be about the same child, or the same family: shown to people, never merged and never dropped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, bindparam, exists, select

from contracts.people import Person, PersonRole
from contracts.referral import Referral
from gateway.flows.decisions.likenesses import WITHIN
from gateway.flows.decisions.tokens import PEOPLE, tokens_of
from gateway.flows.gateway import Gateway
from gateway.flows.holds.held import Held
from gateway.flows.stamps import stamp
from gateway.path.protection import covering
from gateway.store.rows import ReferralView
from gateway.store.tables import LOOKUP, REFERRAL
from gateway.store.versions import versions

DUPLICATE: Final = "possible_duplicate"
SIBLING: Final = "possible_sibling"

_NEWER: Final = REFERRAL.alias("newer")
_OTHERS: Final = (
    select(LOOKUP.c.token, REFERRAL.c.id, REFERRAL.c.sender, REFERRAL.c.at, REFERRAL.c.test)
    .join_from(LOOKUP, REFERRAL, LOOKUP.c.referral == REFERRAL.c.id)
    .where(
        LOOKUP.c.council == bindparam("council"),
        LOOKUP.c.token.in_(bindparam("tokens", expanding=True)),
        REFERRAL.c.id != bindparam("own"),
        REFERRAL.c.at >= bindparam("since"),
        ~exists().where(_NEWER.c.supersedes == REFERRAL.c.id),
    )
    .order_by(REFERRAL.c.at.desc(), REFERRAL.c.id)
)


def alike(gateway: Gateway, connection: Connection, case: Held) -> list[dict[str, Any]]:
    """Other referrals of this council with somebody of this one in them, the newest first, by id and never by name.

    The child in it again is a possible duplicate, anybody else of it a possible sibling's. Versions of the same
    referral are none of them.
    """
    council, referral = case.rules.council, case.matter.referral
    child = case.course.decision.candidate.subject if case.course else ""
    own = _tokens(gateway, case, (person for person in referral.people if person.id == child))
    everybody = _tokens(gateway, case, referral.people)
    if not everybody:
        return []
    asked = {
        "council": council.name,
        "tokens": sorted(everybody),
        "own": case.referral["id"],
        "since": case.referral["at"] - WITHIN,
    }
    found: dict[str, dict[str, Any]] = {}
    same = frozenset(versions(connection, council.name, case.referral["id"]))
    for token, other, sender, at, _ in connection.execute(_OTHERS, asked):
        if other in same:
            continue
        told = found.setdefault(other, {"referral": other, "sender": sender, "received": stamp(at), "is": SIBLING})
        if token in own:
            told["is"] = DUPLICATE
        told["sender"] = council.senders[sender].title if sender in council.senders else sender
    return list(found.values())


def earlier_of_the_same_sender(
    gateway: Gateway, connection: Connection, council: str, view: ReferralView, referral: Referral
) -> list[str]:
    """Ids of requests that the same sender sent before with a child of this one in it, the newest first.

    None where a flag protects anybody in it, nor of another sender: that somebody else asked is not theirs to know.
    """
    if any(covering(referral)):
        return []
    children = (person for person in referral.people if PersonRole.CHILD in person.roles)
    tokens = _tokens_of(gateway, council, referral, children)
    row = view.referral
    asked = {"council": council, "tokens": sorted(tokens), "own": row.id, "since": row.at - WITHIN}
    same = frozenset(versions(connection, council, row.id))
    found = [
        one.id
        for one in (connection.execute(_OTHERS, asked) if tokens else ())
        if (one.sender, one.test) == (row.sender, row.test) and one.at < row.at and one.id not in same
    ]
    return list(dict.fromkeys(found))


def _tokens(gateway: Gateway, case: Held, people: Iterable[Person]) -> frozenset[str]:
    return _tokens_of(gateway, case.rules.council.name, case.matter.referral, people)


def _tokens_of(gateway: Gateway, council: str, referral: Referral, people: Iterable[Person]) -> frozenset[str]:
    some = referral.model_copy(update={"people": tuple(people), "attachments": ()})
    keys = gateway.keys[council]
    return frozenset(token for token, kind in tokens_of(keys, some) if kind in PEOPLE)
