"""What reports read: decisions and entries one after another in constant memory, and counts that the store makes."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, case, func, select

from gateway.store.evidence import parts_of
from gateway.store.log import Row, Which, chosen, meant
from gateway.store.tables import ALARM, CHECKPOINT, CLOCK, CONTENT, DECISION, DELIVERY, ENTRY, EVENT, LETTER, REFERRAL

SEALED: Final = '"protect":"sealed"'
"""What stands in the stored facts of a decision about a sealed file, and in no others: they have one spelling."""
_CHUNK: Final = 500
_DELIVERED: Final = "delivered"
_OPENED: Final = ("acknowledged", "opened", "allocated", "family_contacted", "child_seen")
"""Events after which a hub's people have seen what arrived."""


def decisions(
    connection: Connection, council: str, which: Which, reference: str = "", only: Container[str] = ()
) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Every decision that was meant with its entry's parts, the oldest first; of one referral if its id is begun.

    only  names of the parts that are read, if not all of them
    The row has `carried`, `kind` and `arrived` of its delivery beside it.
    """
    statement = (
        _of(chosen(council, which), reference)
        .add_columns(DELIVERY.c.state.label("carried"), DELIVERY.c.kind, DELIVERY.c.ended_at.label("arrived"))
        .add_columns(ENTRY.c.sections.label("content"), CONTENT.c.body.label("sealed"))
        .outerjoin(DELIVERY, DELIVERY.c.id == DECISION.c.delivery)
        .outerjoin(ENTRY, ENTRY.c.rid == DECISION.c.entry)
        .outerjoin(CONTENT, and_(CONTENT.c.id == ENTRY.c.sections, CONTENT.c.council == ENTRY.c.council))
    )
    for row in _each(connection, statement.order_by(DECISION.c.at, DECISION.c.id)):
        found = dict(row)
        yield found, parts_of(connection, council, found.pop("content") or "", found.pop("sealed"), only)


def plain_decisions(connection: Connection, council: str, which: Which, reference: str = "") -> Iterator[Row]:
    """The same without the parts of their entries."""
    statement = _of(chosen(council, which), reference).add_columns(DELIVERY.c.state.label("carried"))
    statement = statement.outerjoin(DELIVERY, DELIVERY.c.id == DECISION.c.delivery)
    yield from map(dict, _each(connection, statement.order_by(DECISION.c.at, DECISION.c.id)))


def entries(
    connection: Connection, council: str, kinds: Collection[str], since: int, until: int, reference: str = ""
) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Entries of these types that were recorded in this time, ms UTC, with their parts, in the record's order.

    Those about what a test key sent are left out; those about no referral are not.
    """
    statement = (
        select(ENTRY.c.rid, ENTRY.c.type, ENTRY.c.ts, ENTRY.c.referral, ENTRY.c.sections, CONTENT.c.body)
        .outerjoin(CONTENT, and_(CONTENT.c.id == ENTRY.c.sections, CONTENT.c.council == ENTRY.c.council))
        .outerjoin(REFERRAL, REFERRAL.c.id == ENTRY.c.referral)
        .where(ENTRY.c.council == council, ENTRY.c.type.in_(sorted(kinds)), ENTRY.c.ts >= since, ENTRY.c.ts < until)
        .where(func.coalesce(REFERRAL.c.test, 0) == 0)
    )
    if reference:
        statement = statement.where(ENTRY.c.referral >= reference, ENTRY.c.referral < f"{reference}g")
    for row in _each(connection, statement.order_by(ENTRY.c.seq)):
        yield dict(row), parts_of(connection, council, row["sections"], row["body"])


def grouped(connection: Connection, council: str, since: int, until: int) -> list[Any]:
    """How many decisions were made in this time by outcome, deciding, hub and sender."""
    which = Which(since, until)
    by = (DECISION.c.outcome, DECISION.c.deciding, DECISION.c.hub, DECISION.c.sender)
    asked = select(*by, func.count().label("n")).where(*meant(council, which))
    return list(connection.execute(asked.group_by(*by)))


def spans(connection: Connection, council: str, what: str, since: int, until: int) -> Iterator[tuple[str, int]]:
    """Of each hold that ended, or each message that arrived, in this time: the class or the hub, and how long, in ms.
    Tests are left out.

    what  `holds` or `deliveries`
    """
    if what == "holds":
        took = (
            select(CLOCK.c.kind, CLOCK.c.ended_at - CLOCK.c.started_at)
            .join(REFERRAL, REFERRAL.c.id == CLOCK.c.referral)
            .where(CLOCK.c.council == council, CLOCK.c.kind.startswith("hold:"), REFERRAL.c.test == 0)
            .where(CLOCK.c.state == "stopped", CLOCK.c.why != "continued", *_within(CLOCK.c.ended_at, since, until))
        )
    else:
        took = (
            select(DELIVERY.c.hub, DELIVERY.c.ended_at - REFERRAL.c.at)
            .join(REFERRAL, REFERRAL.c.id == DELIVERY.c.referral)
            .where(DELIVERY.c.council == council, DELIVERY.c.state == _DELIVERED, REFERRAL.c.test == 0)
            .where(DELIVERY.c.kind.in_(("referral", "divert")), *_within(DELIVERY.c.ended_at, since, until))
        )
    for row in connection.execute(took.execution_options(yield_per=_CHUNK)):
        yield row[0], row[1]


