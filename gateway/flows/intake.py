"""The way in: keep, read, map, the course of each record, and one transaction that accepts or rejects. Read this first.

bytes ─ keep ─ read ─ map ─ route ─ facts ─ decide ─ trim ─ promise ─ (worker) permit ─ send ─ settle
        └──────────────────── one transaction: accepted or rejected ─┘
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from contracts.adapter import Fault
from contracts.errors import (
    GatewayError,
    InvalidReferral,
    KeyUsedForOtherContent,
    NotAllowed,
    SenderError,
    UnreadablePayload,
)
from contracts.referral import HarmLevel, Referral
from gateway.flows import filing, words
from gateway.flows.access import Caller
from gateway.flows.gateway import Gateway
from gateway.flows.ids import short_id
from gateway.flows.said import ENGINE
from gateway.flows.sources import Read
from gateway.path.course import Course, Matter, Promise, consider, promises
from gateway.path.reading import read_referral
from gateway.record.entries import make_entry
from gateway.store import content
from gateway.store.keys import fingerprint, key_digest, referral_id
from gateway.store.sealer import record_entry
from gateway.store.tables import SUBMISSION
from gateway.store.transaction import Tx
from gateway.store.writer import Write

CANONICAL: Final = "canonical"
"""The source of a canonical referral: the sender wrote our own JSON."""

MOST: Final = 10
"""Referrals in one submission. More need a person to confirm each child (settled 55)."""

BESIDE: Final = 262_144
"""Bytes from which reading leaves the event loop, so that no other sender waits for it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one sender sent once.

    key   its idempotency key
    name  of the file, if it came as one: it never travels further than the reader
    """

    caller: Caller
    council: str
    source: str
    key: str
    content: bytes
    content_type: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told. `replayed`: it was told the same before, and nothing happened now."""

    status: int
    body: bytes
    replayed: bool = False


async def receive(gateway: Gateway, sent: Sent) -> Answer:
    """Accept or reject what was sent, once. Raises SenderError for what the sender must put right, StoreUnavailable."""
    check_scope(sent)
    try:
        matters = await understand(gateway, sent)
    except (UnreadablePayload, InvalidReferral) as error:
        answer = await gateway.writer.submit(_rejecting(gateway, sent, error))
    else:
        answer = await gateway.writer.submit(_accepting(gateway, sent, matters))
        if not answer.replayed:
            gateway.wake()
    if answer.status >= 400:
        raise _as_error(answer)
    return answer


async def understand(gateway: Gateway, sent: Sent) -> list[tuple[Read, Matter | None]]:
    """Read and map, off the event loop when it is much. Raises UnreadablePayload, InvalidReferral, NotAllowed."""
    if len(sent.content) >= BESIDE:
        reads = await asyncio.to_thread(lambda: list(_read(gateway, sent)))
    else:
        reads = list(_read(gateway, sent))
    if len(reads) > MOST:
        raise InvalidReferral(
            f"{len(reads)} referrals at once. A person must confirm each child when there are more than {MOST}: "
            "choose the children, or send them in smaller files."
        )
    if not any(read.referral for read in reads):
        faults = tuple(fault for read in reads for fault in read.faults)
        raise InvalidReferral("No record in this could be accepted.", faults)
    return [(read, _matter(gateway, sent, number, read)) for number, read in enumerate(reads)]


def check_scope(sent: Sent) -> None:
    """Raises NotAllowed for a council or source that the key is not for (settled 4)."""
    registration = sent.caller.registration
    if sent.council != registration.council:
        raise NotAllowed("This key is for another council.")
    if sent.source not in registration.sources:
        raise NotAllowed(f"This key may not send from {sent.source}. The council can add that to its registration.")


def _read(gateway: Gateway, sent: Sent) -> Iterator[Read]:
    if sent.source == CANONICAL:
        referral = read_referral(sent.content)
        if referral.council != sent.council:
            raise NotAllowed("This key is for another council.")
        yield Read("", referral)
    else:
        yield from gateway.reader.read(sent.source, sent.council, sent.content, sent.name, sent.caller.test)


