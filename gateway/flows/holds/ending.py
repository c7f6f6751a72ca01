"""Ends what a person decided not to share: what was held for it is cancelled, and a day is set to look at it again."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import bindparam, select, update

from contracts.delivery import DeliveryState
from contracts.errors import NoSuchAnswer
from gateway.flows.acting import Acting
from gateway.flows.decisions.again import CARRY
from gateway.flows.decisions.timers import clock_row
from gateway.flows.entry import write_entry
from gateway.flows.holds.held import Held
from gateway.path.calendar import closing_of, day_of
from gateway.path.states import may_change
from gateway.store.tables import CLOCK, DECISION, DELIVERY
from gateway.store.transaction import Tx

KIND: Final = "review:not_shared"
"""The clock that says when a decision not to share is looked at again."""

WHY: Final = "not_shared"
"""Why code of what was cancelled because a person decided not to share."""

_WAITING: Final = select(DECISION.c.id).where(
    DECISION.c.referral == bindparam("of"),
    DECISION.c.hub == bindparam("hub"),
    DECISION.c.state.in_(("open", "promised")),
)
_HELD: Final = select(DELIVERY).where(
    DELIVERY.c.referral == bindparam("of"),
    DELIVERY.c.hub == bindparam("hub"),
    DELIVERY.c.kind.in_(CARRY),
    DELIVERY.c.kind != "divert",
    DELIVERY.c.state == DeliveryState.HELD,
)
_CANCEL: Final = (
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("delivery"))
    .values(state=DeliveryState.CANCELLED, why=WHY, ended_at=bindparam("now"))
)


_STOP: Final = (
    update(CLOCK)
    .where(CLOCK.c.id == bindparam("clock"))
    .values(state="stopped", ended_at=bindparam("now"), ended_by=bindparam("who"), why=bindparam("how"))
)


def stop(tx: Tx, clock: str, who: str, how: str) -> None:
    """End a clock because a person did what it asked. `how` is a code."""
    tx.execute(_STOP, {"clock": clock, "now": tx.now, "who": who, "how": how})


_REVIEWERS: Final = {"register": "data_protection_officer"}
"""Class of hold → who looks again at what was not shared; of every other it is the practice manager."""


def end_without_sharing(tx: Tx, case: Held, hub: str, review: date, who: Acting) -> None:
    """Cancel what was held for this hub, unless another child's part still waits, and set the day of the review."""
    referral, council = case.referral["id"], who.council
    if review <= day_of(tx.now):
        raise NoSuchAnswer("The day of the review must lie ahead.")
    if tx.execute(_WAITING, {"of": referral, "hub": hub}).first() is None:
        for row in tx.execute(_HELD, {"of": referral, "hub": hub}).mappings().all():
            assert may_change(DeliveryState.HELD, DeliveryState.CANCELLED, "person")
            said = {"delivery": row["id"], "hub": hub, "why": WHY}
            write_entry(tx, council.name, referral, "cancel", said)
            tx.execute(_CANCEL, {"delivery": row["id"], "now": tx.now})
    due = closing_of(review, council.hours)
    owner = _REVIEWERS.get(case.about, "practice_manager")
    # It rests on what a person decided, and not on a decision of the engine: it runs on when that is made again.
    tx.insert(CLOCK, clock_row(council.name, KIND, referral, "", owner, tx.now, due, times=case.clock["id"]))