def rung(connection: Connection, council: str, since: int, until: int) -> list[Any]:
    """For each role: how often it was interrupted, how much waited for its digests, and on how many clocks."""
    interrupts = func.sum(case((ALARM.c.interrupts == 1, 1), else_=0)).label("interrupts")
    digests = func.sum(case((ALARM.c.interrupts == 0, 1), else_=0)).label("digests")
    found = select(ALARM.c.role, ALARM.c.kind, interrupts, digests).where(
        ALARM.c.council == council, *_within(ALARM.c.tell_at, since, until)
    )
    return list(connection.execute(found.group_by(ALARM.c.role, ALARM.c.kind).order_by(ALARM.c.role, ALARM.c.kind)))


def posted(connection: Connection, council: str, since: int, until: int) -> list[Any]:
    """For each recipient and kind of letter: how many were posted."""
    found = select(LETTER.c.recipient, LETTER.c.kind, func.count().label("n")).where(
        LETTER.c.council == council, LETTER.c.state == "posted", *_within(LETTER.c.ended_at, since, until)
    )
    return list(connection.execute(found.group_by(LETTER.c.recipient, LETTER.c.kind)))


def opened_since(connection: Connection, council: str, referral: str, hub: str) -> bool:
    """Whether anybody at a hub said something of this referral that only a reader can say."""
    read = (
        select(EVENT.c.seq)
        .join(DELIVERY, DELIVERY.c.id == EVENT.c.delivery)
        .where(EVENT.c.council == council, EVENT.c.referral == referral, DELIVERY.c.hub == hub)
        .where(EVENT.c.code.in_(_OPENED) | (EVENT.c.kind == "outcome"))
    )
    return connection.execute(read.limit(1)).first() is not None


def called_back(connection: Connection, council: str, referral: str, hub: str) -> str:
    """How far the notice to a hub is that something was taken back or is wrong: its state, "" where none was sent."""
    sent = select(DELIVERY.c.state).where(
        DELIVERY.c.council == council,
        DELIVERY.c.referral == referral,
        DELIVERY.c.hub == hub,
        DELIVERY.c.kind == "notice",
    )
    return str(connection.execute(sent.order_by(DELIVERY.c.seq.desc()).limit(1)).scalar() or "")


def late_contacts(connection: Connection, council: str, since: int) -> frozenset[str]:
    """Referrals whose contact with the front door was acknowledged late, or not at all though its time is up."""
    late = select(CLOCK.c.referral).where(
        CLOCK.c.council == council,
        CLOCK.c.kind == "clock:divert_acknowledged",
        CLOCK.c.started_at >= since,
        (CLOCK.c.ended_at > CLOCK.c.due_at) | (CLOCK.c.ended_at.is_(None) & (CLOCK.c.rung > 0)),
    )
    return frozenset(connection.execute(late).scalars())


def checkpoint_after(connection: Connection, council: str, at: int) -> Any:
    """The first checkpoint that was signed after this instant, ms UTC: size, root, at; None where there is none."""
    first = select(CHECKPOINT.c.size, CHECKPOINT.c.root, CHECKPOINT.c.at).where(
        CHECKPOINT.c.council == council, CHECKPOINT.c.at > at
    )
    return connection.execute(first.order_by(CHECKPOINT.c.size).limit(1)).first()


def filed(connection: Connection, council: str, since: int, until: int) -> Iterator[tuple[str, str]]:
    """Referrals that first came in this time, tests left out: id and content id."""
    came = select(REFERRAL.c.id, REFERRAL.c.filed).where(
        REFERRAL.c.council == council, REFERRAL.c.test == 0, *_within(REFERRAL.c.at, since, until)
    )
    came = came.where(REFERRAL.c.supersedes.is_(None))
    for row in connection.execute(came.order_by(REFERRAL.c.at, REFERRAL.c.id).execution_options(yield_per=_CHUNK)):
        yield row[0], row[1]


def fates(connection: Connection, council: str, referral: str) -> set[tuple[str, str]]:
    """Outcome and facts of every decision of one referral."""
    found = select(DECISION.c.outcome, DECISION.c.facts).where(
        DECISION.c.council == council, DECISION.c.referral == referral
    )
    return {(row[0], row[1]) for row in connection.execute(found)}


def has_sealed(connection: Connection, council: str, referral: str) -> bool:
    """Whether a referral is about a sealed file, as any of its decisions saw it."""
    found = select(DECISION.c.id).where(
        DECISION.c.council == council,
        DECISION.c.referral == referral,
        DECISION.c.facts.contains(SEALED, autoescape=True),
    )
    return connection.execute(found.limit(1)).first() is not None


def _within(column: Any, since: int, until: int) -> tuple[Any, Any]:
    return column >= since, column < until


def _of(statement: Select[Any], reference: str) -> Select[Any]:
    if not reference:
        return statement
    # Ids are hex digits, so whatever begins with this stands between it and the same with a g.
    return statement.where(DECISION.c.referral >= reference, DECISION.c.referral < f"{reference}g")


def _each(connection: Connection, statement: Select[Any]) -> Iterator[Any]:
    return iter(connection.execute(statement.execution_options(yield_per=_CHUNK)).mappings())
