"""Puts entries into the record, numbers them, and signs checkpoints over the tree they make (settled 18).

Entries commit unnumbered with the change they tell of. Every hundred of them, or after a minute, the sealer numbers
them and signs, in a transaction of its own between two batches. It never signs over a record it cannot vouch for: it
alarms, and the rest of the gateway goes on (settled 34).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from sqlalchemy import bindparam, func, select, update

from contracts.evidence import Entry
from gateway.record.entries import pack
from gateway.record.note import BadNote, open_checkpoint, sign_checkpoint
from gateway.record.tree import Frontier, MissingTile, Tile, extend, leaf_hash
from gateway.store import content
from gateway.store.evidence import tiles_of
from gateway.store.item import Write
from gateway.store.keys import CouncilKeys
from gateway.store.statement import Statement
from gateway.store.tables import CHECKPOINT, ENTRY, TILE
from gateway.store.transaction import Tx

_LOG: Final = logging.getLogger(__name__)

MOST: Final = 4_096
"""Entries sealed for one council in one transaction."""
LOOK: Final = 1.0
"""Seconds between looks for entries that other processes wrote, or that grew old."""

_WAITING: Final = Statement(
    select(ENTRY.c.council, func.count().label("entries"), func.min(ENTRY.c.ts).label("oldest"))
    .where(ENTRY.c.idx.is_(None))
    .group_by(ENTRY.c.council)
)
_NEXT: Final = Statement(
    select(ENTRY.c.seq, ENTRY.c.leaf)
    .where(ENTRY.c.council == bindparam("council"), ENTRY.c.idx.is_(None))
    .order_by(ENTRY.c.seq)
    .limit(MOST)
)
_HEAD: Final = Statement(
    select(CHECKPOINT).where(CHECKPOINT.c.council == bindparam("council")).order_by(CHECKPOINT.c.size.desc()).limit(1)
)
_HIGHEST: Final = Statement(select(func.max(ENTRY.c.idx).label("idx")).where(ENTRY.c.council == bindparam("council")))
_NUMBER: Final = Statement(update(ENTRY).where(ENTRY.c.seq == bindparam("entry")).values(idx=bindparam("place")))
_FILL: Final = (
    update(TILE)
    .where(TILE.c.council == bindparam("of"), TILE.c.level == bindparam("at_level"), TILE.c.n == bindparam("place"))
    .values(hashes=bindparam("row"))
)


def record_entry(tx: Tx, entry: Entry) -> None:
    """Write one entry with the change it tells of."""
    tx.insert(
        ENTRY,
        {
            "rid": entry.rid,
            "council": entry.council,
            "type": entry.type,
            "ts": entry.ts,
            "referral": entry.referral,
            "leaf": entry.leaf,
            "sections": content.put(tx, entry.council, "sections", pack(entry.sections)),
        },
    )


class CannotSeal(Exception):
    """The stored record is not the one that was signed last, or there is no key to sign it with."""


def forget(council: str, size: int, at: int) -> None:
    """Remember no head outside the store."""


class Sealer:
    """Give it to the writer as `between`. On PostgreSQL every process has one; a lock of the database lets one work.

    alarms  council → why its record is not being sealed
    every   seconds an entry may wait
    most    entries that may wait
    kept    told of each council's head once it is committed: council, size, store time
    """

    def __init__(
        self,
        keys: Mapping[str, CouncilKeys],
        *,
        every: float = 60.0,
        most: int = 100,
        kept: Callable[[str, int, int], None] = forget,
    ) -> None:
        self.alarms: Final[dict[str, str]] = {}
        self._keys, self._every, self._most = keys, every, most
        self._look = min(LOOK, every / 2)
        self._waiting, self._last_look = 0, time.monotonic()
        self._signed: dict[str, int] = {}
        self._kept = kept
        self._grown: set[str] = set()

    def __call__(self, inserted: Mapping[str, int]) -> Write[int] | None:
        """What to seal now, if it is time to look."""
        self._waiting += inserted.get(ENTRY.name, 0)
        if self._waiting < self._most and time.monotonic() - self._last_look < self._look:
            return None
        self._waiting, self._last_look = 0, time.monotonic()
        return Write(lambda tx: self._seal_due(tx, everything=False))

    def seal_now(self) -> Write[int]:
        """Seal whatever waits, however little and new. Answers how many entries that were."""
        return Write(lambda tx: self._seal_due(tx, everything=True))

    def _seal_due(self, tx: Tx, *, everything: bool) -> int:
        if not tx.alone("sealer"):
            return 0
        self._keep_heads(tx)
        sealed = 0
        for row in tx.rows(_WAITING):
            if everything or row.entries >= self._most or tx.now - row.oldest >= self._every * 1000:
                sealed += self._seal(tx, row.council, row.entries)
        return sealed

    def _keep_heads(self, tx: Tx) -> None:
        """Tell of what an earlier transaction signed: only now is it certain that it was committed."""
        while self._grown:
            council = self._grown.pop()
            head = next(iter(tx.rows(_HEAD, {"council": council})), None)
            if head is not None:
                self._kept(council, head.size, tx.now)

    def _seal(self, tx: Tx, council: str, waiting: int) -> int:
        """Number and sign a council's entries, or alarm. Answers how many."""
        try:
            keys = self._keys.get(council)
            if keys is None:
                raise CannotSeal("there is no signing key for this council")
            frontier = self._vouched(tx, keys)
        except CannotSeal as fault:
            if council not in self.alarms:
                _LOG.error("a record cannot be sealed", extra={"council": council})
            self.alarms[council] = str(fault)
            return 0
        self.alarms.pop(council, None)
        before = frontier.size
        while frontier.size < before + waiting:
            frontier = _grow(tx, keys, frontier)
        self._grown.add(council)
        return frontier.size - before

    def _vouched(self, tx: Tx, keys: CouncilKeys) -> Frontier:
        """Where the record stands. Raises CannotSeal unless note, root, frontier, tiles and entries all agree on it."""
        council = keys.council
        head = next(iter(tx.rows(_HEAD, {"council": council})), None)
        highest = tx.rows(_HIGHEST, {"council": council})[0].idx
        size = 0 if head is None else head.size
        if (-1 if highest is None else highest) != size - 1:
            raise CannotSeal(f"{size} entries were signed, and the highest number given is {highest}")
        if size < self._signed.get(council, 0):
            raise CannotSeal(f"{self._signed[council]} entries were signed, and the newest checkpoint has {size}")
        self._signed[council] = size
        if head is None:
            return Frontier()
        try:
            signed = open_checkpoint(head.note, keys.record, keys.record.name)
            frontier = Frontier.from_bytes(head.frontier)
            stored = Frontier.of(size, cache(tiles_of(tx, council)))
        except (BadNote, MissingTile, ValueError) as fault:
            raise CannotSeal(str(fault)) from None
        if not (signed.size == frontier.size == size and signed.root == head.root == frontier.root() == stored.root()):
            raise CannotSeal("the newest checkpoint, its frontier and the stored tree do not agree")
        return frontier


