"""Turns what was decided about one referral into rows: all of them, or none, in the writer's one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from contracts.adapter import LedgerLine
from contracts.decision import Decision, Outcome
from contracts.delivery import DeliveryState, HubClass
from contracts.evidence import Entry
from contracts.retention import youngest_of
from gateway.flows.decisions import timers
from gateway.flows.decisions.deed import Deed
from gateway.flows.decisions.doubt import class_of
from gateway.flows.decisions.filed import filed_content
from gateway.flows.decisions.said import sections_of
from gateway.flows.decisions.tokens import tokens_of
from gateway.flows.decisions.waiting import clocks_of
from gateway.flows.gateway import Gateway
from gateway.flows.ids import short_id
from gateway.path.answered import CLOSED
from gateway.path.course import Course, Matter, Promise, events
from gateway.path.envelope import Envelope, envelopes
from gateway.path.payload import addressed
from gateway.path.schedule import CURRENT, DIVERTS
from gateway.record.canonical import canonical
from gateway.record.entries import make_entry
from gateway.store import content
from gateway.store.chance import new_id
from gateway.store.sealer import record_entry
from gateway.store.tables import CLOCK, DECISION, DELIVERY, LOOKUP, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.versions import Lineage

ENVELOPE: Final = "envelope"
"""Kind of a delivery that tells a hub of what is held (settled 43)."""

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
    envelopes what hubs are told of what is held (settled 43)
    timers   of the council's own, that what is seen here starts and stops
    lineage  the source record it was made of, if that has a number
    """

    council: str
    referral: Row
    filed: bytes
    decided: tuple[Decided, ...]
    deliveries: tuple[tuple[Row, bytes], ...]
    envelopes: tuple[tuple[Row, bytes], ...]
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
    deed: Deed | None = None,
    received: int = 0,
    lineage: Lineage | None = None,
) -> Filing:
    """The rows for one referral and its decisions. `referral` is its row but for `filed` and `facts_by_people`.

    deed      what a person did, if that is why it is decided: the decisions it is about are theirs
    received  when the referral came, ms UTC, if that is not now
    """
    council, now = referral["council"], referral["at"]
    deliveries = tuple(_delivery(gateway, referral, promise, version) for promise in promised)
    told = envelopes(matter, courses, gateway.rules[council], received or now)
    carriers = [(promise, row) for promise, (row, _) in zip(promised, deliveries, strict=True)]
    decided = tuple(
        _decided(gateway, matter, course, _carrier(course, carriers), referral, version, deed) for course in courses
    )
    return Filing(
        council=council,
        referral=referral | {"born": born.year if (born := youngest_of(matter.referral)) else None},
        filed=filed_content(matter, ledger),
        decided=decided,
        deliveries=deliveries,
        envelopes=tuple(_envelope(gateway, referral, one, version) for one in told),
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
        record_entry(tx, decided.entry)
    for row, body in (*filing.deliveries, *filing.envelopes):
        tx.insert(DELIVERY, row | {"payload": content.put(tx, filing.council, "payload", body)})
    for clock in filing.clocks:
        tx.insert(CLOCK, clock)


def _delivery(gateway: Gateway, referral: Row, promise: Promise, version: int) -> tuple[Row, bytes]:
    outcome, hub = promise.decisions[0].outcome, promise.hub
    divert = outcome is Outcome.DIVERT
    row = outgoing(gateway, referral, hub.name, str(outcome), str(version)) | {
        "kind": "divert" if divert else "referral",
        "urgent": DIVERTS if divert else int(any(o.code == "urgent" for d in promise.decisions for o in d.obligations)),
        "inputs": promise.decisions[0].inputs,
    }
    body = addressed(promise.payload.body, row["id"])
    return row | {"digest": sha256(body).hexdigest()}, body


def _envelope(gateway: Gateway, referral: Row, told: Envelope, version: int) -> tuple[Row, bytes]:
    """An envelope waits in a lane of its own: it never stands before what it tells of."""
    row = outgoing(gateway, referral, told.hub.name, ENVELOPE, str(version))
    own = {"kind": ENVELOPE, "lane": f"{row['lane']}/{ENVELOPE}"}
    return row | own | {"digest": sha256(told.body).hexdigest(), "inputs": told.inputs}, told.body


def outgoing(gateway: Gateway, referral: Row, hub: str, *parts: str) -> Row:
    """A delivery that is due now, less its kind, digest and inputs. `parts` tell it from others to this hub."""
    # A test referral stays here unless this is a demonstration, whose doors are all stubs (settled 53).
    stays = bool(referral["test"]) and not gateway.settings.demo
    known = gateway.council(referral["council"]).hubs.get(hub)
    return {
        "id": short_id("delivery", referral["id"], hub, *parts),
        "council": referral["council"],
        "referral": referral["id"],
        "hub": hub,
        "urgent": 0,
        "lane": f"{referral['council']}/{hub}/{referral['id']}",
        "state": str(DeliveryState.HELD if stays else DeliveryState.DUE),
        "due_at": referral["at"],
        "attempts": 0,
        "schedule": CURRENT,
        "hub_class": str(class_of(known) if known else HubClass.C),
        "rungs": 0,
        "lost": 0,
        "early": 0,
        "planned_at": None,
        "passed": 0,
        "fence": 0,
        "lease_until": None,
        "why": "test_referral" if stays else "",
        "at": referral["at"],
        "ended_at": None,
    }


Carrier = tuple[Promise, Row]
"""A promise and the delivery that keeps it."""


def _carrier(course: Course, carriers: Iterable[Carrier]) -> Carrier | None:
    """What carries a decision to its hub; None for one that sends nothing."""
    for promise, row in carriers:
        if any(decision is course.decision for decision in promise.decisions):
            return promise, row
    return None


def _decided(
    gateway: Gateway,
    matter: Matter,
    course: Course,
    carrier: Carrier | None,
    referral: Row,
    version: int,
    deed: Deed | None,
) -> Decided:
    own = deed if deed is not None and deed.about(course.decision.candidate) else None
    by = own.by if own else "machine"
    kept_back = carrier[0].payload.withheld if carrier else ()
    withheld = [{"pointer": one.pointer, "reason": one.reason, "rule": one.rule} for one in kept_back]
    entry = make_entry(
        new_id(),
        referral["council"],
        "decision.human" if own else "decision.machine",
        referral["at"],
        sections_of(gateway, matter, course, withheld, referral, "person" if own else by)
        | ({"human": own.said} if own else {}),
        gateway.salt,
        referral["id"],
    )
    about = matter.referral.place_of(course.decision.candidate.subject)
    row = _decision_row(course.decision, referral, version, about) | {
        "state": _state(course.decision, carrier is not None),
        "policy": gateway.policy(referral["council"]).digest,
        "delivery": carrier[1]["id"] if carrier else None,
        "entry": entry.rid,
        "by": by,
    }
    return Decided(row, entry)


def _state(decision: Decision, promised: bool) -> str:
    """Where a decision stands (settled 5)."""
    if promised:
        return "promised"
    if decision.deciding == (CLOSED,):
        return "closed"
    return "refused" if decision.outcome is Outcome.REFUSE else "open"


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
        "outcome": str(decision.outcome),
        "deciding": ",".join(decision.deciding),
        "flags": ",".join(dict.fromkeys(o.code for o in decision.obligations if o.kind == "flag")),
        "facts": canonical(decision.facts.values).decode(),
        "inputs": decision.inputs,
        "valid_until": decision.valid_until,
        "at": referral["at"],
        "test": referral["test"],
        "sender": referral["sender"],
        **{name: decision.facts.values.get(name, "") for name in ("agreement", "human", "protect")},
    }
