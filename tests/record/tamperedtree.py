"""What somebody with the store file can do to the tree, the checkpoints and the signatures of a record.

As `tamperedstore`: plain SQL, each kind at a random place. Those with the key are insiders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.record.note import Key, cosignature_line, sign_checkpoint
from gateway.record.tree import Frontier, extend, leaf_hash
from tests.record.tamperedstore import ENTRIES, EVERY, HELD, SIZE, Sign, Tamper, Way, flipped, one_of, put_leaf


def tree_of_another_council(raw: Any, way: Way) -> None:
    for table in ("tile", "checkpoint"):
        raw.execute(f"DELETE FROM {table} WHERE council = 'hull'")
        raw.execute(f"UPDATE {table} SET council = 'hull' WHERE council = 'kent'")


def checkpoint_of_another_council(raw: Any, way: Way) -> None:
    (note,) = raw.execute("SELECT note FROM checkpoint WHERE council = 'kent'").fetchone()
    raw.execute("UPDATE checkpoint SET note = ? WHERE council = 'hull' AND size = ?", (note, _checkpoint(way)))


def _checkpoint(way: Way) -> int:
    return EVERY * way.chance.randrange(1, SIZE // EVERY + 1)


def checkpoint_replayed(raw: Any, way: Way) -> None:
    one, other = way.chance.sample(range(EVERY, SIZE + 1, EVERY), 2)
    raw.execute(
        "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE council = 'hull' AND size = ?) "
        "WHERE council = 'hull' AND size = ?",
        (one, other),
    )


def checkpoint_edited(raw: Any, way: Way) -> None:
    size = _checkpoint(way)
    (note,) = raw.execute("SELECT note FROM checkpoint WHERE council = 'hull' AND size = ?", (size,)).fetchone()
    at = way.chance.choice([at for at, letter in enumerate(note) if letter.isalnum()])
    edited = note[:at] + ("A" if note[at] != "A" else "B") + note[at + 1 :]
    raw.execute("UPDATE checkpoint SET note = ? WHERE council = 'hull' AND size = ?", (edited, size))


def checkpoint_columns_edited(raw: Any, way: Way) -> None:
    column = way.chance.choice(("root", "frontier"))
    size = SIZE if column == "frontier" else _checkpoint(way)
    (data,) = raw.execute(f"SELECT {column} FROM checkpoint WHERE council = 'hull' AND size = ?", (size,)).fetchone()
    raw.execute(
        f"UPDATE checkpoint SET {column} = ? WHERE council = 'hull' AND size = ?", (flipped(bytes(data), way), size)
    )


def checkpoint_removed(raw: Any, way: Way) -> None:
    size = way.chance.choice((HELD, SIZE))
    raw.execute("DELETE FROM checkpoint WHERE council = 'hull' AND size = ?", (size,))


def tile_edited(raw: Any, way: Way) -> None:
    level, place, hashes = way.chance.choice(
        raw.execute("SELECT level, n, hashes FROM tile WHERE council = 'hull' ORDER BY level, n").fetchall()
    )
    raw.execute(
        "UPDATE tile SET hashes = ? WHERE council = 'hull' AND level = ? AND n = ?",
        (flipped(bytes(hashes), way), level, place),
    )


def tile_cut_or_removed(raw: Any, way: Way) -> None:
    level, place, hashes = way.chance.choice(
        raw.execute("SELECT level, n, hashes FROM tile WHERE council = 'hull' ORDER BY level, n").fetchall()
    )
    left = bytes(hashes)[: 32 * way.chance.randrange(len(hashes) // 32)]
    where = " WHERE council = 'hull' AND level = ? AND n = ?"
    if left:
        raw.execute("UPDATE tile SET hashes = ?" + where, (left, level, place))
    else:
        raw.execute("DELETE FROM tile" + where, (level, place))


def rewrite(raw: Any, way: Way, leaves: list[bytes], signed: tuple[Key, Sign] | None) -> None:
    """Makes tree, tiles and checkpoints anew over these leaves; without a key the old notes stay."""
    raw.execute("DELETE FROM tile WHERE council = 'hull'")
    raw.execute("DELETE FROM checkpoint WHERE council = 'hull' AND size > ?", (len(leaves),))
    frontier, tiles = Frontier(), dict[tuple[int, int], bytes]()
    for start in range(0, len(leaves), EVERY):
        hashes = [leaf_hash(leaf) for leaf in leaves[start : start + EVERY]]
        for tile in extend(start, hashes, lambda level, place: tiles.get((level, place), b"")):
            tiles[tile.level, tile.index] = tile.hashes
        frontier = frontier.append(hashes)
        new = [frontier.root(), frontier.to_bytes()]
        columns = "root = ?, frontier = ?"
        if signed is not None:
            new.append(sign_checkpoint(*signed, frontier.size, frontier.root()).note)
            columns += ", note = ?"
        raw.execute(f"UPDATE checkpoint SET {columns} WHERE council = 'hull' AND size = ?", (*new, frontier.size))
    raw.executemany(
        "INSERT INTO tile (council, level, n, hashes) VALUES ('hull', ?, ?, ?)",
        [(level, place, hashes) for (level, place), hashes in tiles.items()],
    )


def _rewritten(raw: Any, index: int) -> list[bytes]:
    """The leaves, with one entry turned into a decision that was never made."""
    raw.execute("UPDATE entry SET type = 'decision.human' WHERE council = 'hull' AND idx = ?", (index,))
    put_leaf(raw, index, one_of(raw, index)[0].replace(b'"decision.machine"', b'"decision.human"'))
    return [bytes(row[0]) for row in raw.execute("SELECT leaf FROM entry WHERE council = 'hull' ORDER BY idx")]


def chained_again_without_a_key(raw: Any, way: Way) -> None:
    rewrite(raw, way, _rewritten(raw, way.place()), None)


def signed_again_with_an_old_key(raw: Any, way: Way) -> None:
    rewrite(raw, way, _rewritten(raw, way.place()), way.old)


def forked_by_who_has_the_key(raw: Any, way: Way) -> None:
    rewrite(raw, way, _rewritten(raw, way.place(HELD)), (way.key, way.sign))


def split_view_by_who_has_the_key(raw: Any, way: Way) -> None:
    """Another history of the same length for somebody else's eyes: a random stretch of it is gone and filled up."""
    first, many = way.place(HELD), way.chance.randrange(1, EVERY)
    for index in range(first, min(SIZE, first + many)):
        leaves = _rewritten(raw, index)
    rewrite(raw, way, leaves, (way.key, way.sign))


