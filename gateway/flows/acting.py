"""Who acts: a person in a duty role of their council, signed in or asserted at the command line (settled 27)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.council import Council
from contracts.errors import NotYourRole
from gateway.flows.access import PEOPLE, person_may

HOW: Final = "asserted at the command line"
"""How sure the record may be of who it was, where nobody signed in."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody in a role. `name` is the name they sign in with; `council` is where they work.

    sender  whose person it is, "" for the council's own; how: why the record may believe that it was they
    """

    council: Council
    name: str
    role: str
    sender: str = ""
    how: str = HOW

    @property
    def said(self) -> dict[str, object]:
        """Who it was, as the record keeps it."""
        return {"by": self.name, "role": self.role, "how": self.how}

    def may(self, operation: str, about: str = "") -> bool:
        """Whether this role may do this to a hold of this class, or a task of this code."""
        return person_may(operation, self.role, about)

    def must_be_let(self, operation: str, about: str = "") -> None:
        """Raises NotYourRole, saying who may."""
        if self.may(operation, about):
            return
        roles = [role for role in self.council.roles if (role, about) in PEOPLE[operation]]
        who = "; ".join(f"{role} ({', '.join(may_act(self.council, role))})" for role in roles)
        raise NotYourRole(f"As {self.role} you may not do this. These may: {who or 'nobody here'}.")


def acting(council: Council, name: str, role: str, *, sender: str = "", how: str = HOW) -> Acting:
    """Somebody who is listed in that role, or in the role that covers for it. Raises NotYourRole, saying who may."""
    if role not in council.roles:
        raise NotYourRole(f"{council.title} has no role {role}. It has: {', '.join(council.roles)}.")
    listed = may_act(council, role)
    if name not in listed:
        raise NotYourRole(
            f"{name} is not listed as {role} in {council.title}, nor in the role that covers for it. "
            f"These may act as {role}: {', '.join(listed)}."
        )
    return Acting(council, name, role, sender, how)


def may_act(council: Council, role: str) -> tuple[str, ...]:
    """Everybody who may act in a role: those listed in it, and those of the role that covers for it."""
    known = council.roles.get(role)
    if known is None:
        return ()
    cover = council.roles.get(known.cover)
    return tuple(dict.fromkeys((*known.people, *(cover.people if cover else ()))))
