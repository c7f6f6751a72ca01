"""Starts a clock for each message that did not arrive, and stops it once it has (P20).

The tick looks, instead of whatever moves a message: what stops, refuses or releases one need know nothing of clocks,
and a message that simply stays is seen too.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy import literal_column as written_out

from contracts.delivery import DeliveryState
from gateway.flows.gateway import Gateway
from gateway.flows.timers import clock_row, forget
from gateway.path.alarms import first_turn, watch_of
from gateway.path.clocks import due
from gateway.store.statement import Statement
from gateway.store.tables import CLOCK, DELIVERY, DELIVERY_OPEN
from gateway.store.transaction import Tx

LATE: Final = 30 * 60_000
"""Milliseconds after which a message that is still due is late; the schedule still tries it."""

LATE_DIVERT: Final = 5 * 60_000
"""The same for a safeguarding contact."""

TEST: Final = "test_referral"
"""Why code of a message that stays here for good: it is a test."""

TOGETHER: Final = 256
"""Messages looked at in one transaction at most."""


def align(gateway: Gateway, tx: Tx, now: int) -> None:
    """Bring the clocks of messages into line with the messages. `now` in ms UTC."""
    passed = tx.rows(_PASSED, {})
    if passed:
        forget(tx, [row.id for row in passed], now, "state_changed")
    for name in gateway.catalogue.councils:
        stuck = tx.rows(_STUCK, {"council": name, "late": now - LATE, "late_divert": now - LATE_DIVERT})
        for row in stuck:
            tx.insert(CLOCK, _clock(gateway, row, now))


def _clock(gateway: Gateway, row: Any, now: int) -> dict[str, Any]:
    council, policy = gateway.council(row.council), gateway.policy(row.council)
    kind = f"delivery:{_what(row)}"
    watch = watch_of(kind, "", policy, council)
    until = due(watch.within, now, council.hours)
    owner, following = first_turn(watch, now, until, now, council, "", policy.schools)
    return clock_row(
        row.council, kind, row.referral, "", owner, now, until, next_at=following, delivery=row.id, times=str(now)
    )


def _what(row: Any) -> str:
    """The class of a message that did not arrive: key of `deliveries` in tasks.yaml."""
    if row.kind == "divert":
        return "divert"
    return str(row.state) if row.state in _BLOCKED else "late"


_BLOCKED: Final = (DeliveryState.UNCERTAIN.value, DeliveryState.HELD.value, DeliveryState.DEAD.value)
_stopped = DELIVERY.c.state.in_([written_out(f"'{state}'") for state in _BLOCKED])
_diverts = DELIVERY.c.kind == written_out("'divert'")
_STUCK: Final = Statement(
    select(DELIVERY.c.id, DELIVERY.c.council, DELIVERY.c.referral, DELIVERY.c.kind, DELIVERY.c.state)
    .where(
        DELIVERY.c.council == bindparam("council"),
        DELIVERY_OPEN,
        DELIVERY.c.why != TEST,
        or_(_stopped, DELIVERY.c.at <= bindparam("late"), and_(_diverts, DELIVERY.c.at <= bindparam("late_divert"))),
        ~exists().where(
            CLOCK.c.delivery == DELIVERY.c.id,
            CLOCK.c.delivery != written_out("''"),
            CLOCK.c.state == written_out("'running'"),
        ),
    )
    .order_by(DELIVERY.c.seq)
    .limit(TOGETHER)
)
_PASSED: Final = Statement(
    select(CLOCK.c.id)
    .join_from(CLOCK, DELIVERY, CLOCK.c.delivery == DELIVERY.c.id)
    .where(
        CLOCK.c.state == written_out("'running'"),
        CLOCK.c.delivery != written_out("''"),
        or_(
            DELIVERY.c.state.in_(["delivered", "cancelled"]),
            *(and_(CLOCK.c.kind == f"delivery:{state}", DELIVERY.c.state != state) for state in (*_BLOCKED,)),
            and_(CLOCK.c.kind == "delivery:late", _stopped),
        ),
    )
    .limit(TOGETHER)
)
