"""Derives what councils ask of a request: completeness, ages, needs, assessments, leads and what text may leave."""

from __future__ import annotations

import re
from typing import Final

from contracts.agreement import AgreementStatus
from contracts.council_facts import COUNCIL_FACTS
from contracts.people import PersonRole, Protection
from contracts.referral import Purpose
from gateway.path import calendar
from gateway.path.case import Case, Finding, day_after
from gateway.path.people_facts import subject
from gateway.path.protection import hidden

_HANDED_DOWN: Final = (Purpose.STEP_DOWN, Purpose.REDIRECT)
_TO_SAFETY: Final = (Purpose.SAFEGUARDING, Purpose.STEP_UP)
_LEVELS: Final = frozenset(COUNCIL_FACTS["level"])
_PAPER: Final = re.compile(r"\b(?:on paper|paper form|paper copy|hand-?written|scan|scanned)\b", re.IGNORECASE)


def complete(case: Case) -> Finding:
    """Whether a required answer is missing: only the sender can give it (settled 4, 8).

    An answer that cannot be read is missing too where nobody knows without it which child this is.
    """
    unread = _faults(case, "doubtful", good="yes", bad="no")
    if unread.value == "no" and case.once(subject).value == "incomplete":
        return unread
    return _faults(case, "missing", good="yes", bad="no")


def codes(case: Case) -> Finding:
    """Whether an answer is in no code list. The sender's words were kept."""
    return _faults(case, "unknown_code", good="known", bad="unknown")


def identifiers(case: Case) -> Finding:
    """Whether an identifier fails its own check (settled 10)."""
    return _faults(case, "doubtful", good="sound", bad="doubtful")


def own_request(case: Case) -> Finding:
    """Whether the family or the child asks for itself (settled 41)."""
    return Finding(case.own_request, ("/referrer/kind",))


def eligibility(case: Case) -> Finding:
    """Where the child's age stands in the council's range (rules 7); the last year counts as in it."""
    may, child = case.council.settings.eligibility, case.child
    if child is None or may.age_max is None:
        return Finding("no_range", ("council",))
    source = (f"{case.child_at}/date_of_birth",)
    if child.unborn:
        return Finding("in_range" if may.unborn else "below", (f"{case.child_at}/unborn",))
    ends = case.birthdays(*(age for age in (may.age_max + 1, may.doubtful_age, (may.ldd_age_max or 0) + 1) if age))
    if case.age is None:
        return Finding("unknown", source, ends)
    if case.age <= may.age_max:
        return Finding("in_range", source, ends)
    if may.ldd_age_max is None or case.age > may.ldd_age_max:
        return Finding("above", source, ends)
    sources = (*source, f"{case.child_at}/learning_difficulty_or_disability")
    if not child.learning_difficulty_or_disability:
        return Finding("needs_ldd", sources, ends)
    return Finding("doubtful_age" if case.age == may.doubtful_age else "with_ldd", sources, ends)


def age_band(case: Case) -> Finding:
    """Whether the child's age is in the band printed beside the ticked box (HU-R06).

    An age that ends this band and begins another, or the reverse, is in `two_bands`.
    """
    bands = case.council.settings.eligibility.bands
    band = bands.get(case.candidate.service)
    if band is None or case.child is None:
        return Finding("no_band", ("council",))
    sources = (f"{case.child_at}/date_of_birth", "/requested_services")
    ends = case.birthdays(band[0], band[1], band[1] + 1)
    if case.age is None:
        return Finding("outside" if case.child.unborn else "unknown", sources, ends)
    if not band[0] <= case.age <= band[1]:
        return Finding("outside", sources, ends)
    meets = any(case.age in (band[1], other[0]) and band[1] == other[0] for other in bands.values())
    meets = meets or any(case.age in (band[0], other[1]) and band[0] == other[1] for other in bands.values())
    return Finding("two_bands" if meets else "within", sources, ends)


def needs_count(case: Case) -> Finding:
    """Needs of the whole family against the council's number, and the two statements that go with it (LE-E01, E02)."""
    wanted, referral = case.council.settings.eligibility.min_needs, case.referral
    if wanted is None or referral.purpose is not Purpose.REQUEST:
        return Finding("not_counted", ("council",))
    counted = {(need.code or need.as_stated, need.whose) for need in referral.needs if need.unmet is not False}
    if len(counted) < wanted:
        return Finding("too_few", ("/needs",))
    stated = referral.level.complex and referral.level.multi_agency
    return Finding("enough" if stated else "statement_missing", ("/needs", "/level"))


def assessment(case: Case) -> Finding:
    """Whether an assessment came with the request (LE-C08, HU-C13); a Single Assessment stands in for one (LE-R12).

    On the way to safety one that exists must go along; none is asked for (HU-C13).
    """
    found = case.referral.assessments
    single = any(item.kind == "single_assessment" for item in found)
    if case.referral.purpose in _HANDED_DOWN and single:
        return Finding("single_assessment", ("/assessments",))
    purpose = case.referral.purpose
    if purpose is not Purpose.REQUEST and not (found and purpose in _TO_SAFETY):
        return Finding("not_needed", ("/purpose",))
    sent = any(item.kind in ("eha", "single_assessment") for item in case.referral.attachments)
    if sent or any(item.attached for item in found):
        return Finding("attached", ("/assessments", "/attachments"))
    return Finding("not_attached" if found else "none", ("/assessments",))


