"""What the way back starts from: a message that has arrived, and the doors where hubs and senders tell of it."""

from __future__ import annotations

from typing import Any

import httpx2
from sqlalchemy import update

from gateway.store.tables import DELIVERY
from gateway.store.writer import Write
from tests.running import HULL, JSON, Door, a_hull_referral, as_bytes, rows

HUB = "demo-hull-hub"
"""The key of Hull's hubs' own system."""


def deliveries(door: Door, referral: str = "", kind: str = "") -> list[dict[str, Any]]:
    """The rows of a referral's deliveries, in the order in which they were promised."""
    found = sorted(rows(door.gateway, "delivery"), key=lambda row: row["seq"])
    return [row for row in found if referral in ("", row["referral"]) and kind in ("", row["kind"])]


def arrived(door: Door, referral: str, state: str = "delivered") -> str:
    """Say that what is due of a referral has arrived, or stands as `state`. The id of the first message."""
    due = [row["id"] for row in deliveries(door, referral) if row["state"] == "due" and row["kind"] != "envelope"]
    settled = update(DELIVERY).where(DELIVERY.c.id.in_(due)).values(state=state, attempts=1)
    door.gateway.writer.run(Write(lambda tx: tx.execute(settled) and None))
    return str(due[0])


def sent(door: Door, once: str = "first", **changes: Any) -> tuple[str, str]:
    """A referral that has arrived at its hub: its id, and that of the message."""
    referral = door.accepted(a_hull_referral(**changes), once=once)
    return referral, arrived(door, referral)


def tell(door: Door, path: str, document: object, *, once: str = "told", key: str = HUB, **how: Any) -> httpx2.Response:
    """POST this to a door of the way back."""
    headers = {"content-type": JSON, "idempotency-key": once} | dict(how.pop("headers", {}))
    return door.post(path, document if isinstance(document, bytes) else as_bytes(document), key=key, headers=headers)


def event(door: Door, delivery: str, code: str, once: str = "told", **more: Any) -> httpx2.Response:
    """A hub says that this happened."""
    return tell(door, f"/v1/deliveries/{delivery}/events", {"event": code, **more}, once=once)


def outcome(door: Door, delivery: str, code: str, once: str = "told", **more: Any) -> httpx2.Response:
    """A hub says what it decided."""
    return tell(door, f"/v1/deliveries/{delivery}/outcome", {"outcome": code, **more}, once=once)


def agreement(door: Door, referral: str, once: str = "agreed", **said: Any) -> httpx2.Response:
    """The sender says what the family said later."""
    return tell(door, f"/v1/referrals/{referral}/agreement", said, once=once, key=HULL)


def status(door: Door, referral: str, key: str = HULL) -> dict[str, Any]:
    """What the sender is told of a referral."""
    told: dict[str, Any] = door.get(f"/v1/referrals/{referral}", key=key).json()
    return told
