"""What a sender is told of what it sent: a receipt for each record, or why it was rejected. Never a family's value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from contracts.adapter import Fault
from contracts.errors import (
    GatewayError,
    InvalidReferral,
    KeyUsedForOtherContent,
    SenderError,
    UnreadablePayload,
)
from contracts.referral import Referral
from gateway.flows.decisions import words
from gateway.flows.decisions.cited import listed
from gateway.flows.mapping.sources import Read
from gateway.path.course import Course, Matter
from gateway.path.freshness import freshness
from gateway.path.screening import Screening


def receipt(
    read: Read,
    matter: Matter,
    courses: Sequence[Course],
    entries: Sequence[str],
    version: int = 1,
    supersedes: str | None = None,
) -> dict[str, object]:
    """One record's receipt: no personal data, so it can be kept and shown anywhere."""
    told: dict[str, object] = {
        "state": "accepted",
        "referral": matter.reference,
        "decisions": [decision_out(matter.referral, course) for course in courses],
        "entries": list(entries),
        "status": f"/v1/referrals/{matter.reference}",
        "receipt": f"/v1/referrals/{matter.reference}/receipt",
    }
    if matter.referral.attachments:
        told["documents"] = listed(matter.referral, matter.faults)
    if supersedes:
        told |= {"version": version, "supersedes": supersedes}
    if fresh := freshness(matter.referral.source):
        told["freshness"] = fresh
    if read.position:
        told["position"] = read.position
    if read.faults:
        told["warnings"] = [shown(fault) for fault in read.faults]
    return told


def marked(courses: Sequence[Course], screening: Screening) -> dict[str, object]:
    """Where an enquiry without a name may say who it is about, for whoever wrote it: they rewrite it (settled 10, 38).

    Pointers and places in their own text, never the text. Empty where nobody has to rewrite anything.
    """
    if not any(course.decision.facts.values.get("leak") == "suspected" for course in courses):
        return {}
    spans = [span for span in screening.spans if span.kind != "harm"]
    return {
        "marked": [{"pointer": span.pointer, "kind": span.kind, "from": span.start, "to": span.end} for span in spans],
        "rewrite": words.REWRITE,
    }


def unchanged(read: Read, referral: str) -> dict[str, object]:
    """One record of a file that says what it said before: no referral is made of it again."""
    say = "Nothing in this record has changed since it was received. It stands as it was."
    return {"state": "unchanged", "position": read.position, "referral": referral, "say": say}


def waiting(read: Read) -> dict[str, object]:
    """One record of a long file whose turn has not come yet."""
    return {"state": "waiting", "position": read.position}


def not_confirmed(read: Read, token: str) -> dict[str, object]:
    """One record of a large batch that no person has confirmed (settled 55)."""
    say = "Nobody has confirmed this child, so nothing was made of it. Send the same again to confirm it."
    return {"state": "not_confirmed", "position": read.position, "confirmation": token, "say": say}


def rejected(read: Read) -> dict[str, object]:
    """One record's rejection: where, what was expected, what to do."""
    return {"state": "rejected", "position": read.position, "errors": [shown(fault) for fault in read.faults]}


def decision_out(referral: Referral, course: Course) -> dict[str, object]:
    """One decision as a sender reads it. `about` is a pointer: a sender's own id for a person may be personal."""
    decision, hub = course.decision, course.hub
    title, ring = (hub.title, hub.telephone) if hub else ("", "")
    elsewhere = {"ring": decision.candidate.because} if decision.candidate.state == "other_area" else {}
    return elsewhere | {
        "about": referral.place_of(decision.candidate.subject),
        "for": decision.candidate.service or decision.candidate.purpose,
        "outcome": str(decision.outcome),
        "hub": title,
        "say": words.decided(decision.outcome, title, ring, decision.say),
        "flags": list(dict.fromkeys(o.code for o in decision.obligations if o.kind == "flag")),
        "rules": list(decision.deciding),
    }


def rejection(error: GatewayError, reading: str = "") -> bytes:
    """What a rejected sender is told, as it is kept for a repeat, and how it was read (`standing.reading`)."""
    faults = [shown(fault) for fault in error.faults[:100]]
    return as_json({"slug": error.slug(), "detail": error.detail, "faults": faults, "reading": reading})


def error_in(body: bytes, replayed: bool) -> SenderError:
    """The error in a `rejection`, so that a repeat reads the same."""
    told = orjson.loads(body)
    kinds = {kind.slug(): kind for kind in (UnreadablePayload, InvalidReferral, KeyUsedForOtherContent)}
    faults = tuple(
        Fault(fault.get("position", ""), fault.get("pointer", ""), fault["expected"], fault["remedy"])
        for fault in told["faults"]
    )
    return kinds[told["slug"]](told["detail"], faults, replayed=replayed)


def shown(fault: Fault) -> dict[str, str]:
    """One fault as a sender sees it: where, what was expected, what to do."""
    shown = {"position": fault.position, "pointer": fault.pointer, "expected": fault.expected, "remedy": fault.remedy}
    return {name: value for name, value in shown.items() if value}


def as_json(value: Any) -> bytes:
    return orjson.dumps(value)
