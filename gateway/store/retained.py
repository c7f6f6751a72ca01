"""What a store says of how long a referral's records are still needed, and what it keeps of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, func, select, union, update

from gateway.store import content
from gateway.store.attachments import KIND
from gateway.store.tables import (
    ATTACHMENT,
    CLOCK,
    CLOCK_RUNS,
    CONTENT,
    DECISION,
    DECISION_OPEN,
    DELIVERY,
    DELIVERY_OPEN,
    ENTRY,
    EVENT,
    LOOKUP,
    OF_RETENTION,
    READING,
    REFERRAL,
    SUBMISSION,
)
from gateway.store.transaction import Tx

Store = Connection | Tx

_CARRIED: Final = ("raw", "filed", "payload")
"""Kinds of content that a row refers to for as long as it is wanted."""
_AT_ONCE: Final = 500


def needed(store: Store, council: str) -> frozenset[str]:
    """Referrals that a promise, an open decision or a clock still needs whole, whatever any formula says.

    Read from what is open alone.
    """
    open_delivery = select(DELIVERY.c.referral).where(DELIVERY.c.council == council, DELIVERY_OPEN)
    open_decision = select(DECISION.c.referral).where(DECISION.c.council == council, DECISION_OPEN)
    running = select(CLOCK.c.referral).where(CLOCK.c.council == council, CLOCK_RUNS)
    return frozenset(store.execute(union(open_delivery, open_decision, running)).scalars())


def referrals(store: Store, council: str, these: Collection[str]) -> list[Any]:
    """Of these referrals: id, content, whether that is still here, when it came, whether it is a test, and when its
    last message ended."""
    ended = (
        select(func.max(DELIVERY.c.ended_at))
        .where(DELIVERY.c.council == council, DELIVERY.c.referral == REFERRAL.c.id)
        .scalar_subquery()
        .label("ended")
    )
    asked = (
        select(REFERRAL.c.id, REFERRAL.c.filed, REFERRAL.c.at, REFERRAL.c.test, CONTENT.c.id.label("here"), ended)
        .select_from(REFERRAL)
        .outerjoin(CONTENT, (CONTENT.c.id == REFERRAL.c.filed) & (CONTENT.c.council == council))
        .where(REFERRAL.c.council == council)
    )
    return [row for some in _some(these) for row in store.execute(asked.where(REFERRAL.c.id.in_(some)))]


def decided_by_people(store: Store, council: str, these: Collection[str]) -> frozenset[str]:
    """Those of these referrals that were held for a person."""
    held = select(CLOCK.c.referral).where(CLOCK.c.council == council, CLOCK.c.kind.startswith("hold:")).distinct()
    return frozenset(one for some in _some(these) for one in store.execute(_of(held, CLOCK, some)).scalars())


def closed(store: Store, council: str, codes: Collection[str], these: Collection[str]) -> dict[str, int]:
    """Of these referrals: when a hub last said one of these outcomes, ms UTC."""
    said = (
        select(EVENT.c.referral, func.max(EVENT.c.happened_at).label("at"))
        .where(EVENT.c.council == council, EVENT.c.kind == "outcome", EVENT.c.code.in_(sorted(codes)))
        .group_by(EVENT.c.referral)
    )
    return {row.referral: row.at for some in _some(these) for row in store.execute(_of(said, EVENT, some))}


def entries(
    store: Store, council: str, kinds: Collection[str] = (), referral: str = "", these: Collection[str] | None = None
) -> list[Any]:
    """Entries of these types, or about this referral: rid, type, ts, referral and content, in order.

    kinds  of what `OF_RETENTION` names
    these  about any of these referrals; None is all the same
    """
    which = select(ENTRY.c.rid, ENTRY.c.type, ENTRY.c.ts, ENTRY.c.referral, ENTRY.c.sections).where(
        ENTRY.c.council == council
    )
    if kinds:
        which = which.where(ENTRY.c.type.in_(sorted(kinds)), OF_RETENTION)
    if referral:
        which = which.where(ENTRY.c.referral == referral)
    which = which.order_by(ENTRY.c.seq)
    if these is None:
        return list(store.execute(which).all())
    return [row for some in _some(these) for row in store.execute(_of(which, ENTRY, some))]


def reads(store: Store, council: str, referral: str) -> frozenset[str]:
    """Entries about this referral that say who looked: their rids. What was disposed of is among them no more."""
    asked = select(READING.c.entry).where(READING.c.council == council, READING.c.referral == referral)
    return frozenset(store.execute(asked).scalars())


def last_read(store: Store, council: str, these: Collection[str]) -> dict[str, int]:
    """Of these referrals: when somebody last looked at it, ms UTC."""
    asked = select(READING.c.referral, func.max(READING.c.at).label("last")).where(READING.c.council == council)
    asked = asked.group_by(READING.c.referral)
    return {row.referral: row.last for some in _some(these) for row in store.execute(_of(asked, READING, some))}


def _some(these: Collection[str]) -> Iterator[list[str]]:
    """A list is asked for some hundred at a time."""
    every = sorted(these)
    for first in range(0, len(every), _AT_ONCE):
        yield every[first : first + _AT_ONCE]


def _of(asked: Select[Any], table: Any, some: list[str]) -> Select[Any]:
    return asked.where(table.c.referral.in_(some))


def mark_gone(tx: Tx, council: str, referral: str, record: str) -> None:
    """Keep beside a referral that its request, or its decisions, are disposed of: retention reads it no more."""
    own, other = REFERRAL.c.request_gone, REFERRAL.c.decisions_gone
    own, other = (own, other) if record == "request" else (other, own)
    here = update(REFERRAL).where(REFERRAL.c.council == council, REFERRAL.c.id == referral)
    tx.execute(here.values({own: tx.now}))
    tx.execute(here.where(other.is_not(None)).values(born=None))


def contents_of(tx: Tx, council: str, referral: str) -> list[str]:
    """Contents of a request that nothing else needs: as it came, as it was filed, what went, and its documents."""
    row = tx.execute(select(REFERRAL).where(REFERRAL.c.council == council, REFERRAL.c.id == referral)).one()
    found = [row.filed, row.facts_by_people]
    found += tx.execute(select(DELIVERY.c.payload).where(DELIVERY.c.referral == referral)).scalars().all()
    others = (
        select(REFERRAL.c.id)
        .join(CONTENT, CONTENT.c.id == REFERRAL.c.filed)
        .where(REFERRAL.c.submission == row.submission, REFERRAL.c.id != referral)
    )
    if tx.execute(others.limit(1)).first() is None:
        found += tx.execute(select(SUBMISSION.c.raw).where(SUBMISSION.c.id == row.submission)).scalars().all()
    return [*filter(None, found), *_documents(tx, council, referral, row)]


def _documents(tx: Tx, council: str, referral: str, row: Any) -> list[str]:
    """Contents of documents that no other request still here names; their rows go at once."""
    cited = select(LOOKUP.c.token).where(
        LOOKUP.c.council == council, LOOKUP.c.referral == referral, LOOKUP.c.kind == KIND
    )
    still = (
        select(LOOKUP.c.token)
        .join(REFERRAL, REFERRAL.c.id == LOOKUP.c.referral)
        .join(CONTENT, CONTENT.c.id == REFERRAL.c.filed)
        .where(LOOKUP.c.council == council, LOOKUP.c.kind == KIND, REFERRAL.c.sender == row.sender)
        .where(LOOKUP.c.referral != referral)
    )
    own = (
        (ATTACHMENT.c.council == council)
        & (ATTACHMENT.c.sender == row.sender)
        & (ATTACHMENT.c.test == row.test)
        & ATTACHMENT.c.token.in_(cited)
        & ATTACHMENT.c.token.not_in(still)
    )
    found = list(tx.execute(select(ATTACHMENT.c.content).where(own)).scalars())
    tx.execute(delete(ATTACHMENT).where(own))
    return found


def forget_names(tx: Tx, council: str, referral: str) -> None:
    """Delete the tokens by which a referral is searched for."""
    tx.execute(delete(LOOKUP).where(LOOKUP.c.council == council, LOOKUP.c.referral == referral))


def sweep(tx: Tx, council: str) -> int:
    """Erase what a newer version, or a withdrawal, has taken the place of: no row refers to it. Returns how many."""
    orphans = list(tx.execute(orphans_of(council)).scalars())
    return content.erase(tx, council, orphans) if orphans else 0


def orphans_of(council: str) -> Any:
    """Asks for contents of a council that no row refers to."""
    used = union(
        select(REFERRAL.c.filed).where(REFERRAL.c.council == council),
        select(REFERRAL.c.facts_by_people).where(REFERRAL.c.council == council),
        select(DELIVERY.c.payload).where(DELIVERY.c.council == council),
        select(SUBMISSION.c.raw).where(SUBMISSION.c.council == council, SUBMISSION.c.raw.is_not(None)),
    )
    return select(CONTENT.c.id).where(
        CONTENT.c.council == council, CONTENT.c.kind.in_(_CARRIED), CONTENT.c.id.not_in(used)
    )
