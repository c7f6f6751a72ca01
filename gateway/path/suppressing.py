"""Hides small numbers in counts that are to be published, so that no sum or difference gives one back (governance 2.2).

A part of a whole is hidden where it is from 1 to 4; then more of the same division, the smallest first, until those
that are hidden together could each be large: the sum that a reader gets by subtracting what is shown is at least four
more than their number. Where that cannot be, the whole itself is hidden, with every division of it. Nothing is shown:
not even a nought. Nought is shown otherwise: it stands for nobody.

What is hidden in a month depends on that month alone, so a report over more months shows of each the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

SMALL: Final = 5
"""A number of people from 1 to less than this is not published."""

Cell = tuple[str, str]
"""A division, and one of its parts."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One whole, counted in several ways.

    divisions  name → part → count: each division's parts add up to the whole
    inside     a part → what it is divided into in its turn
    same       pairs of parts of two divisions that everybody knows to be the same thing
    """

    total: int
    divisions: Mapping[str, Mapping[str, int]]
    inside: Mapping[Cell, Mapping[str, int]] = field(default_factory=dict)
    same: Collection[tuple[Cell, Cell]] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """The same with None for what is not shown."""

    total: int | None
    divisions: Mapping[str, Mapping[str, int | None]]
    inside: Mapping[Cell, Mapping[str, int | None]]


def published(counted: Counted) -> Published:
    """What may be published of one whole."""
    hidden = _hidden(counted)
    if hidden is None:
        return _nothing(counted)
    divisions = {name: _shown(parts, hidden[name]) for name, parts in counted.divisions.items()}
    inside = {
        (name, part): _inside(parts, parent_hidden=part in hidden[name])
        for (name, part), parts in counted.inside.items()
    }
    return Published(counted.total, divisions, inside)


def _hidden(counted: Counted) -> dict[str, frozenset[str]] | None:
    """Division → parts that are hidden; None where the whole has to be."""
    hidden: dict[str, frozenset[str]] = dict.fromkeys(counted.divisions, frozenset())
    while True:
        before = dict(hidden)
        for name, parts in counted.divisions.items():
            more = _group(parts, hidden[name])
            if more is None:
                return None
            hidden[name] = more
        for one, other in counted.same:
            for (name, part), (there, twin) in ((one, other), (other, one)):
                if part in hidden[name] and counted.divisions[there].get(twin):
                    hidden[there] |= {twin}
        if hidden == before:
            return hidden


def _group(parts: Mapping[str, int], forced: Collection[str] = ()) -> frozenset[str] | None:
    """Parts of one division to hide; None where hiding all of them would not be enough."""
    hidden = {part for part, count in parts.items() if 0 < count < SMALL} | set(forced)
    others = sorted((count, part) for part, count in parts.items() if count and part not in hidden)
    while hidden and not _enough([parts[part] for part in hidden]):
        if not others:
            return None
        hidden.add(others.pop(0)[1])
    return frozenset(hidden)


def _enough(counts: list[int]) -> bool:
    """Whether each of those hidden could be as large as SMALL, for all that a reader knows: none of them is nought."""
    return len(counts) > 1 and sum(counts) >= len(counts) - 1 + SMALL


def _shown(parts: Mapping[str, int], hidden: Collection[str]) -> dict[str, int | None]:
    return {part: None if part in hidden else count for part, count in parts.items()}


def _inside(parts: Mapping[str, int], *, parent_hidden: bool) -> dict[str, int | None]:
    hidden = None if parent_hidden else _group(parts)
    return dict.fromkeys(parts) if hidden is None else _shown(parts, hidden)


def _nothing(counted: Counted) -> Published:
    return Published(
        None,
        {name: dict.fromkeys(parts) for name, parts in counted.divisions.items()},
        {cell: dict.fromkeys(parts) for cell, parts in counted.inside.items()},
    )
