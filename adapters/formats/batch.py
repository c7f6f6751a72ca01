"""What holds for every file of many records: the good ones go on, and a file with none is refused as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from contracts.adapter import Fault, SourceRecord
from contracts.errors import UnreadablePayload

Item = SourceRecord | Fault

_TOLD: Final = 100
"""Reasons that wait for a first record. Beyond them each is told as it comes, so that memory stays flat."""

_NOTHING: Final = Fault(
    "the file", "", "at least one record", "The file is well formed and holds nothing. Export it again."
)


def at_least_one(items: Iterable[Item]) -> Iterator[Item]:
    """The items, in order. Raises UnreadablePayload with the reasons where not one of them is a record."""
    waiting: list[Fault] = []
    rest = iter(items)
    for item in rest:
        if isinstance(item, Fault) and len(waiting) < _TOLD:
            waiting.append(item)
            continue
        yield from waiting
        yield item
        yield from rest
        return
    raise UnreadablePayload(_summary(waiting), tuple(waiting) or (_NOTHING,))


def refusal(position: str, expected: str, remedy: str) -> UnreadablePayload:
    """The error for one thing that is wrong with one record, or with the whole file."""
    fault = Fault(position, "", expected, remedy)
    return UnreadablePayload(_summary([fault]), (fault,))


def _summary(faults: list[Fault]) -> str:
    if not faults:
        return f"Not readable: expected {_NOTHING.expected}."
    place = f" at {faults[0].position}" if faults[0].position else ""
    others = f" There are {len(faults) - 1} more reasons." if len(faults) > 1 else ""
    return f"Not readable{place}: expected {faults[0].expected}.{others}"
