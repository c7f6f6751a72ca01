"""What a pupil's elements tell: taken out one fact at a time, so that what is left over is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from contracts.adapter import Fault, Plain

Facts = dict[str, Plain]

_PARTS: Final = (dict, list)


@dataclass(slots=True)
class Told:
    """The doubts about one pupil, who stands at `position`."""

    position: str
    doubts: list[Fault] = field(default_factory=list)

    def doubt(self, pointer: str, expected: str, remedy: str) -> None:
        """Something is kept as it was written, and cannot well be right."""
        self.doubts.append(Fault(self.position, f"/pupil{pointer}", expected, remedy, "doubtful"))


def part(written: Facts, *names: str) -> Facts:
    """The part of that path, or an empty one that belongs to nothing."""
    for name in names:
        found = written.get(name)
        if not isinstance(found, dict):
            return {}
        written = found
    return written


def parts(written: Facts, name: str) -> list[Facts]:
    """Takes out the parts of that name: of a list those that hold something, or the one that stands there."""
    found = written.pop(name, None)
    listed = found if isinstance(found, list) else [found]
    return [item for item in listed if isinstance(item, dict)]


def taken(written: Facts, name: str) -> str | None:
    """Takes out a text. Of one with attributes the text; what is no text stays where it is."""
    found = written.get(name)
    if found is None:  # most facts are not there, and a million pupils are asked for each
        return None
    if isinstance(found, dict) and isinstance(text := found.get("#text"), str) and all(key[0] in "@#" for key in found):
        found = text
    if isinstance(found, str):
        del written[name]
        return found
    return None


def either(written: Facts, *paths: str) -> Iterator[str]:
    """Takes out every text that stands at one of the paths, in their order."""
    for path in paths:
        above, name = _split(path)
        if (found := taken(part(written, *above), name)) is not None:
            yield found


@cache
def _split(path: str) -> tuple[tuple[str, ...], str]:
    """The parts that lead to a text, and its name. The paths are those of this package."""
    *above, name = path.split("/")
    return tuple(above), name


def pruned(facts: Plain) -> Plain:
    """The same without what says nothing: nulls, empty lists, and parts that hold nothing else."""
    if isinstance(facts, dict):
        kept: Facts = {}
        for name, value in facts.items():
            if value is None or value == {} or value == []:
                continue
            if type(value) is not str and isinstance(value, _PARTS):
                value = pruned(value)
                if not value:
                    continue
            kept[name] = value
        return kept
    if isinstance(facts, list):
        return [value for value in map(pruned, facts) if value not in ({}, [], None)]
    return facts
