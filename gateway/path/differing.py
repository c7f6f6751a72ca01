"""Where two JSON documents differ, by pointer and in words, without repeating what either of them says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.path.leaves import flattened


def differences(expected: Sequence[dict[str, Any]], made: Sequence[dict[str, Any]]) -> Iterator[tuple[int, str, str]]:
    """For each leaf that differs: which document, counted from 1, the pointer, and how. None where all are the same."""
    for number, (one, other) in enumerate(zip(expected, made, strict=False), start=1):
        wanted, found = flattened(one)[0], flattened(other)[0]
        for pointer in dict.fromkeys((*wanted, *found)):
            if pointer not in found:
                yield number, pointer, "is expected, and is not there"
            elif pointer not in wanted:
                yield number, pointer, "is there, and nobody expects it"
            elif wanted[pointer] != found[pointer] or type(wanted[pointer]) is not type(found[pointer]):
                yield number, pointer, "says something else than is expected"
    for number in range(len(made) + 1, len(expected) + 1):
        yield number, "", "is expected, and nothing was made of it"
    for number in range(len(expected) + 1, len(made) + 1):
        yield number, "", "was made, and nobody expects it"
