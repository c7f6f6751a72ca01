"""Proves a council's record from its store, and writes what somebody else can prove without the store."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

from sqlalchemy import Connection, bindparam, select

from contracts import verify_evidence
from gateway.record.bundle import Evidence, write_bundle
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
from gateway.store.tables import POLICY


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
        yield from _lines(connection, council, key, referral, set())


def export_zip(
    store: Opened,
    council: str,
    key: Key,
    file: BinaryIO,
    referral: str = "",
    words: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Write an evidence bundle with all that it takes to check and to read it. Returns how many entries it holds.

    words  SHA-256 → text of policies that are known beside those the store has published
    """
    named: set[str] = set()
    with store.read(council) as connection, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        count = -1
        with archive.open("entries.jsonl", "w", force_zip64=True) as lines:
            for line in _lines(connection, council, key, referral, named):
                lines.write(line)
                count += 1
        published = connection.execute(_WORDS, {"council": council})
        known = dict(words) | {row.digest: row.text for row in published}
        here = sorted(named & known.keys())
        for digest in here:
            archive.writestr(f"policies/{digest}.txt", known[digest])
        archive.writestr("checkpoint.txt", latest_checkpoint(connection, council) or "")
        archive.writestr("HOW-TO-CHECK.txt", _how(key, len(named) - len(here)))
        archive.write(Path(verify_evidence.__file__), "verify_evidence.py")
    return count


def _lines(connection: Connection, council: str, key: Key, referral: str, policies: set[str]) -> Iterator[bytes]:
    """The lines of a bundle; `policies` is filled with the digest of every policy that an entry names."""
    rids = sealed_rids(connection, council, referral)

    def noted(evidence: Evidence) -> Evidence:
        for part in evidence.sections:
            if part.name == "policy" and part.value:
                policies.add(json.loads(part.value).get("sha256", ""))
        return evidence

    evidence = (evidence_of(connection, council, rid) for rid in rids)
    yield from write_bundle(key, len(rids), (noted(one) for one in evidence if one is not None))


def _how(key: Key, missing: int) -> str:
    gap = (
        f"\nThe words of {missing} policies that are named are not here: this gateway never had them.\n"
        if missing
        else ""
    )
    return _HOW.format(name=key.name, vkey=key.vkey, gap=gap)


_WORDS: Final = select(POLICY.c.digest, POLICY.c.text).where(POLICY.c.council == bindparam("council"))
_HOW: Final = """\
How to check this evidence

You need Python 3.9 or later and nothing else. In this folder, run:

    python verify_evidence.py entries.jsonl --key KEY

or, with this whole zip file in place of entries.jsonl, check the words of the policies too.

KEY is the public key of the record {name}.
Ask the council for it, in a letter or on a page that you trust. It should be the same as this one:

    {vkey}

Do not believe a key because it came with the evidence. If you doubt verify_evidence.py, get it from somebody else, or
have somebody read it: it is one file, and uses nothing of the gateway.

What is in here

entries.jsonl       each entry: what was sealed, its opened parts, and the proof that it stands in the record
policies/           the words of the rules that decided, each in a file named by its SHA-256, as the entries name it
checkpoint.txt      what the council signed: how many entries there are, and their fingerprint
verify_evidence.py  the checker
{gap}
What it shows

That these entries are in the council's record as they were when they were sealed. It does not show that a decision was
right, nor that nothing else is in the record. A part that was disposed of by law is named as gone; its seal stays.
This holds what the record knows, families' data included. Keep it as safe as the record.
"""
