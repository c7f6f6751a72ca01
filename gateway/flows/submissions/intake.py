"""The way in: keep, read, map, the course of each record, and one transaction that accepts or rejects. Read this first.

bytes ─ keep ─ read ─ map ─ route ─ facts ─ decide ─ trim ─ promise ─ (worker) permit ─ send ─ settle
        └──────────────────── one transaction: accepted or rejected ─┘
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from itertools import islice
from typing import Final, TypeVar
from uuid import uuid4

import orjson

from adapters.formats.arranging import values
from contracts.adapter import LedgerLine
from contracts.enquiry import SOURCE
from contracts.errors import (
    GatewayError,
    InvalidReferral,
    NotAllowed,
    NotConfirmed,
    SenderError,
    StillRunning,
    UnknownSource,
    UnreadablePayload,
)
from contracts.referral import Referral
from gateway.flows.access import Caller
from gateway.flows.decisions.filing import Row
from gateway.flows.decisions.said import ENGINE
from gateway.flows.gateway import Gateway
from gateway.flows.mapping.sources import Read
from gateway.flows.sign_in.scope import OTHER_COUNCIL, OTHER_SOURCE, check_council, within_scope
from gateway.flows.submissions import accepting, confirming, documents, limits, receipts, standing
from gateway.flows.submissions.sent import Answer, Confirmed, Sent
from gateway.flows.submissions.standing import CANONICAL, OURS
from gateway.path.course import Matter
from gateway.path.reading import read_referral
from gateway.path.trimming import spell
from gateway.record.entries import make_entry
from gateway.store.keys import referral_id
from gateway.store.sealer import record_entry
from gateway.store.transaction import Key, Tx
from gateway.store.writer import Write

__all__ = ["CANONICAL", "Answer", "Confirmed", "Sent", "content_digest", "media_types", "receive", "understand"]

T = TypeVar("T")

MOST: Final = 1_000
"""Records in one submission. Nobody confirms more children than that at once; `gateway convert` has no such end."""

BESIDE: Final = 262_144
"""Bytes of canonical JSON from which reading leaves the event loop, so that no other sender waits for it."""

PATIENCE: Final = 5.0
"""Seconds a sender waits for the commit, its own or its twin's, before it is told to come back (settled 22)."""


async def receive(gateway: Gateway, sent: Sent) -> Answer:
    """Accept or reject what was sent, once. Raises SenderError for what the sender must put right, StoreUnavailable."""
    with gateway.traces.span("accept", council=sent.council, source=sent.source) as span:
        answer = await _by_colleague(gateway, sent) or await _here(gateway, sent)
        span.say(outcome="rejected" if answer.status >= 400 else "repeated" if answer.replayed else "accepted")
    if answer.status >= 400:
        raise receipts.error_in(answer.body, answer.replayed)
    return answer


async def _by_colleague(gateway: Gateway, sent: Sent) -> Answer | None:
    """The answer to what the other process could work out. It is asked for canonical referrals while this one is busy:
    alone, a referral is worked out sooner here."""
    plain = sent.source == CANONICAL and len(sent.content) < BESIDE and sent.confirmed is None and not sent.corrects
    if gateway.colleague is None or not plain or not gateway.writer.busy:
        return None
    with gateway.traces.span("decide", council=sent.council):
        prepared = await gateway.colleague(sent)
    if prepared is None or not prepared.decided_by(gateway.policy(sent.council).digest):
        return None  # a policy was published since the other process began
    answer = await _written(gateway, prepared.write(gateway, sent))
    if answer is not None and not answer.replayed:
        gateway.wake()
    return answer


async def _here(gateway: Gateway, sent: Sent) -> Answer:
    try:
        with gateway.traces.span("read", council=sent.council, source=sent.source):
            matters = await understand(gateway, sent)
    except (UnreadablePayload, InvalidReferral) as error:
        answer = await _written(gateway, _rejecting(gateway, sent, error))
    else:
        children = confirming.tokens(gateway, sent, matters)
        if children and not confirming.confirmed(sent, children):
            question = confirming.question(matters, children)
            standing_answer = await _written(gateway, _asking(gateway, sent, question))
            if standing_answer is None:
                raise question
            answer = standing_answer
        else:
            answer = await accepting.accept(gateway, sent, matters, children, _written)
        if not answer.replayed:
            gateway.wake()
    return answer


