"""The texts and days of a referral that a person may put right, by their place in it: never a code, nor an id.

A label that a form printed (`as_stated`) stays as it was printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from contracts.model import MAX_TEXT
from contracts.referral import HarmLevel, Referral

MOST: Final = 300
"""Fields of one form: a referral with more is corrected by the system that wrote it."""

_OTHERS: Final = frozenset(
    ("schema_version", "council", "purpose", "policy_version", "source", "provenance", "attachments", "corrects")
)
_OF_PERSON: Final = ("first_name", "surname", "date_of_birth", "addresses/0/lines/0", "addresses/0/postcode")
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {"/harm/level": tuple(HarmLevel)}


@dataclass(frozen=True, slots=True)
class TextField:
    """One field. value: "" for nothing; long: several lines; choices: what it may be, () for any text."""

    pointer: str
    value: str
    long: bool = False
    choices: tuple[str, ...] = ()


def fields_of(referral: Referral) -> tuple[TextField, ...]:
    """What a person may put right: every text and day that is there, and those that are most often missing."""
    document = referral.model_dump(mode="json")
    found = {one.pointer: one for one in _texts(document, Referral.model_json_schema(), "")}
    for pointer in _usual(referral):
        found.setdefault(pointer, TextField(pointer, "", pointer == "/reason"))
    for pointer, choices in _CHOICES.items():
        found[pointer] = TextField(pointer, str(_at(document, pointer) or ""), False, choices)
    return tuple(sorted(found.values(), key=lambda one: _order(one.pointer)))[:MOST]


def with_changes(referral: Referral, changes: Mapping[str, str]) -> dict[str, Any]:
    """The referral as plain data with these texts in their places; "" takes one out. Pointers are of `fields_of`."""
    document = deepcopy(referral.model_dump(mode="json", exclude_none=True))
    for pointer, value in changes.items():
        _put(document, pointer.split("/")[1:], value)
    return document


def _usual(referral: Referral) -> Iterator[str]:
    yield "/reason"
    for place in range(len(referral.people)):
        yield from (f"/people/{place}/{name}" for name in _OF_PERSON)


def _texts(value: object, schema: Mapping[str, Any], pointer: str) -> Iterator[TextField]:
    options = [_resolved(one) for one in (schema.get("anyOf") or [schema])]
    if isinstance(value, Mapping):
        known: Mapping[str, Any] = next((one["properties"] for one in options if "properties" in one), {})
        for name, inner in value.items():
            if name in known and (pointer or name not in _OTHERS) and not name.endswith("as_stated"):
                yield from _texts(inner, _resolved(known[name]), f"{pointer}/{name}")
    elif isinstance(value, list):
        items: Mapping[str, Any] = next((one["items"] for one in options if "items" in one), {})
        for place, inner in enumerate(value):
            yield from _texts(inner, _resolved(items), f"{pointer}/{place}")
    elif isinstance(value, str) and (kind := next((one for one in options if _is_text(one)), None)):
        yield TextField(pointer, value, kind.get("maxLength") == MAX_TEXT)


def _is_text(schema: Mapping[str, Any]) -> bool:
    plain = not {"pattern", "enum", "const"} & schema.keys()
    return schema.get("type") == "string" and plain and schema.get("format", "date") == "date"


@cache
def _parts() -> Mapping[str, Any]:
    return dict(Referral.model_json_schema()["$defs"])


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return _parts()[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _order(pointer: str) -> tuple[tuple[int, str], ...]:
    """People first, then the rest by name; numbers as numbers."""
    steps = pointer.split("/")[1:]
    first = 0 if steps[0] == "people" else 1 if steps[0] in ("reason", "harm") else 2
    return ((first, ""), *((int(step), "") if step.isdigit() else (_RANK.get(step, 50), step) for step in steps))


_RANK: Final = {"first_name": 1, "surname": 2, "full_name": 3, "date_of_birth": 4, "addresses": 5, "phones": 6}


def _at(document: Mapping[str, Any], pointer: str) -> Any:
    found: Any = document
    for step in pointer.split("/")[1:]:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _put(inside: Any, steps: list[str], value: str) -> None:
    """Set a text where it belongs, making what it stands in; or take it out."""
    key: Any = int(steps[0]) if isinstance(inside, list) else steps[0]
    rest = steps[1:]
    there = key < len(inside) if isinstance(inside, list) else key in inside
    if not there and not value:
        return
    if rest and not there:
        _set(inside, key, [] if rest[0].isdigit() else {})
    if rest:
        _put(inside[key], rest, value)
    elif value or isinstance(inside, list):
        _set(inside, key, value)
    else:
        del inside[key]


def _set(inside: Any, key: Any, value: object) -> None:
    if isinstance(inside, list) and key == len(inside):
        inside.append(value)
    else:
        inside[key] = value
