"""What the doors may ask of the store: one referral with all that became of it, lists, and the state of the queues.

Every read names its council and sees no other's rows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, TextClause, func, literal, select, union_all

from gateway.store.rows import (
    AttemptRow,
    ClockRow,
    DecisionRow,
    DeliveryRow,
    EntryRow,
    EventRow,
    LaneRow,
    PermitRow,
    QueueHealth,
    ReferralRow,
    ReferralView,
    Standing,
    SubmissionRow,
)
from gateway.store.tables import (
    ATTEMPT,
    CLOCK,
    CLOCK_RUNS,
    DECISION,
    DECISION_OPEN,
    DELIVERY,
    DELIVERY_OPEN,
    ENTRY,
    EVENT,
    LANE,
    PERMIT,
    REFERRAL,
    SUBMISSION,
)
from gateway.store.transaction import Tx
from gateway.store.versions import later

R = TypeVar("R")
_AT_ONCE = 500


def tests(connection: Connection | Tx, council: str, referrals: Collection[str]) -> frozenset[str]:
    """Those of these referrals that came with a test key. Asked for by id, some hundred at a time."""
    ids, found = sorted(set(referrals)), set[str]()
    for first in range(0, len(ids), _AT_ONCE):
        some = REFERRAL.c.id.in_(ids[first : first + _AT_ONCE])
        asked = select(REFERRAL.c.id).where(REFERRAL.c.council == council, REFERRAL.c.test == 1, some)
        found.update(connection.execute(asked).scalars())
    return frozenset(found)


def referral_view(connection: Connection, council: str, referral: str) -> ReferralView | None:
    """One referral with all that became of it, or None when this council has none of that id."""
    found = _rows(connection, ReferralRow, REFERRAL, council, REFERRAL.c.id == referral)
    if not found:
        return None
    ours = select(DELIVERY.c.id).where(DELIVERY.c.council == council, DELIVERY.c.referral == referral)
    return ReferralView(
        referral=found[0],
        submission=_rows(connection, SubmissionRow, SUBMISSION, council, SUBMISSION.c.id == found[0].submission)[0],
        decisions=_rows(
            connection,
            DecisionRow,
            DECISION,
            council,
            DECISION.c.referral == referral,
            order=(DECISION.c.at, DECISION.c.id),
        ),
        deliveries=_rows(
            connection, DeliveryRow, DELIVERY, council, DELIVERY.c.referral == referral, order=(DELIVERY.c.seq,)
        ),
        permits=_rows(
            connection, PermitRow, PERMIT, council, PERMIT.c.delivery.in_(ours), order=(PERMIT.c.at, PERMIT.c.fence)
        ),
        attempts=_rows(
            connection,
            AttemptRow,
            ATTEMPT,
            council,
            ATTEMPT.c.delivery.in_(ours),
            order=(ATTEMPT.c.ended_at, ATTEMPT.c.fence),
        ),
        clocks=_rows(
            connection, ClockRow, CLOCK, council, CLOCK.c.referral == referral, order=(CLOCK.c.started_at, CLOCK.c.id)
        ),
        events=_rows(
            connection, EventRow, EVENT, council, EVENT.c.referral == referral, order=(EVENT.c.happened_at, EVENT.c.seq)
        ),
        entries=_rows(connection, EntryRow, ENTRY, council, ENTRY.c.referral == referral, order=(ENTRY.c.seq,)),
        superseded_by=str(connection.scalar(later(council, referral)) or ""),
    )


def submission(connection: Connection, council: str, identifier: str) -> SubmissionRow | None:
    """One submission, or None when this council has none of that id."""
    found = _rows(connection, SubmissionRow, SUBMISSION, council, SUBMISSION.c.id == identifier)
    return found[0] if found else None


def referrals(
    connection: Connection, council: str, *, sender: str = "", before: int | None = None, limit: int = 100
) -> tuple[ReferralRow, ...]:
    """A council's referrals, newest first; of one sender if named; older than `before` (ms UTC) if given."""
    where = [REFERRAL.c.sender == sender] if sender else []
    if before is not None:
        where.append(REFERRAL.c.at < before)
    return _rows(
        connection,
        ReferralRow,
        REFERRAL,
        council,
        *where,
        order=(REFERRAL.c.at.desc(), REFERRAL.c.id.desc()),
        limit=limit,
    )


def lanes(connection: Connection, council: str) -> tuple[LaneRow, ...]:
    """What is known of each hub's way in."""
    return _rows(connection, LaneRow, LANE, council, order=(LANE.c.hub,))


def queue_health(connection: Connection, council: str) -> QueueHealth:
    """What rests where, and since when."""
    parts = union_all(
        _standing("deliveries", DELIVERY, DELIVERY.c.state, DELIVERY.c.at, council, DELIVERY_OPEN),
        _standing("held", DECISION, DECISION.c.outcome, DECISION.c.at, council, DECISION_OPEN),
        _standing("clocks", CLOCK, CLOCK.c.kind, CLOCK.c.started_at, council, CLOCK_RUNS),
        _standing("unsealed", ENTRY, ENTRY.c.type, ENTRY.c.ts, council, ENTRY.c.idx.is_(None)),
    )
    standings: dict[str, dict[str, Standing]] = {"deliveries": {}, "held": {}, "clocks": {}, "unsealed": {}}
    for part, name, count, oldest in connection.execute(parts):
        standings[part][name] = Standing(count, oldest)
    return QueueHealth(**standings)


def _standing(
    part: str,
    table: Table,
    name: ColumnElement[str],
    since: ColumnElement[int],
    council: str,
    rests: ColumnElement[bool] | TextClause,
) -> Select[str, str, int, int]:
    return (
        select(literal(part), name, func.count(), func.min(since))
        .where(table.c.council == council, rests)
        .group_by(name)
    )


def _rows(
    connection: Connection,
    kind: type[R],
    table: Table,
    council: str,
    *where: ColumnElement[bool],
    order: tuple[ColumnElement[Any], ...] = (),
    limit: int | None = None,
) -> tuple[R, ...]:
    """Rows of one table as values of the kind whose fields are its columns."""
    columns = [table.c[field.name] for field in fields(kind)]  # type: ignore[arg-type]
    statement = select(*columns).where(table.c.council == council, *where).order_by(*order).limit(limit)
    return tuple(kind(*row) for row in connection.execute(statement))
