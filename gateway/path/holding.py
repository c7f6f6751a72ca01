"""Says in groups what a copy holds, and what of the referral stays behind and why: what somebody decides about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import orjson

from contracts.decision import Payload
from contracts.referral import Referral
from gateway.config.groups import Branch, Grouping
from gateway.path.copying import REASONS
from gateway.path.groups import kind_of


def groups_in(payload: Payload, referral: Referral, grouping: Grouping, subjects: Collection[str]) -> tuple[str, ...]:
    """The groups of which the copy holds something, in the file's order; `always` is not worth telling."""
    copy = orjson.loads(payload.body)["referral"]
    kinds = {person.id: kind_of(person, subjects) for person in referral.people}
    found = set(_groups({name: value for name, value in copy.items() if name != "people"}, grouping.root))
    for person in copy.get("people", ()):
        kind = kinds[person["id"]]
        found |= {grouping.role[kind], *_groups(person, grouping.people[kind])}
    return tuple(group for group in grouping.titles if group in found and group not in _PLAIN)


def kept_back(payload: Payload, grouping: Grouping) -> tuple[str, ...]:
    """What stays behind, in words, each kind of it once."""
    told = (
        f"{grouping.titles[one.rule].rstrip('.')} ({REASONS[one.reason].rstrip('.')})."
        if one.rule in grouping.titles
        else REASONS[one.reason]
        for one in payload.withheld
    )
    return tuple(dict.fromkeys(told))


_PLAIN = ("envelope", "provenance")


def _groups(value: Mapping[str, Any], node: Branch) -> Iterator[str]:
    for name, inner in value.items():
        below = node.fields.get(name)
        if isinstance(below, Branch):
            for item in inner if isinstance(inner, list) else [inner]:
                yield from _groups(item, below)
        elif below is not None:
            yield below.group
