"""Says what a home tells of where a family belongs: whether it lies in this council, and in which of its localities.

A sender's word routes, and a map of postcodes only checks it; where the sender was not sure, a council may let the map
route (settled 50). A council that entered no postcodes is asked nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from contracts.council import Council
from contracts.people import Address, Person, PersonRole
from contracts.referral import Referral
from gateway.path import calendar
from gateway.path.protection import hidden

UNKNOWN: Final = "unknown"
NOT_SAID: Final = "not_said"

_WHOLE: Final = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}")
_AT_END: Final = re.compile(r"\b([A-Z]{1,2}[0-9][0-9A-Z]? {0,2}[0-9][A-Z]{2})[ .,]*$")
_NOWHERE: Final = "ZZ"
"""The area of codes that stand for no place: no fixed abode, abroad, not known."""


class Located(NamedTuple):
    """A council's code for the locality, `not_said` or `unknown`, and how it came: a value of the fact `locality`."""

    code: str
    how: str


def located(referral: Referral, council: Council, child: Person | None, now: int) -> Located:
    """The locality of one child, or of the family where no child is named. `now` in ms UTC.

    `unknown` is what names no locality of ours, or two (HU-R04). An address nobody may know chooses and checks nothing:
    the hub it led to would say where it is.
    """
    named = _named(referral, council)
    areas = council.areas.localities
    seen = (home for home in homes(referral, child, now) if not hidden(home)) if areas else ()
    found = {_in(areas, postcode_of(home)) for home in seen}
    mapped = found.pop() if len(found) == 1 else ""
    if named == NOT_SAID and mapped and council.areas.routes:
        return Located(mapped, "by_postcode")
    if named in (NOT_SAID, UNKNOWN):
        return Located(named, named)
    return Located(named, "differs" if mapped and mapped != named else "named")


def outside(referral: Referral, council: Council, child: Person | None, now: int) -> bool:
    """Whether a home of which no council is named lies in none of the areas this council entered (A-205). `now` in ms
    UTC."""
    ours = council.areas.ours
    silent = (home for home in homes(referral, child, now) if not home.local_authority) if ours else ()
    return any(_elsewhere(ours, postcode_of(home)) for home in silent)


def homes(referral: Referral, child: Person | None, now: int) -> Iterator[Address]:
    """Where a child lives today; of a family whose child is not named, where its parents do."""
    today = calendar.day_of(now)
    whose = [child] if child else [person for person in referral.people if PersonRole.PARENT in person.roles]
    for person in whose:
        for address in person.addresses:
            if is_home(address) and (address.to_date is None or address.to_date >= today):
                yield address


def postcode_of(home: Address) -> str | None:
    """An address's postcode: many systems write all of it in one line, and the postcode stands at its end."""
    if home.postcode:
        return home.postcode
    found = _AT_END.search(" ".join(home.lines).upper())
    return found.group(1) if found else None


def is_home(address: Address) -> bool:
    """Whether somebody lives there."""
    return address.kind in (None, "home", "placement", "refuge")


def _named(referral: Referral, council: Council) -> str:
    """The council's code for the area the sender named; `not_said` where they named none, or were not sure."""
    family = referral.family
    stated = [word.strip().casefold() for word in (family.locality, family.cluster, family.district) if word]
    words = [word for word in stated if word and word not in council.areas.not_sure]
    known = {council.localities[word] for word in words if word in council.localities}
    if not words:
        return NOT_SAID
    return known.pop() if len(known) == 1 else UNKNOWN


def _in(areas: tuple[tuple[str, str], ...], postcode: str | None) -> str:
    """The locality with the longest entry that a postcode lies in, "" for none."""
    fitting = [(len(area), code) for area, code in areas if postcode and lies_in(area, postcode)]
    return max(fitting)[1] if fitting else ""


def _elsewhere(ours: tuple[str, ...], postcode: str | None) -> bool:
    whole = _squeezed(postcode or "")
    if not _WHOLE.fullmatch(whole) or whole.startswith(_NOWHERE):
        return False  # part of a code, no code at all, or a code of nowhere
    return not any(lies_in(area, whole) for area in ours)


def lies_in(area: str, postcode: str) -> bool:
    """Whether a postcode lies in a district (`HU5`), a sector (`HU5 3`) or is this very code (`HU5 3AB`)."""
    whole, (district, _, rest) = _squeezed(postcode), area.upper().partition(" ")
    return whole[:-3] == district and whole[-3:].startswith(rest)


def _squeezed(postcode: str) -> str:
    return "".join(postcode.split()).upper()
