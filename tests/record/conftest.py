"""A published vector of five entries, and records of any length, for the tests of the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.evidence import Checkpoint, Entry, Proof, Section
from gateway.record.bundle import Evidence
from gateway.record.entries import make_entry
from gateway.record.note import LOG, WITNESS, Key, cosignature_line, sign_checkpoint
from gateway.record.tree import Frontier, extend, inclusion, leaf_hash

Signing = tuple[Key, Callable[[bytes], bytes]]
ORIGIN = "gateway.example/t/0001/decisions"


def seeded(name: str, seed: str, kind: int = LOG) -> tuple[Key, Callable[[bytes], bytes]]:
    private = Ed25519PrivateKey.from_private_bytes(sha256(seed.encode()).digest())
    return Key(name, kind, private.public_key().public_bytes_raw()), private.sign


def published(index: int) -> Entry:
    sections = {
        "facts": {"agreement": "refused", "harm": "none_declared", "human": "recorded"},
        "policy": {"id": "eh-sharing", "rules": ["G-514"], "version": "3.2.0"},
        "outcome": {"code": "SHARE_MIN", "withheld": ["third_party.sibling[0].health"]},
        "human": {"reason": "Demo text that may be erased on its own."},
    }
    salts = {name: sha256(f"demo salt {index} {name}".encode()).digest() for name in sections}
    rid = f"0192f1c2-0000-7000-8000-{index:012}"
    return make_entry(rid, "0001", "decision", 1_795_356_960_000 + 1000 * index, sections, salts)


@dataclass(repr=False)
class Kept:
    """A record as a store keeps it."""

    key: Key
    sign: Callable[[bytes], bytes]
    rows: list[tuple[int, bytes, tuple[Section, ...] | None]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    frontier: Frontier = field(default_factory=Frontier)

    def __repr__(self) -> str:
        return f"a record of {len(self.rows)} entries"

    def tile(self, level: int, index: int) -> bytes:
        return self.tiles.get((level, index), b"")

    def seal(self, *entries: Entry) -> None:
        for entry in entries:
            self.rows.append((len(self.rows), entry.leaf, entry.sections))
        hashes = [leaf_hash(entry.leaf) for entry in entries]
        for tile in extend(self.frontier.size, hashes, self.tile):
            self.tiles[tile.level, tile.index] = tile.hashes
        self.frontier = self.frontier.append(hashes)
        self.sign_here()

    def sign_here(self) -> None:
        self.notes.append(sign_checkpoint(self.key, self.sign, self.frontier.size, self.frontier.root()).note)

    def add(self, *entries: Entry) -> None:
        """Entries that no checkpoint covers yet."""
        self.rows += [(len(self.rows) + place, entry.leaf, entry.sections) for place, entry in enumerate(entries)]

    def copy(self) -> Kept:
        return replace(self, rows=list(self.rows), notes=list(self.notes), tiles=dict(self.tiles))


@pytest.fixture(scope="session")
def log_key() -> tuple[Key, Callable[[bytes], bytes]]:
    return seeded(ORIGIN, "demo log key")


@pytest.fixture(scope="session")
def other_key() -> tuple[Key, Callable[[bytes], bytes]]:
    return seeded(ORIGIN, "another log key")


@pytest.fixture(scope="session")
def witness_key() -> tuple[Key, Callable[[bytes], bytes]]:
    return seeded("witness.example/w1", "demo witness key", WITNESS)


@pytest.fixture(scope="session")
def vector() -> list[Entry]:
    return [published(index) for index in range(5)]


@pytest.fixture(scope="session")
def entry() -> Callable[[int], Entry]:
    return published


@pytest.fixture(scope="session")
def sealed(log_key: tuple[Key, Callable[[bytes], bytes]]) -> Kept:
    """600 entries under a checkpoint at every 100, in three tiles. Copy it before touching it."""
    kept = Kept(*log_key)
    for start in range(0, 600, 100):
        kept.seal(*(published(index) for index in range(start, start + 100)))
    return kept


@pytest.fixture
def kept(sealed: Kept) -> Kept:
    return sealed.copy()


@pytest.fixture
def empty(log_key: tuple[Key, Callable[[bytes], bytes]]) -> Kept:
    return Kept(*log_key)


@pytest.fixture(scope="session")
def checkpoint(vector: list[Entry], log_key: Signing, witness_key: Signing) -> Checkpoint:
    signed = sign_checkpoint(*log_key, 5, Frontier().append(leaf_hash(entry.leaf) for entry in vector).root())
    body = signed.note.partition("\n\n")[0] + "\n"
    return replace(signed, note=signed.note + cosignature_line(*witness_key, body, 1_795_357_020))


@pytest.fixture(scope="session")
def evidence(vector: list[Entry], checkpoint: Checkpoint) -> list[Evidence]:
    tiles = {
        (tile.level, tile.index): tile.hashes
        for tile in extend(0, [leaf_hash(entry.leaf) for entry in vector], lambda level, index: b"")
    }
    return [
        Evidence(
            entry.leaf,
            entry.sections,
            Proof(index, inclusion(index, 5, lambda level, index: tiles[level, index]), checkpoint),
        )
        for index, entry in enumerate(vector)
    ]
