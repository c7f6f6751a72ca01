"""Who may do what: operation × role × relation as data, and everything not listed is refused (settled 27).

A role is who is asking; a relation is what the thing asked about is to them. A thing of another council, and a thing
that does not exist, look the same: 404.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from contracts.council import Council, Registration
from contracts.errors import NotAllowed, NotAuthenticated, NotFound


class Role(StrEnum):
    """Who is asking. The desks will add the people of reliability 4.3."""

    ANONYMOUS = "anonymous"
    SENDER = "sender"  # a sending system with a key
    HUB = "hub"  # a hub's own system with a key


class Relation(StrEnum):
    """What the thing is to whoever asks."""

    NONE = "none"  # the operation is about no object
    OWN = "own"
    OTHER = "other"  # another sender's, another council's, or nothing at all: they look the same


ALLOWED: Final[Mapping[str, frozenset[tuple[Role, Relation]]]] = {
    "live": frozenset({(role, Relation.NONE) for role in Role}),
    "ready": frozenset({(role, Relation.NONE) for role in Role}),
    "openapi": frozenset({(role, Relation.NONE) for role in Role}),
    "problem_page": frozenset({(role, Relation.NONE) for role in Role}),
    "submit": frozenset({(Role.SENDER, Relation.NONE)}),
    "preview": frozenset({(Role.SENDER, Relation.NONE)}),
    "status": frozenset({(Role.SENDER, Relation.OWN)}),
    "receipt": frozenset({(Role.SENDER, Relation.OWN)}),
    "withdraw": frozenset({(Role.SENDER, Relation.OWN)}),
    "attach": frozenset({(Role.SENDER, Relation.NONE)}),
}
"""operation → (role, relation) pairs that may. A route names its operation; one that is not here cannot be built."""

MAY: Final[Mapping[str, str]] = {
    "submit": "submit",
    "preview": "preview",
    "status": "status",
    "receipt": "status",
    "withdraw": "withdraw",
    "attach": "submit",
}
"""operation → what a registration's `may` must say for it. The others are open to everyone."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as their key says. `test` keys reach stub doors only (settled 53)."""

    role: Role
    registration: Registration
    test: bool


def callers(councils: Iterable[Council], *, demo: bool) -> dict[str, Caller]:
    """SHA-256 of each key → whom it belongs to. Keys printed in this repository count in a demo only."""
    known: dict[str, Caller] = {}
    for council in councils:
        for registration in council.senders.values():
            if registration.demo and not demo:
                continue
            role = Role.HUB if registration.hubs else Role.SENDER
            for digest in registration.keys:
                known[digest] = Caller(role, registration, test=False)
            for digest in registration.test_keys:
                known[digest] = Caller(role, registration, test=True)
    return known


def identify(known: Mapping[str, Caller], authorization: str | None) -> Caller:
    """The caller behind an Authorization header. Raises NotAuthenticated."""
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise NotAuthenticated("Send your key in the header: Authorization: Bearer <key>")
    # Keys are 256 random bits, so looking up their digest tells a guesser nothing by its timing.
    caller = known.get(sha256(key.strip().encode()).hexdigest())
    if caller is None:
        raise NotAuthenticated("This gateway does not know that key. Ask the council that gave it to you.")
    return caller


def admit(operation: str, known: Mapping[str, Caller], authorization: str | None) -> Caller | None:
    """Whoever asks for an operation, before a byte of what they sent is read; None where everyone may.

    What an object is to them is seen later, by `permit_operation`. Raises NotAuthenticated, NotAllowed.
    """
    allowed = ALLOWED[operation]
    if (Role.ANONYMOUS, Relation.NONE) in allowed:
        return None
    caller = identify(known, authorization)
    if all(relation is Relation.NONE for _, relation in allowed):
        permit_operation(operation, caller, Relation.NONE)
    return caller


def permit_operation(operation: str, caller: Caller, relation: Relation) -> None:
    """Raises unless the table allows it: NotFound for what must look absent, NotAllowed otherwise."""
    if (caller.role, relation) not in ALLOWED[operation]:
        raise NotFound() if relation is Relation.OTHER else NotAllowed()
    if operation in MAY and MAY[operation] not in caller.registration.may:
        raise NotAllowed("This key may not do that. The council can add it to the key's registration.")


def relation_to(caller: Caller, council: str, sender: str, test: bool) -> Relation:
    """What an object is to the caller. A test key never reaches what a live one sent (settled 53)."""
    registration = caller.registration
    own = (council, sender) == (registration.council, registration.sender) and (test or not caller.test)
    return Relation.OWN if own else Relation.OTHER
