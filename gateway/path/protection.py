"""Who and what a referral protects: flags, the home they cover, and every value that must not turn up elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final

from contracts.model import Part
from contracts.people import Address, Person, PersonRole, Protection
from contracts.referral import Referral
from gateway.config.fields import person_leaves, referral_leaves
from gateway.path import taint
from gateway.path.taint import NONE, Values

_AT_HOME: Final = frozenset((PersonRole.CHILD, PersonRole.SIBLING, PersonRole.HOUSEHOLD))
_ELSEWHERE: Final = frozenset((PersonRole.NON_RESIDENT_PARENT, PersonRole.ALLEGED_HARM))
_BEYOND_LIMITS: Final = (
    "/harm/",
    "/staff_risk/",
    "/agreements/",
    "/informed/",
    "/notices/",
    "/override/",
    "/basis/",
    "/source/",
)
_REFUGE: Final = re.compile(r"\b(?:refuge|safe[ -]?house)\b", re.IGNORECASE)
_PLACES: Final = frozenset((Protection.ADDRESS, Protection.SEALED))


@dataclass(frozen=True, slots=True)
class Guarded:
    """Protected values: those looked for in every text, and those looked for in free text only."""

    anywhere: Values = NONE
    prose: Values = NONE

    def __bool__(self) -> bool:
        return bool(self.anywhere or self.prose)

    def within(self, text: str, prose: bool = True) -> bool:
        """Whether the text holds one of them."""
        return self.anywhere.within(text) or (prose and self.prose.within(text))


def covering(referral: Referral) -> tuple[frozenset[Protection], ...]:
    """The flags that cover each person, in the order of `people`.

    A protected address covers everybody who lives there: what one person's flag hides, another's address would tell.
    """
    own = tuple(map(_flags, referral.people))
    if not any(own):
        return own
    home = tuple(map(_home, referral.people))
    there = {flag for flags, lives in zip(own, home, strict=True) if lives for flag in flags & _PLACES}
    return tuple(flags | there if lives else flags for flags, lives in zip(own, home, strict=True))


def guards(
    referral: Referral, streets: Mapping[str, tuple[str, ...]], addresses: bool = True
) -> tuple[tuple[str, Guarded], ...]:
    """The values that flags and the family's sharing limits protect, each lot with its rule.

    addresses  False for a hub whose listed roles may see a protected address (M-604)
    """
    if not (referral.sharing_limits or any(map(_flags, referral.people))):
        return ()
    return tuple((rule, values) for rule, values in _guards(referral, streets, addresses) if values)


def _guards(
    referral: Referral, streets: Mapping[str, tuple[str, ...]], addresses: bool
) -> Iterator[tuple[str, Guarded]]:
    for person, flags in zip(referral.people, covering(referral), strict=True):
        if flags & _PLACES and addresses:
            yield "M-604", Guarded(_whereabouts(referral, person, streets) | _ways(person), _school(person))
        if Protection.DO_NOT_INFORM in flags:
            yield "M-605", Guarded(_ways(person))
        if Protection.SEALED in flags:
            yield "M-601", Guarded(taint.every(map(taint.of_name, person.former_names)))
    for limit in referral.sharing_limits:
        for pointer in limit.pointers:
            values = [spelt(name, value, streets) for name, value in _at(referral, pointer)]
            yield "HU-C03", Guarded(taint.every(values))


def identity(person: Person, streets: Mapping[str, tuple[str, ...]]) -> Values:
    """Every value by which one person could be known in a text."""
    names = (person.first_name, person.middle_names, person.surname, person.full_name, person.preferred_name)
    named = [taint.of_name(name) for name in (*names, *person.former_names) if name]
    return taint.every((*named, strong(person, streets)))


def strong(person: Person, streets: Mapping[str, tuple[str, ...]]) -> Values:
    """Every value by which one person is known and no other: not a first name, which somebody else may have too."""
    first, last = person.first_name or "", person.surname or ""
    whole = [person.full_name or "", f"{first} {last}", f"{last} {first}"]
    named = [taint.of_text(name) for name in whole if len(name.split()) > 1]
    numbers = [taint.of_text(identifier.value) for identifier in person.identifiers]
    born = [taint.of_date(person.date_of_birth)] if person.date_of_birth else []
    places = [_place(address, streets) for address in person.addresses]
    return taint.every((*named, *numbers, *born, *places, _ways(person)))


def hidden(address: Address) -> bool:
    """Whether nobody may find this place: it is marked so, or its own words say that it is a refuge (M-604)."""
    return address.protected or address.kind == "refuge" or any(map(_REFUGE.search, address.lines))


def _flags(person: Person) -> frozenset[Protection]:
    if any(map(hidden, person.addresses)):
        return frozenset((*person.protection, Protection.ADDRESS))
    return frozenset(person.protection)


def _home(person: Person) -> bool:
    if person.lives_with_child is not None:
        return person.lives_with_child
    roles = frozenset(person.roles)
    return bool(roles & _AT_HOME) or (PersonRole.PARENT in roles and not roles & _ELSEWHERE)


def _whereabouts(referral: Referral, person: Person, streets: Mapping[str, tuple[str, ...]]) -> Values:
    """Address values, less the council's own name: that the family lives there is no secret from its own hub."""
    here = taint.squeezed(referral.council)
    family = referral.family
    wide = [area for address in person.addresses for area in (address.town, address.county, address.local_authority)]
    wide += [family.locality, family.cluster, family.district]
    found = [_place(address, streets) for address in person.addresses]
    found += [taint.of_text(area) for area in wide if area and taint.squeezed(area) not in here]
    return taint.every(found)


