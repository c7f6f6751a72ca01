"""Keeps what attempts came to: the attempt, the next state, what the hub is like, and the entry, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy import literal_column as written_out

from contracts.delivery import Attempt, DeliveryState, HubClass, Result
from gateway.flows.decisions import notices, timers
from gateway.flows.decisions.permit import Door, Terms, door
from gateway.flows.delivery.lanes import ASKED_TO_WAIT, DOUBTFUL, learn
from gateway.flows.entry import write_entry
from gateway.path.answers import UNACKNOWLEDGED, Reading
from gateway.path.dues import arrival
from gateway.path.schedule import MOST_LOST, OURS, after_loss, next_due
from gateway.path.states import after, may_change
from gateway.store.statement import Statement
from gateway.store.tables import ATTEMPT, DELIVERY, PERMIT
from gateway.store.transaction import Tx

LANE_HELD: Final = "lane_held"
"""Why code of a delivery that found its hub's door changed; it goes on when a person has opened the lane."""

WORKER_LOST: Final = "worker_lost"
"""Why code of an attempt whose worker never told what became of it."""

_LATE: Final = Statement(
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("delivery"))
    .values(state="delivered", why="", ended_at=bindparam("new_now"))
)

_CARRY: Final = ("referral", "update", "divert")
"""Kinds of delivery that bring a hub the referral itself."""