def assessment_age(case: Case) -> Finding:
    """Whether the newest assessment is over the age at which a new one is considered (TH-E09)."""
    months, found = case.council.settings.eligibility.assessment_months, case.referral.assessments
    if months is None or not found:
        return Finding("none", ("/assessments",))
    newest = max((item.completed_on for item in found if item.completed_on), default=None)
    if newest is None or newest > case.today:
        return Finding("unknown", ("/assessments",))
    last = calendar.add_months(newest, months)
    return Finding("old" if case.today > last else "current", ("/assessments",), day_after(last))


def lead(case: Case) -> Finding:
    """Whether everybody named as lead agreed to be named (HU-C11)."""
    named = [(f"/professionals/{place}", item) for place, item in enumerate(case.referral.professionals) if item.lead]
    answers = {item.agreed_to_be_named for _, item in named}
    value = "not_agreed" if False in answers else "unknown" if None in answers else "agreed"
    return Finding(value if named else "none_named", tuple(pointer for pointer, _ in named))


def unlisted_names(case: Case) -> Finding:
    """Whether text names somebody who is not in the record (settled 42). A screen that did not run found nobody out."""
    names = case.screening.unlisted_names
    return Finding("some" if names or not case.screening.ran else "none", ("screen", *names))


def narrative(case: Case) -> Finding:
    """Whether text and documents must wait for a person to read them against what the family guards (settled 35)."""
    referral = case.referral
    guards = [f"/sharing_limits/{place}" for place, _ in enumerate(referral.sharing_limits)]
    for place, person in enumerate(referral.people):
        if person.protection or any(map(hidden, person.addresses)):
            guards.append(f"/people/{place}")
    siblings = {
        person.id
        for person in referral.people
        if person is not case.child and {PersonRole.CHILD, PersonRole.SIBLING} & set(person.roles)
    }
    refused = (AgreementStatus.REFUSED, AgreementStatus.WITHDRAWN)
    for place, item in enumerate(referral.agreements):
        if item.giver in siblings and (item.status in refused or item.withdrawn_on):
            guards.append(f"/agreements/{place}")
    return Finding("needs_reading" if guards else "free", tuple(guards))


def do_not_inform(case: Case) -> Finding:
    """Whether somebody must not learn of this, whatever else is protected (M-605)."""
    found = tuple(
        f"/people/{place}"
        for place, person in enumerate(case.referral.people)
        if Protection.DO_NOT_INFORM in person.protection
    )
    return Finding("yes" if found else "no", found)


def documents(case: Case) -> Finding:
    """Whether every document the request names is here (settled 26)."""
    if not case.referral.attachments:
        return Finding("none", ("/attachments",))
    return _faults(case, "absent", good="here", bad="not_here")


def asked_for(case: Case) -> Finding:
    """What is asked for, in the canonical words: councils have rules for a step down or a step up alone."""
    return Finding(case.referral.purpose.value, ("/purpose",))


def level(case: Case) -> Finding:
    """The level the sender declared, on the common scale and never by number (rules 3)."""
    declared = case.referral.level.canonical
    return Finding(declared if declared in _LEVELS else "unknown", ("/level",))


def meeting(case: Case) -> Finding:
    """Whether a team around this family meets already (TH-R06, HU-R16)."""
    return Finding("exists" if case.referral.meetings else "none", ("/meetings",))


def early_help_open(case: Case) -> Finding:
    """Whether an Early Help Assessment is open (LE-R13)."""
    answers = {item.open for item in case.referral.assessments if item.kind == "eha"}
    return Finding("yes" if True in answers else "no" if False in answers else "unknown", ("/assessments",))


def on_paper(case: Case) -> Finding:
    """Whether an Early Help Assessment was written on paper: it comes as a picture, or its sender says so (TH-T15).

    A PDF may be either, so it is neither.
    """
    referral = case.referral
    pictures = tuple(
        f"/attachments/{place}"
        for place, item in enumerate(referral.attachments)
        if item.kind == "eha" and (item.media_type or "").startswith("image/")
    )
    stated = tuple(
        f"/assessments/{place}/as_stated"
        for place, item in enumerate(referral.assessments)
        if item.kind in (None, "eha") and _PAPER.search(item.as_stated or "")
    )
    return Finding("yes" if pictures or stated else "no", (*pictures, *stated) or ("/assessments",))


def checklist(case: Case) -> Finding:
    """Whether the eligibility checklist was filled in: it tells of at least one strand (TH-E08)."""
    return Finding("filled_in" if case.referral.programme_strands else "not_here", ("/programme_strands",))


def _faults(case: Case, kind: str, good: str, bad: str) -> Finding:
    found = tuple(dict.fromkeys(fault.pointer for fault in case.faults if fault.kind == kind))
    return Finding(bad if found else good, found)
