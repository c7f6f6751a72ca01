"""Turns what was decided about one referral into rows: all of them, or none, in the writer's one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from contracts.adapter import Fault, LedgerLine
from contracts.decision import Decision, Outcome
from contracts.delivery import DeliveryState
from contracts.evidence import Entry
from contracts.recorded import PersonFact
from contracts.referral import Referral
from gateway.flows import timers
from gateway.flows.gateway import Gateway
from gateway.flows.ids import short_id
from gateway.flows.said import sections_of
from gateway.flows.tokens import tokens_of
from gateway.flows.waiting import clocks_of
from gateway.path.course import Course, Matter, Promise, events
from gateway.path.trimming import spell
from gateway.record.canonical import canonical
from gateway.record.entries import make_entry
from gateway.store import content
from gateway.store.chance import new_id
from gateway.store.sealer import record_entry
from gateway.store.tables import CLOCK, DECISION, DELIVERY, LOOKUP, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.versions import Lineage

Row = dict[str, Any]
"""A row of a table, by column."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision, ready to be written: its row and its entry."""

    row: Row
    entry: Entry


@dataclass(frozen=True, slots=True)
class Filing:
    """Everything one referral brings into the store.

    filed    the referral, its ledger and faults, as one content
    timers   of the council's own, that what is seen here starts and stops
    lineage  the source record it was made of, if that has a number
    """

    council: str
    referral: Row
    filed: bytes
    decided: tuple[Decided, ...]
    deliveries: tuple[tuple[Row, bytes], ...]
    clocks: tuple[Row, ...]
    tokens: tuple[tuple[str, str], ...]
    timers: timers.Timers
    lineage: Lineage | None = None


def file(
    gateway: Gateway,
    matter: Matter,
    courses: Sequence[Course],
    promised: Sequence[Promise],
    *,
    referral: Row,
    ledger: Iterable[LedgerLine],
    version: int = 1,
    by: str = "machine",
    lineage: Lineage | None = None,
) -> Filing:
    """The rows for one referral and its decisions. `referral` is its row but for `filed` and `facts_by_people`."""
    council, now = referral["council"], referral["at"]
    deliveries = tuple(_delivery(gateway, referral, promise, version) for promise in promised)
    carriers = [(promise, row) for promise, (row, _) in zip(promised, deliveries, strict=True)]
    decided = tuple(
        _decided(gateway, matter, course, _carrier(course, carriers), referral, version, by) for course in courses
    )
    return Filing(
        council=council,
        referral=referral,
        filed=filed_content(matter, ledger),
        decided=decided,
        deliveries=deliveries,
        clocks=tuple(clocks_of(gateway, courses, [done.row["id"] for done in decided], referral)),
        timers=timers.timers_of(gateway.council(council), events(matter, courses, now), referral["id"]),
        tokens=tuple(tokens_of(gateway.keys[council], matter.referral)),
        lineage=lineage,
    )


def write(tx: Tx, filing: Filing, submission: str) -> None:
    """Insert it all. The order does not matter: rows go in parents first."""
    council = filing.council
    filed = content.put(tx, council, "filed", filing.filed)
    tx.insert(REFERRAL, filing.referral | {"submission": submission, "filed": filed, "facts_by_people": ""})
    write_decisions(tx, filing)
    timers.begin(tx, filing.timers, filing.referral["id"], filing.referral["supersedes"])
    if filing.lineage is not None:
        tx.continues(filing.lineage, filing.referral["id"])
    for token, kind in filing.tokens:
        tx.insert(LOOKUP, {"council": council, "token": token, "referral": filing.referral["id"], "kind": kind})


def write_decisions(tx: Tx, filing: Filing) -> None:
    """Insert decisions, their entries, what they promise and the clocks they start."""
    for decided in filing.decided:
        tx.insert(DECISION, decided.row)
        record_entry(tx, decided.entry, filing.referral["id"])
    for row, body in filing.deliveries:
        tx.insert(DELIVERY, row | {"payload": content.put(tx, filing.council, "payload", body)})
    for clock in filing.clocks:
        tx.insert(CLOCK, clock)


def filed_content(matter: Matter, ledger: Iterable[LedgerLine]) -> bytes:
    """The referral with its ledger and faults, as it is kept, and the digest that names this version of it."""
    return orjson.dumps(
        {
            "referral": orjson.Fragment(matter.spelt or spell(matter.referral)),
            "faults": [[f.position, f.pointer, f.expected, f.remedy, f.kind] for f in matter.faults],
            "ledger": [[line.source, line.state, line.to, line.why] for line in ledger],
            "digest": matter.content,
            "sent": matter.sent or matter.content,
        }
    )


