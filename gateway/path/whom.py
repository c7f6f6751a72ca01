"""Says whom a hub may ask about what it was not sent, and tells nothing by it that the referral protects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.people import PersonRole, ReferrerKind
from contracts.referral import Referral
from gateway.path.protection import guards, strong

_ASKED: Final = (ReferrerKind.PROFESSIONAL, ReferrerKind.SOCIAL_WORKER)


def whom_to_ask(referral: Referral, registered: str, streets: Mapping[str, tuple[str, ...]]) -> str:
    """A person to ask by role and agency, never by name; a form cannot be asked, but whoever keeps it can.

    A refuge that is named after its street is not named: then it is whoever the council has registered as the sender.

    registered  the sender's title, "" if it has no registration
    """
    referrer = referral.referrer
    known = [f"{referrer.role or 'the referrer'}, {referrer.agency}"] if referrer.agency else []
    names = [*(known if referrer.kind in _ASKED else ()), *([registered] if registered else ())]
    return next((name for name in names if may_be_said(referral, name, streets)), "the sender")


def may_be_said(referral: Referral, text: str, streets: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a line beside the copy tells no protected value, and nobody who may have harmed a child."""
    if any(values.within(text, prose=False) for _, values in guards(referral, streets)):
        return False
    return not any(
        strong(person, streets).within(text) for person in referral.people if PersonRole.ALLEGED_HARM in person.roles
    )
