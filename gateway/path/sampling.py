"""Draws an assurance sample that nobody can choose and anybody can draw again (governance 2.4).

The seed is the root hash of the first checkpoint of the record after the period closed, with the sample's own name.
Nobody knows it before, and nobody can have another. Each decision's lot is HMAC-SHA-256 of its id under the seed; of
each stratum those with the smallest lots are drawn.
"""

from __future__ import annotations

import heapq
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

ALL: Final = (
    ("recorded", "A person recorded why it must be shared"),
    ("decided", "A person decided"),
    ("glass", "Somebody broke glass"),
    ("refused", "Not shared"),
    ("do_not_inform", "Somebody must not be told"),
    ("sealed", "Sealed file"),
    ("late_contact", "A safeguarding contact that was acknowledged late"),
)
"""Strata of which every decision is drawn: code and words, the first that fits."""
TRIMMED: Final = ("trimmed", "Shared, trimmed: one in ten")
WHOLE: Final = "whole"
_LEAST: Final = 20
STRATA: Final[Mapping[str, str]] = dict(
    (*ALL, TRIMMED, (WHOLE, "Shared whole: 3 in 100 of each recipient, at least 20"))
)


@dataclass(frozen=True, slots=True)
class Lot:
    """One decision in its stratum. `hub` tells the strata of what was shared whole apart."""

    stratum: str
    hub: str
    decision: str

    @property
    def urn(self) -> tuple[str, str]:
        """Which lots it is drawn among."""
        return self.stratum, self.hub if self.stratum == WHOLE else ""


def seed_of(root: bytes, name: str) -> bytes:
    """The seed of one sample. `name` is the same for everybody who asks for that period."""
    return sha256(b"ehg/sample/v1\0%s\0%s" % (root, name.encode())).digest()


def how_many(urn: tuple[str, str], count: int) -> int:
    """How many of one urn's lots are drawn."""
    if urn[0] == WHOLE:
        return min(count, max(_LEAST, -(-count * 3 // 100)))
    return -(-count // 10) if urn[0] == TRIMMED[0] else count


def draw(seed: bytes, lots: Iterable[Lot], counts: Mapping[tuple[str, str], int]) -> list[Lot]:
    """The sample, urn by urn, in the order of the lots. It holds what is drawn, and no more.

    counts  urn → how many lots it holds: `lots` is gone through once, and the counts come from going through it before
    """
    heaps: dict[tuple[str, str], list[tuple[int, str, Lot]]] = {}
    for lot in lots:
        heap, number = heaps.setdefault(lot.urn, []), _number(seed, lot.decision)
        # The largest of those drawn is at the top: whoever has a smaller number takes its place.
        if len(heap) < how_many(lot.urn, counts[lot.urn]):
            heapq.heappush(heap, (-number, lot.decision, lot))
        elif heap and number < -heap[0][0]:
            heapq.heapreplace(heap, (-number, lot.decision, lot))
    order = {code: place for place, code in enumerate(STRATA)}
    return [
        lot
        for urn in sorted(heaps, key=lambda urn: (order[urn[0]], urn[1]))
        for _, _, lot in sorted(heaps[urn], key=lambda one: -one[0])
    ]


def twice(seed: bytes, drawn: Iterable[Lot]) -> frozenset[str]:
    """Ids of the one in ten that two people review, each without the other."""
    ids = sorted((lot.decision for lot in drawn), key=lambda one: _number(seed, f"second\0{one}"))
    return frozenset(ids[: -(-len(ids) // 10)])


def mark(seed: bytes, decision: str) -> str:
    """What stands for a decision that only some may know of: nobody finds its id by it who does not have that."""
    return hmac.digest(seed, f"sealed\0{decision}".encode(), "sha256").hex()


def agreement(pairs: Iterable[tuple[Mapping[str, str], Mapping[str, str]]]) -> tuple[int, int]:
    """Of the answers that two people gave to the same question: how many agree, and how many there are."""
    answers = list(_answers(pairs))
    return sum(answers), len(answers)


def _answers(pairs: Iterable[tuple[Mapping[str, str], Mapping[str, str]]]) -> Iterator[bool]:
    for one, other in pairs:
        yield from (one[question] == other[question] for question in one.keys() & other.keys())


def _number(seed: bytes, name: str) -> int:
    return int.from_bytes(hmac.digest(seed, name.encode(), "sha256"), "big")