_HELD: Final = Statement(
    select(DELIVERY)
    .where(DELIVERY.c.id.in_(bindparam("deliveries", expanding=True)), DELIVERY.c.state == written_out("'sending'"))
    .with_for_update()
)
_SETTLE: Final = Statement(
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("delivery"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("state", "due_at", "why", "ended_at", "rungs", "lost", "planned_at")
        }
        | {"lease_until": None}
    )
)
_LOST: Final = Statement(
    select(
        DELIVERY.c.id,
        DELIVERY.c.council,
        DELIVERY.c.hub,
        DELIVERY.c.fence,
        DELIVERY.c.attempts,
        DELIVERY.c.lease_until,
        PERMIT.c.at,
    )
    .join_from(DELIVERY, PERMIT, (PERMIT.c.delivery == DELIVERY.c.id) & (PERMIT.c.fence == DELIVERY.c.fence))
    .where(
        DELIVERY.c.state == written_out("'sending'"),
        or_(DELIVERY.c.lease_until < bindparam("now"), bindparam("everyone") == 1),
    )
    .limit(256)
    .with_for_update(of=[DELIVERY], skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What one attempt led to, for logs and for whoever waits."""

    attempt: Attempt
    council: str
    hub: str
    state: DeliveryState


def settle(tx: Tx, terms: Terms, attempts: Sequence[Attempt]) -> tuple[Settled, ...]:
    """Keep these attempts. One whose fence is no longer the delivery's changes nothing (P19)."""
    told = {(attempt.delivery_id, attempt.fence): attempt for attempt in attempts}
    if not told:
        return ()
    found = tx.rows(_HELD, {"deliveries": sorted({name for name, _ in told})})
    live = [(row, told[row.id, row.fence]) for row in found if (row.id, row.fence) in told]
    rows, settled = [], []
    for row, attempt in live:
        step = _next(tx, terms, row, attempt)
        rows.append({"delivery": row.id} | {f"new_{name}": value for name, value in step.items()})
        tx.insert(ATTEMPT, _attempt_row(row, attempt, _entry(tx, row, attempt, step)))
        settled.append(Settled(attempt, row.council, row.hub, DeliveryState(step["state"])))
    if rows:
        tx.change(_SETTLE, rows)
        learn(tx, ((_name(row), _reading(attempt), _class(terms, row)) for row, attempt in live))
    for (row, _), done in zip(live, settled, strict=True):
        if done.state is DeliveryState.DELIVERED:
            _arrived(tx, terms, row)
    return tuple(settled)


def recover(tx: Tx, terms: Terms, everyone: bool = False) -> tuple[Settled, ...]:
    """Settle what lost workers left in doubt, never sending it again unasked.

    everyone  not only where the lease has run out: this process is the only worker, and has just started
    """
    lost = tx.rows(_LOST, {"now": tx.now, "everyone": int(everyone)})
    return settle(tx, terms, [attempt for row in lost if (attempt := _lost(tx, terms, row)) is not None])


def take_word(tx: Tx, terms: Terms, row: Any, by: str) -> None:
    """A hub says that it has what nobody waited for any more: it is delivered, whatever it was held for since.

    row  of the delivery, locked; by: who says so
    """
    assert may_change(DeliveryState(row.state), DeliveryState.DELIVERED, "hub")
    said = {"delivery": row.id, "hub": row.hub, "was": row.state, "why": row.why, "by": by}
    write_entry(tx, row.council, row.referral, "acknowledged_late", said)
    tx.change(_LATE, [{"delivery": row.id, "new_now": tx.now}])
    _arrived(tx, terms, row)


def _lost(tx: Tx, terms: Terms, row: Any) -> Attempt | None:
    """What became of an attempt that nobody told of; None while a hub that collected it may still acknowledge it."""
    way = door(terms, row.council, row.hub)
    collected = isinstance(way, Door) and way.collected
    if collected and row.lease_until >= tx.now:
        return None
    why = UNACKNOWLEDGED if collected else WORKER_LOST
    return Attempt(row.id, row.fence, row.attempts, row.at, tx.now, Result.UNCERTAIN, None, why)


def _next(tx: Tx, terms: Terms, row: Any, attempt: Attempt) -> dict[str, Any]:
    """The delivery's columns after the attempt."""
    climbed = _climbed(row, attempt, tx.now)
    due = _due(row, attempt, climbed, tx.now, terms.jitter())
    state = after(attempt.result, _class(terms, row), due is not None)
    assert may_change(DeliveryState.SENDING, state, "machine")
    waits = state is DeliveryState.DUE and due is not None
    return climbed | {
        "state": state.value,
        "due_at": due if waits else row.due_at,
        "why": _why(state, attempt),
        "ended_at": tx.now if state is DeliveryState.DELIVERED else None,
    }


def _climbed(row: Any, attempt: Attempt, now: int) -> dict[str, Any]:
    """How far up the schedule it is: what we lost ourselves, and what was tried before its time, uses up nothing."""
    if attempt.why in OURS:
        return {"rungs": row.rungs, "lost": row.lost + 1, "planned_at": row.planned_at}
    early = row.planned_at is not None and row.planned_at > now
    return {"rungs": row.rungs if early else row.rungs + 1, "lost": 0, "planned_at": None}


def _due(row: Any, attempt: Attempt, climbed: dict[str, Any], now: int, jitter: float) -> int | None:
    """When it is tried again, ms UTC; None when a person must act."""
    if attempt.why in OURS:
        # What never left may be tried for ever. What may have left, and is lost again and again, may be what kills us.
        again = attempt.result is Result.NOT_SENT or climbed["lost"] < MOST_LOST
        return after_loss(climbed["lost"], now, jitter) if again else None
    if climbed["rungs"] == row.rungs:
        planned: int = row.planned_at
        return max(planned, now + (attempt.retry_after or 0) * 1_000)
    return next_due(climbed["rungs"], now, attempt.retry_after, jitter, row.schedule)


def _arrived(tx: Tx, terms: Terms, row: Any) -> None:
    """What begins, or has ended, now that a hub has it."""
    council = terms.councils.get(row.council)
    if row.kind == notices.KIND:
        notices.arrived(tx, council, row.hub, row.id)
    elif council is not None and row.hub in council.hubs and row.kind in _CARRY:
        timers.saw(tx, council, row.referral, arrival(council.hubs[row.hub]), tx.now, kind=row.kind)


def _why(state: DeliveryState, attempt: Attempt) -> str:
    if state is DeliveryState.DELIVERED:
        return ""
    if attempt.result is Result.LANE_HELD:
        return LANE_HELD
    if state is DeliveryState.DUE and attempt.result is Result.UNCERTAIN:
        return DOUBTFUL
    if state is DeliveryState.DUE and attempt.retry_after:
        return ASKED_TO_WAIT
    return attempt.why


def _entry(tx: Tx, row: Any, attempt: Attempt, step: dict[str, Any]) -> str:
    said: dict[str, object] = {
        "delivery": row.id,
        "hub": row.hub,
        "attempt": attempt.n,
        "fence": attempt.fence,
        "result": attempt.result.value,
        "status": attempt.status,
        "why": attempt.why,
        "state": step["state"],
    }
    said |= {"back": dict(attempt.back)} if attempt.back else {}
    return write_entry(tx, row.council, row.referral, "attempt", said)


def _attempt_row(row: Any, attempt: Attempt, entry: str) -> dict[str, object]:
    return {
        "delivery": row.id,
        "fence": attempt.fence,
        "council": row.council,
        "n": attempt.n,
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
        "result": attempt.result.value,
        "status": attempt.status,
        "why": attempt.why,
        "entry": entry,
    }


def _name(row: Any) -> tuple[str, str]:
    return row.council, row.hub


def _class(terms: Terms, row: Any) -> HubClass:
    """The more careful of what the hub was when this was promised, and what it is now."""
    return max(HubClass(row.hub_class), terms.hub_class(row.council, row.hub))


def _reading(attempt: Attempt) -> Reading:
    return Reading(attempt.result, attempt.why, attempt.retry_after)
