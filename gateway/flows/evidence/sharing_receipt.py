"""Makes the sharing receipt of one delivery from sealed entries, with what proves it beside it (settled 18, 40)."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import Connection, bindparam, func, select

from contracts import verify_evidence
from contracts.council import Council
from contracts.decision import Outcome
from contracts.delivery import Result
from contracts.errors import NotFound, NotSentYet
from gateway.flows.evidence.proving import how_to_check
from gateway.record.bundle import Evidence, write_bundle
from gateway.record.entries import read_leaf
from gateway.record.page import page
from gateway.record.receipt import Form, Opened, Place, Shared, open_to, receipt_of, signed_receipt
from gateway.store.engine import Opened as Store
from gateway.store.evidence import evidence_of, index_of
from gateway.store.keys import CouncilKeys
from gateway.store.tables import ATTEMPT, CHECKPOINT, DECISION, DELIVERY, PERMIT, POLICY
from gateway.store.transaction import Tx

_DELIVERY: Final = select(DELIVERY).where(
    DELIVERY.c.council == bindparam("council"), DELIVERY.c.id == bindparam("delivery")
)
_TRIES: Final = (
    select(ATTEMPT.c.fence, ATTEMPT.c.entry, ATTEMPT.c.result, ATTEMPT.c.ended_at)
    .where(ATTEMPT.c.council == bindparam("council"), ATTEMPT.c.delivery == bindparam("delivery"))
    .order_by(ATTEMPT.c.fence)
)
_PERMIT: Final = select(PERMIT.c.entry, PERMIT.c.at).where(
    PERMIT.c.council == bindparam("council"),
    PERMIT.c.delivery == bindparam("delivery"),
    PERMIT.c.fence == bindparam("fence"),
)
_DECIDED: Final = (
    select(DECISION.c.entry, DECISION.c.version)
    .where(
        DECISION.c.council == bindparam("council"),
        DECISION.c.delivery == bindparam("delivery"),
        DECISION.c.at <= bindparam("permitted"),
        DECISION.c.outcome.in_([str(one) for one in Outcome if one.sends]),
    )
    .order_by(DECISION.c.version)
)
_SEALED: Final = select(func.min(CHECKPOINT.c.at)).where(
    CHECKPOINT.c.council == bindparam("council"), CHECKPOINT.c.size > bindparam("index")
)
_WORDS: Final = select(POLICY.c.digest, POLICY.c.text).where(POLICY.c.council == bindparam("council"))


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues a receipt. policies: SHA-256 → text of those known beside the published; groups: as in `Place`."""

    council: Council
    keys: CouncilKeys
    groups: Mapping[str, str]
    policies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Carried:
    """A delivery that arrived, and the ids of the entries that tell of it."""

    hub: str
    decisions: tuple[str, ...]
    permit: str
    attempt: str
    permitted: int
    arrived: int


def write_receipt(store: Store, issuer: Issuer, delivery: str, form: Form, file: BinaryIO) -> int:
    """Write the zip of one receipt. Returns how many entries it holds. Raises NotFound, NotSentYet."""
    with store.read(issuer.council.name) as connection:
        found = carried(connection, issuer.council.name, delivery)
        last = max(index_of(connection, issuer.council.name, rid) for rid in _rids(found))
        whole = {rid: _sealed(connection, issuer.council.name, rid, last) for rid in _rids(found)}
        shown = {rid: _shown(form, found, rid, whole[rid]) for rid in whole}
        shared = _shared(connection, issuer, delivery, found, shown)
        place = _place(issuer, found.hub, [_opened(whole[rid]) for rid in found.decisions])
        words = {row.digest: row.text for row in connection.execute(_WORDS, {"council": issuer.council.name})}
    held_back = _held_back([_opened(whole[rid]) for rid in found.decisions])
    written = page(receipt_of(form, shared, place, held_back))
    ordered = sorted(shown.values(), key=lambda one: one.proof.index)
    entries = b"".join(write_bundle(issuer.keys.record, len(ordered), ordered))
    named = {one["policy"]["sha256"] for one in shared.decisions if "policy" in one} if form == "full" else set()
    words = {digest: text for digest, text in (dict(issuer.policies) | words).items() if digest in named}
    _write(issuer, file, written, entries, words, len(named) - len(words))
    return len(ordered)