def _matter(gateway: Gateway, sent: Sent, number: int, read: Read) -> Matter | None:
    referral = read.referral
    if referral is None:
        return None
    registration = sent.caller.registration
    if referral.purpose not in registration.purposes and not _endangered(referral):
        raise NotAllowed(
            f"This key may not send a {referral.purpose.replace('_', ' ')}. Ring the council if it is urgent."
        )
    return Matter(
        referral=referral,
        faults=read.faults,
        registration=registration,
        reference=referral_id(gateway.keys[sent.council], registration.sender, sent.key, number),
        content=content_digest(referral),
    )


def content_digest(referral: Referral) -> str:
    """Names one version of a referral: SHA-256 of its JSON, 64 hex digits."""
    return sha256(referral.model_dump_json(exclude_defaults=True).encode()).hexdigest()


def _endangered(referral: Referral) -> bool:
    """Declared harm goes through whatever the key may do (settled 4)."""
    return referral.harm.level in (HarmLevel.SIGNIFICANT, HarmLevel.IMMEDIATE)


def _accepting(gateway: Gateway, sent: Sent, matters: Sequence[tuple[Read, Matter | None]]) -> Write[Answer]:
    """The write that accepts: everything is worked out before, so that the writer only writes."""
    now = gateway.now()
    rules = gateway.rules[sent.council]
    filings: list[filing.Filing] = []
    receipts: list[dict[str, object]] = []
    for read, matter in matters:
        if matter is None:
            receipts.append({"state": "rejected", "position": read.position, "errors": [shown(f) for f in read.faults]})
            continue
        courses, screening = consider(matter, rules, now)
        promised = promises(matter, courses, rules, screening, now)
        row = _referral_row(sent, matter, now)
        done = filing.file(gateway, matter, courses, promised, referral=row, ledger=read.ledger)
        filings.append(done)
        receipts.append(_receipt(read, matter, courses, promised, done))
    council = gateway.council(sent.council)
    body = _json({"received_at": now, "receipts": receipts, "emergency": council.emergency})
    row = _submission_row(gateway, sent, now, 202, body)

    def work(tx: Tx) -> Answer:
        if (standing := _standing(tx, row)) is not None:
            return standing
        _insert_submission(tx, gateway, sent, row)
        for done in filings:
            filing.write(tx, done, row["id"])
        return Answer(202, body)

    return Write(work, ((row["council"], row["sender"], row["key"]),))


def _rejecting(gateway: Gateway, sent: Sent, error: GatewayError) -> Write[Answer]:
    """The write that keeps what could not be read, and says so in the record."""
    now = gateway.now()
    problem = {"slug": error.slug(), "detail": error.detail, "faults": [shown(fault) for fault in error.faults[:100]]}
    body = _json(problem)
    row = _submission_row(gateway, sent, now, error.status, body)
    sections = {
        "actors": {"client": row["sender"], "engine": ENGINE},
        "submission": {"id": row["id"], "source": sent.source, "size": len(sent.content), "problem": error.slug()},
        "faults": {"places": [[fault.position, fault.pointer] for fault in error.faults[:100]]},
    }
    entry = make_entry(str(uuid4()), sent.council, "submission.rejected", now, sections, gateway.salt)

    def work(tx: Tx) -> Answer:
        if (standing := _standing(tx, row)) is not None:
            return standing
        _insert_submission(tx, gateway, sent, row)
        record_entry(tx, entry, "")
        return Answer(error.status, body)

    return Write(work, ((row["council"], row["sender"], row["key"]),))


