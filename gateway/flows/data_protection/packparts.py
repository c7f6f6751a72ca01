"""The parts of what is kept about one person, each by its place, and whether it is theirs alone (Article 15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select

from contracts.people import PersonRole
from contracts.referral import Referral
from gateway.flows.decisions.filed import read_filed
from gateway.flows.holds.showing import ROLES
from gateway.flows.oversight.reading import written
from gateway.store import content
from gateway.store.tables import EVENT
from gateway.store.transaction import Tx

Asker = tuple[str, date]
"""Name and day of birth of whoever it is about."""

_ONES: Final = {
    "people": "Person",
    "needs": "Need",
    "strengths": "Strength",
    "risk_factors": "Risk",
    "views": "View",
    "agreements": "Agreement",
    "professionals": "Professional",
    "relationships": "Relationship",
    "meetings": "Meeting",
    "assessments": "Assessment",
    "attachments": "Document",
    "written_here": "Reason written at the council",
    "told_by_hubs": "Told by a hub",
}
"""Field with several parts → what one of them is called."""
_OURS: Final = ("schema_version", "council", "provenance", "policy_version")
"""Fields that say nothing of anybody."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of one request. place: pointer, as `/people/1`; own: it is about the person alone."""

    referral: str
    place: str
    own: bool
    value: Any = field(repr=False)

    @property
    def name(self) -> str:
        """By which it is asked for: the request's id and the place."""
        return f"{self.referral}{self.place}"

    @property
    def label(self) -> str:
        """In words, naming nobody."""
        roles = self.value.get("roles", ()) if isinstance(self.value, Mapping) else ()
        role = f": {ROLES[PersonRole(roles[0])]}" if roles and self.place.startswith("/people/") else ""
        return f"{label(self.place)}{role}"


def label(place: str) -> str:
    """A place in words: `/people/1` is Person 2."""
    name, _, number = place.strip("/").partition("/")
    words = _ONES.get(name, name.replace("_", " ").capitalize())
    return f"{words} {int(number) + 1}" if number.isdigit() else words


def parts_of(store: Connection | Tx, council: str, row: Any, asker: Asker) -> list[Part] | None:
    """Every part of one request, as it was filed and as it was added to here; None once it was disposed of.

    row  id and filed of the request
    """
    body = content.get(store, council, row.filed)
    if body is None:
        return None
    found = [*_filed(read_filed(body)[0]), *_added(store, council, row.id)]
    return [Part(row.id, place, _is_own(place, value, asker), value) for place, value in found]


def _filed(referral: Referral) -> Iterator[tuple[str, Any]]:
    whole: Mapping[str, Any] = referral.model_dump(mode="json", exclude_defaults=True)
    for name, value in whole.items():
        if name in _OURS:
            continue
        if isinstance(value, list):
            yield from ((f"/{name}/{place}", one) for place, one in enumerate(value))
        else:
            yield f"/{name}", value


def _added(store: Connection | Tx, council: str, referral: str) -> Iterator[tuple[str, Any]]:
    """What people wrote about it since, here and at hubs."""
    for place, one in enumerate(written(store, council, referral)):
        yield f"/written_here/{place}", {name: one[name] for name in ("reason", "ground", "basis") if one[name]}
    asked = select(EVENT.c.said).where(EVENT.c.council == council, EVENT.c.referral == referral, EVENT.c.said != "")
    for place, said in enumerate(store.execute(asked.order_by(EVENT.c.seq)).scalars()):
        body = content.get(store, council, said)
        if body is not None:
            yield f"/told_by_hubs/{place}", orjson.loads(body)


def _is_own(place: str, value: Any, asker: Asker) -> bool:
    if not place.startswith("/people/"):
        return False
    names = " ".join(str(value.get(part, "")) for part in ("first_name", "surname")) if "surname" in value else ""
    same = (names or str(value.get("full_name", ""))).casefold().split() == asker[0].casefold().split()
    return same and value.get("date_of_birth") == asker[1].isoformat()
