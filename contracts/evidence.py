"""What the record holds and what proves it (governance 3.3, settled 18 and 19)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """One separately salted, separately erasable part of an entry.

    salt   32 random bytes; None once disposed of
    value  the exact bytes that were hashed: canonical JSON; None once disposed of
    """

    name: str
    salt: bytes | None
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a council's record. The leaf holds no personal data: only salted digests.

    rid    random UUID
    type   `decision.machine`, `permit`, `attempt`, `rejected`, … (governance 4.1)
    ts     ms UTC
    leaf   the exact bytes in the tree: canonical JSON of rid, section digests, ts, type, v
    referral  id of the one it is about, "" for none; a section of its own seals it
    """

    rid: str
    council: str
    type: str
    ts: int
    leaf: bytes
    sections: tuple[Section, ...]
    referral: str = ""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed tree head as C2SP tlog-checkpoint: origin, size, root, signatures, in one signed note."""

    origin: str
    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Proof:
    """That one leaf is in a tree: C2SP tlog-proof."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint
