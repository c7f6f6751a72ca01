"""Lets held deliveries go on when what held them has passed: a door, a hub's lane, an objection."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update

from contracts.delivery import DeliveryState
from gateway.flows.decisions.permit import DOOR_WHYS, OBJECTED, Held, Terms, door
from gateway.flows.delivery.lanes import reset
from gateway.flows.delivery.settle import LANE_HELD
from gateway.flows.entry import write_entry
from gateway.path.states import Who, may_change
from gateway.store.register import paused
from gateway.store.tables import DELIVERY, DELIVERY_OPEN
from gateway.store.transaction import Tx

_KEPT_BACK: Final = (
    select(DELIVERY)
    .where(DELIVERY.c.state == "held", DELIVERY.c.why.in_(bindparam("whys", expanding=True)))
    .order_by(DELIVERY.c.seq)
    .with_for_update()
)
_OF_HUB: Final = _KEPT_BACK.where(DELIVERY.c.council == bindparam("council"), DELIVERY.c.hub == bindparam("hub"))
_BEHIND_DOORS: Final = (
    select(DELIVERY.c.council, DELIVERY.c.hub)
    # The second says what the first does: it has the index serve that leaves out what has ended.
    .where(DELIVERY.c.state == "held", DELIVERY_OPEN, DELIVERY.c.why.in_(bindparam("whys", expanding=True)))
    .distinct()
    .order_by(DELIVERY.c.council, DELIVERY.c.hub)
)
_GO_ON: Final = (
    update(DELIVERY).where(DELIVERY.c.id == bindparam("delivery")).values(state="due", why="", due_at=bindparam("now"))
)


def release_doors(tx: Tx, terms: Terms) -> int:
    """Let go on what waited for a door that is there now. Each is permitted afresh. Returns how many."""
    many = 0
    for row in tx.execute(_BEHIND_DOORS, {"whys": DOOR_WHYS}).all():
        if not isinstance(door(terms, row.council, row.hub), Held):
            held = tx.execute(_OF_HUB, {"whys": DOOR_WHYS, "council": row.council, "hub": row.hub}).all()
            many += _go_on(tx, held, "condition", "")
    return many


def open_lane(tx: Tx, council: str, hub: str, by: str) -> int:
    """A person has looked at a hub whose lane was held: whatever it kept back goes on. Returns how many.

    by  who, as the record names people; that they did has its own entry
    """
    reset(tx, council, hub)
    held = tx.execute(_OF_HUB, {"whys": (LANE_HELD,), "council": council, "hub": hub}).all()
    return _go_on(tx, held, "person", by)


def end_pause(tx: Tx, council: str, referrals: Collection[str], by: str) -> int:
    """Let go on what an objection held, of those requests about which none is open or upheld now. Returns how many."""
    held = tx.execute(_KEPT_BACK, {"whys": (OBJECTED,)}).all()
    mine = [row for row in held if row.council == council and row.referral in set(referrals)]
    still = paused(tx, {row.referral for row in mine})
    return _go_on(tx, [row for row in mine if row.referral not in still], "person", by)


def _go_on(tx: Tx, held: Sequence[Row[Any]], who: Who, by: str) -> int:
    assert may_change(DeliveryState.HELD, DeliveryState.DUE, who)
    for row in held:
        said = {"delivery": row.id, "hub": row.hub, "why": row.why, "by": by}
        write_entry(tx, row.council, row.referral, "release", said)
    if held:
        tx.execute(_GO_ON, [{"delivery": row.id, "now": tx.now} for row in held])
    return len(held)
