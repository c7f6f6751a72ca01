"""Fills a referral with values that occur nowhere else, so that a test can tell which of them went and which stayed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from random import Random
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from contracts.model import Code, Line, Ref, Text
from contracts.people import Person
from contracts.referral import Referral

IDS = ("child", "mother", "brother", "uncle", "gran", "worker")
ROLES = (("child",), ("parent",), ("sibling",), ("alleged_harm",), ("other",), ("professional",))


@dataclass(slots=True)
class Planting:
    """One referral in the making. The same seed plants the same referral."""

    random: Random
    density: float
    count: int = 0
    fixed: dict[str, Any] = field(default_factory=dict)

    def part(self, model: type[BaseModel], path: str = "") -> dict[str, Any]:
        filled: dict[str, Any] = {}
        for name, hint in get_type_hints(model, include_extras=True).items():
            at = f"{path}/{name}"
            if name not in model.model_fields or at in ("/people", "/schema_version"):
                continue
            if model.model_fields[name].is_required() or self.random.random() < self.density:
                filled[name] = self.value(hint, at)
        return filled

    def value(self, hint: Any, at: str) -> Any:
        origin, inner = get_origin(hint), get_args(hint)
        if hint == Ref:
            return self.random.choice(IDS)
        if hint in (Text, Line):
            return self.postcode() if at.endswith("/postcode") else self.canary()
        if hint == Code:
            return self.code(at)
        if origin in (Union, UnionType):
            return self.value(next(arg for arg in inner if arg is not type(None)), at)
        if origin is tuple:
            return [self.value(inner[0], at) for _ in range(self.random.randint(1, 2))]
        if origin is Annotated:
            return self.value(inner[0], at)
        if origin is Literal:
            return self.random.choice(inner)
        if issubclass(hint, Enum):
            return self.random.choice([member.value for member in hint])
        if issubclass(hint, BaseModel):
            return self.part(hint, at)
        return self.plain(hint)

    def plain(self, hint: type) -> Any:
        self.count += 1
        if hint is bool:
            return self.random.random() < 0.5
        if hint is int:
            return self.count
        day = (date(1931, 1, 1) + timedelta(days=41 * self.count)).isoformat()
        return day if hint is date else f"{day}T09:00:00Z"

    def code(self, at: str) -> str:
        if at == "/council":
            return "testham"
        if at.endswith("/identifiers/system"):
            return self.random.choice(("upn", "nhs_number"))
        return self.canary()

    def canary(self) -> str:
        self.count += 1
        return f"Kx{self.count:04d}Qz"

    def postcode(self) -> str:
        self.count += 1
        return f"ZK{self.count % 90 + 10} {self.count // 90 % 10}QV"


def planted(seed: int, density: float = 0.5, protect: bool = True) -> dict[str, Any]:
    """A referral with six people, one for each reason to be there, as JSON would give it."""
    planting = Planting(Random(seed), density)
    referral = planting.part(Referral)
    referral["people"] = []
    for name, roles in zip(IDS, ROLES, strict=True):
        person = planting.part(Person, "/person") | {"id": name, "roles": list(roles)}
        if not protect:
            person.pop("protection", None)
            for address in person.get("addresses", ()):
                address.pop("protected", None)
        referral["people"].append(person)
    if not protect:
        referral.pop("sharing_limits", None)
    for limit in referral.get("sharing_limits", ()):
        limit["groups"] = planting.random.sample(("health_send", "education", "carers", "narrative"), 1)
        limit["pointers"] = [planting.random.choice([pointer for pointer, _ in leaves(referral)])]
    return referral


def read(plain: dict[str, Any]) -> Referral:
    return Referral.model_validate_json(json.dumps(plain))


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Pointer and value of every leaf."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{at}/{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{at}/{place}")
    else:
        yield at, value


def is_planted(value: Any) -> bool:
    """Whether this value is in one place only."""
    return isinstance(value, str) and (value.startswith(("Kx", "ZK")) or value[:2] in ("19", "20"))
