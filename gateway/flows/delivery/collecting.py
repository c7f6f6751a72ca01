"""A hub comes for its messages: what it may collect, collecting one, and its word that it has it (settled 12, 13).

Collecting is an attempt like any other: judged and permitted in one transaction, under a fence, and settled by what the
hub says itself. What is not acknowledged within its lease is due again under the same id; what was withdrawn, held or
has expired is never given out. Another hub's message and one that there is not look the same.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import bindparam, select

from adapters import HUBS
from contracts.delivery import Attempt, DeliveryState, Result
from contracts.errors import AnsweredAlready, NotFound, NotSentYet, StoreUnavailable
from contracts.hub import HubMessage
from gateway.flows.access import Caller, hub_relation, permit_operation
from gateway.flows.connections.secretfiles import read_secret
from gateway.flows.decisions.again import StandingJudge
from gateway.flows.decisions.permit import Door, Held, Terms, door
from gateway.flows.delivery.claim import Claimed, JudgeFailed, give_leave, hold_unjudged
from gateway.flows.delivery.lanes import lane_of_hub
from gateway.flows.delivery.outbox import IN_TURN, ready
from gateway.flows.delivery.settle import settle, take_word
from gateway.flows.gateway import Gateway
from gateway.flows.stamps import stamp
from gateway.path.answers import UNACKNOWLEDGED
from gateway.store.tables import ATTEMPT, DELIVERY, PERMIT, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

MANY: Final = 256
"""Messages of one list at most: what is collected makes room for the next."""

LEASE: Final = 15
"""Minutes that a hub has to say that it has what it collected, where its settings say nothing else."""

_NOTHING: Final = "There is nothing to collect under that id. Ask for the list of what there is."
_READY: Final = (
    select(DELIVERY.c.id, DELIVERY.c.at, DELIVERY.c.urgent, DELIVERY.c.seq)
    .join_from(DELIVERY, REFERRAL, DELIVERY.c.referral == REFERRAL.c.id)
    .where(
        DELIVERY.c.council == bindparam("council"),
        DELIVERY.c.hub == bindparam("hub"),
        DELIVERY.c.state == "due",
        DELIVERY.c.due_at <= bindparam("now"),
        REFERRAL.c.test >= bindparam("test"),
        IN_TURN,
    )
    .order_by(DELIVERY.c.urgent.desc(), DELIVERY.c.seq)
    .limit(MANY)
)
_ABOUT: Final = (
    select(DELIVERY, REFERRAL.c.test)
    .join_from(DELIVERY, REFERRAL, DELIVERY.c.referral == REFERRAL.c.id)
    .where(DELIVERY.c.council == bindparam("council"), DELIVERY.c.id == bindparam("delivery"))
    .with_for_update(of=[DELIVERY])
)
_PERMITTED: Final = select(PERMIT.c.at).where(
    PERMIT.c.delivery == bindparam("delivery"), PERMIT.c.fence == bindparam("fence")
)
_LEFT: Final = select(ATTEMPT.c.fence).where(
    ATTEMPT.c.delivery == bindparam("delivery"), ATTEMPT.c.result == Result.UNCERTAIN.value
)


async def listed(gateway: Gateway, caller: Caller, hub: str) -> dict[str, object]:
    """Ids of what this hub may collect now, the most urgent first, and since when: nothing of a person.

    Raises NotAllowed, and NotFound for a hub that the key does not speak for or that does not collect.
    """
    council = caller.registration.council
    permit_operation("list_deliveries", caller, hub_relation(caller, council, hub, caller.test))
    way = _door(terms_of(gateway), council, hub)

    def work(tx: Tx) -> list[dict[str, object]]:
        lane = lane_of_hub(tx, council, hub)
        if isinstance(way, Held) or lane.state != "open":
            return []
        found = tx.execute(_READY, {"council": council, "hub": hub, "now": tx.now, "test": int(caller.test)})
        return [
            {"id": row.id, "since": stamp(row.at), "urgent": row.urgent > 0}
            for row in found
            if row.seq <= lane.takes_up_to(row.urgent, tx.now)
        ]

    return {"hub": hub, "deliveries": await gateway.writer.submit(Write(work))}


async def collect(gateway: Gateway, caller: Caller, delivery: str) -> HubMessage:
    """One message, with a permit of its own. Raises NotFound, NotAllowed, StoreUnavailable.

    Collecting again what was collected and not acknowledged gives the same message under the same id.
    """
    terms = terms_of(gateway)

    try:
        claimed = await gateway.writer.submit(Write(lambda tx: _take(tx, terms, caller, delivery)))
    except JudgeFailed as failed:
        poor = failed.delivery
        await gateway.writer.submit(Write(lambda tx: hold_unjudged(tx, poor)))
        claimed = None
    if claimed is None:
        raise NotFound(_NOTHING)
    if time.monotonic() > claimed.leave_by:
        await _settled(gateway, terms, claimed, Result.NOT_SENT, "permit_spent")
        raise StoreUnavailable("It took too long to find. Collect it again.", retry_after=10)
    way = claimed.door
    try:
        message = HUBS[way.hub.adapter].write(
            claimed.payload, delivery, gateway.now() // 1_000, way.secrets, way.options
        )
    except ValueError:
        await _settled(gateway, terms, claimed, Result.REFUSED, "message_not_written")
        raise NotFound(_NOTHING) from None
    assert isinstance(message, HubMessage)
    return message


def _take(tx: Tx, terms: Terms, caller: Caller, delivery: str) -> Claimed | None:
    """The message with its permit; None where there is nothing to give out. Raises what `collect` raises."""
    row, way = _own(tx, terms, caller, "collect", delivery)
    lane = lane_of_hub(tx, row.council, row.hub)
    if isinstance(way, Held) or lane.state != "open" or row.seq > lane.takes_up_to(row.urgent, tx.now):
        return None
    if row.state == DeliveryState.SENDING:
        settle(tx, terms, [_came_to(tx, row, Result.UNCERTAIN, UNACKNOWLEDGED)])
    promised = ready(tx, delivery)
    if promised is None:
        return None
    lease = float(str(way.hub.settings.get("lease_minutes", LEASE))) * 60
    taken = give_leave(tx, replace(terms, lease=lease), [(way, promised)])
    return taken[0] if taken else None


async def acknowledge(gateway: Gateway, caller: Caller, delivery: str) -> dict[str, object]:
    """The hub has it. Saying so again changes nothing; saying so late counts as well.

    Raises NotFound, NotAllowed, NotSentYet for what was never collected, AnsweredAlready for what was taken back.
    """
    terms = terms_of(gateway)

    def work(tx: Tx) -> None:
        row, _ = _own(tx, terms, caller, "acknowledge", delivery)
        if row.state == DeliveryState.DELIVERED:
            return
        if row.state == DeliveryState.SENDING:
            settle(tx, terms, [_came_to(tx, row, Result.DELIVERED, "acknowledged")])
            return
        if tx.execute(_LEFT, {"delivery": delivery}).first() is None:
            raise NotSentYet("Nobody has collected it. Collect it first.")
        if row.state == DeliveryState.CANCELLED:
            raise AnsweredAlready("It was taken back in the meantime. Do not use it, and ring the sender.")
        take_word(tx, terms, row, caller.registration.sender)

    await gateway.writer.submit(Write(work))
    return {
        "delivery": delivery,
        "state": DeliveryState.DELIVERED.value,
        "say": "It has arrived at your system. That somebody reads it is another matter: tell us by an event.",
    }


def terms_of(gateway: Gateway) -> Terms:
    """What is given out is judged by, as a worker judges what it sends."""
    settings = gateway.settings
    return Terms(
        councils=gateway.catalogue.councils,
        judge=StandingJudge(gateway),
        secret=lambda name: read_secret(settings.secrets, name),
        window=settings.permit_window,
        lease=settings.lease,
        demo=settings.demo,
        published=lambda council: settings.demo or gateway.has_published(council),
    )


def _own(tx: Tx, terms: Terms, caller: Caller, operation: str, delivery: str) -> tuple[Any, Door | Held]:
    """A delivery to a hub that this key speaks for and that collects. Raises NotFound for any other, NotAllowed."""
    council = caller.registration.council
    row = tx.execute(_ABOUT, {"council": council, "delivery": delivery}).first()
    hub, test = (row.hub, bool(row.test)) if row is not None else ("", False)
    permit_operation(operation, caller, hub_relation(caller, council, hub, test))
    if row is None:
        raise NotFound()
    return row, _door(terms, council, hub)


def _door(terms: Terms, council: str, hub: str) -> Door | Held:
    """The hub's door. Raises NotFound for a hub that does not collect."""
    known = terms.councils[council].hubs.get(hub)
    if known is None or known.adapter not in HUBS or HUBS[known.adapter].CARRIED != "collected":
        raise NotFound()
    return door(terms, council, hub)


def _came_to(tx: Tx, row: Any, result: Result, why: str) -> Attempt:
    """What the attempt under way came to."""
    permitted = tx.execute(_PERMITTED, {"delivery": row.id, "fence": row.fence}).scalar_one()
    return Attempt(row.id, row.fence, row.attempts, permitted, tx.now, result, None, why)


async def _settled(gateway: Gateway, terms: Terms, claimed: Claimed, result: Result, why: str) -> None:
    permit = claimed.permit
    attempt = Attempt(permit.delivery_id, permit.fence, permit.attempt, permit.at, gateway.now(), result, None, why)
    await gateway.writer.submit(Write(lambda tx: settle(tx, terms, [attempt]) and None))
