"""Evidence that leaves the gateway: proofs, receipts and bundles that anyone can check with only a public key.

A proof is c2sp.org/tlog-proof@v1. Evidence of one entry is a JSON object:

    {"leaf": "…", "proof": "…", "sections": {"human": null, "outcome": {"salt": "…", "value": "…"}}}

A section that is null has been disposed of; one that is left out is not shown. A bundle is JSON Lines: a header

    {"bundle": "early-help-gateway/evidence/v1", "entries": 2, "origin": "…", "vkey": "…"}

then the evidence of each entry, all proven against one checkpoint. One that was made of a single referral says so in
its header, `"referral": "…"`, and the opened section `about` of each entry then names that referral. The header's vkey
says which key to ask the council for; nobody should believe it because the bundle says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.evidence import Proof, Section
from gateway.record.canonical import base64_bytes, base64_text, canonical, verbatim
from gateway.record.entries import BadSections, packed, unpacked
from gateway.record.note import BadNote, Key, read_checkpoint
from gateway.record.tree import HASH

FORMAT: Final = "early-help-gateway/evidence/v1"
_PROOF: Final = re.compile(
    r"c2sp\.org/tlog-proof@v1\n(?:extra [A-Za-z0-9+/=]*\n)?index (0|[1-9][0-9]{0,18})\n((?:[A-Za-z0-9+/=]+\n)*)\n(.+)",
    re.DOTALL,
)


class BadBundle(ValueError):
    """These bytes are not a proof, a piece of evidence or a bundle."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One entry with what proves it. `sections` holds the opened ones, and those disposed of without salt and value."""

    leaf: bytes
    sections: tuple[Section, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Header:
    """What a bundle says of itself: how many entries, of which record, signed by which key, about which referral."""

    origin: str
    vkey: str
    entries: int
    referral: str = ""


def proof_text(proof: Proof) -> str:
    """The proof as a `.tlog-proof` file."""
    hashes = "".join(f"{base64_text(digest)}\n" for digest in proof.hashes)
    return f"c2sp.org/tlog-proof@v1\nindex {proof.index}\n{hashes}\n{proof.checkpoint.note}"


def read_proof(text: str) -> Proof:
    """Reads a `.tlog-proof` file, believing nothing in it yet. Raises BadBundle."""
    parts = _PROOF.fullmatch(text)
    if parts is None:
        raise BadBundle("a proof is a first line, an index, hashes, a blank line and a checkpoint")
    try:
        hashes = tuple(base64_bytes(line) for line in parts[2].splitlines())
        checkpoint = read_checkpoint(parts[3])
    except BadNote as fault:
        raise BadBundle(str(fault)) from None
    except ValueError:
        raise BadBundle("a proof's hashes are base64") from None
    if any(len(digest) != HASH for digest in hashes):
        raise BadBundle("each hash of a proof is 32 bytes")
    return Proof(int(parts[1]), hashes, checkpoint)


def evidence_document(evidence: Evidence) -> dict[str, object]:
    """The evidence of one entry as a JSON object: what a receipt holds."""
    return {
        "leaf": evidence.leaf.decode(),
        "proof": proof_text(evidence.proof),
        "sections": packed(evidence.sections),
    }


def read_evidence(document: object) -> Evidence:
    """Reads `evidence_document`, believing nothing in it yet. Raises BadBundle."""
    match document:
        case {"leaf": str(leaf), "proof": str(proof), "sections": sections}:
            try:
                return Evidence(leaf.encode(), unpacked(sections), read_proof(proof))
            except (BadSections, UnicodeEncodeError) as fault:
                raise BadBundle(str(fault)) from None
        case _:
            raise BadBundle("evidence of an entry holds leaf, proof and sections")


def write_bundle(key: Key, entries: int, evidence: Iterable[Evidence], referral: str = "") -> Iterator[bytes]:
    """The lines of a bundle, each with its newline. `entries` says how many follow; `referral` what all are about."""
    about = {"referral": referral} if referral else {}
    yield canonical({"bundle": FORMAT, "entries": entries, "origin": key.name, "vkey": key.vkey} | about) + b"\n"
    for one in evidence:
        yield verbatim(evidence_document(one)) + b"\n"


def read_header(line: bytes) -> Header:
    """The first line of a bundle. Raises BadBundle."""
    document = _json(line)
    match document:
        case {"bundle": str(form), "entries": int(entries), "origin": str(origin), "vkey": str(vkey)} if form == FORMAT:
            return Header(origin, vkey, entries, _referral(document))
        case _:
            raise BadBundle(f"a bundle begins with a header that says {FORMAT}")


def _referral(header: Mapping[str, object]) -> str:
    match header.get("referral", ""):
        case str(referral):
            return referral
        case _:
            raise BadBundle("the referral that a bundle is about is named by its id")


def read_line(line: bytes) -> Evidence:
    """Any later line of a bundle. Raises BadBundle."""
    return read_evidence(_json(line))


def _json(line: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(line)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise BadBundle("a line of a bundle is JSON") from None
    if not isinstance(document, dict):
        raise BadBundle("a line of a bundle is a JSON object")
    return document