def _standing(tx: Tx, row: filing.Row) -> Answer | None:
    """The answer this key was given before, if it was. Raises KeyUsedForOtherContent, which changes nothing (P5)."""
    before = tx.submission((row["council"], row["sender"], row["key"]))
    if before is None:
        return None
    if before["fingerprint"] != row["fingerprint"]:
        raise KeyUsedForOtherContent("Use a new key for new content. What was sent before stands.")
    return Answer(int(str(before["status"])), before["answer"], replayed=True)  # type: ignore[arg-type]


def _insert_submission(tx: Tx, gateway: Gateway, sent: Sent, row: filing.Row) -> None:
    kept = sent.source == CANONICAL or gateway.reader.keeps_bytes(sent.source, sent.council)
    raw = content.put(tx, sent.council, "raw", sent.content) if kept else None
    tx.insert(SUBMISSION, row | {"raw": raw})


def _submission_row(gateway: Gateway, sent: Sent, now: int, status: int, body: bytes) -> filing.Row:
    keys, sender = gateway.keys[sent.council], sent.caller.registration.sender
    key = key_digest(keys, sender, sent.key)
    return {
        "id": short_id("submission", sent.council, sender, key),
        "council": sent.council,
        "sender": sender,
        "key": key,
        "fingerprint": fingerprint(keys, f"{sent.source} {sent.content_type}", sent.content),
        "source": sent.source,
        "state": "accepted" if status < 400 else "rejected",
        "status": status,
        "answer": body,
        "test": int(sent.caller.test),
        "at": now,
    }


def _referral_row(sent: Sent, matter: Matter, now: int) -> filing.Row:
    return {
        "id": matter.reference,
        "council": sent.council,
        "sender": sent.caller.registration.sender,
        "source": sent.source,
        "version": 1,
        "epoch": matter.epoch,
        "purpose": str(matter.referral.purpose),
        "test": int(sent.caller.test or matter.referral.source.test),
        "at": now,
    }


def _receipt(
    read: Read, matter: Matter, courses: Sequence[Course], promised: Sequence[Promise], done: filing.Filing
) -> dict[str, object]:
    """One record's receipt: no personal data, so it can be kept and shown anywhere."""
    receipt: dict[str, object] = {
        "state": "accepted",
        "referral": matter.reference,
        "decisions": [decision_out(course) for course in courses],
        "entries": [decided.entry.rid for decided in done.decided],
        "status": f"/v1/referrals/{matter.reference}",
        "receipt": f"/v1/referrals/{matter.reference}/receipt",
    }
    if read.position:
        receipt["position"] = read.position
    if read.faults:
        receipt["warnings"] = [shown(fault) for fault in read.faults]
    return receipt


def decision_out(course: Course) -> dict[str, object]:
    """One decision as a sender reads it."""
    decision, hub = course.decision, course.hub
    title, ring = (hub.title, hub.telephone) if hub else ("", "")
    return {
        "about": decision.candidate.subject,
        "for": decision.candidate.service or decision.candidate.purpose,
        "outcome": str(decision.outcome),
        "hub": title,
        "say": words.decided(decision.outcome, title, ring, decision.say),
        "flags": list(dict.fromkeys(o.code for o in decision.obligations if o.kind == "flag")),
        "rules": list(decision.deciding),
    }


def _as_error(answer: Answer) -> SenderError:
    """The error a rejected submission was answered with, rebuilt so that a repeat reads the same."""
    told = json.loads(answer.body)
    kind = {kind.slug(): kind for kind in (UnreadablePayload, InvalidReferral)}[told["slug"]]
    faults = tuple(
        Fault(f.get("position", ""), f.get("pointer", ""), f["expected"], f["remedy"]) for f in told["faults"]
    )
    return kind(told["detail"], faults)


def shown(fault: Fault) -> dict[str, str]:
    """One fault as a sender sees it: where, what was expected, what to do."""
    shown = {"position": fault.position, "pointer": fault.pointer, "expected": fault.expected, "remedy": fault.remedy}
    return {name: value for name, value in shown.items() if value}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
