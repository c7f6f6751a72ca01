"""The way in: keep, read, map, the course of each record, and one transaction that accepts or rejects. Read this first.

bytes ─ keep ─ read ─ map ─ route ─ facts ─ decide ─ trim ─ promise ─ (worker) permit ─ send ─ settle
        └──────────────────── one transaction: accepted or rejected ─┘
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Final
from uuid import uuid4

from contracts.errors import (
    GatewayError,
    InvalidReferral,
    KeyUsedForOtherContent,
    NotAllowed,
    SenderError,
    StillRunning,
    UnknownSource,
    UnreadablePayload,
)
from contracts.referral import Referral
from gateway.flows import filing, receipts
from gateway.flows.access import Caller
from gateway.flows.gateway import Gateway
from gateway.flows.ids import short_id
from gateway.flows.said import ENGINE
from gateway.flows.scope import OTHER_COUNCIL, OTHER_SOURCE, check_council, within_scope
from gateway.flows.sources import Read
from gateway.path.course import Matter, consider, promises
from gateway.path.reading import read_referral
from gateway.path.trimming import spell
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
"""Bytes of canonical JSON from which reading leaves the event loop, so that no other sender waits for it."""

PATIENCE: Final = 5.0
"""Seconds a sender waits for the commit, its own or its twin's, before it is told to come back (settled 22)."""


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
    try:
        matters = await understand(gateway, sent)
    except (UnreadablePayload, InvalidReferral) as error:
        answer = await _written(gateway, _rejecting(gateway, sent, error))
    else:
        answer = await _written(gateway, _accepting(gateway, sent, matters))
        if not answer.replayed:
            gateway.wake()
    if answer.status >= 400:
        raise receipts.error_in(answer.body, answer.replayed)
    return answer


async def understand(gateway: Gateway, sent: Sent) -> list[tuple[Read, Matter | None]]:
    """Read and map, off the event loop when it may be much. Raises UnreadablePayload, InvalidReferral, NotAllowed."""
    check_council(sent.caller, sent.council)
    try:
        if sent.source == CANONICAL and len(sent.content) < BESIDE:
            reads = list(_read(gateway, sent))
        else:
            reads = await asyncio.to_thread(lambda: list(_read(gateway, sent)))
    except SenderError:
        if sent.source not in sent.caller.registration.sources:
            raise NotAllowed(OTHER_SOURCE) from None
        raise
    reads = within_scope(sent.caller, sent.source, reads)
    if len(reads) > MOST:
        raise InvalidReferral(
            f"{len(reads)} referrals at once. A person must confirm each child when there are more than {MOST}: "
            "choose the children, or send them in smaller files."
        )
    if not any(read.referral for read in reads):
        faults = tuple(fault for read in reads for fault in read.faults)
        raise InvalidReferral("No record in this could be accepted.", faults)
    return [(read, _matter(gateway, sent, number, read)) for number, read in enumerate(reads)]


def media_types(gateway: Gateway, caller: Caller, council: str, source: str) -> tuple[str, ...]:
    """What a source is sent as. Raises NotAllowed for another council or source, UnknownSource."""
    if source == CANONICAL:
        return ("application/json",)
    check_council(caller, council)
    try:
        return gateway.reader.media_types(source, council)
    except UnknownSource:
        if source not in caller.registration.sources:
            raise NotAllowed(OTHER_SOURCE) from None
        raise


