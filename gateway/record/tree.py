"""The Merkle tree of a record: hashes, roots, tiles and proofs, as RFC 6962 section 2.1 defines them.

Nothing here keeps a whole tree. A `Frontier` is enough to append and to know the root; tiles (c2sp.org/tlog-tiles)
are enough to prove anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

HASH: Final = 32
WIDTH: Final = 256
EMPTY_ROOT: Final = sha256(b"").digest()

Tiles = Callable[[int, int], bytes]
"""(level, index) → the tile's hashes one after another; a partial tile is shorter, a missing one is b""."""


class MissingTile(LookupError):
    """A proof needs hashes that the tiles given do not hold."""


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: all that appending needs.

    size   leaves so far
    nodes  roots of the perfect subtrees that make up the tree, the largest first: one for each 1 bit of `size`
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def append(self, hashes: Iterable[bytes]) -> Frontier:
        """The frontier after these leaf hashes."""
        size, nodes, left = self.size, list(self.nodes), list(hashes)
        at, end = 0, len(left)
        while at < end:
            # The largest perfect subtree that may stand here is hashed row by row, which costs half of one by one.
            height = (end - at).bit_length() - 1
            if size:
                height = min(height, (size & -size).bit_length() - 1)
            row = left[at : at + (1 << height)]
            while len(row) > 1:
                row = [sha256(b"\x01" + one + two).digest() for one, two in zip(row[::2], row[1::2], strict=True)]
            digest, carry = row[0], size >> height
            while carry & 1:
                digest = sha256(b"\x01" + nodes.pop() + digest).digest()
                carry >>= 1
            nodes.append(digest)
            at, size = at + (1 << height), size + (1 << height)
        return Frontier(size, tuple(nodes))

    def root(self) -> bytes:
        """The tree's root: 32 bytes."""
        return _join(self.nodes) if self.nodes else EMPTY_ROOT

    def to_bytes(self) -> bytes:
        """Size as 8 bytes, most significant first, then the nodes."""
        return self.size.to_bytes(8, "big") + b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Reads `to_bytes`. Raises ValueError when the number of nodes does not fit the size."""
        size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + HASH * size.bit_count():
            raise ValueError("a frontier holds one 32-byte node for each 1 bit of its size")
        return cls(size, split(data[8:]))

    @classmethod
    def of(cls, size: int, tiles: Tiles) -> Frontier:
        """The frontier of the first `size` leaves, read from tiles. Raises MissingTile."""
        heights = [height for height in reversed(range(size.bit_length())) if size >> height & 1]
        return cls(size, tuple(_perfect(height, (size >> height) - 1, tiles) for height in heights))


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaves, in memory that grows with the logarithm of their number."""
    return Frontier().append(map(leaf_hash, leaves)).root()


def split(hashes: bytes) -> tuple[bytes, ...]:
    """Hashes written one after another, apart."""
    return tuple(hashes[at : at + HASH] for at in range(0, len(hashes), HASH))


@dataclass(frozen=True, slots=True)
class Tile:
    """256 neighbouring hashes of the tree, or fewer at its right edge (c2sp.org/tlog-tiles).

    level   0 holds leaf hashes; each hash of level n + 1 is the root of a full tile of level n
    hashes  one after another, 32 bytes each
    """

    level: int
    index: int
    hashes: bytes

    @property
    def full(self) -> bool:
        """A full tile never changes again."""
        return len(self.hashes) == HASH * WIDTH


def extend(size: int, hashes: Sequence[bytes], tiles: Tiles) -> tuple[Tile, ...]:
    """The tiles that change when `hashes` join a tree of `size` leaves: all the full ones, then the partial one, of
    each level. Reads only the partial tile at the right edge of each level. Raises MissingTile.
    """
    changed: list[Tile] = []
    level = 0
    while hashes:
        index, held = divmod(size, WIDTH)
        edge = tiles(level, index)[: held * HASH] if held else b""
        if len(edge) != held * HASH:
            raise MissingTile(f"tile {index} of level {level} should hold {held} hashes")
        row = edge + b"".join(hashes)
        parts = [row[at : at + HASH * WIDTH] for at in range(0, len(row), HASH * WIDTH)]
        made = [Tile(level, index + place, part) for place, part in enumerate(parts)]
        changed += made
        hashes = [Frontier().append(split(tile.hashes)).root() for tile in made if tile.full]
        size, level = index, level + 1
    return tuple(changed)


def inclusion(index: int, size: int, tiles: Tiles) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in a tree of `size` leaves, the leaf's sibling first (RFC 6962 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError("the leaf must be in the tree")
    low, high, path = 0, size, list[bytes]()
    while high - low > 1:
        middle = low + _half(high - low)
        if index < middle:
            path.append(_range(middle, high, tiles))
            high = middle
        else:
            path.append(_range(low, middle, tiles))
            low = middle
    return tuple(reversed(path))


def consistency(old: int, new: int, tiles: Tiles) -> tuple[bytes, ...]:
    """The proof that the tree of `new` leaves begins with the tree of `old` leaves (RFC 6962 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError("the old tree must not be larger than the new one")
    if old in (0, new):
        return ()
    low, high, path = 0, new, list[bytes]()
    while high != old:
        middle = low + _half(high - low)
        if old <= middle:
            path.append(_range(middle, high, tiles))
            high = middle
        else:
            path.append(_range(low, middle, tiles))
            low = middle
    if low:
        path.append(_range(low, high, tiles))
    return tuple(reversed(path))


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], head: bytes) -> bool:
    """Whether the path proves that the leaf with hash `leaf` stands at `index` (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, digest = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            digest = node_hash(sibling, digest)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and digest == head


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the tree of `new` leaves begins with that of `old` leaves (RFC 9162 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        return not path and old_root == (EMPTY_ROOT if old == 0 else new_root)
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            now = node_hash(now, step)
        place, last = place >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


def _half(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _range(low: int, high: int, tiles: Tiles) -> bytes:
    """The root over leaves low … high - 1, where `low` is a multiple of the largest power of two that fits."""
    digests = []
    while low < high:
        height = (high - low).bit_length() - 1
        digests.append(_perfect(height, low >> height, tiles))
        low += 1 << height
    return _join(digests)


def _join(digests: Sequence[bytes]) -> bytes:
    """The root over neighbouring perfect subtrees, the largest first."""
    *rest, digest = digests
    for left in reversed(rest):
        digest = node_hash(left, digest)
    return digest


def _perfect(height: int, place: int, tiles: Tiles) -> bytes:
    """The root of the perfect subtree of 2^height leaves that starts at leaf place × 2^height."""
    level, inside = divmod(height, 8)
    index, at = divmod(place << inside, WIDTH)
    hashes = split(tiles(level, index)[at * HASH : (at + (1 << inside)) * HASH])
    if len(hashes) != 1 << inside:
        raise MissingTile(f"tile {index} of level {level} is needed as far as hash {at + (1 << inside)}")
    return Frontier().append(hashes).root()