def refiled(body: bytes, referral: Referral, digest: str) -> bytes:
    """A new version of what `filed_content` kept, with the faults and the ledger that it came with."""
    new = {"referral": orjson.Fragment(spell(referral)), "digest": digest}
    return orjson.dumps(orjson.loads(body) | new)


def read_filed(body: bytes) -> tuple[Referral, tuple[Fault, ...], str]:
    """The referral, its faults and its digest, back from `filed_content`."""
    parts = orjson.loads(body)
    referral = Referral.model_validate_json(orjson.dumps(parts["referral"]))
    return referral, tuple(Fault(*fault) for fault in parts["faults"]), str(parts["digest"])


def read_sent(body: bytes) -> tuple[Referral, str]:
    """The referral, and the digest of what its sender sent before anything was added here, from `filed_content`."""
    referral, _, digest = read_filed(body)
    return referral, str(orjson.loads(body).get("sent", digest))


def read_people(body: bytes | None) -> tuple[PersonFact, ...]:
    """What people recorded about a referral, oldest first."""
    return tuple(PersonFact(**fact) for fact in orjson.loads(body)) if body else ()


def _delivery(gateway: Gateway, referral: Row, promise: Promise, version: int) -> tuple[Row, bytes]:
    outcome, hub = promise.decisions[0].outcome, promise.hub
    divert = outcome is Outcome.DIVERT
    # A test referral stays here unless this is a demonstration, whose doors are all stubs (settled 53).
    stays = bool(referral["test"]) and not gateway.settings.demo
    row = {
        "id": short_id("delivery", referral["id"], hub.name, outcome, str(version)),
        "council": referral["council"],
        "referral": referral["id"],
        "hub": hub.name,
        "kind": "divert" if divert else "referral",
        "urgent": int(divert or any(o.code == "urgent" for d in promise.decisions for o in d.obligations)),
        "lane": f"{referral['council']}/{hub.name}/{referral['id']}",
        "state": DeliveryState.HELD if stays else DeliveryState.DUE,
        "due_at": referral["at"],
        "attempts": 0,
        "fence": 0,
        "lease_until": None,
        "digest": sha256(promise.payload.body).hexdigest(),
        "inputs": promise.decisions[0].inputs,
        "why": "test_referral" if stays else "",
        "at": referral["at"],
        "ended_at": None,
    }
    return row, promise.payload.body


Carrier = tuple[Promise, Row]
"""A promise and the delivery that keeps it."""


def _carrier(course: Course, carriers: Iterable[Carrier]) -> Carrier | None:
    """What carries a decision to its hub; None for one that sends nothing."""
    for promise, row in carriers:
        if any(decision is course.decision for decision in promise.decisions):
            return promise, row
    return None


def _decided(
    gateway: Gateway, matter: Matter, course: Course, carrier: Carrier | None, referral: Row, version: int, by: str
) -> Decided:
    kept_back = carrier[0].payload.withheld if carrier else ()
    withheld = [{"pointer": one.pointer, "reason": one.reason, "rule": one.rule} for one in kept_back]
    entry = make_entry(
        new_id(),
        referral["council"],
        "decision.machine" if by == "machine" else "decision.human",
        referral["at"],
        sections_of(gateway, matter, course, withheld, referral, by),
        gateway.salt,
    )
    about = matter.referral.place_of(course.decision.candidate.subject)
    row = _decision_row(course.decision, referral, version, about) | {
        "state": "promised" if carrier else "refused" if course.decision.outcome is Outcome.REFUSE else "open",
        "policy": gateway.policy(referral["council"]).digest,
        "delivery": carrier[1]["id"] if carrier else None,
        "entry": entry.rid,
        "by": by,
    }
    return Decided(row, entry)


def _decision_row(decision: Decision, referral: Row, version: int, about: str) -> Row:
    """`about` is the pointer to the child: a sender's own id for a person may be personal (settled 20)."""
    candidate = decision.candidate
    which = (about, candidate.hub, candidate.purpose, candidate.service, str(version))
    return {
        "id": short_id("decision", referral["id"], *which),
        "council": referral["council"],
        "referral": referral["id"],
        "version": version,
        "subject": about,
        "hub": decision.hub,
        "purpose": candidate.purpose,
        "outcome": decision.outcome,
        "deciding": ",".join(decision.deciding),
        "flags": ",".join(dict.fromkeys(o.code for o in decision.obligations if o.kind == "flag")),
        "facts": canonical(decision.facts.values).decode(),
        "inputs": decision.inputs,
        "valid_until": decision.valid_until,
        "at": referral["at"],
    }
