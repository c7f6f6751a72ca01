"""Checks a record, one entry of it, or an exported bundle, and names what was done to it.

Only what is given is used: a public key that the reader pinned, and bytes. A whole record is read once, in constant
memory.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from gateway.record.bundle import BadBundle, Evidence, read_header, read_line
from gateway.record.entries import BadLeaf, is_about, read_leaf
from gateway.record.findings import Disposals, Finding, Kind, Report, Tally, entry_name, section_states
from gateway.record.note import Key
from gateway.record.tree import Frontier, Tiles, includes, leaf_hash
from gateway.record.walk import Row, Walk, stops


@dataclass(frozen=True, slots=True)
class Verified:
    """One entry, checked. `sections` is name → what can be said of it; empty when the leaf cannot be read."""

    index: int
    rid: str | None
    type: str | None
    ts: str | None
    sections: Mapping[str, str]
    findings: tuple[Finding, ...]


def verify_entry(
    evidence: Evidence, key: Key, origin: str, disposed: Disposals = lambda rid, section: True
) -> Verified:
    """Whether this entry stands in the record of `origin`, as `key` signed it, and its opened sections are its own.

    disposed  by default a section marked as disposed of is taken at its word
    """
    tally = Tally()
    next(stops((evidence.proof.checkpoint.note,), key, origin, tally), None)
    return replace(_verified(evidence, tally, disposed), findings=tuple(tally.findings))


def verify_bundle(
    lines: Iterable[bytes],
    key: Key,
    origin: str,
    disposed: Disposals = lambda rid, section: True,
    witnesses: Sequence[Key] = (),
) -> Report:
    """Whether every entry of a bundle is proven against one checkpoint of `origin`, signed by `key` and `witnesses`."""
    tally, note, believed, proven, promised, about = Tally(), "", False, 0, 0, ""
    rows, last = enumerate(lines, 1), -1
    place, head = next(rows, (1, b""))
    try:
        header = read_header(head)
        promised, about = header.entries, header.referral
        for place, line in rows:
            evidence, faults = read_line(line), tally.faults
            proof = evidence.proof
            if place == 2:
                note = proof.checkpoint.note
                believed = next(stops((note,), key, origin, tally, witnesses=witnesses), None) is not None
            if proof.checkpoint.note != note:
                tally.find(
                    Kind.FORKED, f"line {place:,} of the bundle is proven against another checkpoint", proof.index
                )
            if proof.index <= last:
                tally.find(Kind.RENUMBERED, f"entry {proof.index:,} stands twice or out of order", proof.index)
            said = _verified(evidence, tally, disposed)
            if about and not is_about(evidence.sections, about):
                words = f"{entry_name(proof.index, said.rid)} is not about {about}, which this bundle says it is about"
                tally.find(Kind.INSERTED, words, proof.index, rid=said.rid)
            tally.entries, last = tally.entries + 1, proof.index
            proven += believed and tally.faults == faults
    except BadBundle as fault:
        tally.find(Kind.UNPROVEN, f"line {place:,} of the bundle cannot be read: {fault}")
    if tally.entries != promised:
        kind = Kind.TRUNCATED if tally.entries < promised else Kind.INSERTED
        tally.find(kind, f"the bundle says that it holds {promised:,} entries; {tally.entries:,} were read")
    return tally.report(proven, 0)


def verify_record(
    entries: Iterable[Row],
    checkpoints: Iterable[str],
    key: Key,
    origin: str,
    *,
    held: Sequence[str] = (),
    tiles: Tiles | None = None,
    start: Frontier = Frontier(),  # noqa: B008  frozen
    disposed: Disposals = lambda rid, section: False,
    progress: Callable[[int], None] = lambda index: None,
) -> Report:
    """Whether a whole record is what was sealed.

    entries      (index, leaf, sections) in order of index; sections None to leave content unread
    checkpoints  the record's own signed notes, in the order of signing
    held         signed notes that others keep: they alone can show that the record was rolled back or forked
    tiles        the stored tree; without it a changed leaf is placed between two checkpoints, not named
    start        where a second process begins: the frontier at one of the checkpoints, which is then the first given
    disposed     by default no section may be gone
    progress     called with the number of entries passed, at least once for every 256
    """
    tally = Tally()
    own = stops(checkpoints, key, origin, tally)
    theirs = sorted(stops(held, key, origin, tally, elsewhere=True), key=lambda stop: stop.size)
    both = heapq.merge(own, theirs, key=lambda stop: stop.size)
    walk = Walk(tally, both, tiles, disposed, progress, start, start, start.size, start.size)
    walk.reach()
    rows = iter(entries)
    while block := list(islice(rows, walk.room)):
        walk.read(block)
    walk.finish()
    return tally.report(walk.proven - start.size, max(0, walk.size - max(walk.newest, start.size)))


def _verified(evidence: Evidence, tally: Tally, disposed: Disposals) -> Verified:
    proof, before = evidence.proof, len(tally.findings)
    index, head = proof.index, proof.checkpoint
    try:
        said = read_leaf(evidence.leaf)
    except BadLeaf as fault:
        tally.find(Kind.EDITED, f"entry {index:,} cannot be read: {fault}", index)
        return Verified(index, None, None, None, {}, tuple(tally.findings[before:]))
    if not includes(leaf_hash(evidence.leaf), index, head.size, proof.hashes, head.root):
        words = f"{entry_name(index, said.rid)} is not in the record: it was changed, or the proof is another's"
        tally.find(Kind.UNPROVEN, words, index, rid=said.rid)
    states = section_states(said.digests, evidence.sections, said.rid, disposed)
    tally.count(index, said.rid, states)
    return Verified(index, said.rid, said.type, said.ts, states, tuple(tally.findings[before:]))
