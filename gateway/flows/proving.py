"""Proves a council's record from its store, and writes what somebody else can prove without the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.record.bundle import write_bundle
from gateway.record.findings import Report
from gateway.record.note import Key
from gateway.record.verify import verify_record
from gateway.store.engine import Opened
from gateway.store.evidence import (
    checkpoints,
    evidence_of,
    latest_checkpoint,
    sealed_entries,
    sealed_rids,
    tiles_of,
    unsealed,
)


@dataclass(frozen=True, slots=True)
class Proven:
    """What checking one council's record found.

    checkpoint  its newest signed note, to keep outside; "" before the first
    waiting     entries that are recorded and not sealed yet
    """

    council: str
    report: Report
    checkpoint: str
    waiting: int


def prove(
    store: Opened, council: str, key: Key, held: Sequence[str] = (), progress: Callable[[int], None] = lambda n: None
) -> Proven:
    """Check every sealed entry, its content included, against the checkpoints and those that others hold."""
    with store.read(council) as connection:
        report = verify_record(
            sealed_entries(connection, council),
            checkpoints(connection, council),
            key,
            key.name,
            held=held,
            tiles=tiles_of(connection, council),
            progress=progress,
        )
        return Proven(council, report, latest_checkpoint(connection, council) or "", unsealed(connection, council))


def export(store: Opened, council: str, key: Key, referral: str = "") -> Iterator[bytes]:
    """The lines of an evidence bundle: every sealed entry of a council's record, or those about one referral."""
    with store.read(council) as connection:
        rids = sealed_rids(connection, council, referral)
        evidence = (evidence_of(connection, council, rid) for rid in rids)
        yield from write_bundle(key, len(rids), (one for one in evidence if one is not None))
