"""Decides a stored referral again: something it leaned on has changed, or a person recorded a fact (settled 9, 12).

The same path as intake, inside the writer's transaction. What was promised and no longer may go is held; what may go in
another form is trimmed anew; what may go and was never promised is promised now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from contracts.delivery import DeliveryState
from contracts.errors import NotFound
from gateway.flows.decisions import filed, filing, likenesses, recorded, timers
from gateway.flows.decisions.cited import resolve, tokens_in
from gateway.flows.decisions.deed import Deed
from gateway.flows.decisions.envelopes import align
from gateway.flows.decisions.filing import Row
from gateway.flows.decisions.lineage import WHY as SUPERSEDED
from gateway.flows.decisions.lineage import is_superseded
from gateway.flows.decisions.notices import KIND as NOTICE
from gateway.flows.decisions.permit import TAKEN_BACK, Held, Permitted, Promised
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.path.course import Matter, Promise, consider, inputs_digest, promises
from gateway.path.payload import addressed
from gateway.store import content
from gateway.store.attachments import Whose, present
from gateway.store.tables import CLOCK, DECISION, DELIVERY, REFERRAL
from gateway.store.transaction import Tx

LEFT: Final = (DeliveryState.SENDING, DeliveryState.DELIVERED, DeliveryState.UNCERTAIN)
"""States of a message that a hub has, or may have."""

OPEN = (DeliveryState.DUE, DeliveryState.HELD)
"""States in which a delivery follows a new decision. What left, or may have left, stays as it is."""


UPDATE: Final = "update"
"""Kind of a delivery that follows one about the same referral, to the same hub: what it may have now."""

CARRY: Final = ("referral", UPDATE, "divert")
"""Kinds of delivery that carry a decision. What tells of one, an envelope or a notice, follows by itself."""

CONTINUED: Final = "continued"
"""Why code of a clock that ended only because the same wait goes on under a newer decision."""


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
    return dict(row), matter_of(gateway, tx, dict(row), body)


def matter_of(gateway: Gateway, connection: Connection | Tx, row: dict[str, Any], body: bytes) -> Matter:
    """A stored referral as the path sees it. `row` is its row, `body` what was filed."""
    council = row["council"]
    told, faults, digest = filed.read_filed(body)
    if told.attachments:
        keys, own = gateway.keys[council], Whose(council, row["sender"], bool(row["test"]))
        told, faults = resolve(keys, told, faults, present(connection, own, tokens_in(keys, told).values()))
    people = recorded.read(connection, council, row["facts_by_people"]).facts
    registration = gateway.council(council).senders.get(row["sender"])
    seen = timers.when(connection, gateway.council(council), row["id"])
    since = filed.read_since(body)
    matter = Matter(told, faults, registration, row["id"], digest, people, row["epoch"], since=since, seen=seen)
    return replace(matter, mapping=filed.read_mapping(body), received=row["at"])


def decide_again(
    gateway: Gateway,
    tx: Tx,
    row: dict[str, Any],
    matter: Matter,
    claimed: str = "",
    deed: Deed | None = None,
    renew: Collection[str] = (),
) -> Judged:
    """New decisions for every candidate, the old ones superseded, and open deliveries brought into line.

    claimed  the delivery whose claim asks, and tells the record itself if it is held
    deed     what a person did, if that is why it is decided again
    renew    messages that left: where they would say something else now, their hubs are sent that
    """
    council, referral = row["council"], row["id"]
    rules = gateway.rules[council]
    version = 1 + int(tx.execute(_highest_version(referral)).scalar_one())
    courses, screening = consider(matter, rules, tx.now)
    promised = promises(matter, courses, rules, screening, tx.now)
    now = row | {"at": tx.now}
    made = filing.file(
        gateway, matter, courses, promised, referral=now, ledger=(), version=version, deed=deed, received=row["at"]
    )
    standing = _standing(tx, referral)
    judged = Judged({}, {})
    renamed = _carried(tx, judged, standing, list(zip(promised, made.deliveries, strict=True)), renew)
    for old in standing:
        if old["id"] not in renamed.values() and old["state"] in OPEN:
            judged.held[old["id"]] = Held("decided_again")
            if old["id"] != claimed:
                _hold(tx, old)
    had = {old["hub"] for old in standing if old["state"] not in OPEN}
    judged.permitted.update(align(tx, council, referral, made.envelopes, had))
    _write(tx, made, renamed, deed, matter)
    return judged


def _carried(
    tx: Tx,
    judged: Judged,
    standing: list[Row],
    promised: Sequence[tuple[Promise, tuple[Row, bytes]]],
    renew: Collection[str],
) -> dict[str, str]:
    """Promise what is new, and renew what waits. Returns new id → the id of the delivery that goes on in its place."""
    renamed: dict[str, str] = {}
    for promise, (new, body) in promised:
        old = _counterpart(standing, new, promise, renamed)
        if old is None or (old["id"] in renew and _differs(old, promise)):
            tx.insert(DELIVERY, new | _kind(old, new) | {"payload": content.put(tx, new["council"], "payload", body)})
            continue
        renamed[new["id"]] = old["id"]
        if old["state"] in OPEN:
            judged.permitted[old["id"]] = _renewed(tx, old, promise)
    return renamed


def _write(tx: Tx, made: filing.Filing, renamed: Mapping[str, str], deed: Deed | None, matter: Matter) -> None:
    """The decisions in place of those that stood, and the clocks that go on or begin."""
    decided = [
        replace(one, row=one.row | {"delivery": renamed.get(one.row["delivery"], one.row["delivery"])})
        for one in made.decided
    ]
    about = {one.row["id"]: one.row["subject"] for one in decided}
    clocks = {clock["id"]: (clock["kind"], about[clock["decision"]]) for clock in made.clocks}
    waited = _superseded(tx, made.referral["id"], frozenset(clocks.values()), deed, matter)
    # To decide again buys no time: a clock that was running already keeps its own.
    kept = tuple(clock | waited.get(clocks[clock["id"]], {}) for clock in made.clocks)
    filing.write_decisions(tx, replace(made, decided=tuple(decided), deliveries=(), envelopes=(), clocks=kept))
    timers.start(tx, made.timers.started)


def _standing(tx: Tx, referral: str) -> list[Row]:
    """The deliveries there are, in the order of their promises, each with the outcome that it was promised for."""
    promised = (
        select(DECISION.c.delivery, DECISION.c.outcome)
        .where(DECISION.c.referral == referral, DECISION.c.delivery.is_not(None))
        .order_by(DECISION.c.version)
    )
    outcomes = {row.delivery: row.outcome for row in tx.execute(promised)}
    ours = select(DELIVERY).where(DELIVERY.c.referral == referral, DELIVERY.c.kind.in_(CARRY))
    found = tx.execute(ours.order_by(DELIVERY.c.seq)).mappings()
    return [dict(row) | {"outcome": outcomes.get(row["id"], "")} for row in found]


def _counterpart(standing: list[Row], new: Row, promise: Promise, taken: dict[str, str]) -> Row | None:
    """The delivery that a new promise continues: to the same hub, for the same outcome if one is left."""
    same = [
        old
        for old in standing
        if (old["hub"], old["kind"] == "divert") == (new["hub"], new["kind"] == "divert")
        and old["id"] not in taken.values()
    ]
    outcome = promise.decisions[0].outcome
    return min(same, key=lambda old: (old["outcome"] != outcome, -old["seq"]), default=None)


def _differs(old: Row, promise: Promise) -> bool:
    """Whether a message has left, or may have, and says something else than it would say now."""
    body = addressed(promise.payload.body, old["id"])
    return old["state"] in LEFT and sha256(body).hexdigest() != old["digest"]


def _kind(old: Row | None, new: Row) -> Row:
    return {"kind": UPDATE} if old is not None and new["kind"] == "referral" else {}


def _hold(tx: Tx, old: Row) -> None:
    """What was promised and may no longer go waits for a person."""
    if old["state"] == DeliveryState.HELD:
        return
    write_entry(tx, old["council"], old["referral"], "hold", _said(old, "decided_again"))
    tx.execute(_OF.values(state=DeliveryState.HELD, why="decided_again"), {"delivery": old["id"]})


def _renewed(tx: Tx, old: Row, promise: Promise) -> Permitted:
    """An open delivery under its new decision: a new payload if that differs, due again if it was held for one."""
    body = addressed(promise.payload.body, old["id"])
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


Waits = tuple[str, str]
"""What a clock waits for: its kind, and the pointer to the child it is about."""


def _superseded(
    tx: Tx, referral: str, going_on: frozenset[Waits], deed: Deed | None, matter: Matter
) -> dict[Waits, Row]:
    """End the decisions and clocks that stood. Returns what stays of the first clock of each kind and child."""
    # A council's own timers rest on what happened, not on a decision: they run on.
    rests = (CLOCK.c.referral == referral, CLOCK.c.decision != "", CLOCK.c.state == "running")
    running = (
        select(CLOCK.c.id, CLOCK.c.kind, DECISION.c.subject, *_KEPT)
        .join_from(CLOCK, DECISION, CLOCK.c.decision == DECISION.c.id)
        .where(*rests)
        .order_by(CLOCK.c.due_at)
    )
    waited: dict[Waits, Row] = {}
    by_deed = (deed.by, deed.why) if deed else ("", "")
    child = matter.referral.place_of(deed.subject) if deed else ""
    for clock in tx.execute(running).mappings().all():
        waits = (clock["kind"], clock["subject"])
        waited.setdefault(waits, {column.name: clock[column.name] for column in _KEPT})
        who, why = by_deed if deed and child == clock["subject"] else ("machine", "decided_again")
        ended = ("machine", CONTINUED) if waits in going_on else (who, why)
        tx.execute(_STOP, {"clock": clock["id"], "now": tx.now, "who": ended[0], "how": ended[1]})
    tx.execute(update(DECISION).where(DECISION.c.referral == referral).values(state="superseded"))
    return waited


_STOP: Final = (
    update(CLOCK)
    .where(CLOCK.c.id == bindparam("clock"))
    .values(state="stopped", ended_at=bindparam("now"), ended_by=bindparam("who"), why=bindparam("how"))
)
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
        """Decide the whole referral again; this delivery's part of the answer. A notice carries no decision."""
        if promised.kind == NOTICE:
            return Permitted(self.inputs(tx, promised), promised.payload, promised.digest)
        if promised.kind == likenesses.KIND:
            return likenesses.judged(self._gateway, tx, promised)
        if promised.kind != "divert" and is_superseded(tx, promised.council, promised.referral):
            return Held(SUPERSEDED)
        row, matter = load(self._gateway, tx, promised.council, promised.referral)
        judged = decide_again(self._gateway, tx, row, matter, claimed=promised.id)
        otherwise = Held(TAKEN_BACK if promised.kind == filing.ENVELOPE else "decided_again")
        return judged.permitted.get(promised.id) or judged.held.get(promised.id) or otherwise
