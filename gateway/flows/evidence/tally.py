"""Reads from the store what a day's manifests count: decisions, messages, and what was rejected. Test ones are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import BindParameter, ColumnElement, Connection, Select, and_, bindparam, exists, func, or_, select

from contracts.delivery import DeliveryState, Result
from gateway.path.balance import Item, Place, place_of_decision, place_of_delivery
from gateway.store.tables import ATTEMPT, DECISION, DELIVERY, REFERRAL, SUBMISSION
from gateway.store.transaction import Tx

Store = Connection | Tx

_LEFT: Final = (DeliveryState.SENDING, DeliveryState.DELIVERED, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Sent:
    """One referral of the day. newer: the version that stands instead of it, "" for none."""

    reference: str
    newer: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a hub, as the hub may know of it. left: a byte of it may have reached the hub."""

    item: Item
    kind: str
    left: bool
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """One council's day. `start` and `end` in ms UTC; senders and hubs by name.

    decisions  rows of those of the day, and of older ones that are open: `items_of` says where each is
    messages   rows of those promised or ended on the day, and of older ones that are open, for `messages_of`
    rejected   how many records were turned away
    ever       counts of everything that was accepted before its end, for `whole`

    Rows, because one that cannot be understood is its sender's or hub's trouble, and nobody else's.
    """

    start: int
    end: int
    referrals: Mapping[str, tuple[Sent, ...]]
    decisions: Mapping[str, tuple[Any, ...]]
    messages: Mapping[str, tuple[Any, ...]]
    rejected: Mapping[str, int]
    ever: tuple[Any, ...]


def tally(store: Store, council: str, start: int, end: int) -> Tally:
    """What there is to count of one day."""
    day = {"council": council, "start": start, "end": end}
    referrals: dict[str, list[Sent]] = {}
    for row in store.execute(_REFERRALS, day):
        referrals.setdefault(row.sender, []).append(Sent(row.id, row.newer or ""))
    return Tally(
        start,
        end,
        {sender: tuple(sent) for sender, sent in referrals.items()},
        _grouped(store, _DECISIONS, day, "sender"),
        _grouped(store, (_MESSAGES,), day, "hub"),
        _rejected(store, day),
        tuple(store.execute(_WHOLE, {"council": council, "end": end}).all()),
    )


def whole(ever: Iterable[Any]) -> dict[str, int]:
    """Everything that was accepted, by where it is. Raises KeyError or ValueError for a state that there is not."""
    found: Counter[str] = Counter(dict.fromkeys(("accepted", *(place.value for place in Place), "held"), 0))
    for row in ever:
        place, held = place_of_decision(row.state, row.delivery or "")
        found.update({"accepted": row.many, place.value: row.many, "held": row.many if held else 0})
    return dict(found)


def items_of(rows: Iterable[Any]) -> tuple[Item, ...]:
    """Decisions, each once, and where each is. Raises KeyError or ValueError for a state that there is not."""
    found: dict[str, Item] = {}
    for row in rows:
        item = Item(row.id, row.referral, row.hub, row.at, *place_of_decision(row.state, row.delivery or ""))
        found.setdefault(row.id, item)
    return tuple(found.values())


def messages_of(rows: Iterable[Any]) -> tuple[Message, ...]:
    """Messages, and where each is. Raises ValueError for a state that there is not."""
    return tuple(
        Message(
            Item(row.id, row.referral, row.hub, row.at, *place_of_delivery(row.state)),
            row.kind,
            bool(row.left),
            row.ended_at,
        )
        for row in rows
    )


def _grouped(store: Store, statements: Iterable[Any], day: Mapping[str, object], by: str) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = {}
    for row in (row for statement in statements for row in store.execute(statement, day)):
        found.setdefault(getattr(row, by), []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}


def _rejected(store: Store, day: Mapping[str, object]) -> dict[str, int]:
    """Records turned away: in submissions of which nothing was taken, and beside records that were."""
    found: Counter[str] = Counter(row.sender for row in store.execute(_REFUSED, day))
    for row in store.execute(_PARTLY, day):
        told = orjson.loads(row.answer).get("receipts", ())
        found[row.sender] += sum(one.get("state") == "rejected" for one in told)
    return {sender: many for sender, many in found.items() if many}


