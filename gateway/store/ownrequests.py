"""What one sender sent, newest version of each, and what its people see of each in a list: codes and times."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, func, or_, select

from gateway.store.log import MOST, Place
from gateway.store.tables import CLOCK, DECISION, DELIVERY, EVENT, REFERRAL
from gateway.store.versions import versions

_later = REFERRAL.alias("later")


@dataclass(frozen=True, slots=True)
class Parts:
    """What became of one referral, each in the order in which it came about.

    decisions   that stand: hub, outcome, state, facts
    deliveries  id, hub, kind, state
    outcomes    delivery, code, happened_at
    clocks      that run: id, kind, owner, delivery, started_at, due_at
    """

    decisions: tuple[Row[Any], ...] = ()
    deliveries: tuple[Row[Any], ...] = ()
    outcomes: tuple[Row[Any], ...] = ()
    clocks: tuple[Row[Any], ...] = ()


def listed(connection: Connection, council: str, sender: str, after: Place | None, limit: int) -> list[Row[Any]]:
    """So many of a sender's requests, the newest first: id, filed, at, test, supersedes."""
    statement = _own(council, sender)
    if after is not None:
        older = or_(REFERRAL.c.at < after.at, REFERRAL.c.id < after.id)
        statement = statement.where(and_(REFERRAL.c.at <= after.at, older))
    return list(connection.execute(statement.order_by(REFERRAL.c.at.desc(), REFERRAL.c.id.desc()).limit(limit)).all())


def these(connection: Connection, council: str, sender: str, referrals: Collection[str]) -> list[Row[Any]]:
    """Those of these that are this sender's and stand, the newest first."""
    own = _own(council, sender).where(REFERRAL.c.id.in_(sorted(referrals)))
    return list(connection.execute(own.order_by(REFERRAL.c.at.desc(), REFERRAL.c.id.desc())).all())


def counted(connection: Connection, council: str, sender: str) -> int:
    """How many there are, up to one more than `log.MOST`."""
    found = _own(council, sender).with_only_columns(REFERRAL.c.id).limit(MOST + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def asked(connection: Connection, council: str, sender: str, owners: Collection[str], limit: int) -> Sequence[Any]:
    """Running clocks about this sender's requests that are its own people's to end, the first due first."""
    statement = (
        select(CLOCK.c.id, CLOCK.c.kind, CLOCK.c.referral, CLOCK.c.owner, CLOCK.c.started_at, CLOCK.c.due_at)
        .join_from(CLOCK, REFERRAL, REFERRAL.c.id == CLOCK.c.referral)
        .where(
            CLOCK.c.council == council,
            CLOCK.c.state == "running",
            CLOCK.c.owner.in_(sorted(owners)),
            REFERRAL.c.sender == sender,
        )
    )
    return connection.execute(statement.order_by(CLOCK.c.due_at, CLOCK.c.id).limit(limit)).all()


def parts(connection: Connection, council: str, referrals: Collection[str]) -> Mapping[str, Parts]:
    """Referral → what became of it, in four questions however many are asked about."""
    of = sorted(referrals)
    if not of:
        return {}
    decided = select(DECISION).where(DECISION.c.referral.in_(of), DECISION.c.state != "superseded")
    carried = select(DELIVERY.c.id, DELIVERY.c.referral, DELIVERY.c.hub, DELIVERY.c.kind, DELIVERY.c.state)
    told = select(EVENT.c.id, EVENT.c.referral, EVENT.c.delivery, EVENT.c.code, EVENT.c.happened_at)
    runs = select(CLOCK).where(CLOCK.c.referral.in_(of), CLOCK.c.state == "running")
    found = (
        decided.where(DECISION.c.council == council).order_by(DECISION.c.at, DECISION.c.id),
        carried.where(DELIVERY.c.council == council, DELIVERY.c.referral.in_(of)).order_by(DELIVERY.c.seq),
        told.where(EVENT.c.council == council, EVENT.c.referral.in_(of), EVENT.c.kind == "outcome").order_by(
            EVENT.c.happened_at, EVENT.c.seq
        ),
        runs.where(CLOCK.c.council == council).order_by(CLOCK.c.due_at, CLOCK.c.id),
    )
    rows = [connection.execute(statement).all() for statement in found]
    return {one: Parts(*(tuple(row for row in each if row.referral == one) for each in rows)) for one in of}


def first_sent(connection: Connection, council: str, row: Row[Any]) -> int:
    """When the first version of a request came, ms UTC."""
    if row.supersedes is None:
        return int(row.at)
    root = versions(connection, council, row.id)[0]
    return int(connection.execute(select(REFERRAL.c.at).where(REFERRAL.c.id == root)).scalar_one())


def _own(council: str, sender: str) -> Select[Any]:
    columns = (REFERRAL.c[name] for name in ("id", "filed", "at", "test", "supersedes"))
    return select(*columns).where(
        REFERRAL.c.council == council,
        REFERRAL.c.sender == sender,
        ~exists().where(_later.c.supersedes == REFERRAL.c.id),
    )