def rolled_back_by_who_has_the_key(raw: Any, way: Way) -> None:
    size = EVERY * way.chance.randrange(1, HELD // EVERY)
    raw.execute("DELETE FROM entry WHERE council = 'hull' AND idx >= ?", (size,))
    leaves = [bytes(row[0]) for row in raw.execute("SELECT leaf FROM entry WHERE council = 'hull' ORDER BY idx")]
    rewrite(raw, way, leaves, (way.key, way.sign))


def emptied(raw: Any, way: Way) -> None:
    for table in ("entry", "tile", "checkpoint", "witnessed"):
        raw.execute(f"DELETE FROM {table} WHERE council = 'hull'")


def witness_size_skewed(raw: Any, way: Way) -> None:
    size = way.chance.choice([size for size in range(1, SIZE + 99) if size != HELD])
    raw.execute("UPDATE witnessed SET size = ? WHERE council = 'hull'", (size,))


def cosignature_removed(raw: Any, way: Way) -> None:
    raw.execute("DELETE FROM witnessed WHERE council = 'hull'")


def cosignature_forged(raw: Any, way: Way) -> None:
    (line,) = raw.execute("SELECT line FROM witnessed WHERE council = 'hull'").fetchone()
    (note,) = raw.execute("SELECT note FROM checkpoint WHERE council = 'hull' AND size = ?", (HELD,)).fetchone()
    text = note.rpartition("\n\n")[0] + "\n"
    forged = cosignature_line(*way.no_witness, text, way.chance.randrange(2**31))
    if way.chance.random() < 0.5:
        at = way.chance.randrange(30, len(line) - 6)
        forged = line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1 :]
    raw.execute("UPDATE witnessed SET line = ? WHERE council = 'hull'", (forged,))


def newer_than_what_is_held(raw: Any, way: Way) -> None:
    """What nobody can see: an insider with the key rewrites what no checkpoint outside covers."""
    rewrite(raw, way, _rewritten(raw, way.chance.randrange(HELD, SIZE)), (way.key, way.sign))


KINDS: Final[Mapping[str, Tamper]] = {
    one.__name__: one
    for one in (
        *ENTRIES,
        tree_of_another_council,
        checkpoint_of_another_council,
        checkpoint_replayed,
        checkpoint_edited,
        checkpoint_columns_edited,
        checkpoint_removed,
        tile_edited,
        tile_cut_or_removed,
        chained_again_without_a_key,
        signed_again_with_an_old_key,
        forked_by_who_has_the_key,
        split_view_by_who_has_the_key,
        rolled_back_by_who_has_the_key,
        emptied,
        witness_size_skewed,
        cosignature_removed,
        cosignature_forged,
    )
}
"""Everything that can be done to the file."""
