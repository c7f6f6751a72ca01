"""The leaves of a source record as one flat table, and the words that belong to a leaf: its text and its question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from contracts.adapter import Leaf, Plain

WORDING: Final = "question_text"
"""Where a source that keeps the wording of a question writes it, beside the answer."""

_SAYS_NOTHING: Final = frozenset({"answer", "answer_text", "repeats", "selections"})
_LEAVES: Final = frozenset({str, int, bool, type(None)})

_MOST_KNOWN: Final = 1024
_WORTH_KEEPING: Final = 8192
"""Characters of an object's pointers: with the number of them a bound on what is remembered, whatever is sent."""
_KNOWN: Final[dict[tuple[str, tuple[str, ...]], tuple[str, ...]]] = {}


def flattened(data: Mapping[str, Plain]) -> tuple[dict[str, Leaf], dict[str, int]]:
    """Every leaf by its RFC 6901 pointer, in the order of the record, and the length of every list by its pointer.

    Depth costs no stack: the containers that are open stand in a list.
    """
    leaves: dict[str, Leaf] = {}
    counts: dict[str, int] = {}
    opened: list[Iterator[tuple[str, Plain]]] = [zip(_pointers("", tuple(data)), data.values(), strict=True)]
    while opened:
        for pointer, value in opened[-1]:
            kind = type(value)
            if kind is str or value is None or isinstance(value, int | str):
                leaves[pointer] = value  # type: ignore[assignment]  # `kind is str` is quicker than mypy can follow
            elif kind is dict or isinstance(value, Mapping):
                part: Any = value
                members = zip(_pointers(pointer, tuple(part)), part.values(), strict=True)
                if not _LEAVES.issuperset(map(type, part.values())):
                    opened.append(members)
                    break
                leaves.update(members)
            else:
                counts[pointer] = len(value)
                opened.append(zip([f"{pointer}/{index}" for index in range(len(value))], value, strict=True))
                break
        else:
            opened.pop()
    return leaves, counts


def _pointers(prefix: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The pointers of an object's members. Rows of a table and records of a form have the same again and again."""
    known = _KNOWN.get((prefix, names))
    if known is None:
        known = tuple(f"{prefix}/{_escaped(name)}" for name in names)
        if sum(map(len, known)) <= _WORTH_KEEPING:
            if len(_KNOWN) >= _MOST_KNOWN:
                _KNOWN.clear()
            _KNOWN[prefix, names] = known
    return known


def said(leaves: Mapping[str, Leaf]) -> dict[str, str]:
    """What each leaf says, as `spoken`, of those that say something."""
    return {
        pointer: text
        for pointer, leaf in leaves.items()
        if leaf is not None and (text := leaf.strip() if type(leaf) is str else spoken(leaf))
    }


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
