"""Starts a clock for messages that did not arrive, and stops it once they have (P20).

The tick looks, instead of whatever moves a message: what stops, refuses or releases one need know nothing of clocks,
and a message that simply stays is seen too. One clock stands for all of a hub's messages in one state, held by the
oldest of them, so that a hub that is away rings once and not a thousand times; each safeguarding contact has its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import and_, bindparam, exists, func, or_, select
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
"""Messages or clocks of them looked at in one transaction at most."""

DIVERT: Final = "divert"


def align(gateway: Gateway, tx: Tx, now: int) -> None:
    """Bring the clocks of messages into line with the messages. `now` in ms UTC."""
    passed = tx.rows(_PASSED, {})
    if passed:
        forget(tx, [row.id for row in passed], now, "state_changed")
    for name in gateway.catalogue.councils:
        for row, what in _stuck(tx, name, now):
            tx.insert(CLOCK, _clock(gateway, name, row, what, now))


def state_class(state: str) -> str:
    """The class of a message by its state: key of `deliveries` in tasks.yaml."""
    return state if state in _BLOCKED else "late"


def _stuck(tx: Tx, council: str, now: int) -> Iterator[tuple[Any, str]]:
    """Messages that a clock must stand for, and none does: id, referral, and the class of each."""
    yield from ((row, DIVERT) for row in tx.rows(_DIVERTS, {"council": council, "late": now - LATE_DIVERT}))
    groups = tx.rows(_GROUPS, {"council": council, "late": now - LATE})
    if not groups:
        return
    oldest: dict[tuple[str, str], int] = {}
    for group in groups:
        place = (group.hub, state_class(group.state))
        oldest[place] = min(group.first, oldest.get(place, group.first))
    for running in tx.rows(_RUNNING, {"council": council}):
        oldest.pop((running.hub, running.kind.partition(":")[2]), None)
    for (_, what), first in oldest.items():
        yield from ((row, what) for row in tx.rows(_BY_SEQ, {"first": first}))


def _clock(gateway: Gateway, name: str, row: Any, what: str, now: int) -> dict[str, Any]:
    council, policy = gateway.council(name), gateway.policy(name)
    kind = f"delivery:{what}"
    watch = watch_of(kind, "", policy, council)
    until = due(watch.within, now, council.hours)
    owner, following = first_turn(watch, now, until, now, council, "", policy.schools)
    return clock_row(
        name, kind, row.referral, "", owner, now, until, next_at=following, delivery=row.id, times=str(now)
    )


_BLOCKED: Final = (DeliveryState.UNCERTAIN.value, DeliveryState.HELD.value, DeliveryState.DEAD.value)
_stopped = DELIVERY.c.state.in_([written_out(f"'{state}'") for state in _BLOCKED])
_is_divert = DELIVERY.c.kind == written_out("'divert'")
_runs = and_(CLOCK.c.delivery != written_out("''"), CLOCK.c.state == written_out("'running'"))
_open = (DELIVERY.c.council == bindparam("council"), DELIVERY_OPEN, DELIVERY.c.why != TEST)
_DIVERTS: Final = Statement(
    select(DELIVERY.c.id, DELIVERY.c.referral)
    .where(
        *_open,
        _is_divert,
        or_(_stopped, DELIVERY.c.at <= bindparam("late")),
        ~exists().where(CLOCK.c.delivery == DELIVERY.c.id, _runs),
    )
    .order_by(DELIVERY.c.seq)
    .limit(TOGETHER)
)
_GROUPS: Final = Statement(
    select(DELIVERY.c.hub, DELIVERY.c.state, func.min(DELIVERY.c.seq).label("first"))
    .where(*_open, ~_is_divert, or_(_stopped, DELIVERY.c.at <= bindparam("late")))
    .group_by(DELIVERY.c.hub, DELIVERY.c.state)
)
_RUNNING: Final = Statement(
    select(DELIVERY.c.hub, CLOCK.c.kind)
    .join_from(CLOCK, DELIVERY, CLOCK.c.delivery == DELIVERY.c.id)
    .where(_runs, CLOCK.c.council == bindparam("council"), CLOCK.c.kind != "delivery:divert")
    .distinct()
)
_BY_SEQ: Final = Statement(select(DELIVERY.c.id, DELIVERY.c.referral).where(DELIVERY.c.seq == bindparam("first")))
_PASSED: Final = Statement(
    select(CLOCK.c.id)
    .join_from(CLOCK, DELIVERY, CLOCK.c.delivery == DELIVERY.c.id)
    .where(
        _runs,
        or_(
            DELIVERY.c.state.in_(["delivered", "cancelled"]),
            *(and_(CLOCK.c.kind == f"delivery:{state}", DELIVERY.c.state != state) for state in _BLOCKED),
            and_(CLOCK.c.kind == "delivery:late", _stopped),
        ),
    )
    .limit(TOGETHER)
)
