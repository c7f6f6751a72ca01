"""Says which field groups one recipient may have, and for which reason each person is in the record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from contracts.agreement import Agreement, AgreementStatus
from contracts.council import HubSettings
from contracts.decision import Facts, Outcome
from contracts.people import Person, PersonRole
from contracts.referral import Referral
from gateway.config.groups import Grouping, PersonKind

_NO_DUTIES: Final[Mapping[str, Collection[str]]] = MappingProxyType({})
_CARERS: Final = frozenset((PersonRole.PARENT, PersonRole.NON_RESIDENT_PARENT))
_SIBLINGS: Final = frozenset((PersonRole.SIBLING, PersonRole.CHILD))


def groups_for(
    grouping: Grouping,
    outcome: Outcome,
    hub: HubSettings,
    facts: Facts,
    referral: Referral,
    duties: Mapping[str, Collection[str]] = _NO_DUTIES,
) -> tuple[str, ...]:
    """What `Decision.groups` holds: the field groups that may go, in the file's order; () if nothing goes.

    A hub's file narrows what an outcome gives, and may name what is given on request; what the family agreed to narrows
    it again (G-511), and so do the statutory duty it goes under (G-515) and what every member of a panel may have
    (settled 50). A divert is never narrowed (HU-C07).

    duties  `Settings.duties` of the council: statutory duty → the groups that may go without agreement
    """
    if not outcome.sends:
        return ()
    allowed = grouping.given[outcome]
    if outcome is not Outcome.DIVERT and outcome in hub.groups:
        allowed = grouping.most(outcome) & frozenset(hub.groups[outcome])
    if outcome in (Outcome.SHARE, Outcome.SHARE_MINIMISED):
        allowed = _agreed(grouping, outcome, facts, referral, duties, allowed) | grouping.always
    if outcome is not Outcome.DIVERT:
        allowed &= grouping.at_the_table(hub.members)
    return tuple(group for group in grouping.titles if group in allowed)


def _agreed(
    grouping: Grouping,
    outcome: Outcome,
    facts: Facts,
    referral: Referral,
    duties: Mapping[str, Collection[str]],
    allowed: frozenset[str],
) -> frozenset[str]:
    """What remains of these groups under the agreement in force, or the duty that stands in for it."""
    agreement = facts.values.get("agreement")
    duty = duty_groups(grouping, referral, duties) if agreement == "not_required" else None
    if duty is not None:
        return allowed & duty
    if outcome is Outcome.SHARE_MINIMISED and agreement not in ("in_scope", "partial_scope"):
        allowed -= grouping.if_agreed
    categories = agreed_categories(referral)
    if categories is None or facts.values.get("human") == "recorded":
        return allowed
    return allowed & categories


def duty_groups(grouping: Grouping, referral: Referral, duties: Mapping[str, Collection[str]]) -> frozenset[str] | None:
    """The groups of every statutory duty the sender states and the council lists (TH-C02); None without one.

    A duty the council lists without groups has those of `mappings/sharing/groups.yaml`.
    """
    stated = [duty.code for duty in referral.statutory_duties if duty.code in duties]
    if not stated:
        return None
    return frozenset(group for code in stated for group in duties[code] or grouping.duties.get(code, ()))


def agreed_categories(referral: Referral) -> frozenset[str] | None:
    """The field groups everybody who agreed has agreed to, None if nobody set a limit; an empty list is nothing.

    The newest agreement of each giver counts (governance 1.8.3, 4.3).
    """
    newest: dict[object, Agreement] = {}
    for agreement in referral.agreements:
        giver = agreement.giver or agreement.giver_as_stated or agreement.capacity
        before = newest.get(giver)
        if before is None or _day(before) <= _day(agreement):
            newest[giver] = agreement
    agreed: frozenset[str] | None = None
    for agreement in newest.values():
        if agreement.status in (AgreementStatus.GIVEN, None) and agreement.scope.categories is not None:
            categories = frozenset(agreement.scope.categories)
            agreed = categories if agreed is None else agreed & categories
    return agreed


def kind_of(person: Person, subjects: Collection[str]) -> PersonKind:
    """Why this person is in this copy: the most guarded of their roles, but a child it is about is that child.

    A child it is not about is a sibling: theirs is a decision of their own (settled 1).
    """
    if person.id in subjects:
        return "child"
    roles = frozenset(person.roles)
    if PersonRole.ALLEGED_HARM in roles:
        return "alleged_harm"
    if roles & _SIBLINGS:
        return "sibling"
    if roles & _CARERS:
        return "carer"
    return "professional" if PersonRole.PROFESSIONAL in roles else "third_party"


def _day(agreement: Agreement) -> str:
    return agreement.on_date.isoformat() if agreement.on_date else ""
