"""Who acts: a person in a duty role of their council, signed in or asserted at the command line (settled 27)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from contracts.audits import AUDITOR, Audit
from contracts.council import Council
from contracts.errors import NoSuchAnswer, NotYourRole
from contracts.signin import SENDER_ROLES
from gateway.flows.access import OF_A_HUB, PEOPLE, Caller, Role, person_may
from gateway.path.calendar import day_of, start_of

HOW: Final = "asserted at the command line"
"""How sure the record may be of who it was, where nobody signed in."""

_LEAST: Final = 10
"""Characters of a purpose at least."""

PAPER: Final = "two paper codes and a name that nobody proved"
"""The same, where somebody came in with sealed paper codes (governance 5.4)."""

ON_PAPER: Final = frozenset({"glass.break", "page.own"})
"""All that whoever came in on paper may do, whatever their role: no policy, no key, no export."""


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

    @property
    def title(self) -> str:
        """The role in words."""
        if self.sender and self.role in SENDER_ROLES:
            return SENDER_ROLES[self.role]
        return self.council.roles[self.role].title

    @property
    def works_at(self) -> str:
        """The council, or the sender, or their hubs, in words."""
        if self.sender:
            return self.council.senders[self.sender].title
        titles = [hub.title for name, hub in self.council.hubs.items() if self.hubs is not None and name in self.hubs]
        return f"{self.council.title}: {' and '.join(titles)}" if titles else self.council.title

    @property
    def hubs(self) -> frozenset[str] | None:
        """The hubs whose work is theirs in this role; None for all of the council's (governance 5.1)."""
        return self.council.works_for.get(self.name) if self.role in OF_A_HUB and not self.sender else None

    def serves(self, hub: str) -> bool:
        """Whether what is about this hub is their work; "" is about none yet. What is not looks absent to them."""
        return not hub or self.hubs is None or hub in self.hubs

    @property
    def audit(self) -> Audit | None:
        """Their bounds as an auditor; None in every other role."""
        return self.council.audits[self.name] if self.role == AUDITOR else None

    @property
    def period(self) -> tuple[int, int] | None:
        """The time whose decisions are theirs, from one instant to before another, ms UTC; None for all of it."""
        audit = self.audit
        return (start_of(audit.first), start_of(audit.to + timedelta(days=1))) if audit else None

    def reads(self, at: int) -> bool:
        """Whether what is of this instant, ms UTC, is theirs to read. What is not looks absent to them."""
        period = self.period
        return period is None or period[0] <= at < period[1]

    @property
    def caller(self) -> Caller:
        """Their sender, as the doors for systems know it: what it may do is what the council registered it for."""
        if not self.sender:
            raise NotYourRole("This is for the people of a sender. You are one of the council's.")
        return Caller(Role.SENDER, self.council.senders[self.sender], test=False, person=self.said)

    def may(self, operation: str, about: str = "") -> bool:
        """Whether this role may do this to a hold of this class, or a task of this code."""
        if self.how == PAPER and operation not in ON_PAPER:
            return False
        return person_may(operation, self.role, about)

    def must_be_let(self, operation: str, about: str = "") -> None:
        """Raises NotYourRole, saying who may."""
        if self.may(operation, about):
            return
        if self.how == PAPER:
            raise NotYourRole("With paper codes you may break the glass for one child, and nothing else.")
        if self.sender:
            raise NotYourRole(f"As {self.title} you may not do this. The council can.")
        roles = [role for role in self.council.roles if (role, about) in PEOPLE[operation]]
        who = "; ".join(f"{role} ({', '.join(may_act(self.council, role))})" for role in roles)
        raise NotYourRole(f"As {self.role} you may not do this. These may: {who or 'nobody here'}.")


def acting(
    council: Council, name: str, role: str, *, sender: str = "", how: str = HOW, now: int | None = None
) -> Acting:
    """Somebody who is listed in that role, or in the role that covers for it. Raises NotYourRole, saying who may.

    sender  whose person it is: they act for it, in its own roles, and in none of the council's
    now     ms UTC, where they have signed in: nobody is an auditor anywhere else
    """
    if sender:
        return _for_sender(council, name, role, sender, how)
    if role not in council.roles:
        raise NotYourRole(f"{council.title} has no role {role}. It has: {', '.join(council.roles)}.")
    listed = may_act(council, role)
    if name not in listed:
        raise NotYourRole(
            f"{name} is not listed as {role} in {council.title}, nor in the role that covers for it. "
            f"These may act as {role}: {', '.join(listed)}."
        )
    if role == AUDITOR and (said := shut_out(council, name, now)):
        raise NotYourRole(said)
    return Acting(council, name, role, sender, how)


def shut_out(council: Council, name: str, now: int | None) -> str:
    """Why an auditor of this name is not let in at this instant, ms UTC; "" where they are. None: not signed in."""
    audit = council.audits.get(name)
    if audit is None:
        return f"{council.title} has not said what you may read as an auditor, and until when. Ask it to."
    if now is None:
        return "An auditor signs in, and reads on the pages. Nobody is one here."
    if day_of(now) > audit.until:
        last = f"{audit.until.day} {audit.until:%B %Y}"
        return f"You could sign in as an auditor until {last}. That day has passed. Ask {council.title} for more time."
    return ""


def _for_sender(council: Council, name: str, role: str, sender: str, how: str) -> Acting:
    registration = council.senders.get(sender)
    if registration is None or not registration.active or name not in registration.people.get(role, ()):
        raise NotYourRole("You are not listed in that role for that sender. Ask the council that invited you.")
    return Acting(council, name, role, sender, how)


def roles_for(council: Council, name: str, sender: str = "", now: int | None = None) -> tuple[str, ...]:
    """Every role somebody may act in, those that list them before those they cover for. now: as for `acting`."""
    if sender:
        registration = council.senders.get(sender)
        listed = registration.people if registration and registration.active else {}
        return tuple(role for role, names in listed.items() if name in names)
    covered = [role for role in council.roles if name in may_act(council, role)]
    if AUDITOR in covered and shut_out(council, name, now):
        covered.remove(AUDITOR)
    return tuple(sorted(covered, key=lambda role: name not in council.roles[role].people))


def may_act(council: Council, role: str) -> tuple[str, ...]:
    """Everybody who may act in a role: those listed in it, and those of the role that covers for it."""
    known = council.roles.get(role)
    if known is None:
        return ()
    cover = council.roles.get(known.cover)
    return tuple(dict.fromkeys((*known.people, *(cover.people if cover else ()))))


def must_say_why(purpose: str) -> None:
    """Raises NoSuchAnswer without a purpose."""
    if len(purpose.strip()) < _LEAST:
        raise NoSuchAnswer("Write in a sentence why you look. The record keeps that.")
