"""Starts a clock for messages that did not arrive, and stops it once they have (P20).

The tick looks, instead of whatever moves a message: what stops, refuses or releases one need know nothing of clocks,
and a message that simply stays is seen too. One clock stands for all of a hub's messages in one state, held by the
oldest of them, so that a hub that is away rings once and not a thousand times; each safeguarding contact has its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import and_, bindparam, case, exists, func, or_, select
from sqlalchemy import literal_column as written_out

from adapters import HUBS
from contracts.council import Council, HubSettings
from contracts.delivery import DeliveryState
from gateway.flows.decisions.permit import DOOR_WHYS
from gateway.flows.decisions.timers import clock_row, forget
from gateway.flows.delivery.lanes import DOUBTFUL
from gateway.flows.delivery.settle import LANE_HELD
from gateway.flows.gateway import Gateway
from gateway.path.alarms import first_turn, watch_of
from gateway.path.clocks import due
from gateway.path.schedule import MOST_ATTEMPTS
from gateway.store.rows import DeliveryRow
from gateway.store.statement import Statement
from gateway.store.tables import CLOCK, DELIVERY, DELIVERY_OPEN
from gateway.store.transaction import Tx

LATE: Final = 30 * 60_000
"""Milliseconds after which a message that is still due is late; the schedule still tries it."""

LATE_DIVERT: Final = 5 * 60_000
"""The same for a safeguarding contact."""

TAKEN_WITHIN: Final = "1 working day"
URGENT_TAKEN_WITHIN: Final = "15 minutes"
"""How long a message may lie ready for a hub that takes it itself, where its settings say nothing else."""

NOT_TAKEN: Final = "not_taken"
PAIR: Final = "pair"

HALF: Final = MOST_ATTEMPTS // 2
"""Tries of the schedule after which a message that is still due rings again, days before it is given up."""

TEST: Final = "test_referral"
"""Why code of a message that stays here for good: it is a test."""

TOGETHER: Final = 256
"""Messages or clocks of them looked at in one transaction at most."""

CARRIES: Final = ("referral", "update", "divert")
"""Kinds of message that bring a hub the referral itself."""

DIVERT: Final = "divert"
LANE: Final = "lane"


def align(gateway: Gateway, tx: Tx, now: int) -> None:
    """Bring the clocks of messages into line with the messages. `now` in ms UTC."""
    passed = tx.rows(_PASSED, {})
    if passed:
        forget(tx, [row.id for row in passed], now, "state_changed")
    for name, council in gateway.catalogue.councils.items():
        for row, what in _stuck(tx, council, now):
            tx.insert(CLOCK, _clock(gateway, name, row, what, now))


def state_class(state: str, why: str = "", rungs: int = 0) -> str:
    """The class of a message by its state, why and tries used: key of `deliveries` in tasks.yaml."""
    if state in _BLOCKED:
        return LANE if (state, why) == (DeliveryState.HELD, LANE_HELD) else state
    return "half" if rungs >= HALF else "late"


def unmet(council: Council, row: DeliveryRow, now: int) -> str:
    """The class of one message by itself, whatever others rest at its hub: "" where its sender need not hear of it.

    What a decision has stopped is none: that has its own words, and its own clock.
    """
    if row.kind not in CARRIES or row.why == TEST:
        return ""
    if row.state in _BLOCKED:
        stopped = row.state == DeliveryState.HELD and row.why not in (LANE_HELD, *DOOR_WHYS)
        return "" if stopped else DIVERT if row.kind == DIVERT else state_class(row.state, row.why)
    if row.state != DeliveryState.DUE:
        return ""
    urgent = row.kind == DIVERT
    if _lies_ready(row, _taking(council)):
        return NOT_TAKEN if _too_long(council, row, now, urgent=urgent) else ""
    late = row.at <= now - (LATE_DIVERT if urgent else LATE)
    return "" if not late else DIVERT if urgent else state_class(row.state, row.why, row.rungs)


def _stuck(tx: Tx, council: Council, now: int) -> Iterator[tuple[Any, str]]:
    """Messages that a clock must stand for, and none does: id, referral, and the class of each."""
    taking = _taking(council)
    for row in tx.rows(_DIVERTS, {"council": council.name, "late": now - LATE_DIVERT}):
        if row.state in _BLOCKED or not _lies_ready(row, taking) or _too_long(council, row, now, urgent=True):
            yield row, DIVERT
    yield from ((row, PAIR) for row in _halves(tx, council))
    which: dict[str, Any] = {"council": council.name, "late": now - LATE, "collects": [""], "drops": [""]}
    for name, hub in taking.items():
        which["collects" if HUBS[hub.adapter].CARRIED == "collected" else "drops"].append(name)
    oldest: dict[tuple[str, str], int] = {}
    for group in tx.rows(_GROUPS, which):
        place = (group.hub, state_class(group.state, group.turned, group.half))
        oldest[place] = min(group.first, oldest.get(place, group.first))
    for group in tx.rows(_READY, which) if taking else ():
        if _too_long(council, group, now, urgent=False):
            oldest[group.hub, NOT_TAKEN] = group.first
    if not oldest:
        return
    for running in tx.rows(_RUNNING, {"council": council.name}):
        oldest.pop((running.hub, running.kind.partition(":")[2]), None)
    for (_, what), first in oldest.items():
        yield from ((row, what) for row in tx.rows(_BY_SEQ, {"first": first}))


def _halves(tx: Tx, council: Council) -> Iterator[Any]:
    """Messages that have not arrived, where the other of their pair has."""
    paired = {(name, hub.pair) for name, hub in council.hubs.items() if hub.pair}
    for one, other in sorted(paired | {(other, one) for one, other in paired}):
        yield from tx.rows(_HALVES, {"council": council.name, "has": one, "has_not": other})


def _taking(council: Council) -> Mapping[str, HubSettings]:
    """The hubs that take their messages themselves, in their own time."""
    carried = {name: HUBS[hub.adapter].CARRIED for name, hub in council.hubs.items() if hub.adapter in HUBS}
    return {name: council.hubs[name] for name, how in carried.items() if how in ("collected", "sftp")}


def _lies_ready(row: Any, taking: Mapping[str, HubSettings]) -> bool:
    """Whether it waits for the hub. What could not be put into a hub's folder still waits for us."""
    hub = taking.get(row.hub)
    return hub is not None and (HUBS[hub.adapter].CARRIED == "collected" or row.why == DOUBTFUL)


