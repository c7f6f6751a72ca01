"""The quick way through an element of XML that holds nothing but elements and text, as nearly all records do.

To ask the tree for each element costs more than to parse it. So the parser writes the element out again, well formed
and always in one way, and that text is cut at each "<". Whatever is out of the ordinary is left to who reads the tree.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping
from typing import Any, Final

from contracts.adapter import Plain

LONGEST: Final = 50_000
"""Characters of an element that is read in this way: fewer than the door allows in a single text."""
_LEVELS: Final = 32


class _Unusual(Exception):
    """The tree has to be asked."""


def plainly(
    text: str, names: Container[str], lists: Mapping[str, Collection[str]], passed: Container[str]
) -> dict[str, Plain] | None:
    """What an element says, by the text it is written as; None for one that has to be read otherwise.

    names   what its elements may be called, without `passed`; any other is out of the ordinary, as is an attribute or
            a prefix
    lists   element → which of its children may stand several times
    passed  elements that are passed over with everything in them
    """
    if len(text) > LONGEST or "&" in text:
        return None
    top, *pieces = text.replace("/>", "></>").split("<")[1:]
    name, _, value = top.partition(">")
    try:
        _expect_blank(value)
        return _children(iter(pieces), lists.get(name.partition(" ")[0], ()), names, lists, passed)
    except _Unusual:
        return None


def _children(
    pieces: Iterator[str],
    many: Collection[str],
    names: Container[str],
    lists: Mapping[str, Collection[str]],
    passed: Container[str],
) -> dict[str, Plain]:
    found: dict[str, Any] = {}
    holder, above = found, list[tuple[dict[str, Any], Collection[str]]]()
    waiting = value = ""  # what was opened last, until the next piece tells whether it holds text or elements
    for piece in pieces:
        if piece[0] == "/":
            if waiting:
                said = value if value and not value.isspace() else None
                if waiting in many or waiting in holder:
                    _put(holder, many, waiting, said)
                else:
                    holder[waiting] = said  # nearly always: spare it a call
                waiting = ""
            elif above:
                holder, many = above.pop()
            if piece[-1] != ">" and piece.rstrip()[-1] != ">":
                raise _Unusual
            continue
        if waiting:
            _expect_blank(value)
            above.append((holder, many))
            holder, many = _opened(holder, many, waiting, len(above)), lists.get(waiting, ())
        waiting, _, value = piece.partition(">")
        if waiting not in names:
            _pass_over(waiting, pieces, passed)
            waiting = ""
    return found


def _put(holder: dict[str, Any], many: Collection[str], name: str, said: Any) -> None:
    if name in many:
        holder.setdefault(name, []).append(said)
    elif name in holder:
        raise _Unusual
    else:
        holder[name] = said


def _opened(holder: dict[str, Any], many: Collection[str], name: str, level: int) -> dict[str, Any]:
    if level > _LEVELS:
        raise _Unusual
    part: dict[str, Any] = {}
    _put(holder, many, name, part)
    return part


def _pass_over(name: str, pieces: Iterator[str], passed: Container[str]) -> None:
    if name not in passed:
        raise _Unusual
    level = 1
    for piece in pieces:
        level += -1 if piece[0] == "/" else 1
        if not level:
            _expect_blank(piece.partition(">")[2])
            return


def _expect_blank(text: str) -> None:
    if text and not text.isspace():
        raise _Unusual
