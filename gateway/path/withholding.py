"""Decides what one copy keeps back, and why: groups, people, flags, limits, unread text and protected values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final, NamedTuple

from contracts.agreement import AgreementStatus
from contracts.council import HubSettings
from contracts.decision import Decision, Outcome
from contracts.people import Protection
from contracts.referral import Purpose, Referral
from gateway.config.groups import Branch, Grouping, Leaf, PersonKind
from gateway.config.screens import Screens
from gateway.path.copying import FLAG_RULES, Because, Copy
from gateway.path.groups import kind_of
from gateway.path.protection import Guarded, covering, guards, identity, spelt, strong
from gateway.path.screening import Screening, screened
from gateway.path.taint import NONE, every

_REFUSED: Final = (AgreementStatus.REFUSED, AgreementStatus.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a copy is made: the configuration in force, and what the screens saw of this referral."""

    grouping: Grouping
    screens: Screens
    screening: Screening


class Shown(NamedTuple):
    """One person as this copy sees them.

    allowed  groups that may go for them; otherwise: the reason for a group that may go for others but not for them
    flags    everything that protects them; hidden: the flags whose fields this recipient may not have
    here     whether they are in the copy at all; details: whether more than their presence is
    """

    kind: PersonKind
    allowed: frozenset[str]
    otherwise: str
    flags: frozenset[Protection]
    hidden: frozenset[str]
    here: bool
    details: bool


def begin(
    referral: Referral, decision: Decision, hub: HubSettings, terms: Terms, subjects: Collection[str]
) -> tuple[Copy, tuple[Shown, ...]]:
    """An empty copy that knows what it may hold, and every person as it sees them."""
    grouping, outcome = terms.grouping, decision.outcome
    allowed = _allowed(decision, hub, grouping)
    if outcome is Outcome.DIVERT:
        return Copy(allowed, {}, grouping.always), tuple(
            Shown(kind_of(person, subjects), allowed, "", frozenset(), frozenset(), True, True)
            for person in referral.people
        )
    kept_back = _groups_kept_back(decision, hub, grouping, allowed)
    limited = {group for limit in referral.sharing_limits for group in limit.groups} - grouping.always
    kept_back |= dict.fromkeys(limited, ("family_limit", "HU-C03"))
    shown = tuple(_shown(referral, hub, grouping, allowed - kept_back.keys(), subjects))
    copy = Copy(allowed, kept_back, grouping.always, identifier=hub.identifier)
    copy.limits = frozenset(pointer for limit in referral.sharing_limits for pointer in limit.pointers)
    copy.unread, copy.unread_but = _unread(referral, decision, grouping, shown)
    if copy.unread is not None:
        kept_back.setdefault("attachments", copy.unread)
    copy.allowed -= kept_back.keys()
    nameless = outcome is Outcome.ADVICE_ONLY
    copy.nameless = partial(_nameless, terms.screening) if nameless else None
    return copy, shown


def guard(
    copy: Copy, referral: Referral, plain: Mapping[str, Any], hub: HubSettings, terms: Terms, shown: tuple[Shown, ...]
) -> None:
    """Tell the copy which people, flags and values it must not let through, and whether it must look at every text."""
    nameless = copy.nameless is not None
    pairs = list(zip(referral.people, shown, strict=True))
    copy.absent = frozenset(person.id for person, one in pairs if not one.here)
    copy.unshown = {
        person.id: terms.grouping.about[one.kind]
        for person, one in pairs
        if not one.details and not (nameless and one.kind in ("child", "carer"))
    }
    copy.flags = frozenset(flag for one in shown for flag in one.hidden)
    copy.guards = tuple(_guards(copy, referral, plain, hub, terms, shown))
    copy.careful = bool(nameless or copy.absent or copy.limits or copy.flags or copy.guards or copy.unread)


def _allowed(decision: Decision, hub: HubSettings, grouping: Grouping) -> frozenset[str]:
    """The groups of the decision, held against the configuration once more; a divert needs no list (HU-C07)."""
    outcome = decision.outcome
    if outcome is Outcome.DIVERT:
        return grouping.given[outcome]
    allowed = frozenset(decision.groups) & grouping.most(outcome)
    if outcome in hub.groups:
        allowed &= frozenset(hub.groups[outcome])
    allowed = allowed if outcome is Outcome.ADVICE_ONLY else allowed | grouping.always
    return allowed & grouping.at_the_table(hub.members)


def _groups_kept_back(
    decision: Decision, hub: HubSettings, grouping: Grouping, allowed: frozenset[str]
) -> dict[str, Because]:
    most, given = grouping.most(decision.outcome), grouping.given[decision.outcome]
    takes = hub.groups.get(decision.outcome, given)
    kept_back: dict[str, Because] = {}
    for group in grouping.titles:
        if group not in allowed:
            reason = "not_for_outcome" if group not in most else "not_for_hub" if group not in takes else "not_agreed"
            kept_back[group] = reason, group
    return kept_back