def _place(address: Address, streets: Mapping[str, tuple[str, ...]]) -> Values:
    found = [taint.of_address_line(line, streets) for line in address.lines]
    found += [taint.of_postcode(address.postcode)] if address.postcode else []
    found += [taint.of_text(address.uprn)] if address.uprn else []
    return taint.every(found)


def _ways(person: Person) -> Values:
    phones = [taint.of_phone(phone.number) for phone in person.phones]
    return taint.every((*phones, *map(taint.of_text, person.emails)))


def _school(person: Person) -> Values:
    name = person.education.setting_name if person.education else None
    return taint.of_text(name) if name else NONE


def spelt(field: str, value: str | date, streets: Mapping[str, tuple[str, ...]]) -> Values:
    """A value as the name of its field suggests it may be spelt elsewhere."""
    if isinstance(value, date):
        return taint.of_date(value)
    if field == "postcode":
        return taint.of_postcode(value)
    if field == "lines":
        return taint.of_address_line(value, streets)
    if field == "number":
        return taint.of_phone(value)
    return taint.of_name(value) if field.endswith(("name", "names")) else taint.of_text(value)


def _at(referral: Referral, pointer: str) -> Iterator[tuple[str, str | date]]:
    """Field name and value of every text and date at a pointer; nothing where it points nowhere."""
    part: Any = referral
    names: list[str] = []
    for segment in pointer.split("/")[1:]:
        if isinstance(part, tuple) and segment.isdecimal() and int(segment) < len(part):
            part = part[int(segment)]
        elif isinstance(part, Part) and segment in type(part).model_fields:
            part = getattr(part, segment)
            names.append(segment)
        else:
            return
    yield from _below(part, "/".join(names))


def _below(part: Any, path: str) -> Iterator[tuple[str, str | date]]:
    if isinstance(part, Part):
        for name in type(part).model_fields:
            yield from _below(getattr(part, name), f"{path}/{name}")
    elif isinstance(part, tuple):
        for item in part:
            yield from _below(item, path)
    elif isinstance(part, str | date) and not isinstance(part, Enum) and _uncoded(path):
        yield path.rpartition("/")[2], part


def _uncoded(path: str) -> bool:
    """Whether the field holds somebody's own words, and is one that a sharing limit reaches."""
    leaf = path.removeprefix("/")
    if f"/{leaf}/".startswith(_BEYOND_LIMITS):
        return False
    kind = (
        person_leaves().get(leaf.removeprefix("people/")) if leaf.startswith("people/") else referral_leaves().get(leaf)
    )
    return kind in ("prose", "line", "date")
