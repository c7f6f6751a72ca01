"""What may be taken now: hubs with a free slot, and the first delivery about each child (P18, settled 33)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, case, func, literal_column, or_, select, tuple_

from gateway.flows.decisions.permit import Door, Held, Promised, Terms, door
from gateway.flows.delivery.inturn import BEHIND, OVERTAKES
from gateway.flows.delivery.lanes import Lane, free_lanes
from gateway.flows.delivery.probing import probe
from gateway.path.schedule import DIVERTS
from gateway.store.statement import Statement
from gateway.store.tables import DECISION, DELIVERY, REFERRAL
from gateway.store.transaction import Tx

MOST: Final = 256
"""Deliveries of one hub in one claim at most."""

DIVERT_SLOTS: Final = 2
"""Diverts sent to one hub at once, beside whatever else it is sent: none waits because a hub is busy (settled 33)."""

# Written out, or SQLite does not see that the partial indices serve the queries.
_IS_DUE: Final = DELIVERY.c.state == literal_column("'due'")
_IS_SENDING: Final = DELIVERY.c.state == literal_column("'sending'")

_NEXT_HUB: Final = Statement(
    select(DELIVERY.c.council, DELIVERY.c.hub, DELIVERY.c.urgent)
    .where(
        _IS_DUE,
        # From the next kind on: with ">" SQLite would walk through all that waits of the one before.
        tuple_(DELIVERY.c.council, DELIVERY.c.hub, DELIVERY.c.urgent)
        >= tuple_(bindparam("council"), bindparam("hub"), bindparam("urgent")),
    )
    .order_by(DELIVERY.c.council, DELIVERY.c.hub, DELIVERY.c.urgent)
    .limit(1)
)
_UNDER_WAY: Final = Statement(
    select(
        DELIVERY.c.council,
        DELIVERY.c.hub,
        func.count().label("n"),
        func.sum(case((DELIVERY.c.urgent == DIVERTS, 1), else_=0)).label("diverts"),
    )
    .where(_IS_SENDING)
    .group_by(DELIVERY.c.council, DELIVERY.c.hub)
)
_COLUMNS: Final = (
    DELIVERY.c.id, DELIVERY.c.council, DELIVERY.c.hub, DELIVERY.c.referral, DELIVERY.c.kind, DELIVERY.c.urgent,
    DELIVERY.c.attempts, DELIVERY.c.fence, DELIVERY.c.payload, DELIVERY.c.digest, DELIVERY.c.inputs, DELIVERY.c.why,
    REFERRAL.c.epoch, REFERRAL.c.sender,
    select(func.min(DECISION.c.valid_until))
    .where(
        DECISION.c.referral == DELIVERY.c.referral, DECISION.c.delivery == DELIVERY.c.id, DECISION.c.state == "promised"
    )
    .scalar_subquery()
    .label("valid_until"),
)  # fmt: skip
_ABOUT: Final = select(*_COLUMNS).join_from(DELIVERY, REFERRAL, DELIVERY.c.referral == REFERRAL.c.id).where(_IS_DUE)
# The referral is locked too, so that no withdrawal commits between reading its epoch and the permit.
_DUE: Final = Statement(
    _ABOUT.where(
        DELIVERY.c.council == bindparam("council"),
        DELIVERY.c.hub == bindparam("hub"),
        DELIVERY.c.urgent == bindparam("urgent"),
        DELIVERY.c.due_at <= bindparam("now"),
        DELIVERY.c.seq <= bindparam("last"),
        or_(DELIVERY.c.urgent >= 1, ~BEHIND),
        ~OVERTAKES,
    )
    .order_by(DELIVERY.c.due_at, DELIVERY.c.seq)
    .limit(bindparam("free"))
    .with_for_update(of=[DELIVERY, REFERRAL], skip_locked=True)
)
IN_TURN: Final = or_(DELIVERY.c.urgent >= 1, ~BEHIND)
"""Whether a delivery is the first about its child, or need not be."""
_READY: Final = Statement(
    _ABOUT.where(DELIVERY.c.id == bindparam("delivery"), IN_TURN).with_for_update(of=[DELIVERY, REFERRAL])
)
_ONE: Final = Statement(_ABOUT.where(DELIVERY.c.id == bindparam("delivery")).with_for_update(of=[DELIVERY]))


@dataclass(frozen=True, slots=True)
class Due:
    """What may be taken now, each through its door or with why there is none.

    again  milliseconds after which a hub that is backing off may be tried; None if none is
    """

    deliveries: tuple[tuple[Door | Held, Promised], ...]
    again: int | None


def take_due(tx: Tx, terms: Terms) -> Due:
    """What may be taken now, locked until the commit. Diverts first, and they wait behind nothing.

    Each hub of each council has slots of its own, so neither a slow hub nor a long queue keeps any other back.
    """
    waiting = sorted(_waiting(tx), key=lambda one: -one[2])
    lanes = free_lanes(tx, {(council, hub) for council, hub, _ in waiting})
    used = _used(tx) if waiting else {}
    busy = {(council, hub) for (council, hub, _), many in used.items() if many}
    probe(tx, (lane for name, lane in lanes.items() if name not in busy))
    due: list[tuple[Door | Held, Promised]] = []
    again = []
    for council, hub, urgent in waiting:
        lane, way = lanes.get((council, hub)), door(terms, council, hub)
        if lane is None or (isinstance(way, Door) and way.collected):  # another worker claims from it, or the hub does
            continue
        if lane.open_at > tx.now:
            again.append(lane.open_at - tx.now)
        slot = (council, hub, urgent == DIVERTS)
        most = MOST if isinstance(way, Held) else _free(lane, way, urgent, used.get(slot, 0), tx.now)
        last = lane.takes_up_to(urgent, tx.now)
        if most and last:
            where = {"council": council, "hub": hub, "urgent": urgent, "now": tx.now, "free": most, "last": last}
            found = [(way, _promised(row)) for row in tx.rows(_DUE, where)]
            used[slot] = used.get(slot, 0) + len(found)
            due += found
    return Due(tuple(due), min(again, default=None))


def one_due(tx: Tx, delivery: str) -> Promised | None:
    """One delivery, if it is due still."""
    found = tx.rows(_ONE, {"delivery": delivery})
    return _promised(found[0]) if found else None


def ready(tx: Tx, delivery: str) -> Promised | None:
    """One delivery, if it is due and no earlier one about the same child waits; locked until the commit."""
    found = tx.rows(_READY, {"delivery": delivery})
    return _promised(found[0]) if found else None


def _waiting(tx: Tx) -> Iterator[tuple[str, str, int]]:
    """Each hub and kind with due deliveries, in as many steps along the index, however long the queue."""
    council, hub, urgent = "", "", -1
    while found := tx.rows(_NEXT_HUB, {"council": council, "hub": hub, "urgent": urgent + 1}):
        council, hub, urgent = found[0]
        yield council, hub, urgent


Slots = tuple[str, str, bool]
"""Council, hub, and whether they are those of its diverts."""


def _used(tx: Tx) -> dict[Slots, int]:
    """How many messages are under way, by whose slots they take."""
    used: dict[Slots, int] = {}
    for row in tx.rows(_UNDER_WAY):
        used[row.council, row.hub, True] = row.diverts
        used[row.council, row.hub, False] = row.n - row.diverts
    return used


def _free(lane: Lane, way: Door, urgent: int, used: int, now: int) -> int:
    """Slots left. A divert overtakes: it does not wait for a hub to recover, and is itself a try whether it has."""
    if lane.state != "open":
        return 0
    if urgent == DIVERTS:
        return max(0, DIVERT_SLOTS - used)
    slots = way.hub.in_flight
    if not urgent:
        slots = 0 if lane.open_at > now else 1 if lane.tripped else slots
    return max(0, min(slots - used, MOST))


def _promised(row: Any) -> Promised:
    return Promised(**row._asdict() | {"urgent": bool(row.urgent)})
