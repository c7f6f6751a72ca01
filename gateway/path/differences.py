"""Lays two lists of one day side by side: what we have and they do not, and the other way (nothing is lost)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How we know what somebody lists: taken that day, taken on another, turned away, or on its way and in doubt."""

    HERE = "here"
    OTHER_DAY = "other_day"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class Ours:
    """One thing we have. id: our own; day: as we count it; names: everything that they may list it by."""

    id: str
    state: State
    day: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Differences:
    """What came of it. Ours by id, theirs by pointers into their list.

    same        how many things are in both lists
    only_here   taken by us on that day, and not listed by them
    only_there  listed by them, and not known to us
    rejected    listed by them, and turned away by us; in_doubt: on its way as far as we know
    other_day   listed by them, and taken by us on another day: (id, day), no difference
    """

    same: int
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]
    rejected: tuple[str, ...]
    in_doubt: tuple[str, ...]
    other_day: tuple[tuple[str, str], ...]

    @property
    def agree(self) -> bool:
        """Whether nobody need look."""
        return not (self.only_here or self.only_there or self.rejected or self.in_doubt)


def differences(ours: Iterable[Ours], theirs: Mapping[str, str]) -> Differences:
    """Both lists, compared. theirs: pointer into their list → the name it is listed by."""
    every = tuple(ours)
    known: dict[str, list[str]] = {}
    for one in every:
        for name in one.names:  # one key may stand for several records
            known.setdefault(name, []).append(one.id)
    listed = {one for name in theirs.values() for one in known.get(name, ())}

    def of(state: State) -> tuple[Ours, ...]:
        return tuple(one for one in every if one.state is state and one.id in listed)

    return Differences(
        same=len(of(State.HERE)),
        only_here=tuple(one.id for one in every if one.state is State.HERE and one.id not in listed),
        only_there=tuple(pointer for pointer, name in theirs.items() if name not in known),
        rejected=tuple(one.id for one in of(State.REJECTED)),
        in_doubt=tuple(one.id for one in of(State.IN_DOUBT)),
        other_day=tuple((one.id, one.day) for one in of(State.OTHER_DAY)),
    )