async def understand(gateway: Gateway, sent: Sent) -> list[tuple[Read, Matter | None]]:
    """Read and map, off the event loop when it may be much. Raises UnreadablePayload, InvalidReferral, NotAllowed."""
    check_council(sent.caller, sent.council)
    try:
        if sent.source in OURS and len(sent.content) < BESIDE:
            reads = list(_read(gateway, sent))
        else:
            reads = await asyncio.to_thread(lambda: list(islice(_read(gateway, sent), MOST + 1)))
    except SenderError:
        if sent.source not in sent.caller.registration.sources and not sent.corrects:
            raise NotAllowed(OTHER_SOURCE) from None
        raise
    if len(reads) > MOST:
        raise InvalidReferral(f"More than {MOST:,} records at once. Send them in smaller files.")
    reads = within_scope(sent.caller, sent.source, reads, corrects=bool(sent.corrects))
    reads = await documents.settled(gateway, sent.caller, reads)
    groups = gateway.rules[sent.council].groups.titles
    reads = limits.doubted(reads, groups, tuple(groups))
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


async def _written(gateway: Gateway, write: Write[T]) -> T:
    """What it answers, once it is committed. Raises StillRunning when that takes longer than a sender should wait."""
    try:
        with gateway.traces.span("keep"):
            async with asyncio.timeout(PATIENCE):
                return await gateway.writer.submit(write)
    except TimeoutError:
        raise StillRunning("Send the same again with the same key.", retry_after=5) from None


def _read(gateway: Gateway, sent: Sent) -> Iterator[Read]:
    if sent.source in OURS:
        referral = read_referral(sent.content)
        if referral.council != sent.council:
            raise NotAllowed(OTHER_COUNCIL)
        if sent.caller.test:
            referral = referral.model_copy(update={"source": referral.source.model_copy(update={"test": True})})
        yield Read("", referral, _by_hand(sent))
    else:
        file = BytesIO(sent.content)
        yield from gateway.reader.read(sent.source, sent.council, file, sent.name, sent.caller.test)


def _by_hand(sent: Sent) -> tuple[LedgerLine, ...]:
    """What became of each answer that was written on our own pages: carried as it was, to the field asked for."""
    if sent.source != SOURCE:
        return ()
    return tuple(LedgerLine(pointer, "mapped", pointer) for pointer, _ in values(orjson.loads(sent.content)))


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
        mapping=read.mapping,
    )


def content_digest(referral: Referral) -> str:
    """Names one version of a referral: SHA-256 of its JSON, 64 hex digits."""
    return sha256(spell(referral)).hexdigest()


def _asking(gateway: Gateway, sent: Sent, question: NotConfirmed) -> Write[Answer | None]:
    """The write that keeps only that a person was asked to confirm each child. None, or what the key was answered."""
    now, of = gateway.now(), len(question.children)
    row = standing.row(gateway, sent, now, question.status, b"")
    entry = confirming.entry(gateway, sent, row["id"], "submission.unconfirmed", 0, of, now)

    def work(tx: Tx) -> Answer | None:
        settled = _before(gateway, tx, sent, row)
        if settled is None:
            record_entry(tx, entry)
        return settled

    return Write(work, (_place(row),))


def _rejecting(gateway: Gateway, sent: Sent, error: GatewayError) -> Write[Answer]:
    """The write that keeps what could not be read, and says so in the record."""
    now = gateway.now()
    body = receipts.rejection(error, standing.reading(gateway, sent))
    row = standing.row(gateway, sent, now, error.status, body)
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
        if (settled := _before(gateway, tx, sent, row)) is not None:
            return settled
        standing.insert(tx, gateway, sent, row, before=tx.submission(_place(row)))
        record_entry(tx, entry)
        return Answer(error.status, body)

    return Write(work, (_place(row),))


def _before(gateway: Gateway, tx: Tx, sent: Sent, row: Row) -> Answer | None:
    """The answer this key was given before, if it was."""
    before = tx.submission(_place(row))
    settled = standing.answer(gateway, tx, sent, row, before) if before is not None else None
    return settled if isinstance(settled, Answer) else None


def _place(row: Row) -> Key:
    """Where a submission stands."""
    return row["council"], row["sender"], row["key"]
