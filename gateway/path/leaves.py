"""The leaves of a source record as one flat table, and the words that belong to a leaf: its text and its question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from contracts.adapter import Leaf, Plain

WORDING: Final = "question_text"
"""Where a source that keeps the wording of a question writes it, beside the answer."""

_SAYS_NOTHING: Final = frozenset({"answer", "answer_text", "repeats", "selections"})


def flattened(data: Mapping[str, Plain]) -> tuple[dict[str, Leaf], dict[str, int]]:
    """Every leaf by its RFC 6901 pointer, in the order of the record, and the length of every list by its pointer.

    Depth costs no stack: the containers that are open stand in a list.
    """
    leaves: dict[str, Leaf] = {}
    counts: dict[str, int] = {}
    opened: list[tuple[str, Iterator[tuple[str, Plain]]]] = [("", iter(data.items()))]
    while opened:
        prefix, items = opened[-1]
        for key, value in items:
            pointer = f"{prefix}/{_escaped(key)}" if "/" in key or "~" in key else f"{prefix}/{key}"
            kind = type(value)
            if kind is str or value is None or isinstance(value, int | str):
                leaves[pointer] = value  # type: ignore[assignment]  # `kind is str` is quicker than mypy can follow
            elif kind is dict or isinstance(value, Mapping):
                opened.append((pointer, iter(value.items())))  # type: ignore[union-attr]  # as above
                break
            else:
                counts[pointer] = len(value)
                opened.append((pointer, zip(map(str, range(len(value))), value, strict=True)))
                break
        else:
            opened.pop()
    return leaves, counts


def spoken(leaf: Leaf) -> str:
    """What a leaf says as text, without the white space around it; "" where it says nothing."""
    if isinstance(leaf, str):
        return leaf.strip()
    if isinstance(leaf, bool):
        return "true" if leaf else "false"
    return "" if leaf is None else str(leaf)


def question(leaves: Mapping[str, Leaf], pointer: str) -> str:
    """The question a leaf answers: its wording where the source keeps it, else the names that lead to it."""
    names = pointer.split("/")[1:]
    for end in range(len(names) - 1, 0, -1):
        wording = leaves.get(f"/{'/'.join(names[:end])}/{WORDING}")
        if isinstance(wording, str) and wording.strip():
            return _labelled(wording.strip(), names[end:])
    if len(names) > 1 and names[0] == "answers":
        return _labelled(_unescaped(names[1]), names[2:])
    return " / ".join(map(_word, names)) or "-"


def _labelled(wording: str, rest: Sequence[str]) -> str:
    words = [_word(name) for name in rest if name not in _SAYS_NOTHING]
    return f"{wording} ({', '.join(words)})" if words else wording


def _word(name: str) -> str:
    return str(int(name) + 1) if name.isascii() and name.isdigit() else _unescaped(name).replace("_", " ")


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")
