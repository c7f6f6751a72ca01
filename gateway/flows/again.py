"""Decides a stored referral again: something it leaned on has changed, or a person recorded a fact (settled 9, 12).

The same path as intake, inside the writer's transaction. What was promised and no longer may go is held; what may go in
another form is trimmed anew; what may go and was never promised is promised now.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update

from contracts.delivery import DeliveryState
from contracts.errors import NotFound
from gateway.flows import filing
from gateway.flows.gateway import Gateway
from gateway.flows.permit import Held, Permitted, Promised
from gateway.path.course import Matter, Promise, consider, inputs_digest, promises
from gateway.store import content
from gateway.store.sealer import record_entry
from gateway.store.tables import CLOCK, DECISION, DELIVERY, REFERRAL
from gateway.store.transaction import Tx

OPEN = (DeliveryState.DUE, DeliveryState.HELD)
"""States in which a delivery follows a new decision. What left, or may have left, stays as it is."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What deciding again came to.

    permitted  delivery id → its inputs and payload now
    held       delivery id → why code
    """

    permitted: dict[str, Permitted]
    held: dict[str, Held]


def load(gateway: Gateway, tx: Tx, council: str, referral: str) -> tuple[dict[str, Any], Matter]:
    """A referral's row, and its matter as the path sees it. Raises NotFound, also once its content is erased."""
    row = (
        tx.execute(select(REFERRAL).where(REFERRAL.c.id == referral, REFERRAL.c.council == council)).mappings().first()
    )
    body = content.get(tx, council, row["filed"]) if row is not None else None
    if row is None or body is None:
        raise NotFound()
    told, faults, digest = filing.read_filed(body)
    people = filing.read_people(content.get(tx, council, row["facts_by_people"]) if row["facts_by_people"] else None)
    registration = gateway.council(council).senders.get(row["sender"])
    return dict(row), Matter(told, faults, registration, referral, digest, people, row["epoch"])


def decide_again(gateway: Gateway, tx: Tx, row: dict[str, Any], matter: Matter, by: str = "machine") -> Judged:
    """New decisions for every candidate, the old ones superseded, and open deliveries brought into line."""
    council, referral = row["council"], row["id"]
    rules = gateway.rules[council]
    version = 1 + int(tx.execute(_highest_version(referral)).scalar_one())
    courses, screening = consider(matter, rules, tx.now)
    promised = promises(matter, courses, rules, screening, tx.now)
    standing = tx.execute(select(DELIVERY).where(DELIVERY.c.referral == referral)).mappings().all()
    made = filing.file(
        gateway, matter, courses, promised, referral=row | {"at": tx.now}, ledger=(), version=version, by=by
    )
    judged, renamed = Judged({}, {}), {}
    for promise, (new, body) in zip(promised, made.deliveries, strict=True):
        old = next((d for d in standing if d["hub"] == new["hub"] and d["kind"] == new["kind"]), None)
        if old is None:
            tx.insert(DELIVERY, new | {"payload": content.put(tx, council, "payload", body)})
            continue
        renamed[new["id"]] = old["id"]
        if old["state"] in (*OPEN, DeliveryState.SENDING):
            judged.permitted[old["id"]] = _renewed(tx, council, old, promise, body)
    for old in standing:
        if old["id"] not in renamed.values() and old["state"] in OPEN:
            judged.held[old["id"]] = Held("decided_again")
            tx.execute(
                update(DELIVERY).where(DELIVERY.c.id == old["id"]).values(state=DeliveryState.HELD, why="decided_again")
            )
    tx.execute(
        update(DECISION)
        .where(DECISION.c.referral == referral, DECISION.c.state != "superseded")
        .values(state="superseded")
    )
    tx.execute(update(CLOCK).where(CLOCK.c.referral == referral, CLOCK.c.state == "running").values(state="stopped"))
    for decided in made.decided:
        delivery = decided.row["delivery"]
        tx.insert(DECISION, decided.row | {"delivery": renamed.get(delivery, delivery)})
        record_entry(tx, decided.entry, referral)
    for clock in made.clocks:
        tx.insert(CLOCK, clock)
    return judged


def _renewed(tx: Tx, council: str, old: Any, promise: Promise, body: bytes) -> Permitted:
    """An open delivery under its new decision: a new payload if that differs, due again if it was held for one."""
    digest = sha256(body).hexdigest()
    payload = old["payload"] if digest == old["digest"] else content.put(tx, council, "payload", body)
    inputs = promise.decisions[0].inputs
    values = {"payload": payload, "digest": digest, "inputs": inputs}
    if old["state"] == DeliveryState.HELD and old["why"] == "decided_again":
        values |= {"state": DeliveryState.DUE, "why": "", "due_at": tx.now}
    tx.execute(update(DELIVERY).where(DELIVERY.c.id == old["id"]).values(**values))
    return Permitted(inputs, payload, digest)


def _highest_version(referral: str) -> Any:
    return (
        select(DECISION.c.version).where(DECISION.c.referral == referral).order_by(DECISION.c.version.desc()).limit(1)
    )


class StandingJudge:
    """Says whether a promise still stands (`permit.Judge`), by the rules this process has in force."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def inputs(self, tx: Tx, promised: Promised) -> str:
        """As `Decision.inputs` is made."""
        return inputs_digest(self._gateway.rules[promised.council], promised.hub, promised.sender, promised.epoch)

    def redecide(self, tx: Tx, promised: Promised) -> Permitted | Held:
        """Decide the whole referral again; this delivery's part of the answer."""
        row, matter = load(self._gateway, tx, promised.council, promised.referral)
        judged = decide_again(self._gateway, tx, row, matter)
        return judged.permitted.get(promised.id) or judged.held.get(promised.id) or Held("decided_again")