async def _written(gateway: Gateway, write: Write[Answer]) -> Answer:
    """The answer, once it is committed. Raises StillRunning when that takes longer than a sender should wait."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await gateway.writer.submit(write)
    except TimeoutError:
        raise StillRunning("Send the same again with the same key.", retry_after=5) from None


def _read(gateway: Gateway, sent: Sent) -> Iterator[Read]:
    if sent.source == CANONICAL:
        referral = read_referral(sent.content)
        if referral.council != sent.council:
            raise NotAllowed(OTHER_COUNCIL)
        if sent.caller.test:
            referral = referral.model_copy(update={"source": referral.source.model_copy(update={"test": True})})
        yield Read("", referral)
    else:
        file = BytesIO(sent.content)
        yield from gateway.reader.read(sent.source, sent.council, file, sent.name, sent.caller.test)


def _matter(gateway: Gateway, sent: Sent, number: int, read: Read) -> Matter | None:
    referral = read.referral
    if referral is None:
        return None
    registration, spelt = sent.caller.registration, spell(referral)
    return Matter(
        referral=referral,
        faults=read.faults,
        registration=registration,
        reference=referral_id(gateway.keys[sent.council], registration.sender, sent.key, number),
        content=sha256(spelt).hexdigest(),
        spelt=spelt,
    )


def content_digest(referral: Referral) -> str:
    """Names one version of a referral: SHA-256 of its JSON, 64 hex digits."""
    return sha256(spell(referral)).hexdigest()


def _accepting(gateway: Gateway, sent: Sent, matters: Sequence[tuple[Read, Matter | None]]) -> Write[Answer]:
    """The write that accepts: everything is worked out before, so that the writer only writes."""
    now = gateway.now()
    rules = gateway.rules[sent.council]
    filings: list[filing.Filing] = []
    told: list[dict[str, object]] = []
    for read, matter in matters:
        if matter is None:
            told.append(receipts.rejected(read))
            continue
        courses, screening = consider(matter, rules, now)
        promised = promises(matter, courses, rules, screening, now)
        row = _referral_row(sent, matter, now)
        done = filing.file(gateway, matter, courses, promised, referral=row, ledger=read.ledger)
        filings.append(done)
        told.append(receipts.receipt(read, matter, courses, [decided.entry.rid for decided in done.decided]))
    council = gateway.council(sent.council)
    body = receipts.as_json({"received_at": now, "receipts": told, "emergency": council.emergency})
    row = _submission_row(gateway, sent, now, 202, body)

    def work(tx: Tx) -> Answer:
        if (standing := _standing(gateway, tx, row)) is not None:
            return standing
        _insert_submission(tx, gateway, sent, row)
        for done in filings:
            filing.write(tx, done, row["id"])
        return Answer(202, body)

    return Write(work, ((row["council"], row["sender"], row["key"]),))


def _rejecting(gateway: Gateway, sent: Sent, error: GatewayError) -> Write[Answer]:
    """The write that keeps what could not be read, and says so in the record."""
    now = gateway.now()
    body = receipts.rejection(error)
    row = _submission_row(gateway, sent, now, error.status, body)
    sections = {
        "actors": {"client": row["sender"], "engine": ENGINE},
        "submission": {
            "id": row["id"],
            "source": sent.source,
            "size": len(sent.content),
            "sha256": sha256(sent.content).hexdigest(),
            "problem": error.slug(),
        },
        "faults": {"places": [[fault.position, fault.pointer] for fault in error.faults[:100]]},
    }
    entry = make_entry(str(uuid4()), sent.council, "submission.rejected", now, sections, gateway.salt)

    def work(tx: Tx) -> Answer:
        if (standing := _standing(gateway, tx, row)) is not None:
            return standing
        _insert_submission(tx, gateway, sent, row)
        record_entry(tx, entry, "")
        return Answer(error.status, body)

    return Write(work, ((row["council"], row["sender"], row["key"]),))


def _standing(gateway: Gateway, tx: Tx, row: filing.Row) -> Answer | None:
    """The answer this key was given before, if it was. Other content under it changes nothing and is recorded (P5)."""
    before = tx.submission((row["council"], row["sender"], row["key"]))
    if before is None:
        return None
    if before["fingerprint"] == row["fingerprint"]:
        return Answer(int(str(before["status"])), before["answer"], replayed=True)  # type: ignore[arg-type]
    said = {"actors": {"client": row["sender"], "engine": ENGINE}, "submission": {"id": row["id"]}}
    entry = make_entry(str(uuid4()), row["council"], "submission.key_reused", row["at"], said, gateway.salt)
    record_entry(tx, entry, "")
    error = KeyUsedForOtherContent("Use a new key for new content. What was sent before stands.")
    return Answer(error.status, receipts.rejection(error))


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
