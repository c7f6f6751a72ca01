"""What has arrived at a hub, for whoever keys it into the hub's own system by hand (settled 56).

Only what arrived is shown, and only as that hub may have it: what was kept back from the hub is kept back here too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select

from contracts.council import Council
from contracts.delivery import DeliveryState
from contracts.errors import NotFound
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.decisions.filing import ENVELOPE
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.opening import READ
from gateway.store import content
from gateway.store.tables import DELIVERY, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

A_PAGE: Final = 25
LEAST: Final = 6
"""Characters of a reference that somebody must give at least, to find a message by."""

_ARRIVED: Final = (
    select(DELIVERY, REFERRAL.c.test, REFERRAL.c.sender)
    .join(REFERRAL, REFERRAL.c.id == DELIVERY.c.referral)
    .where(
        DELIVERY.c.council == bindparam("council"),
        DELIVERY.c.state == DeliveryState.DELIVERED,
        DELIVERY.c.kind != ENVELOPE,
    )
)


async def arrived(gateway: Gateway, who: Acting, reference: str = "", before: int = 0) -> dict[str, Any]:
    """The newest messages that arrived, a page at a time. Raises NotYourRole.

    reference  how our reference begins, "" for any
    before     `seq` of the last one of the page before, 0 for the first page
    Walks the outbox backwards and ends with the page: it costs no more as the store grows.
    """
    who.must_be_let("arrived.list")
    council = who.council

    def read(connection: Connection) -> dict[str, Any]:
        asked = _narrowed(who, reference, before).order_by(DELIVERY.c.seq.desc()).limit(A_PAGE + 1)
        found = connection.execute(asked, {"council": council.name}).mappings().all()
        rows = [line(council, dict(row)) for row in found[:A_PAGE]]
        return {"rows": rows, "next": found[A_PAGE - 1]["seq"] if len(found) > A_PAGE else 0}

    return await gateway.store.ask(council.name, read)


def _narrowed(who: Acting, reference: str, before: int) -> Select[Any]:
    asked = _ARRIVED if who.hubs is None else _ARRIVED.where(DELIVERY.c.hub.in_(sorted(who.hubs)))
    if before:
        asked = asked.where(DELIVERY.c.seq < before)
    if reference:
        # An id is lower-case letters and digits, which all sort before "~".
        asked = asked.where(DELIVERY.c.referral >= reference, DELIVERY.c.referral < f"{reference}~")
    return asked


async def show(gateway: Gateway, who: Acting, delivery: str) -> dict[str, Any]:
    """One message that arrived, and nothing of what it says. Raises NotYourRole, NotFound."""
    who.must_be_let("arrived.list")
    council = who.council
    return await gateway.store.ask(council.name, lambda connection: line(council, _one(connection, who, delivery)))


async def opened(gateway: Gateway, who: Acting, delivery: str, purpose: str) -> bytes:
    """The message as its hub has it, once the record says who reads it and why.

    Raises NotYourRole, NotFound, NoSuchAnswer without a purpose.
    """
    must_say_why(purpose)
    council = who.council

    def work(tx: Tx) -> bytes:
        row = _one(tx, who, delivery)
        who.must_be_let("arrived.open", "divert" if row["kind"] == "divert" else "")
        body = content.get(tx, council.name, row["payload"])
        if body is None:
            raise NotFound("What was sent has been disposed of here. The hub keeps the case.")
        if "sealed" in json.loads(body).get("safety", {}).get("protection", ()):
            who.must_be_let("holds.open", "sealed")
        said = who.said | {"delivery": delivery, "purpose": purpose.strip()}
        write_entry(tx, council.name, row["referral"], READ, said, section="reader")
        return body

    return await gateway.writer.submit(Write(work))


def line(council: Council, row: Mapping[str, Any]) -> dict[str, Any]:
    """One message in words: ids, hub, sender and instants (ms UTC)."""
    hub, sender = council.hubs.get(row["hub"]), council.senders.get(row["sender"])
    return {
        "id": row["id"],
        "referral": row["referral"],
        "kind": row["kind"],
        "hub": hub.title if hub else row["hub"],
        "hub_name": row["hub"],
        "sender": sender.title if sender else row["sender"],
        "promised": row["at"],
        "arrived": row["ended_at"],
        "test": bool(row["test"]),
    }


def _one(connection: Connection | Tx, who: Acting, delivery: str) -> Mapping[str, Any]:
    asked = _ARRIVED.where(DELIVERY.c.id == delivery)
    found = connection.execute(asked, {"council": who.council.name}).mappings().first()
    if found is None or not who.serves(found["hub"]):
        raise NotFound("No message of that name has arrived.")
    return dict(found)