def _too_long(council: Council, row: Any, now: int, *, urgent: bool) -> bool:
    settings = council.hubs[row.hub].settings
    name, within = ("urgent_taken_within", URGENT_TAKEN_WITHIN) if urgent else ("taken_within", TAKEN_WITHIN)
    return due(str(settings.get(name, within)), row.at, council.hours) <= now


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
_turned = case((DELIVERY.c.why == LANE_HELD, written_out(f"'{LANE_HELD}'")), else_=written_out("''"))
_half = case((DELIVERY.c.rungs >= HALF, HALF), else_=0)
_is_divert = DELIVERY.c.kind == written_out("'divert'")
_runs = and_(CLOCK.c.delivery != written_out("''"), CLOCK.c.state == written_out("'running'"))
_open = (DELIVERY.c.council == bindparam("council"), DELIVERY_OPEN, DELIVERY.c.why != TEST)
_ready = or_(
    DELIVERY.c.hub.in_(bindparam("collects", expanding=True)),
    and_(DELIVERY.c.hub.in_(bindparam("drops", expanding=True)), DELIVERY.c.why == DOUBTFUL),
)
_DIVERTS: Final = Statement(
    select(DELIVERY.c.id, DELIVERY.c.referral, DELIVERY.c.hub, DELIVERY.c.state, DELIVERY.c.why, DELIVERY.c.at)
    .where(
        *_open,
        _is_divert,
        or_(_stopped, DELIVERY.c.at <= bindparam("late")),
        ~exists().where(CLOCK.c.delivery == DELIVERY.c.id, _runs),
    )
    .order_by(DELIVERY.c.seq)
    .limit(TOGETHER)
)
_arrived = DELIVERY.alias("arrived")
_HALVES: Final = Statement(
    select(DELIVERY.c.id, DELIVERY.c.referral)
    .where(
        *_open,
        DELIVERY.c.kind.in_(["referral", "update"]),
        DELIVERY.c.hub == bindparam("has_not"),
        exists().where(
            _arrived.c.referral == DELIVERY.c.referral,
            _arrived.c.kind == DELIVERY.c.kind,
            _arrived.c.hub == bindparam("has"),
            _arrived.c.state == written_out("'delivered'"),
        ),
        ~exists().where(CLOCK.c.delivery == DELIVERY.c.id, CLOCK.c.kind == f"delivery:{PAIR}", _runs),
    )
    .limit(TOGETHER)
)
_GROUPS: Final = Statement(
    select(
        DELIVERY.c.hub,
        DELIVERY.c.state,
        _turned.label("turned"),
        _half.label("half"),
        func.min(DELIVERY.c.seq).label("first"),
    )
    .where(*_open, ~_is_divert, or_(_stopped, and_(DELIVERY.c.at <= bindparam("late"), ~_ready)))
    .group_by(DELIVERY.c.hub, DELIVERY.c.state, written_out("turned"), written_out("half"))
)
_READY: Final = Statement(
    select(DELIVERY.c.hub, func.min(DELIVERY.c.at).label("at"), func.min(DELIVERY.c.seq).label("first"))
    .where(*_open, ~_is_divert, ~_stopped, _ready)
    .group_by(DELIVERY.c.hub)
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
        # Of a message too, and no less awaited once it has arrived: a question's answer, a notice's acknowledgement.
        CLOCK.c.kind.startswith("delivery:"),
        or_(
            DELIVERY.c.state.in_(["delivered", "cancelled"]),
            *(and_(CLOCK.c.kind == f"delivery:{state}", DELIVERY.c.state != state) for state in _BLOCKED),
            and_(CLOCK.c.kind == f"delivery:{LANE}", or_(DELIVERY.c.state != "held", DELIVERY.c.why != LANE_HELD)),
            and_(CLOCK.c.kind.in_(["delivery:late", "delivery:half", f"delivery:{NOT_TAKEN}"]), _stopped),
            and_(CLOCK.c.kind == "delivery:half", DELIVERY.c.rungs < HALF),
        ),
    )
    .limit(TOGETHER)
)
