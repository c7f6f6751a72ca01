"""Takes due deliveries for the free send slots, with the permit and its entry, in one transaction (P8, settled 12)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import DBAPIError

from contracts.delivery import DeliveryState, HubClass, Permit
from gateway.flows.decisions.doubt import class_of, is_doubted
from gateway.flows.decisions.lineage import WHY as SUPERSEDED
from gateway.flows.decisions.lineage import cancel_superseded
from gateway.flows.decisions.permit import OBJECTED, TAKEN_BACK, Door, Held, Permitted, Promised, Terms, stands
from gateway.flows.delivery.lanes import DOUBTFUL
from gateway.flows.delivery.outbox import one_due, take_due
from gateway.flows.entry import write_entry
from gateway.path.states import may_change
from gateway.store.content import opened
from gateway.store.register import paused
from gateway.store.restored import holds_sending
from gateway.store.statement import Statement
from gateway.store.tables import CONTENT, DELIVERY, PERMIT
from gateway.store.transaction import Tx


class JudgeFailed(Exception):
    """The rules could not be asked about one delivery. It is held, and the others claimed without it (P10)."""

    def __init__(self, delivery: str) -> None:
        super().__init__("a delivery could not be judged")
        self.delivery = delivery


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery with its permit, ready to be sent once.

    leave_by  monotonic seconds: content leaves before this instant or not at all
    doubted   the hub may have it already, and is asked before anything is sent
    kind      of the delivery; epoch: of the family's agreement, as it was permitted
    """

    council: str
    referral: str
    permit: Permit
    door: Door
    payload: bytes
    leave_by: float
    doubted: bool
    kind: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim took. again: milliseconds after which a hub that is backing off may be tried; None if none is."""

    taken: tuple[Claimed, ...]
    again: int | None


def claim(tx: Tx, terms: Terms) -> Claim:
    """Take what may be sent now: diverts first, at most what each hub's slots leave free, only the first about a child.

    What may not go is held, with an entry. Raises JudgeFailed.
    """
    due = take_due(tx, terms)
    return Claim(give_leave(tx, terms, due.deliveries), due.again)


def give_leave(tx: Tx, terms: Terms, due: Iterable[tuple[Door | Held, Promised]]) -> tuple[Claimed, ...]:
    """Judge each, and give it a permit or hold it. Raises JudgeFailed. Nothing goes from a store that was restored."""
    if holds_sending(tx):
        return ()
    taken_up = list(due)
    objected = paused(tx, {promised.referral for _, promised in taken_up if promised.kind in _PAUSES})
    verdicts = [(promised, way, _verdict(tx, terms, way, promised, objected)) for way, promised in taken_up]
    bodies = _payloads(tx, [verdict for *_, verdict in verdicts if isinstance(verdict, Permitted)])
    taken, held = [], []
    for promised, way, verdict in verdicts:
        if isinstance(verdict, Held):
            # What was taken back while it was judged has ended already, and says so itself.
            held += [] if verdict.why == TAKEN_BACK else [(promised, verdict.why)]
        elif sha256(bodies.get(verdict.payload, b"")).hexdigest() != verdict.digest:
            held.append((promised, "payload_altered"))
        else:
            assert isinstance(way, Door)
            taken.append((promised, verdict, way, bodies[verdict.payload]))
    _hold(tx, held)
    if any(why == SUPERSEDED for _, why in held):
        cancel_superseded(tx)
    return _permit(tx, terms, taken)


def hold_unjudged(tx: Tx, delivery: str) -> None:
    """Hold a delivery the rules could not be asked about. It is due still, or nothing happens."""
    promised = one_due(tx, delivery)
    if promised is not None:
        _hold(tx, [(promised, "rules_failed")])


# Whether they may go -------------------------------------------------------------------------------------------------

_PAUSES: Final = ("referral", "update")
"""Kinds of delivery that an objection stops: what safeguards, and what takes back or tells of it, goes on."""
_BODIES: Final = Statement(select(CONTENT).where(CONTENT.c.id.in_(bindparam("contents", expanding=True))))


def _verdict(tx: Tx, terms: Terms, way: Door | Held, promised: Promised, objected: frozenset[str]) -> Permitted | Held:
    if promised.kind in _PAUSES and promised.referral in objected:
        return Held(OBJECTED)
    if isinstance(way, Held):
        return way
    if promised.why == DOUBTFUL and class_of(way.hub) is HubClass.C:
        # It was uncertain when this hub was said to drop repeats, or to answer; nobody says so any more (P13).
        return Held("doubtful_before")
    try:
        return stands(terms, tx, promised)
    except DBAPIError:
        raise
    except Exception as error:
        raise JudgeFailed(promised.id) from error


def _payloads(tx: Tx, permitted: Iterable[Permitted]) -> dict[str, bytes]:
    wanted = sorted({one.payload for one in permitted})
    return {row.id: opened(tx, row) for row in tx.rows(_BODIES, {"contents": wanted})} if wanted else {}


# What is written ------------------------------------------------------------------------------------------------------

_TAKE: Final = Statement(
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("delivery"))
    .values(
        {name: bindparam(f"new_{name}") for name in ("attempts", "fence", "lease_until", "payload", "digest", "inputs")}
        | {"state": "sending", "why": ""}
    )
)
_KEEP_BACK: Final = Statement(
    update(DELIVERY).where(DELIVERY.c.id == bindparam("delivery")).values(state="held", why=bindparam("new_why"))
)


def _permit(tx: Tx, terms: Terms, taken: Sequence[tuple[Promised, Permitted, Door, bytes]]) -> tuple[Claimed, ...]:
    if not taken:
        return ()
    assert may_change(DeliveryState.DUE, DeliveryState.SENDING, "machine")
    leave_by = time.monotonic() + terms.window
    rows, claimed = [], []
    for promised, verdict, way, body in taken:
        permit = Permit(promised.id, promised.fence + 1, tx.now, verdict.inputs, way.digest, promised.attempts + 1)
        rows.append(_sending(permit, verdict, tx.now + int(terms.lease * 1_000)))
        beside = {"content": _sent(promised, verdict)}
        entry = write_entry(tx, promised.council, promised.referral, "permit", _said(permit, promised), beside=beside)
        tx.insert(PERMIT, _permit_row(permit, promised, entry))
        open_still = promised.why == DOUBTFUL or (promised.attempts > 0 and is_doubted(tx, promised.id))
        doubted = class_of(way.hub) is HubClass.B and open_still
        about = (promised.kind, promised.epoch)
        claimed.append(Claimed(promised.council, promised.referral, permit, way, body, leave_by, doubted, *about))
    tx.change(_TAKE, rows)
    return tuple(claimed)


def _sending(permit: Permit, verdict: Permitted, lease_until: int) -> dict[str, object]:
    return {
        "delivery": permit.delivery_id,
        "new_attempts": permit.attempt,
        "new_fence": permit.fence,
        "new_lease_until": lease_until,
        "new_payload": verdict.payload,
        "new_digest": verdict.digest,
        "new_inputs": verdict.inputs,
    }


def _permit_row(permit: Permit, promised: Promised, entry: str) -> dict[str, object]:
    return {
        "delivery": permit.delivery_id,
        "fence": permit.fence,
        "council": promised.council,
        "at": permit.at,
        "inputs": permit.inputs,
        "destination": permit.destination,
        "epoch": promised.epoch,
        "attempt": permit.attempt,
        "entry": entry,
    }


def _said(permit: Permit, promised: Promised) -> dict[str, object]:
    return {
        "delivery": permit.delivery_id,
        "hub": promised.hub,
        "kind": promised.kind,
        "attempt": permit.attempt,
        "fence": permit.fence,
        "inputs": permit.inputs,
        "destination": permit.destination,
        "epoch": promised.epoch,
    }


def _sent(promised: Promised, verdict: Permitted) -> dict[str, object]:
    """What exactly may go, apart from what it rests on: this part a recipient may see."""
    return {"delivery": promised.id, "hub": promised.hub, "kind": promised.kind, "sha256": verdict.digest}


def _hold(tx: Tx, held: Sequence[tuple[Promised, str]]) -> None:
    if not held:
        return
    assert may_change(DeliveryState.DUE, DeliveryState.HELD, "machine")
    for promised, why in held:
        said = {"delivery": promised.id, "hub": promised.hub, "why": why}
        write_entry(tx, promised.council, promised.referral, "hold", said)
    tx.change(_KEEP_BACK, [{"delivery": promised.id, "new_why": why} for promised, why in held])