def _write(
    issuer: Issuer, file: BinaryIO, written: bytes, entries: bytes, words: Mapping[str, str], missing: int
) -> None:
    key = issuer.keys.record
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("receipt.html", written)
        archive.writestr("receipt.sig", signed_receipt(key, issuer.keys.sign, written, entries))
        archive.writestr("entries.jsonl", entries)
        for digest, text in sorted(words.items()):
            archive.writestr(f"policies/{digest}.txt", text)
        archive.writestr("HOW-TO-CHECK.txt", how_to_check(key, missing, receipt=True))
        archive.write(Path(verify_evidence.__file__), "verify_evidence.py")


def _rids(found: Carried) -> tuple[str, ...]:
    return (*found.decisions, found.permit, found.attempt)


def carried(connection: Connection | Tx, council: str, delivery: str) -> Carried:
    """What the store knows of a delivery that arrived. Raises NotFound, NotSentYet."""
    which = {"council": council, "delivery": delivery}
    row = connection.execute(_DELIVERY, which).mappings().first()
    if row is None:
        raise NotFound("There is no delivery of that id in this council's record.")
    tries = connection.execute(_TRIES, which).all()
    if row["state"] != "delivered" or not tries:
        raise NotSentYet("It has not arrived at the recipient's system. A receipt is made of what did.")
    took = next((one for one in reversed(tries) if one.result == Result.DELIVERED), tries[-1])
    permit = connection.execute(_PERMIT, which | {"fence": took.fence}).one()
    decided = connection.execute(_DECIDED, which | {"permitted": permit.at}).all()
    if not decided:
        raise NotFound("That delivery is a message about others, and shares nothing by itself: it has no receipt.")
    # To decide again writes every decision anew: those of the newest version before the permit were carried.
    carried = tuple(one.entry for one in decided if one.version == decided[-1].version)
    return Carried(row["hub"], carried, permit.entry, took.entry, permit.at, took.ended_at)


def _sealed(connection: Connection, council: str, rid: str, last: int) -> Evidence:
    """Evidence from the checkpoint that covers entry `last` too: all of a receipt is proven against one."""
    evidence = evidence_of(connection, council, rid, last)
    if evidence is None:
        raise NotSentYet("Not all of its entries are sealed yet. That takes a minute. Ask again.")
    return evidence


def _shown(form: Form, found: Carried, rid: str, evidence: Evidence) -> Evidence:
    """The evidence with what this form opens: the rest is there, and not shown."""
    kind = {found.permit: "permit", found.attempt: "attempt"}.get(rid, "decision")
    return replace(evidence, sections=tuple(one for one in evidence.sections if open_to(form, one.name, kind)))


def _opened(evidence: Evidence) -> Opened:
    return {part.name: json.loads(part.value) for part in evidence.sections if part.value is not None}


def _shared(
    connection: Connection, issuer: Issuer, delivery: str, found: Carried, shown: Mapping[str, Evidence]
) -> Shared:
    indexes = sorted(one.proof.index for one in shown.values())
    sealed = connection.execute(_SEALED, {"council": issuer.council.name, "index": indexes[-1]}).scalar_one()
    return Shared(
        delivery,
        tuple(_opened(shown[rid]) for rid in found.decisions),
        _opened(shown[found.permit]),
        _opened(shown[found.attempt]),
        found.permitted,
        found.arrived,
        sealed,
        _witnesses(issuer, shown[found.attempt].proof.checkpoint.note),
        tuple(indexes),
        "content" in read_leaf(shown[found.permit].leaf).digests,
    )


def _witnesses(issuer: Issuer, note: str) -> tuple[str, ...]:
    """Who beside the record's own key has signed a checkpoint: the store keeps only signatures that held."""
    lines = note.rpartition("\n\n")[2].splitlines()
    names = [line.split(" ")[1] for line in lines]
    return tuple(name for name in names if name != issuer.keys.record.name)


def _held_back(decisions: Sequence[Opened]) -> bool | None:
    listed: list[Any] = [one["withheld"]["listed"] for one in decisions if "withheld" in one]
    return any(listed) if len(listed) == len(decisions) or any(listed) else None


def _place(issuer: Issuer, hub: str, decisions: Sequence[Opened]) -> Place:
    council = issuer.council
    client = next((one["actors"]["client"] for one in decisions if "actors" in one), "")
    registered = council.senders.get(client)
    sender = registered.title if registered else client or "a sender whose name was disposed of"
    known = council.hubs.get(hub)
    return Place(
        council.title,
        sender,
        known.title if known else hub,
        f"{sender}, who sent it, or {council.title} council",
        council.emergency,
        issuer.groups,
    )
