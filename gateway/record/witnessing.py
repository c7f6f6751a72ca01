"""What a witness does, and how it is asked: c2sp.org/tlog-witness, with cosignatures of c2sp.org/tlog-cosignature.

A witness remembers the last checkpoint that it signed of each record, and signs another only if that begins with all
that it has seen. So nobody can show two people two records, nor take back what was shown, without a witness helping.
It sees three lines of numbers and no family's data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.record.canonical import base64_bytes, base64_text
from gateway.record.note import BadNote, Key, Sign, cosignature_line, open_checkpoint, open_note, read_checkpoint
from gateway.record.tree import HASH, consistent

MOST_HASHES: Final = 63
_REQUEST: Final = re.compile(r"old (0|[1-9][0-9]{0,18})\n((?:[A-Za-z0-9+/=]+\n)*)\n(.+)", re.DOTALL)


class BadRequest(ValueError):
    """These bytes ask a witness for nothing that it understands."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The last checkpoint that a witness signed of one record."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers: an HTTP status and its text, and what it has seen from now on; None: as before."""

    status: int
    text: str
    seen: Seen | None = None


def asking(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The request that a witness sign this checkpoint, having seen one of `old` entries."""
    hashes = "".join(f"{base64_text(digest)}\n" for digest in proof)
    return f"old {old}\n{hashes}\n{note}".encode()


def read_asking(body: bytes) -> tuple[int, tuple[bytes, ...], str]:
    """Size of the tree it has seen, the proof, and the checkpoint. Raises BadRequest."""
    try:
        parts = _REQUEST.fullmatch(body.decode())
        hashes = tuple(base64_bytes(line) for line in parts[2].splitlines()) if parts else ()
    except (UnicodeDecodeError, ValueError):
        raise BadRequest("a request is UTF-8, and its hashes are base64") from None
    if parts is None or len(hashes) > MOST_HASHES or any(len(digest) != HASH for digest in hashes):
        raise BadRequest("a request is `old N`, at most 63 hashes, a blank line and a checkpoint")
    return int(parts[1]), hashes, parts[3]


def witness(
    body: bytes, logs: Mapping[str, Key], seen: Mapping[str, Seen], key: Key, sign: Sign, at: int
) -> tuple[str, Answer]:
    """The record that is asked about, and the answer.

    logs  origin → the key whose checkpoints are believed; seen: origin → what was signed last
    at    POSIX seconds

    400 for what is no request, 403 for a key nobody gave this witness, 404 for a record it does not know, 409 with the
    size it has seen if that is another, 422 for a proof that does not hold.
    """
    try:
        old, proof, note = read_asking(body)
        origin = read_checkpoint(note).origin
    except (BadRequest, BadNote) as fault:
        return "", Answer(400, f"{fault}\n")
    if origin not in logs:
        return origin, Answer(404, "This witness does not know that record.\n")
    try:
        new = open_checkpoint(note, logs[origin], origin)
    except BadNote as fault:
        return origin, Answer(403, f"{fault}\n")
    last = seen.get(origin, Seen(0, b""))
    if old > new.size:
        return origin, Answer(400, "A record does not grow smaller.\n")
    if old != last.size:
        return origin, Answer(409, f"{last.size}\n")
    if old == new.size and new.root != last.root:
        return origin, Answer(409, f"{last.size}\n")
    if old and not consistent(old, new.size, last.root, new.root, proof):
        return origin, Answer(422, "This does not begin with what this witness has seen.\n")
    text = note.rpartition("\n\n")[0] + "\n"
    return origin, Answer(200, cosignature_line(key, sign, text, at), Seen(new.size, new.root))


def cosigned(note: str, answer: str, key: Key) -> str:
    """The checkpoint with a witness's signature, which must hold. Raises BadNote."""
    if not answer.startswith("— ") or answer.count("\n") != 1 or not answer.endswith("\n"):
        raise BadNote("a witness answers with one signature line")
    signed = note + answer
    open_note(signed, (key,))
    return signed
