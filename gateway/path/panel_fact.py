"""Derives `panel`: whether the family sits where this goes, and whether something in it is not for its eyes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.council import FAMILY
from contracts.people import PersonRole
from contracts.referral import HarmLevel
from gateway.path.case import Case, Finding
from gateway.path.protection import hidden

_QUIET: Final = (None, HarmLevel.NONE_DECLARED, HarmLevel.NOT_ASKED)


def panel(case: Case) -> Finding:
    """Whether the recipient is a panel on which the family sits, and something here must not reach it (settled 50)."""
    if case.hub is None or FAMILY not in case.hub.members:
        return Finding("no_family", ("council",))
    found = tuple(_guarded(case))
    return Finding("family_guarded" if found else "family", found or ("council",))


def _guarded(case: Case) -> Iterator[str]:
    """Whatever a parent or a child at the table must not learn from this."""
    referral, risk = case.referral, case.referral.staff_risk
    if referral.harm.level not in _QUIET or case.screening.harm or not case.screening.ran:
        yield "/harm"
    if risk and (risk.known or risk.what):
        yield "/staff_risk"
    yield from (name for name in ("/sharing_limits", "/override") if getattr(referral, name[1:]))
    if referral.referrer.keep_name_from_family:
        yield "/referrer/keep_name_from_family"
    for place, person in enumerate(referral.people):
        found = person.protection or any(map(hidden, person.addresses))
        if found or person.confidential_from_family or PersonRole.ALLEGED_HARM in person.roles:
            yield f"/people/{place}"
    yield from (f"/agreements/{place}" for place, one in enumerate(referral.agreements) if one.doubt or one.not_sought)
    yield from (f"/informed/{place}" for place, one in enumerate(referral.informed) if one.told is False)
