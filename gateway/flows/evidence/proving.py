"""Proves a council's record from its store, and writes what somebody else can prove without the store."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

from sqlalchemy import Connection, bindparam, select

from contracts import verify_evidence
from contracts.evidence import Section
from gateway.flows.data_protection.keeping import disposals
from gateway.record.bundle import Evidence, write_bundle
from gateway.record.findings import Report
from gateway.record.note import Key
from gateway.record.shelf import Shelf, sizes
from gateway.record.verify import verify_record
from gateway.store.engine import Opened
from gateway.store.evidence import (
    cosignatures,
    evidence_of,
    heads,
    index_of,
    latest_checkpoint,
    oldest_from,
    sealed_rids,
    stored_entries,
    stored_tiles,
    tiles_ahead,
    unsealed,
)
from gateway.store.tables import POLICY


@dataclass(frozen=True, slots=True)
class Proven:
    """What checking one council's record found.

    checkpoint  its newest signed note, to keep outside; "" before the first
    waiting     entries that are recorded and not sealed yet
    outside     entries that a checkpoint covers which somebody else holds or has signed
    since       when the oldest entry was recorded that none of those covers, ms UTC; None where there is none
    """

    council: str
    report: Report
    checkpoint: str
    waiting: int
    outside: int = 0
    since: int | None = None

    @property
    def exposed(self) -> int:
        """Entries that whoever has the key and the store could still rewrite unseen."""
        return max(0, self.report.entries - self.outside) + self.waiting


@dataclass(frozen=True, slots=True)
class Part:
    """What of the entries a bundle shows.

    within  of this time, from one instant to before another, ms UTC; None for any
    open    names of the sections that are opened: of the others it proves the seal; None for all
    """

    within: tuple[int, int] | None = None
    open: frozenset[str] | None = None

    def shown(self, evidence: Evidence) -> Evidence:
        """The same evidence with what is open of it."""
        if self.open is None:
            return evidence
        return replace(evidence, sections=tuple(one for one in evidence.sections if one.name in self.open))


ALL: Final = Part()


def prove(
    store: Opened,
    council: str,
    key: Key,
    held: Sequence[str] = (),
    progress: Callable[[int], None] = lambda n: None,
    witnesses: Sequence[Key] = (),
) -> Proven:
    """Check every sealed entry and all that the store keeps of the record, against the checkpoints that others hold.

    held       signed notes that were kept elsewhere
    witnesses  keys whose signatures must hold; each must have signed at least once
    """
    shelf, theirs = Shelf(), sizes(held, key)
    with store.read(council) as connection:
        tiles, gone = tiles_ahead(connection, council), disposals(connection, council)
        report = verify_record(
            _shelved(stored_entries(connection, council), shelf),
            shelf.heads(heads(connection, council)),
            key,
            key.name,
            held=held,
            tiles=tiles,
            progress=progress,
            disposed=lambda rid, section: (rid, section) in gone,
        )
        shelf.edge()
        shelf.covered(report.entries, theirs)
        if report.sound and not shelf.tally.findings:
            shelf.tiles(stored_tiles(connection, council), tiles)
        seen = shelf.witnessed(cosignatures(connection, council), witnesses)
        outside = min(max((seen, *theirs)), report.entries)
        report = replace(report, findings=(*report.findings, *shelf.tally.findings))
        note = latest_checkpoint(connection, council) or ""
        since = oldest_from(connection, council, outside)
        return Proven(council, report, note, unsealed(connection, council), outside, since)


def _shelved(
    rows: Iterable[tuple[int, bytes, tuple[Section, ...], str, str, int, str]], shelf: Shelf
) -> Iterator[tuple[int, bytes, tuple[Section, ...]]]:
    for index, leaf, sections, rid, kind, ts, referral in rows:
        shelf.entry(index, leaf, rid, kind, ts, referral, sections)
        yield index, leaf, sections


def export(store: Opened, council: str, key: Key, referral: str = "") -> Iterator[bytes]:
    """The lines of an evidence bundle: every sealed entry of a council's record, or those about one referral."""
    with store.read(council) as connection:
        yield from _lines(connection, council, key, sealed_rids(connection, council, referral), referral, set(), set())


def export_zip(
    store: Opened,
    council: str,
    key: Key,
    file: BinaryIO,
    referral: str = "",
    words: Mapping[str, str] = MappingProxyType({}),
    part: Part = ALL,
) -> int:
    """Write an evidence bundle with all that it takes to check and to read it. Returns how many entries it holds.

    words  SHA-256 → text of policies that are known beside those the store has published
    """
    with store.read(council) as connection:
        rids = sealed_rids(connection, council, referral, part.within)
        return write_zip(connection, council, key, file, rids, referral, words, part)