_newer = REFERRAL.alias()
_council: Final[BindParameter[str]] = bindparam("council")
_live = (REFERRAL.c.council == _council, REFERRAL.c.test == 0)
_of_day = (REFERRAL.c.at >= bindparam("start"), REFERRAL.c.at < bindparam("end"))
_REFERRALS: Final = (
    select(REFERRAL.c.id, REFERRAL.c.sender, _newer.c.id.label("newer"))
    .join_from(REFERRAL, _newer, _newer.c.supersedes == REFERRAL.c.id, isouter=True)
    .where(*_live, *_of_day)
    .order_by(REFERRAL.c.at, REFERRAL.c.id)
)


def _decisions(*where: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            DECISION.c.id,
            DECISION.c.referral,
            DECISION.c.hub,
            DECISION.c.state,
            DELIVERY.c.state.label("delivery"),
            REFERRAL.c.sender,
            REFERRAL.c.at,
        )
        .join_from(DECISION, REFERRAL, REFERRAL.c.id == DECISION.c.referral)
        .join(DELIVERY, DELIVERY.c.id == DECISION.c.delivery, isouter=True)
        .where(*_live, DECISION.c.council == _council, DECISION.c.state != "superseded", *where)
        .order_by(REFERRAL.c.at, DECISION.c.id)
    )


_resting = DELIVERY.c.state.not_in(("delivered", "cancelled"))
_before = REFERRAL.c.at < bindparam("start")
_DECISIONS: Final = (
    _decisions(*_of_day),
    _decisions(_before, DECISION.c.state == "open"),
    _decisions(_before, DECISION.c.state == "promised", or_(DELIVERY.c.id.is_(None), _resting)),
)
_BYTES_LEFT: Final = (
    select(ATTEMPT.c.delivery)
    .where(ATTEMPT.c.delivery == DELIVERY.c.id, ATTEMPT.c.result != Result.NOT_SENT)
    .correlate(DELIVERY)
)
_MESSAGES: Final = (
    select(
        DELIVERY.c.id,
        DELIVERY.c.referral,
        DELIVERY.c.hub,
        DELIVERY.c.kind,
        DELIVERY.c.state,
        or_(DELIVERY.c.state.in_(_LEFT), exists(_BYTES_LEFT)).label("left"),
        DELIVERY.c.at,
        DELIVERY.c.ended_at,
    )
    .join_from(DELIVERY, REFERRAL, REFERRAL.c.id == DELIVERY.c.referral)
    .where(
        *_live,
        DELIVERY.c.council == _council,
        DELIVERY.c.at < bindparam("end"),
        or_(
            DELIVERY.c.at >= bindparam("start"),
            and_(DELIVERY.c.ended_at >= bindparam("start"), DELIVERY.c.ended_at < bindparam("end")),
            _resting,
        ),
    )
    .order_by(DELIVERY.c.seq)
)
_REFUSED: Final = select(SUBMISSION.c.sender).where(
    SUBMISSION.c.council == _council,
    SUBMISSION.c.state == "rejected",
    SUBMISSION.c.test == 0,
    SUBMISSION.c.at >= bindparam("start"),
    SUBMISSION.c.at < bindparam("end"),
)
_PARTLY: Final = select(SUBMISSION.c.sender, SUBMISSION.c.answer).where(
    SUBMISSION.c.id.in_(select(REFERRAL.c.submission).where(*_live, *_of_day))
)
_WHOLE: Final = (
    select(DECISION.c.state, DELIVERY.c.state.label("delivery"), func.count().label("many"))
    .join_from(DECISION, REFERRAL, REFERRAL.c.id == DECISION.c.referral)
    .join(DELIVERY, DELIVERY.c.id == DECISION.c.delivery, isouter=True)
    .where(
        *_live,
        DECISION.c.council == _council,
        DECISION.c.state != "superseded",
        REFERRAL.c.at < bindparam("end"),
    )
    .group_by(DECISION.c.state, DELIVERY.c.state)
)
