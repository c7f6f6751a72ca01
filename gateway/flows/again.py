"""Decides a stored referral again: something it leaned on has changed, or a person recorded a fact (settled 9, 12).

The same path as intake, inside the writer's transaction. What was promised and no longer may go is held; what may go in
another form is trimmed anew; what may go and was never promised is promised now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from contracts.delivery import DeliveryState
from contracts.errors import NotFound
from gateway.flows import filing
from gateway.flows.cited import resolve, tokens_in
from gateway.flows.entry import write_entry
from gateway.flows.filing import Row
from gateway.flows.gateway import Gateway
from gateway.flows.lineage import WHY as SUPERSEDED
from gateway.flows.lineage import is_superseded
from gateway.flows.permit import Held, Permitted, Promised
from gateway.path.course import Matter, Promise, consider, inputs_digest, promises
from gateway.store import content
from gateway.store.attachments import Whose, present
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
    # Locked, so that two processes told of the same thing do not both act on what it was before (P9).
    stored = select(REFERRAL).where(REFERRAL.c.id == referral, REFERRAL.c.council == council)
    row = tx.execute(stored.with_for_update(key_share=True)).mappings().first()
    body = content.get(tx, council, row["filed"]) if row is not None else None
    if row is None or body is None:
        raise NotFound()
    told, faults, digest = filing.read_filed(body)
    if told.attachments:
        keys, own = gateway.keys[council], Whose(council, row["sender"], bool(row["test"]))
        told, faults = resolve(keys, told, faults, present(tx, own, tokens_in(keys, told).values()))
    people = filing.read_people(content.get(tx, council, row["facts_by_people"]) if row["facts_by_people"] else None)
    registration = gateway.council(council).senders.get(row["sender"])
    return dict(row), Matter(told, faults, registration, referral, digest, people, row["epoch"])


def decide_again(
    gateway: Gateway, tx: Tx, row: dict[str, Any], matter: Matter, by: str = "machine", claimed: str = ""
) -> Judged:
    """New decisions for every candidate, the old ones superseded, and open deliveries brought into line.

    claimed  the delivery whose claim asks, and tells the record itself if it is held
    """
    council, referral = row["council"], row["id"]
    rules = gateway.rules[council]
    version = 1 + int(tx.execute(_highest_version(referral)).scalar_one())
    courses, screening = consider(matter, rules, tx.now)
    promised = promises(matter, courses, rules, screening, tx.now)
    made = filing.file(
        gateway, matter, courses, promised, referral=row | {"at": tx.now}, ledger=(), version=version, by=by
    )
    standing = _standing(tx, referral)
    judged = Judged({}, {})
    renamed: dict[str, str] = {}
    for promise, (new, body) in zip(promised, made.deliveries, strict=True):
        old = _counterpart(standing, new, promise, renamed)
        if old is None:
            tx.insert(DELIVERY, new | {"payload": content.put(tx, council, "payload", body)})
            continue
        renamed[new["id"]] = old["id"]
        if old["state"] in OPEN:
            judged.permitted[old["id"]] = _renewed(tx, old, promise, body)
    for old in standing:
        if old["id"] not in renamed.values() and old["state"] in OPEN:
            judged.held[old["id"]] = Held("decided_again")
            if old["id"] != claimed:
                _hold(tx, old)
    decided = [
        replace(one, row=one.row | {"delivery": renamed.get(one.row["delivery"], one.row["delivery"])})
        for one in made.decided
    ]
    waited = _superseded(tx, referral)
    # To decide again buys no time: a clock that was running already keeps its own.
    clocks = tuple(clock | waited.get(clock["kind"], {}) for clock in made.clocks)
    filing.write_decisions(tx, replace(made, decided=tuple(decided), deliveries=(), clocks=clocks))
    return judged


def _standing(tx: Tx, referral: str) -> list[Row]:
    """The deliveries there are, in the order of their promises, each with the outcome that it was promised for."""
    promised = (
        select(DECISION.c.delivery, DECISION.c.outcome)
        .where(DECISION.c.referral == referral, DECISION.c.delivery.is_not(None))
        .order_by(DECISION.c.version)
    )
    outcomes = {row.delivery: row.outcome for row in tx.execute(promised)}
    found = tx.execute(select(DELIVERY).where(DELIVERY.c.referral == referral).order_by(DELIVERY.c.seq)).mappings()
    return [dict(row) | {"outcome": outcomes.get(row["id"], "")} for row in found]


def _counterpart(standing: list[Row], new: Row, promise: Promise, taken: dict[str, str]) -> Row | None:
    """The delivery that a new promise continues: to the same hub, for the same outcome if one is left."""
    same = [
        old
        for old in standing
        if (old["hub"], old["kind"]) == (new["hub"], new["kind"]) and old["id"] not in taken.values()
    ]
    outcome = promise.decisions[0].outcome
    return min(same, key=lambda old: old["outcome"] != outcome, default=None)


def _hold(tx: Tx, old: Row) -> None:
    """What was promised and may no longer go waits for a person."""
    if old["state"] == DeliveryState.HELD:
        return
    write_entry(tx, old["council"], old["referral"], "hold", _said(old, "decided_again"))
    tx.execute(_OF.values(state=DeliveryState.HELD, why="decided_again"), {"delivery": old["id"]})


def _renewed(tx: Tx, old: Row, promise: Promise, body: bytes) -> Permitted:
    """An open delivery under its new decision: a new payload if that differs, due again if it was held for one."""
    digest = sha256(body).hexdigest()
    payload = old["payload"] if digest == old["digest"] else content.put(tx, old["council"], "payload", body)
    inputs = promise.decisions[0].inputs
    values = {"payload": payload, "digest": digest, "inputs": inputs}
    if old["state"] == DeliveryState.HELD and old["why"] == "decided_again":
        values |= {"state": DeliveryState.DUE, "why": "", "due_at": tx.now}
        write_entry(tx, old["council"], old["referral"], "release", _said(old, old["why"]))
    tx.execute(_OF.values(**values), {"delivery": old["id"]})
    return Permitted(inputs, payload, digest)


def _said(old: Row, why: str) -> dict[str, object]:
    return {"delivery": old["id"], "hub": old["hub"], "why": why}


def _superseded(tx: Tx, referral: str) -> dict[str, Row]:
    """End the decisions and clocks that stood. Returns what stays of the first clock of each kind that was running."""
    # A council's own timers rest on what happened, not on a decision: they run on.
    rests = (CLOCK.c.referral == referral, CLOCK.c.decision != "", CLOCK.c.state == "running")
    running = select(CLOCK.c.kind, *_KEPT).where(*rests).order_by(CLOCK.c.due_at)
    waited: dict[str, Row] = {}
    for clock in tx.execute(running).mappings():
        waited.setdefault(clock["kind"], {column.name: clock[column.name] for column in _KEPT})
    stopped = {"state": "stopped", "ended_at": tx.now, "ended_by": "machine", "why": "decided_again"}
    tx.execute(update(CLOCK).where(*rests).values(stopped))
    tx.execute(update(DECISION).where(DECISION.c.referral == referral).values(state="superseded"))
    return waited


_OF: Final = update(DELIVERY).where(DELIVERY.c.id == bindparam("delivery"))


_KEPT: Final = (CLOCK.c.started_at, CLOCK.c.due_at, CLOCK.c.next_at, CLOCK.c.owner, CLOCK.c.taken_by, CLOCK.c.rung)
"""What a clock keeps when its case is decided again: the time that has passed, and whoever has taken it."""


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
        rules = self._gateway.rules[promised.council]
        sender = promised.sender if promised.sender in rules.council.senders else ""
        return inputs_digest(rules, promised.hub, sender, promised.epoch)

    def redecide(self, tx: Tx, promised: Promised) -> Permitted | Held:
        """Decide the whole referral again; this delivery's part of the answer."""
        if promised.kind != "divert" and is_superseded(tx, promised.council, promised.referral):
            return Held(SUPERSEDED)
        row, matter = load(self._gateway, tx, promised.council, promised.referral)
        judged = decide_again(self._gateway, tx, row, matter, claimed=promised.id)
        return judged.permitted.get(promised.id) or judged.held.get(promised.id) or Held("decided_again")