def write_zip(
    connection: Connection,
    council: str,
    key: Key,
    file: BinaryIO,
    rids: Sequence[str],
    referral: str = "",
    words: Mapping[str, str] = MappingProxyType({}),
    part: Part = ALL,
) -> int:
    """The same of these entries, in the record's order; `file` is only written to, never sought in."""
    named, notes = set[str](), set[str]()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        count = -1
        with archive.open("entries.jsonl", "w", force_zip64=True) as lines:
            for line in _lines(connection, council, key, rids, referral, named, notes, part):
                lines.write(line)
                count += 1
        published = connection.execute(_WORDS, {"council": council})
        known = dict(words) | {row.digest: row.text for row in published}
        here = sorted(named & known.keys())
        for digest in here:
            archive.writestr(f"policies/{digest}.txt", known[digest])
        archive.writestr("checkpoint.txt", notes.pop() if notes else latest_checkpoint(connection, council) or "")
        archive.writestr("HOW-TO-CHECK.txt", how_to_check(key, len(named) - len(here), proofs=part.open is not None))
        archive.write(Path(verify_evidence.__file__), "verify_evidence.py")
    return count


def _lines(
    connection: Connection,
    council: str,
    key: Key,
    rids: Sequence[str],
    referral: str,
    policies: set[str],
    notes: set[str],
    part: Part = ALL,
) -> Iterator[bytes]:
    """The lines of a bundle. Fills `policies` with digests that entries name, and `notes` with their checkpoint."""

    def noted(evidence: Evidence) -> Evidence:
        notes.add(evidence.proof.checkpoint.note)
        for one in evidence.sections:
            if one.name == "policy" and one.value:
                policies.add(json.loads(one.value).get("sha256", ""))
        return part.shown(evidence)

    # One checkpoint for all of them: a witness may have signed an earlier one that covers only some.
    last = index_of(connection, council, rids[-1]) if rids else 0
    evidence = (evidence_of(connection, council, rid, last) for rid in rids)
    yield from write_bundle(key, len(rids), (noted(one) for one in evidence if one is not None), referral)


def how_to_check(key: Key, missing: int, *, receipt: bool = False, proofs: bool = False) -> str:
    """What to do with a zip of evidence, of proofs, or of a sharing receipt. missing: policies it names and has not."""
    gap = (
        f"\nThe words of {missing} policies that are named are not here: this gateway never had them.\n"
        if missing
        else ""
    )
    holds = _RECEIPT if receipt else _PROOFS if proofs else _BUNDLE
    return _HOW.format(name=key.name, vkey=key.vkey, gap=gap, holds=holds, keep=_ONLY_SEALS if proofs else _KEEP)


_WORDS: Final = select(POLICY.c.digest, POLICY.c.text).where(POLICY.c.council == bindparam("council"))
_KEEP: Final = "This may hold what the record knows, families' data included. Keep it as safe as the record."
_ONLY_SEALS: Final = """\
What the entries say is not in here, only its seals: whoever holds the record can open it, and it must match them.
Our numbers of a request and of its entries are in here: keep them from whoever has no use for them."""
_BUNDLE: Final = """\
entries.jsonl       each entry: what was sealed, its opened parts, and the proof that it stands in the record
policies/           the words of the rules that decided, each in a file named by its SHA-256, as the entries name it
checkpoint.txt      what the council signed: how many entries there are, and their fingerprint
verify_evidence.py  the checker
"""
_PROOFS: Final = _BUNDLE.replace("its opened parts", "which request it is about and which rules decided")
_RECEIPT: Final = """\
receipt.html        the receipt in words, made from the entries beside it
receipt.sig         what the council signed: the fingerprints of receipt.html and entries.jsonl
entries.jsonl       each entry: what was sealed, the parts you may see, and the proof that it stands in the record
policies/           in the full form: the words of the rules that decided, each in a file named by its SHA-256
verify_evidence.py  the checker
"""
_HOW: Final = """\
How to check this evidence

You need Python 3.9 or later and nothing else. In this folder, run:

    python verify_evidence.py entries.jsonl --key KEY

or, with this whole zip file in place of entries.jsonl, check everything that came with them too.

KEY is the public key of the record {name}.
Ask the council for it, in a letter or on a page that you trust. It should be the same as this one:

    {vkey}

Do not believe a key because it came with the evidence. If you doubt verify_evidence.py, get it from somebody else, or
have somebody read it: it is one file, and uses nothing of the gateway.

What is in here

{holds}{gap}
What it shows

That these entries are in the council's record as they were when they were sealed. It does not show that a decision was
right, nor that nothing else is in the record. A part that was disposed of by law is named as gone; its seal stays.
{keep}
"""
