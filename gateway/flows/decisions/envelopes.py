"""Keeps what hubs were told of held referrals in line with what is held now (settled 43)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam, select, update

from contracts.delivery import DeliveryState
from gateway.flows.decisions.filing import ENVELOPE, Row
from gateway.flows.decisions.permit import TAKEN_BACK, Permitted
from gateway.flows.entry import write_entry
from gateway.path.states import may_change
from gateway.store import content
from gateway.store.tables import DELIVERY
from gateway.store.transaction import Tx

_STANDING: Final = select(DELIVERY).where(
    DELIVERY.c.referral == bindparam("of"), DELIVERY.c.kind == ENVELOPE, DELIVERY.c.state != DeliveryState.CANCELLED
)
_OF: Final = update(DELIVERY).where(DELIVERY.c.id == bindparam("envelope"))
_WAITING: Final = (DeliveryState.DUE, DeliveryState.HELD)


def align(
    tx: Tx, council: str, referral: str, made: Iterable[tuple[Row, bytes]], had: Collection[str]
) -> dict[str, Permitted]:
    """Promise what is new, renew what waits to be sent, take back what no longer holds. Returns what may go.

    had  hubs that something left for: they need no envelope of what they had
    """
    standing = {row["hub"]: dict(row) for row in tx.execute(_STANDING, {"of": referral}).mappings()}
    permitted: dict[str, Permitted] = {}
    for row, body in made:
        old = standing.pop(row["hub"], None)
        if old is None and row["hub"] in had:
            continue
        if old is None:
            tx.insert(DELIVERY, row | {"payload": content.put(tx, council, "payload", body)})
        elif old["state"] in _WAITING:
            permitted[old["id"]] = _renewed(tx, old, row["inputs"], body)
    for old in standing.values():
        if old["state"] in _WAITING:
            _take_back(tx, old)
    return permitted


def _renewed(tx: Tx, old: Row, inputs: str, body: bytes) -> Permitted:
    digest = sha256(body).hexdigest()
    payload = old["payload"] if digest == old["digest"] else content.put(tx, old["council"], "payload", body)
    tx.execute(_OF.values(payload=payload, digest=digest, inputs=inputs), {"envelope": old["id"]})
    return Permitted(inputs, payload, digest)


def _take_back(tx: Tx, old: Row) -> None:
    """What was not sent is not sent any more: the hub gets what went on, or nothing."""
    assert may_change(DeliveryState(old["state"]), DeliveryState.CANCELLED, "condition")
    said = {"delivery": old["id"], "hub": old["hub"], "why": TAKEN_BACK}
    write_entry(tx, old["council"], old["referral"], "envelope.cancelled", said)
    ended = {"state": DeliveryState.CANCELLED, "why": TAKEN_BACK, "ended_at": tx.now}
    tx.execute(_OF.values(**ended), {"envelope": old["id"]})
