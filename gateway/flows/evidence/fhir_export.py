"""Writes the sealed decisions and attempts to deliver of a council's record, or of one referral, as a FHIR Bundle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

import orjson
from sqlalchemy import Connection

from gateway.record.bundle import Evidence, proof_text
from gateway.record.entries import read_leaf
from gateway.record.fhir import ATTEMPT, Told, entry_of, resources
from gateway.store.engine import Opened
from gateway.store.evidence import evidence_of, sealed_rids

_HEAD: Final = b'{"resourceType":"Bundle","type":"collection"'


def fhir_bundle(store: Opened, council: str, origin: str, referral: str = "") -> Iterator[bytes]:
    """The Bundle in pieces, in constant memory. Without a decision it has no entry: FHIR knows no empty list."""
    with store.read(council) as connection:
        yield from bundle_of(connection, council, origin, sealed_rids(connection, council, referral))


def bundle_of(connection: Connection, council: str, origin: str, rids: Iterable[str]) -> Iterator[bytes]:
    """The same of these entries."""
    before = _HEAD + b',"entry":[\n'
    for rid in rids:
        evidence = evidence_of(connection, council, rid)
        told = _told(evidence, origin) if evidence is not None else None
        for resource in resources(told) if told else ():
            yield before + orjson.dumps(entry_of(resource))
            before = b",\n"
    yield b"\n]}\n" if before == b",\n" else _HEAD + b"}\n"


def _told(evidence: Evidence, origin: str) -> Told | None:
    """A decision's or an attempt's entry, opened; None for an entry of another kind."""
    leaf = read_leaf(evidence.leaf)
    decides = leaf.type.startswith("decision.") and leaf.type != "decision.proposed"
    if not decides and leaf.type != ATTEMPT:
        return None
    sections = {part.name: json.loads(part.value) for part in evidence.sections if part.value is not None}
    return Told(leaf.rid, leaf.type, leaf.ts, origin, sections, proof_text(evidence.proof))
