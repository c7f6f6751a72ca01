"""The tree is RFC 6962's, at every size, from a frontier and from tiles."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest

from gateway.record.tree import (
    EMPTY_ROOT,
    WIDTH,
    Frontier,
    MissingTile,
    Tiles,
    consistency,
    consistent,
    extend,
    includes,
    inclusion,
    leaf_hash,
    node_hash,
    root,
)

LEAVES = [b"leaf %d" % index for index in range(70_000)]
CERTIFICATE_TRANSPARENCY = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\1" + tree_hash(leaves[:half]) + tree_hash(leaves[half:])).digest()


def tiles_of(size: int, step: int) -> tuple[Tiles, dict[tuple[int, int], bytes]]:
    """The tiles of a tree of `size` leaves that grew by `step` at a time."""
    kept: dict[tuple[int, int], bytes] = {}

    def tile(level: int, index: int) -> bytes:
        return kept.get((level, index), b"")

    for start in range(0, size, step):
        hashes = [leaf_hash(leaf) for leaf in LEAVES[start : min(start + step, size)]]
        kept |= {(one.level, one.index): one.hashes for one in extend(start, hashes, tile)}
    return tile, kept


@pytest.fixture(scope="module")
def tiles() -> Tiles:
    return tiles_of(600, 37)[0]


@pytest.mark.parametrize("size", range(201))
def test_the_root_is_the_rfc_s(size: int) -> None:
    assert root(LEAVES[:size]) == tree_hash(LEAVES[:size])


def test_the_root_of_certificate_transparency_s_eight_leaves() -> None:
    assert root(CERTIFICATE_TRANSPARENCY).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert root([]) == EMPTY_ROOT == Frontier().root() == sha256(b"").digest()


@pytest.mark.parametrize("size", range(201))
def test_a_frontier_kept_as_bytes_goes_on_where_it_stopped(size: int) -> None:
    hashes = [leaf_hash(leaf) for leaf in LEAVES[:200]]
    kept = Frontier.from_bytes(Frontier().append(hashes[:size]).to_bytes())
    assert kept.append(hashes[size:]).root() == tree_hash(LEAVES[:200])


def test_a_frontier_with_a_node_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier.from_bytes(Frontier().append([leaf_hash(b"")] * 3).to_bytes()[:-32])


@pytest.mark.parametrize("size", [*range(201), 256, 257, 511, 512, 600])
def test_a_frontier_read_from_tiles_is_the_one_that_grew(size: int, tiles: Tiles) -> None:
    assert Frontier.of(size, tiles) == Frontier().append(map(leaf_hash, LEAVES[:size]))


@pytest.mark.parametrize("size", [*range(1, 201), 257, 600])
def test_every_leaf_is_proven_and_no_other_is(size: int, tiles: Tiles) -> None:
    head = root(LEAVES[:size])
    for index in {*range(0, size, 7), size - 1}:
        path = inclusion(index, size, tiles)
        assert includes(leaf_hash(LEAVES[index]), index, size, path, head)
        assert not includes(leaf_hash(b"other"), index, size, path, head)
        assert not includes(leaf_hash(LEAVES[index]), index, size, [*path, head], head)
        assert not path or not includes(leaf_hash(LEAVES[index]), index, size, path[:-1], head)
        assert size == 1 or not includes(leaf_hash(LEAVES[index]), (index + 1) % size, size, path, head)


@pytest.mark.parametrize("new", [*range(1, 201), 257, 600])
def test_every_older_tree_is_proven_to_be_the_beginning(new: int, tiles: Tiles) -> None:
    head = root(LEAVES[:new])
    for old in {*range(0, new, 7), new - 1, new}:
        path, before = consistency(old, new, tiles), root(LEAVES[:old])
        assert consistent(old, new, before, head, path)
        assert not consistent(old, new, leaf_hash(b"other"), head, path)
        assert not path or not consistent(old, new, before, leaf_hash(b"other"), path)
        assert not path or not consistent(old, new, before, head, path[:-1])
        assert not consistent(old, new, before, head, [*path, head])


def test_a_path_of_another_length_proves_nothing(tiles: Tiles) -> None:
    head, more = root(LEAVES[:5]), leaf_hash(b"more")
    path = inclusion(2, 5, tiles)
    assert not includes(head, 0, 5, [], head)
    assert not includes(leaf_hash(LEAVES[2]), 2, 5, [*path, more], node_hash(more, head))
    assert not includes(leaf_hash(LEAVES[2]), 2, 5, [*path, more], node_hash(head, more))


def test_a_consistency_proof_is_for_one_size_only(tiles: Tiles) -> None:
    assert not consistent(1, 8, root(LEAVES[:1]), root(LEAVES[:2]), consistency(1, 2, tiles))
    assert not consistent(3, 4, root(LEAVES[:3]), root(LEAVES[:7]), consistency(3, 7, tiles))


def test_proofs_are_the_rfc_s_own_examples(tiles: Tiles) -> None:
    """RFC 6962 section 2.1.3: seven leaves, and the nodes it names."""
    node = {name: tree_hash(LEAVES[low:high]) for name, low, high in _NODES}
    assert inclusion(0, 7, tiles) == (node["b"], node["h"], node["l"])
    assert inclusion(3, 7, tiles) == (node["c"], node["g"], node["l"])
    assert inclusion(4, 7, tiles) == (node["f"], node["j"], node["k"])
    assert inclusion(6, 7, tiles) == (node["i"], node["k"])
    assert consistency(3, 7, tiles) == (node["c"], node["d"], node["g"], node["l"])
    assert consistency(4, 7, tiles) == (node["l"],)
    assert consistency(6, 7, tiles) == (node["i"], node["j"], node["k"])


_NODES = [
    *((name, place, place + 1) for place, name in enumerate("abcdef")),
    ("j", 6, 7),
    ("g", 0, 2),
    ("h", 2, 4),
    ("i", 4, 6),
    ("k", 0, 4),
    ("l", 4, 7),
]


@pytest.mark.parametrize(("size", "step"), [(256, 256), (257, 1), (600, 100), (70_000, 30_000)])
def test_tiles_are_those_of_tlog_tiles_however_the_tree_grew(size: int, step: int) -> None:
    _, kept = tiles_of(size, step)
    row, level, expected = [leaf_hash(leaf) for leaf in LEAVES[:size]], 0, {}
    while row:
        groups = [row[start : start + WIDTH] for start in range(0, len(row), WIDTH)]
        expected |= {(level, index): b"".join(group) for index, group in enumerate(groups)}
        row = [Frontier().append(group).root() for group in groups if len(group) == WIDTH]
        level += 1
    assert kept == expected


def test_appending_says_which_tiles_became_full() -> None:
    hashes = [leaf_hash(leaf) for leaf in LEAVES[:600]]
    assert [(tile.level, tile.index) for tile in extend(0, hashes, lambda level, index: b"") if tile.full] == [
        (0, 0),
        (0, 1),
    ]


def test_a_tree_of_70000_leaves_proves_across_three_levels_of_tiles() -> None:
    tile, _ = tiles_of(70_000, 70_000)
    head = root(LEAVES)
    assert includes(leaf_hash(LEAVES[65_535]), 65_535, 70_000, inclusion(65_535, 70_000, tile), head)
    assert consistent(65_537, 70_000, root(LEAVES[:65_537]), head, consistency(65_537, 70_000, tile))


def test_a_tile_that_is_not_there_is_named() -> None:
    with pytest.raises(MissingTile, match="tile 0 of level 0"):
        inclusion(3, 5, lambda level, index: b"")
    with pytest.raises(MissingTile, match="tile 0 of level 0 should hold 5"):
        extend(5, [leaf_hash(b"")], lambda level, index: b"")


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_proof(index: int, size: int, tiles: Tiles) -> None:
    with pytest.raises(ValueError, match="in the tree"):
        inclusion(index, size, tiles)
    assert not includes(leaf_hash(LEAVES[0]), index, size, (), root(LEAVES[:1]))
