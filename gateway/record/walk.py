"""Reads a record once, from its first entry to its last, and asks every checkpoint on the way.

Two trees grow side by side: of the entries, and of the stored tiles. A checkpoint that agrees with the entries settles
all before it; one that agrees only with the tiles says that they may be believed about which entry was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from contracts.evidence import Section
from gateway.record.entries import BadLeaf, read_leaf, well_spelt
from gateway.record.findings import Disposals, Kind, Tally, entry_name, section_states
from gateway.record.note import BadNote, Key, open_checkpoint, open_note
from gateway.record.suspects import Suspect, diagnose
from gateway.record.tree import HASH, WIDTH, Frontier, Tiles, leaf_hash, split

WIDEST_GAP: Final = 65_536
_HOLE: Final = bytes(HASH)

Row = tuple[int, bytes, tuple[Section, ...] | None]
"""Index, leaf and sections of an entry; None where its content is not to be held against the leaf here."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A believed checkpoint, at which the reading stops to compare roots; `elsewhere` when others hold it."""

    size: int
    root: bytes
    elsewhere: bool


@dataclass(slots=True)
class Walk:
    """Where the reading of a record stands.

    frontier  the tree of the entries        got, leaves  those read since it was last folded
    stored    the tree of the stored tiles   suspects   entries on which the two differ, since the last checkpoint
    size      entries passed                 lost       entries no longer stand at their places: roots say nothing more
    """

    tally: Tally
    stops: Iterator[Stop]
    tiles: Tiles | None
    disposed: Disposals
    progress: Callable[[int], None]
    frontier: Frontier
    stored: Frontier
    size: int
    proven: int
    newest: int = 0
    edge: int = 0
    lost: bool = False
    stop: Stop | None = None
    got: list[bytes] = field(default_factory=list)
    leaves: list[bytes | None] = field(default_factory=list)  # None: a hole, or already found to be unreadable
    suspects: list[Suspect] = field(default_factory=list)
    crowd: int = 0

    @property
    def room(self) -> int:
        """How many entries may be read before something else is to be looked at."""
        return self.edge - self.size

    def read(self, block: Sequence[Row]) -> None:
        """Reads the next entries, at most as many as there is room for: at once where nothing is amiss."""
        numbers, leaves, contents = zip(*block, strict=True)
        stand = numbers == tuple(range(self.size, self.size + len(block)))
        if not stand or contents.count(None) != len(block) or not well_spelt(leaves):
            for index, leaf, sections in block:
                self.take(index, leaf, sections)
            return
        self.tally.entries += len(block)
        self.got += [sha256(b"\0" + leaf).digest() for leaf in leaves]
        self.leaves += leaves
        self.size += len(block)
        if self.size >= self.edge:
            self.reach()

    def take(self, index: int, leaf: bytes, sections: tuple[Section, ...] | None) -> None:
        """Reads the next entry."""
        self.tally.entries += 1
        if index < self.size:
            self.tally.find(Kind.RENUMBERED, f"entry {index:,} stands twice or out of order", index)
            return
        if index > self.size:
            self._skip(index)
        try:
            said = read_leaf(leaf)
        except BadLeaf:
            self._unreadable(index)
            self._put(leaf_hash(leaf), None)
            return
        if sections is not None:
            states = section_states(said.digests, sections, said.rid, self.disposed)
            self.tally.count(index, said.rid, states, whole=True)
        self._put(leaf_hash(leaf), leaf)

    def reach(self) -> None:
        """Brings both trees up to here and asks every checkpoint of this size."""
        self._fold()
        if self.stop is None:
            self.stop = next(self.stops, None)
        while self.stop is not None and self.stop.size <= self.size:
            self._ask(self.stop)
            self.stop = next(self.stops, None)
        full = (self.size // WIDTH + 1) * WIDTH
        self.edge = full if self.stop is None else min(full, self.stop.size)
        self.progress(self.size)

    def finish(self) -> None:
        """Says what checkpoints cover beyond the last entry."""
        self.reach()
        beyond = [] if self.stop is None else [self.stop, *self.stops]
        own = max((stop.size for stop in beyond if not stop.elsewhere), default=0)
        elsewhere = max((stop.size for stop in beyond if stop.elsewhere), default=0)
        self._settle_tail()
        if own:
            words = f"the record ends after {self.size:,} entries, but {own:,} were sealed"
            self.tally.find(Kind.TRUNCATED, words, self.size, own - 1)
        if elsewhere > own:
            words = f"a checkpoint of {elsewhere:,} entries is held elsewhere, but this record has {self.size:,}"
            self.tally.find(Kind.ROLLED_BACK, words, self.size, elsewhere - 1)

    def _put(self, digest: bytes, leaf: bytes | None) -> None:
        self.got.append(digest)
        self.leaves.append(leaf)
        self.size += 1
        if self.size >= self.edge:
            self.reach()

    def _skip(self, index: int) -> None:
        words = "entry {:,} is missing" if index - self.size == 1 else "entries {:,} to {:,} are missing"
        self.tally.find(Kind.DELETED, words.format(self.size, index - 1), self.size, index - 1)
        if self.tiles is None or index - self.size > WIDEST_GAP:
            self.lost, self.size = True, index
            self.reach()
        while self.size < index:
            self._put(_HOLE, None)

    def _fold(self) -> None:
        if self.got and not self.lost:
            joined = b"".join(self.got)
            want = self._wanted(self.frontier.size, joined)
            whole = self.stored is self.frontier and want == joined
            if want != joined:
                self._suspect(split(want))
            self.frontier = self.frontier.append(self.got)
            self.stored = self.frontier if whole else self.stored.append(split(want))
        self.got.clear()
        self.leaves.clear()

    def _wanted(self, base: int, joined: bytes) -> bytes:
        """The stored hashes from `base` on; where the tiles end, those of the entries."""
        if self.tiles is None:
            return joined
        index, at = divmod(base, WIDTH)
        want = self.tiles(0, index)[at * HASH : at * HASH + len(joined)]
        want = want[: len(want) // HASH * HASH]
        return want + joined[len(want) :]

    def _suspect(self, wanted: tuple[bytes, ...]) -> None:
        base = self.frontier.size
        for place, (got, want, leaf) in enumerate(zip(self.got, wanted, self.leaves, strict=True)):
            if got == want or leaf is None:
                continue
            try:
                rid = read_leaf(leaf).rid
            except BadLeaf:
                self._unreadable(base + place)
                continue
            if len(self.suspects) < WIDTH:
                self.suspects.append(Suspect(base + place, rid, got, want))
            else:
                self.crowd += 1

    def _unreadable(self, index: int) -> None:
        self.tally.find(Kind.EDITED, f"entry {index:,} cannot be read: it was changed after it was sealed", index)

    def _ask(self, stop: Stop) -> None:
        """Compares one checkpoint with both trees."""
        if not stop.elsewhere:
            self.newest = max(self.newest, stop.size)
        if self.lost:
            return
        if stop.size < self.size:
            words = f"a checkpoint of {stop.size:,} entries comes after one of {self.newest:,}"
            self.tally.find(Kind.ROLLED_BACK, words)
        elif stop.root == self.frontier.root():
            for one in self.suspects:
                words = f"the stored tree is wrong at {entry_name(one.index, one.rid)}, which is as it was sealed"
                self.tally.find(Kind.TREE, words, one.index, rid=one.rid)
            self._settle(self.frontier)
        elif stop.root == self.stored.root():
            self._name()
            self._settle(self.stored)
        elif stop.elsewhere or stop.size == self.proven:
            words = f"two histories: another checkpoint of {stop.size:,} entries names a different record"
            self.tally.find(Kind.FORKED, words)
        else:
            words = f"something among entries {self.proven:,} to {stop.size - 1:,} was changed after it was sealed"
            self.tally.find(Kind.EDITED, words, self.proven, stop.size - 1)
            self.lost = True

    def _settle(self, believed: Frontier) -> None:
        if not self.lost:
            self.proven, self.frontier, self.stored = self.size, believed, believed
        self.suspects.clear()
        self.crowd = 0

    def _name(self) -> None:
        """Says of each suspect what was done, now that the stored tree is known to be right."""
        if not self.suspects or self.tiles is None:
            return
        first = self.suspects[0].index // WIDTH
        near = split(self.tiles(0, first) + self.tiles(0, first + 1))
        findings, in_place = diagnose(
            self.suspects, {digest: first * WIDTH + place for place, digest in enumerate(near)}, self.size
        )
        for finding in findings:
            self.tally.add(finding)
        if self.crowd:
            self.tally.find(Kind.EDITED, f"{self.crowd:,} more entries after that are not as they were sealed")
        self.lost = not in_place

    def _settle_tail(self) -> None:
        """Names the suspects that no checkpoint of their size was left to judge."""
        if self.tiles is None or not self.suspects:
            return
        if self.stop is not None and self._complete(self.stop) == self.stop.root:
            self._name()
            return
        for one in self.suspects:
            words = f"{entry_name(one.index, one.rid)} differs from the stored tree; no checkpoint says which is right"
            self.tally.find(Kind.EDITED, words, one.index, rid=one.rid)

    def _complete(self, stop: Stop) -> bytes:
        """The root of the stored tree at a checkpoint beyond the last entry."""
        whole, tiles = self.stored, self.tiles
        while tiles and whole.size < stop.size:
            index, at = divmod(whole.size, WIDTH)
            more = split(tiles(0, index))[at : at + stop.size - whole.size]
            if not more:
                break
            whole = whole.append(more)
        return whole.root()


def stops(
    notes: Iterable[str],
    key: Key,
    origin: str,
    tally: Tally,
    *,
    elsewhere: bool = False,
    witnesses: Sequence[Key] = (),
) -> Iterator[Stop]:
    """The checkpoints that may be believed. Each of `witnesses` must have signed them too."""
    for place, note in enumerate(notes, 1):
        try:
            checkpoint = open_checkpoint(note, key, origin, witnesses)
        except BadNote as fault:
            kind = Kind.FORGED if note.partition("\n")[0] == origin else Kind.OTHER_RECORD
            tally.find(kind, f"checkpoint {place:,}{' held elsewhere' * elsewhere} must not be believed: {fault}")
        else:
            signed = {one.key for one in open_note(note, (key, *witnesses))[1]} if witnesses else set[Key]()
            for one in witnesses:
                if one not in signed:
                    tally.find(
                        Kind.UNSIGNED, f"{one.name} has not signed checkpoint {place:,}, or its signature is gone"
                    )
            tally.checkpoints += not elsewhere
            yield Stop(checkpoint.size, checkpoint.root, elsewhere)
