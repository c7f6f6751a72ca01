"""Reads and writes one place of a referral that is being written, as plain JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from contracts.enquiry import Step

Document = dict[str, Any]


def read(document: Document, steps: Sequence[Step]) -> Any:
    """What stands at the end of these steps; None for nothing."""
    node: Any = document
    for step in steps:
        node = node.get(step.name) if isinstance(node, dict) else None
        if step.place is not None:
            node = node[step.place] if node and step.place < len(node) else None
        elif step.member is not None:
            node = next((one for one in node or () if _is(one, step.member)), None)
    return node


def write(document: Document, steps: Sequence[Step], value: Any) -> None:
    """Put a value there, and whatever it stands in; None takes it away."""
    *before, last = steps
    node = document
    for step in before:
        if value is None and read(node, (step,)) is None:
            return
        node = _made(node, step)
    if value is None:
        node.pop(last.name, None)
    else:
        node[last.name] = value


def without_nothing(node: Any, alone: Sequence[Sequence[tuple[str, str]]] = (), before: Any = None) -> Any:
    """The same without empty parts, lists and texts, save those that stood there `before`: an empty list may say a lot.

    alone  what a member of a list may not hold and nothing else
    """
    if isinstance(node, dict):
        was = before if isinstance(before, dict) else {}
        kept = {name: without_nothing(inner, alone, was.get(name)) for name, inner in node.items()}
        return {name: one for name, one in kept.items() if one not in _NOTHING or (name in was and was[name] == one)}
    if isinstance(node, list):
        held = before if isinstance(before, list) else []
        members = [without_nothing(one, alone, _at(held, place)) for place, one in enumerate(node)]
        bare = [one for one in map(dict, alone) if one not in held]
        return [one for one in members if one not in _NOTHING and one not in bare]
    return node


_NOTHING: Final[tuple[Any, ...]] = (None, "", {}, [])


def _at(held: list[Any], place: int) -> Any:
    return held[place] if place < len(held) else None


def _made(node: Document, step: Step) -> Document:
    """What this step leads to, made where there was nothing."""
    if step.place is not None:
        members = node.setdefault(step.name, [])
        members += [{} for _ in range(step.place + 1 - len(members))]
        found = members[step.place]
    elif step.member is not None:
        members = node.setdefault(step.name, [])
        found = next((one for one in members if _is(one, step.member)), None)
        if found is None:
            members.append(found := dict(step.member))
    else:
        found = node.setdefault(step.name, {})
    made: Document = found
    return made


def _is(one: Document, member: Sequence[tuple[str, str]]) -> bool:
    return all(one.get(name) == value for name, value in member)
