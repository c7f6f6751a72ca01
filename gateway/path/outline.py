"""Says of one copy, in words, what kinds of information go and what stays: for people who must understand it first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from contracts.decision import Payload
from contracts.people import ReferrerKind
from contracts.referral import Referral
from gateway.config.groups import Branch, Grouping, Leaf
from gateway.path.copying import REASONS
from gateway.path.groups import kind_of
from gateway.path.trimming import spell

WHO: Final[Mapping[str, str]] = {
    "child": "the child",
    "carer": "a parent or carer",
    "sibling": "a brother or sister",
    "alleged_harm": "somebody who may have caused harm",
    "professional": "a professional",
    "third_party": "somebody else",
}
"""Who a field is about, never by name."""

LABELS: Final[Mapping[str, str]] = {
    "addresses": "address",
    "agreements": "the record of the agreement",
    "attachments": "documents",
    "basis": "the lawful basis",
    "communication": "communication needs",
    "criminal": "allegations and police information",
    "education": "school and attendance",
    "emails": "e-mail address",
    "family": "the family's summary and area",
    "first_name": "name",
    "former_names": "former names",
    "full_name": "name",
    "gp": "GP",
    "harm": "what was said about harm",
    "id": "that they are part of it",
    "identifiers": "numbers in other systems",
    "impact": "what it means for the child",
    "informed": "who was told",
    "lived_experience": "the child's lived experience",
    "middle_names": "name",
    "needs": "needs, and what was written about them",
    "notices": "who was told how information is used",
    "other_answers": "other answers",
    "override": "the decision to share without agreement",
    "phones": "telephone number",
    "plan": "the plan",
    "preferred_name": "name",
    "preferred_surname": "name",
    "protection": "flags that protect them",
    "provenance": "where parts of it were copied from",
    "reason": "why help is asked for, in the sender's words",
    "referrer": "the referrer's own details",
    "relationships": "how people are related",
    "roles": "that they are part of it",
    "safe_contact": "how to contact them safely",
    "sharing_limits": "what the family chose not to share",
    "source": "where it was written",
    "staff_risk": "a risk to staff",
    "step_down": "the step down from social care",
    "surname": "name",
    "title": "name",
    "tried_already": "what was tried already",
    "views": "what the child and family think",
    "why_needed": "why they are part of it",
}
"""First part of a field's path → its name in plain English; any other reads as its path with blanks."""


EVERYTHING: Final = "everything, and that they are part of it"
"""What stays of somebody who is not in the copy at all."""

_PERSON: Final = re.compile(r"/people/[0-9]+")


class Kept(NamedTuple):
    """One reason, and what stays for it: who it is about → names of fields. The request itself is about ""."""

    because: str
    fields: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Outline:
    """What one copy holds, in words.

    sent  titles of the field groups of which something goes, in the order of their own file; not that of the envelope
    kept  what stays, by reason
    """

    sent: tuple[str, ...]
    kept: tuple[Kept, ...]


class _Field(NamedTuple):
    pointer: str
    group: str
    who: str
    name: str


def outline(referral: Referral, payload: Payload, grouping: Grouping, subjects: Collection[str]) -> Outline:
    """What went into a copy and what did not. `subjects` are the children that the message is about."""
    held = {one.pointer: one for one in payload.withheld}
    kept: dict[str, dict[str, dict[str, None]]] = {}
    sent: set[str] = set()
    for field in _fields(referral, grouping, subjects):
        withheld = next((held[start] for start in _starts(field.pointer) if start in held), None)
        if withheld is None:
            sent.add(field.group)
        else:
            name = EVERYTHING if _PERSON.fullmatch(withheld.pointer) else field.name
            kept.setdefault(REASONS[withheld.reason], {}).setdefault(field.who, {})[name] = None
    reasons = (Kept(because, {who: tuple(names) for who, names in about.items()}) for because, about in kept.items())
    titles = (title for group, title in grouping.titles.items() if group in sent and group != "envelope")
    return Outline(tuple(titles), tuple(reasons))


def named(referral: Referral, pointer: str) -> str:
    """What a pointer points at, in words: "the child: address"; "" for nothing that a person could look at."""
    parts = pointer.split("/")[1:]
    if parts[:1] != ["people"]:
        return _name(parts[0]) if parts else ""
    if len(parts) < 2 or int(parts[1]) >= len(referral.people):
        return ""
    children = [child.id for child in referral.children]
    who = WHO[kind_of(referral.people[int(parts[1])], children)]
    return f"{who}: {_name(parts[2])}" if len(parts) > 2 else who


def _starts(pointer: str) -> Iterator[str]:
    """The pointer, and those of everything it lies in."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]


def _fields(referral: Referral, grouping: Grouping, subjects: Collection[str]) -> Iterator[_Field]:
    """Every field of the referral that has a value."""
    plain = orjson.loads(spell(referral))
    people = plain.pop("people", [])
    root = grouping.public_root if referral.referrer.kind is ReferrerKind.PUBLIC else grouping.root
    for pointer, group in _leaves(plain, root, ""):
        yield _Field(pointer, group, "", _name(pointer.split("/")[1]))
    for place, (whole, person) in enumerate(zip(people, referral.people, strict=True)):
        kind = kind_of(person, subjects)
        for pointer, group in _leaves(whole, grouping.people[kind], f"/people/{place}"):
            yield _Field(pointer, group, WHO[kind], _name(pointer.split("/")[3]))


def _leaves(value: Any, node: Branch | Leaf, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Leaf):
        yield at, node.group
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _leaves(item, node, f"{at}/{place}")
    else:
        for name, inner in value.items():
            yield from _leaves(inner, node.fields[name], f"{at}/{name}")


def _name(part: str) -> str:
    return LABELS.get(part, part.replace("_", " "))
