"""The tree of one YAML file, in which every node knows its place and what YAML 1.2 says it is.

Parsed by libyaml, which is C and knows YAML 1.1; what a plain word means is decided here, by 1.2's core schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from contracts.adapter import Fault

Place = tuple[int, int]
"""Line and column, both from 1."""

MAP: Final = "map"
SEQUENCE: Final = "seq"
ALIAS: Final = "alias"
TAG: Final = "tag"
DEEPEST: Final = 100
"""Groups within groups; no file of ours has ten."""

# Without libyaml, on a machine that has to build PyYAML and cannot, the same in Python, slowly.
_PARSER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_OPENS: Final = (MappingStartEvent, SequenceStartEvent)
_CLOSES: Final = (MappingEndEvent, SequenceEndEvent)
_MEANS: Final = (
    ("null", re.compile(r"~|null|Null|NULL|")),
    ("bool", re.compile(r"true|True|TRUE|false|False|FALSE")),
    ("int", re.compile(r"[-+]?[0-9][0-9_]*|[-+]?0(o[0-7_]+|b[01_]+|x[0-9a-fA-F_]+)")),
    (
        "float",
        re.compile(
            r"[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
            r"|[-+]?\.[0-9][0-9_]*([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
        ),
    ),
    ("merge", re.compile(r"<<")),
)


@dataclass(slots=True)
class Node:
    """One value, group or list.

    kind   `map`, `seq`, what a scalar is (`str`, `int`, `float`, `bool`, `null`, `merge`), `alias`, or `tag` for
           whatever was written with one, which might say that a list is a text
    text   of a scalar
    parts  of a list its members; of a group its names and values in turn
    """

    kind: str
    place: Place
    text: str = ""
    anchored: bool = False
    parts: list[Node] = field(default_factory=list)

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """A group's names, each with its value."""
        return zip(self.parts[::2], self.parts[1::2], strict=True)


def tree(content: bytes) -> Node | Fault:
    """The one document of a file, or where and why it cannot be read: `line:column`."""
    try:
        root = _root(content.decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        return Fault(f"{line}:{column}", "", "UTF-8 text", "Save the file as UTF-8.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
        return Fault(place, "", "YAML", f"It reads wrongly here: {error.problem or error.context}.")
    except yaml.YAMLError as error:
        return Fault("1:1", "", "YAML", f"It could not be read: {type(error).__name__}.")
    return root if root is not None else Fault("1:1", "", "names and values", "The file is empty.")


def _root(text: str) -> Node | Fault | None:
    root: Node | None = None
    around: list[Node] = []
    for event in yaml.parse(text, Loader=_PARSER):
        if isinstance(event, DocumentStartEvent) and root is not None:
            return _fault(_place(event), "one document", "Take away this --- and what follows, or write one file each.")
        if isinstance(event, _CLOSES):
            around.pop()
        elif isinstance(event, (*_OPENS, ScalarEvent, AliasEvent)):
            node = _node(event)
            if around:
                around[-1].parts.append(node)
            root = root or node
            if isinstance(event, _OPENS):
                around.append(node)
            if len(around) > DEEPEST:
                return _fault(node.place, "YAML", f"More than {DEEPEST} groups stand within each other.")
    return root


def _node(event: Any) -> Node:
    place = _place(event)
    if isinstance(event, AliasEvent):
        return Node(ALIAS, place)
    anchored = event.anchor is not None
    if isinstance(event, MappingStartEvent):
        return Node(TAG if event.tag else MAP, place, anchored=anchored)
    if isinstance(event, SequenceStartEvent):
        return Node(TAG if event.tag else SEQUENCE, place, anchored=anchored)
    kind = TAG if event.tag else _meaning(event.value) if event.implicit[0] else "str"
    return Node(kind, place, event.value, anchored)


def _meaning(word: str) -> str:
    """What a word without quotes is."""
    return next((kind for kind, form in _MEANS if form.fullmatch(word)), "str")


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _fault(place: Place, expected: str, remedy: str) -> Fault:
    line, column = place
    return Fault(f"{line}:{column}", "", expected, remedy)
