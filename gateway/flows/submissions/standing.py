"""What stands at an idempotency key: the submission as it was taken, and the answer its sender was given (P5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import uuid4

import orjson

from contracts.enquiry import SOURCE
from contracts.errors import KeyUsedForOtherContent, StillRunning
from gateway.flows.decisions import filing
from gateway.flows.decisions.said import ENGINE
from gateway.flows.gateway import Gateway
from gateway.flows.ids import short_id
from gateway.flows.submissions import receipts
from gateway.flows.submissions.sent import Answer, Sent
from gateway.record.entries import make_entry
from gateway.store import content
from gateway.store.keys import fingerprint, key_digest
from gateway.store.sealer import record_entry
from gateway.store.tables import SUBMISSION
from gateway.store.transaction import Row, Tx

CANONICAL: Final = "canonical"
"""The source of a canonical referral: the sender wrote our own JSON."""
OURS: Final = frozenset({CANONICAL, SOURCE})
"""Sources that are written in our own JSON: by a sender's system, or by hand on our own pages."""

Told = dict[str, object]


def row(gateway: Gateway, sent: Sent, now: int, status: int, body: bytes) -> filing.Row:
    """The submission's row. `now` in ms UTC."""
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


def insert(
    tx: Tx,
    gateway: Gateway,
    sent: Sent,
    row: filing.Row,
    clean: bool = True,
    chosen: Sequence[object] = (),
    before: Row | None = None,
) -> None:
    """Keep a submission, with its bytes where its source's are kept and no scanner found anything (settled 2, 54).

    Of a package with an export, only the rows that were `chosen` are kept, as JSON (settled 55).
    before  what stood there, rejected when it was read otherwise. Raises StillRunning if another process was first
    """
    whole = sent.source in OURS or gateway.reader.keeps_bytes(sent.source, sent.council)
    kept = sent.content if whole else orjson.dumps(chosen) if chosen else None
    raw = content.put(tx, sent.council, "raw", kept) if clean and kept is not None else None
    if before is None:
        tx.insert(SUBMISSION, row | {"raw": raw})
        return
    if not tx.resubmit(row | {"raw": raw}, before):
        raise StillRunning("Send the same again with the same key.", retry_after=5)
    if before["raw"] is not None:
        content.erase(tx, sent.council, (str(before["raw"]),))


def reading(gateway: Gateway, sent: Sent) -> str:
    """Stands for how a submission is read now: by this engine, with these mappings and code lists."""
    if sent.source in OURS:
        return ENGINE
    return f"{ENGINE} {gateway.reader.mappings.digest(sent.source, sent.council)}"


def answer(
    gateway: Gateway, tx: Tx, sent: Sent, row: filing.Row, before: Row, ours: Collection[int] = ()
) -> Answer | list[Told] | None:
    """What a key was answered before; or, where something is left to do for this sender, the receipts so far.

    None where it was rejected and would be read otherwise now: a mapping that was put right must not go on refusing
    what it could not read. Other content under the key changes nothing and is recorded (P5).
    """
    if before["fingerprint"] != row["fingerprint"]:
        return _reused(gateway, tx, row)
    if before["state"] == "rejected" and _told(before).get("reading") != reading(gateway, sent):
        return None
    if before["state"] in ("running", "partly"):
        told = list(_told(before)["receipts"])
        if left(told, ours):
            return told
    return Answer(int(str(before["status"])), before["answer"], replayed=True)  # type: ignore[arg-type]


def _reused(gateway: Gateway, tx: Tx, row: filing.Row) -> Answer:
    said = {"actors": {"client": row["sender"], "engine": ENGINE}, "submission": {"id": row["id"]}}
    record_entry(tx, make_entry(str(uuid4()), row["council"], "submission.key_reused", row["at"], said, gateway.salt))
    error = KeyUsedForOtherContent("Use a new key for new content. What was sent before stands.")
    return Answer(error.status, receipts.rejection(error))


def left(told: Sequence[Told], ours: Collection[int]) -> list[int]:
    """The numbers of the records still to be accepted: those begun with, and those of ours that nobody confirmed."""
    return [
        number
        for number, one in enumerate(told)
        if one["state"] == "waiting" or (one["state"] == "not_confirmed" and number in ours)
    ]


def state_of(told: Sequence[Told]) -> str:
    """Where a submission stands: running, accepted, or accepted but for children nobody confirmed."""
    states = {one["state"] for one in told}
    return "running" if "waiting" in states else "partly" if "not_confirmed" in states else "accepted"


def gone_on(before: Row, told: Sequence[Told]) -> dict[str, Any]:
    """The submission's row once more of its records are accepted."""
    body = receipts.as_json(_told(before) | {"receipts": list(told)})
    return dict(before) | {"state": state_of(told), "answer": body}


def _told(before: Row) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(before["answer"])  # type: ignore[arg-type]
    return told