def _grow(tx: Tx, keys: CouncilKeys, frontier: Frontier) -> Frontier:
    """Number the next entries, store the tree they make, and sign it."""
    council, tiles = keys.council, cache(tiles_of(tx, keys.council))
    rows = tx.rows(_NEXT, {"council": council})
    hashes = [leaf_hash(row.leaf) for row in rows]
    grown = frontier.append(hashes)
    tx.change(_NUMBER, [{"entry": row.seq, "place": frontier.size + n} for n, row in enumerate(rows)])
    for tile in extend(frontier.size, hashes, tiles):
        _store(tx, council, tile, new=not tiles(tile.level, tile.index))
    note = sign_checkpoint(keys.record, keys.sign, grown.size, grown.root()).note
    head = {"council": council, "size": grown.size, "root": grown.root(), "frontier": grown.to_bytes()}
    tx.insert(CHECKPOINT, head | {"note": note, "at": tx.now})
    return grown


def _store(tx: Tx, council: str, tile: Tile, *, new: bool) -> None:
    if new:
        tx.insert(TILE, {"council": council, "level": tile.level, "n": tile.index, "hashes": tile.hashes})
    else:
        tx.execute(_FILL, {"of": council, "at_level": tile.level, "place": tile.index, "row": tile.hashes})
