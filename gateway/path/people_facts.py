"""Derives the facts about who is in a referral: `subject`, `leak`, `thirdp` and `protect`."""

from __future__ import annotations

from typing import Final

from contracts.people import Person, PersonRole, Protection
from gateway.path.case import Case, Finding
from gateway.path.protection import hidden

STRONG: Final = ("upn", "nhs_number")
"""Identifiers that, with a name, say which child it is where no date of birth is known."""

_FAMILY: Final = frozenset((PersonRole.PARENT, PersonRole.CHILD, PersonRole.PROFESSIONAL))


def subject(case: Case) -> Finding:
    """Whether it is clear which child this is: a name, and when they were or will be born, or a strong identifier.

    `described` is a name with a place or a parent to find them by, and no birthday (I-307); `family` a parent who can
    be reached, from a service that never asks which child (I-308). Nobody named is `anonymous` only if the record tells
    of no person either: half a secret is none (I-304).
    """
    child = case.child
    if child is None:
        told = tuple(f"/people/{place}" for place, person in enumerate(case.referral.people) if _tells(person))
        if not told:
            return Finding("anonymous", ("/anonymous",))
        whole = _no_child_asked(case) and any(map(_reachable, case.referral.people))
        return Finding("family" if whole else "incomplete", told)
    if _known_unborn(case, child) if child.unborn else _named(child) and _dated(case, child):
        return Finding("identified", (case.child_at,))
    return Finding("described" if _described(case, child) else "incomplete", (case.child_at,))


def leak(case: Case) -> Finding:
    """Whether an enquiry that names nobody still tells who it is about (settled 10)."""
    if not case.screening.ran:
        return Finding("not_run", ("screen",))
    seen = (*(pointer for pointer, _ in case.screening.identifiers), *case.screening.unlisted_names)
    if case.child is None and seen:
        return Finding("suspected", ("screen", *dict.fromkeys(seen)))
    return Finding("clean", ("screen",))


def thirdp(case: Case) -> Finding:
    """Other people in the record. An unlisted name holds only where somebody needs protecting (settled 42)."""
    others = [
        (f"/people/{place}", person) for place, person in enumerate(case.referral.people) if person is not case.child
    ]
    unclassified = tuple(pointer for pointer, person in others if not person.roles)
    if unclassified:
        return Finding("unreviewed", unclassified)
    names = case.screening.unlisted_names
    if case.child is not None and (names or not case.screening.ran) and _guarded(case):
        return Finding("unreviewed", ("screen", *names))
    excess = tuple(pointer for pointer, person in others if _excess(person))
    if excess:
        return Finding("excess", excess)
    return Finding("needed" if others else "none", tuple(pointer for pointer, _ in others))


def staff_risk(case: Case) -> Finding:
    """Whether anybody says that those who visit are at risk (KE-C17, DE-C24)."""
    risk = case.referral.staff_risk
    return Finding("known" if risk and (risk.known or risk.what) else "not_known", ("/staff_risk",))


def protect(case: Case) -> Finding:
    """The strictest protection of anybody in the record; `do_not_inform` beside it is a fact of its own."""
    flags = [(f"/people/{place}", own) for place, own in enumerate(map(_flags, case.referral.people)) if own]
    for flag in (Protection.SEALED, Protection.ADDRESS, Protection.DO_NOT_INFORM) if flags else ():
        found = tuple(pointer for pointer, own in flags if flag in own)
        if found:
            return Finding(flag.value, found)
    return Finding("none")


def _flags(person: Person) -> frozenset[Protection]:
    found = any(map(hidden, person.addresses))
    return frozenset(person.protection) | ({Protection.ADDRESS} if found else frozenset())


def _guarded(case: Case) -> bool:
    return any(_flags(person) or PersonRole.ALLEGED_HARM in person.roles for person in case.referral.people)


def _named(person: Person) -> bool:
    return bool(person.full_name or (person.first_name and person.surname))


def _dated(case: Case, child: Person) -> bool:
    """A date of birth that lies ahead is none."""
    if child.date_of_birth is not None:
        return child.date_of_birth <= case.today
    return not _doubtful(case) and any(number.system in STRONG for number in child.identifiers)


def _described(case: Case, child: Person) -> bool:
    """A whole name that no other child here has, nothing of it in doubt, and where or through whom to find them.

    A birthday that lies ahead, or that nobody could read, is a mistake that the sender must mend.
    """
    whole = bool(child.first_name and child.surname) or len((child.full_name or "").split()) > 1
    if child.unborn or child.date_of_birth is not None or not whole or _doubtful(case):
        return False
    if any(_spelt(other) == _spelt(child) for other in case.referral.children if other is not child):
        return False
    at_home = any((home.lines or home.postcode) and not hidden(home) for home in child.addresses)
    at_school = bool(child.education and child.education.setting_name)
    return at_home or at_school or any(map(_reachable, case.referral.people))


def _no_child_asked(case: Case) -> bool:
    return bool(case.registration and case.registration.names_no_child and not case.referral.anonymous)


def _reachable(person: Person) -> bool:
    """A named parent or carer whom somebody can ring, write to or visit."""
    places = any((home.lines or home.postcode) and not hidden(home) for home in person.addresses)
    return PersonRole.PARENT in person.roles and _named(person) and bool(person.phones or person.emails or places)


def _spelt(person: Person) -> str:
    name = person.full_name or f"{person.first_name or ''} {person.surname or ''}"
    return " ".join(name.split()).casefold()


def _doubtful(case: Case) -> bool:
    return any(fault.kind == "doubtful" for fault in case.faults)


def _known_unborn(case: Case, child: Person) -> bool:
    """An unborn child is known by the day it is expected and by a named parent (TH-E01, LE-E04)."""
    carers = (person for person in case.referral.people if case.is_carer(person.id))
    return child.expected_date_of_birth is not None and any(map(_named, carers))


def _tells(person: Person) -> bool:
    return any(
        (
            person.full_name,
            person.first_name,
            person.surname,
            person.preferred_name,
            person.date_of_birth,
            person.identifiers,
            person.phones,
            person.emails,
            any(address.lines or address.postcode or address.uprn for address in person.addresses),
        )
    )


def _excess(person: Person) -> bool:
    """More about somebody else than their part in it, without a word why (M-603)."""
    if person.why_needed or _FAMILY & set(person.roles):
        return False
    return bool(person.health or person.disabilities or person.identifiers or person.notes or person.education)
