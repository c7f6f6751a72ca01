"""Checks what a store keeps beside the sealed bytes: columns, checkpoints, the upper tree, and others' signatures.

Whoever asks a database reads its columns. Here each is held against the bytes that were sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.evidence import Section
from gateway.record.entries import ABOUT, is_about, stamp
from gateway.record.findings import Kind, Tally, entry_name
from gateway.record.note import BadNote, Key, open_checkpoint, open_note, read_checkpoint
from gateway.record.tree import HASH, WIDTH, Frontier, Tiles, split

_LEVELS: Final = 8
_SEALED: Final = f'"{ABOUT}":"'.encode()
"""In the leaf of every entry that is about a referral."""


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint as a store keeps it: its signed note, and what the columns say of it."""

    size: int
    root: bytes
    frontier: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness's signature as a store keeps it: one line, for the checkpoint of `size` entries."""

    witness: str
    size: int
    line: str


@dataclass(slots=True)
class Shelf:
    """What is checked on the way past, and found.

    last  the newest checkpoint; notes: size → the note kept for it
    """

    tally: Tally = field(default_factory=Tally)
    last: Head | None = None
    notes: dict[int, str] = field(default_factory=dict)

    def entry(
        self, index: int, leaf: bytes, rid: str, kind: str, ts: int, referral: str, sections: tuple[Section, ...]
    ) -> None:
        """Holds the columns of an entry against its leaf, and its referral against the section that seals it."""
        ends = f'"ts":"{stamp(ts)}","type":"{kind}","v":1}}'
        if not leaf.startswith(f'{{"rid":"{rid}",'.encode()) or not leaf.endswith(ends.encode()):
            words = f"the id, time or type stored beside {entry_name(index, rid)} is not the one that was sealed"
            self.tally.find(Kind.EDITED, words, index, rid=rid)
        gone = not any(part.name == ABOUT and part.value for part in sections) and _SEALED in leaf
        if not gone and not is_about(sections, referral):
            words = f"the referral stored beside {entry_name(index, rid)} is not the one that it was sealed to be about"
            self.tally.find(Kind.EDITED, words, index, rid=rid)

    def heads(self, heads: Iterable[Head]) -> Iterator[str]:
        """The notes, in order, each held against its columns."""
        for head in heads:
            self.last = head
            self.notes[head.size] = head.note
            try:
                said = read_checkpoint(head.note)
            except BadNote:
                pass  # whoever opens the note says so
            else:
                if (said.size, said.root) != (head.size, head.root):
                    words = f"the checkpoint kept for {head.size:,} entries was signed for {said.size:,}, or other ones"
                    self.tally.find(Kind.FORGED, words)
            yield head.note

    def edge(self) -> None:
        """Holds the frontier that the next entries are to be added to against the newest checkpoint."""
        if self.last is None:
            return
        try:
            frontier = Frontier.from_bytes(self.last.frontier)
        except ValueError:
            frontier = Frontier()
        if (frontier.size, frontier.root()) != (self.last.size, self.last.root):
            self.tally.find(Kind.TREE, "the stored edge of the tree is not that of the newest checkpoint")

    def covered(self, entries: int, held: Sequence[int]) -> None:
        """Whether every numbered entry still has a checkpoint, and none is gone that others hold."""
        newest = self.last.size if self.last else 0
        if newest < entries:
            words = f"the checkpoint that sealed entries {newest:,} to {entries - 1:,} is gone from the record"
            self.tally.find(Kind.UNSIGNED, words, newest, entries - 1)
        for size in sorted({size for size in held if size <= newest} - self.notes.keys()):
            words = f"the checkpoint of {size:,} entries, which is held outside, is gone from the record"
            self.tally.find(Kind.UNSIGNED, words)

    def tiles(self, rows: Iterable[tuple[int, int, bytes]], tiles: Tiles) -> None:
        """Whether the stored tree is whole above its leaves. `rows`: level, place and hashes, in that order."""
        size, passed = (self.last.size if self.last else 0), dict.fromkeys(range(_LEVELS), 0)
        for level, place, hashes in rows:
            count = min(WIDTH, (size >> 8 * level) - place * WIDTH)
            if place != passed.get(level) or len(hashes) != count * HASH:
                self._broken(level, place)
            passed[level] = place + 1
            if level and any(
                Frontier().append(split(tiles(level - 1, place * WIDTH + at))).root() != digest
                for at, digest in enumerate(split(hashes))
            ):
                self._broken(level, place)
        for level, many in passed.items():
            if many * WIDTH < size >> 8 * level:
                self._broken(level, many)

    def _broken(self, level: int, place: int) -> None:
        words = (
            f"the stored tree is wrong or cut at tile {place:,} of level {level}; the entries are as they were sealed"
        )
        self.tally.find(Kind.TREE, words)

    def witnessed(self, rows: Iterable[Cosigned], witnesses: Sequence[Key]) -> int:
        """Entries that the newest checkpoint covers which one of these witnesses signed. Each named must have."""
        newest, unheard = 0, {key.name: key for key in witnesses}
        named: Mapping[str, Key] = dict(unheard)
        for row in rows:
            key, note = named.get(row.witness), self.notes.get(row.size)
            if key is None and witnesses:
                continue
            if note is None:
                words = f"the checkpoint of {row.size:,} entries that {row.witness} signed is gone from the record"
                self.tally.find(Kind.UNSIGNED, words)
            elif key is not None and _holds(note + row.line, key):
                newest = max(newest, row.size)
                unheard.pop(row.witness, None)
            elif key is not None:
                words = f"the signature of {row.witness} on the checkpoint of {row.size:,} entries does not hold"
                self.tally.find(Kind.FORGED, words)
                unheard.pop(row.witness, None)
        for name in unheard:
            self.tally.find(
                Kind.UNSIGNED, f"{name} has signed no checkpoint of this record, or its signatures are gone"
            )
        return newest


def sizes(notes: Iterable[str], key: Key) -> list[int]:
    """How many entries each of these checkpoints covers, of those that the record's key signed."""
    found = []
    for note in notes:
        try:
            found.append(open_checkpoint(note, key, key.name).size)
        except BadNote:
            continue
    return found


def _holds(note: str, key: Key) -> bool:
    try:
        _, held = open_note(note, (key,))
    except BadNote:
        return False
    return bool(held)