def _shown(
    referral: Referral, hub: HubSettings, grouping: Grouping, allowed: frozenset[str], subjects: Collection[str]
) -> Iterator[Shown]:
    refusers = {item.giver for item in referral.agreements if item.status in _REFUSED or item.withdrawn_on}
    limits = {pointer for limit in referral.sharing_limits for pointer in limit.pointers}
    for place, (person, flags) in enumerate(zip(referral.people, covering(referral), strict=True)):
        kind = kind_of(person, subjects)
        own = allowed if person.why_needed else allowed - grouping.if_needed
        otherwise = "not_needed"
        if kind == "sibling" and person.id in refusers:
            own, otherwise = own - {grouping.about[kind]}, "refused"
        here = grouping.role[kind] in own and f"/people/{place}" not in limits
        yield Shown(kind, own, otherwise, flags, _hidden(flags, hub), here, here and grouping.about[kind] in own)


def _hidden(flags: Collection[Protection], hub: HubSettings) -> frozenset[str]:
    return frozenset(flag for flag in flags if flag is not Protection.ADDRESS or not hub.masked_roles_may_see_address)


def _unread(
    referral: Referral, decision: Decision, grouping: Grouping, shown: tuple[Shown, ...]
) -> tuple[Because | None, frozenset[str]]:
    """Why free text waits for a reader, and the groups in which it does not (settled 35, governance 1.6).

    What endangers a worker or a child never waits; the record of the agreement waits only where something is protected.
    """
    if decision.facts.values.get("narrative") == "read" or decision.outcome is Outcome.ADVICE_ONLY:
        return None, frozenset()
    flags = {flag for one in shown for flag in one.flags}
    if referral.sharing_limits:
        return ("unread", "HU-C03"), frozenset({"safety"})
    if flags:
        return ("unread", FLAG_RULES[min(flags)]), frozenset({"safety"})
    if any(one.otherwise == "refused" for one in shown):
        return ("unread", "G-502"), frozenset({"safety"})
    if decision.outcome is Outcome.SHARE_MINIMISED:
        return ("unread", "narrative"), grouping.always | _own_purpose(referral, decision)
    return None, frozenset()


def _own_purpose(referral: Referral, decision: Decision) -> frozenset[str]:
    """What a step down without agreement is for: its headings are text, and nothing is handed over without (KE-R14).

    The council has said that no agreement is needed for this purpose, and for nothing else (G-515, settled 7).
    """
    steps_down = referral.purpose is Purpose.STEP_DOWN and decision.facts.values.get("agreement") == "not_required"
    return frozenset({"step_down"}) if steps_down else frozenset()


def _guards(
    copy: Copy, referral: Referral, plain: Mapping[str, Any], hub: HubSettings, terms: Terms, shown: tuple[Shown, ...]
) -> Iterator[tuple[str, Guarded]]:
    streets = terms.screens.streets
    yield from guards(referral, streets, addresses=not hub.masked_roles_may_see_address)
    pairs = list(zip(referral.people, shown, strict=True))
    hidden = [person for person, one in pairs if one.kind == "alleged_harm" and not one.here]
    if hidden:
        known = every(identity(person, streets) for person, one in pairs if one.details)
        for person in hidden:
            yield "alleged_harm", Guarded(strong(person, streets) - known, identity(person, streets) - known)
    limited = frozenset(group for group, (reason, _) in copy.kept_back.items() if reason == "family_limit")
    if limited:
        found = list(_in_groups(plain, terms.grouping.root, limited))
        for person, one in zip(plain.get("people", ()), shown, strict=True):
            found += _in_groups(person, terms.grouping.people[one.kind], limited)
        yield "HU-C03", Guarded(NONE, every(spelt(name, value, streets) for name, value in found))


def _in_groups(value: Mapping[str, Any], node: Branch, groups: frozenset[str]) -> Iterator[tuple[str, str | date]]:
    """Name and value of every text and date in these groups."""
    for name, inner in value.items():
        below = node.fields.get(name)
        if isinstance(below, Branch):
            for item in inner if isinstance(inner, list) else [inner]:
                yield from _in_groups(item, below, groups)
        elif isinstance(below, Leaf) and below.group in groups:
            if below.kind == "date":
                yield name, date.fromisoformat(inner[:10])
            elif below.kind in ("prose", "line"):
                yield from ((name, text) for text in (inner if isinstance(inner, list) else [inner]))


def _nameless(screening: Screening, pointer: str, kind: str) -> Because | None:
    """What a nameless enquiry keeps back: whatever nobody screened, and whatever the screens marked (I-302, I-303)."""
    if kind in ("date", "ref"):
        return "nameless", "I-301"
    if kind not in ("prose", "line"):
        return None
    if not screening.ran or not screened(pointer, kind):
        return "not_screened", "I-303"
    return ("screened_out", "I-302") if pointer in screening.revealing else None
