"""The leaves of the canonical referral, read off its own schema: where each is, and what kind of thing it holds."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from contracts.model import Code, Line, Ref, Text
from contracts.people import Person
from contracts.referral import Referral

Kind = Literal["prose", "line", "code", "ref", "date", "number"]
"""What a leaf holds: free text, one line, a coded value, a person of this referral, a date, or a number or flag."""

_NAMED: tuple[tuple[object, Kind], ...] = ((Text, "prose"), (Line, "line"), (Code, "code"), (Ref, "ref"))


@cache
def referral_leaves() -> dict[str, Kind]:
    """Every leaf of `Referral` but those of its people: path without indexes ("needs/evidence") → kind."""
    return {path: kind for path, kind in _leaves(Referral, "") if not path.startswith("people/")}


@cache
def person_leaves() -> dict[str, Kind]:
    """Every leaf of `Person`: path without indexes ("addresses/postcode") → kind."""
    return dict(_leaves(Person, ""))


def _leaves(part: type[BaseModel], before: str) -> Iterator[tuple[str, Kind]]:
    for name, hint in get_type_hints(part, include_extras=True).items():
        if name not in part.model_fields:
            continue
        kind = _inside(hint)
        if isinstance(kind, str):
            yield f"{before}{name}", kind
        else:
            yield from _leaves(kind, f"{before}{name}/")


def _inside(hint: Any) -> Kind | type[BaseModel]:
    """The part or the kind of leaf that a field holds, under its tuple and its `None`."""
    for named, kind in _NAMED:
        if hint == named:
            return kind
    origin = get_origin(hint)
    if origin in (Union, UnionType, tuple):
        return _inside(next(arg for arg in get_args(hint) if arg not in (type(None), ...)))
    if origin is Annotated:
        return _inside(get_args(hint)[0])
    if origin is Literal or (isinstance(hint, type) and issubclass(hint, Enum)):
        return "code"
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    if hint in (bool, int):
        return "number"
    if getattr(hint, "__name__", "") in ("date", "datetime"):
        return "date"
    raise TypeError(f"a leaf of the referral holds {hint!r}; say here what kind of thing that is")
