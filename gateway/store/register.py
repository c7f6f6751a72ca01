"""What people asked of their rights: rows of the register, and the requests here that each is about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, literal_column, select, update

from gateway.store.statement import Statement
from gateway.store.tables import LOOKUP, REFERRAL, RIGHT
from gateway.store.transaction import Tx

Store = Connection | Tx
Row = dict[str, Any]
_CHUNK: Final = 500

_OF: Final = RIGHT.c.council == bindparam("council")
_ONE: Final = select(RIGHT).where(_OF, RIGHT.c.id == bindparam("request"))
_OPEN: Final = select(RIGHT).where(_OF, RIGHT.c.state == "open").order_by(RIGHT.c.due_at, RIGHT.c.received_at)
_CLOSED: Final = select(RIGHT).where(_OF, RIGHT.c.state == "closed").order_by(RIGHT.c.ended_at.desc(), RIGHT.c.id)
_NAMED: Final = and_(LOOKUP.c.council == RIGHT.c.council, LOOKUP.c.token == RIGHT.c.token, RIGHT.c.token != "")
_ABOUT: Final = (
    select(REFERRAL.c.id, REFERRAL.c.at, REFERRAL.c.sender, REFERRAL.c.filed)
    .join_from(LOOKUP, REFERRAL, LOOKUP.c.referral == REFERRAL.c.id)
    .where(LOOKUP.c.council == bindparam("council"), LOOKUP.c.token == bindparam("token"), REFERRAL.c.test == 0)
    .order_by(REFERRAL.c.at.desc(), REFERRAL.c.id)
    .distinct()
)
_KEPT: Final = (
    select(LOOKUP.c.referral, RIGHT.c.id, RIGHT.c.kind, RIGHT.c.by, RIGHT.c.due_at, RIGHT.c.received_at)
    .join_from(RIGHT, LOOKUP, _NAMED)
    .where(_OF, RIGHT.c.state == "open")
    .order_by(RIGHT.c.received_at, RIGHT.c.id)
)
_PAUSED: Final = Statement(
    select(LOOKUP.c.referral)
    .join_from(RIGHT, LOOKUP, _NAMED)
    .where(RIGHT.c.pauses == literal_column("1"), LOOKUP.c.referral.in_(bindparam("referrals", expanding=True)))
)


def one(store: Store, council: str, request: str) -> Row | None:
    """A row of the register; None for another council's, and for none. Locked where it is to be changed."""
    asked = _ONE.with_for_update() if isinstance(store, Tx) else _ONE
    row = store.execute(asked, {"council": council, "request": request}).mappings().first()
    return None if row is None else dict(row)


def listed(store: Store, council: str, *, closed: bool, many: int, first: int = 0) -> list[Row]:
    """Those that are open, the first due first; or those that ended, the newest first."""
    asked = (_CLOSED if closed else _OPEN).limit(many).offset(first)
    return [dict(row) for row in store.execute(asked, {"council": council}).mappings()]


def of_days(store: Connection, council: str, since: int, until: int) -> Iterator[Row]:
    """What came or ended in a time, ms UTC, and all that came before its end and is open, in the order it came."""
    came = (RIGHT.c.received_at >= since) | (RIGHT.c.state == "open")
    ended = (RIGHT.c.ended_at >= since) & (RIGHT.c.ended_at < until)
    asked = select(RIGHT).where(RIGHT.c.council == council, RIGHT.c.received_at < until, came | ended)
    asked = asked.order_by(RIGHT.c.received_at, RIGHT.c.id).execution_options(yield_per=_CHUNK)
    yield from (dict(row) for row in store.execute(asked).mappings())


def counted(store: Store, council: str) -> dict[str, int]:
    """State → how many."""
    asked = select(RIGHT.c.state, func.count().label("many")).where(RIGHT.c.council == council).group_by(RIGHT.c.state)
    return {row.state: row.many for row in store.execute(asked)}


def change(tx: Tx, request: str, values: Mapping[str, Any]) -> None:
    """Change one row."""
    tx.execute(update(RIGHT).where(RIGHT.c.id == request).values(**values))


def about(store: Store, council: str, token: str) -> list[Any]:
    """Requests for help that name this person: id, at, sender, filed; the newest first. None where it names nobody."""
    return list(store.execute(_ABOUT, {"council": council, "token": token}).all()) if token else []


def keeping(store: Store, council: str) -> dict[str, list[Any]]:
    """Request for help → what is open about somebody in it: nothing of it may go meanwhile."""
    found: dict[str, list[Any]] = {}
    for row in store.execute(_KEPT, {"council": council}):
        found.setdefault(row.referral, []).append(row)
    return found


def ended(store: Store, council: str) -> list[Any]:
    """Rows that have ended and still hold what names people: id, ended_at, said."""
    asked = select(RIGHT.c.id, RIGHT.c.ended_at, RIGHT.c.said).where(
        RIGHT.c.council == council, RIGHT.c.state == "closed", RIGHT.c.pauses == 0, RIGHT.c.said != ""
    )
    return list(store.execute(asked.order_by(RIGHT.c.ended_at)).all())


def paused(tx: Tx, referrals: Collection[str]) -> frozenset[str]:
    """Those of these requests for help about which nothing but safeguarding is sent: somebody objected."""
    return (
        frozenset(row.referral for row in tx.rows(_PAUSED, {"referrals": sorted(referrals)}))
        if referrals
        else frozenset()
    )
