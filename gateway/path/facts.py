"""Derives every fact a rule may see about one candidate, each with its sources, and says how long they hold.

An unknown is a value, and never better than the worst known one. A person's recorded fact stands in for a derived one
while it answers exactly that (settled 9, 36).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Final

from contracts.adapter import Fault
from contracts.council import Council, Registration
from contracts.decision import Candidate, Facts
from contracts.people import ReferrerKind
from contracts.recorded import PersonFact
from contracts.referral import HarmLevel, Purpose, Referral
from gateway.path import (
    agreement_terms,
    basis_fact,
    narrative_fact,
    panel_fact,
    people_facts,
    request_facts,
    step_down_facts,
)
from gateway.path.agreement_fact import agreement
from gateway.path.answered import stands
from gateway.path.case import Case, Finding, day_after
from gateway.path.locality_fact import locality
from gateway.path.screening import Screening
from gateway.path.young_fact import young

_PURPOSES: Final[Mapping[Purpose, str]] = {
    Purpose.REQUEST: "early_help",
    Purpose.GENERAL_ENQUIRY: "advice",
    Purpose.CONSULTATION: "advice",
    Purpose.STEP_UP: "early_help",
    Purpose.STEP_DOWN: "early_help",
    Purpose.REDIRECT: "early_help",
    Purpose.PANEL_REFERRAL: "early_help",
    Purpose.MONITORING: "early_help",
    Purpose.SAFEGUARDING: "safeguarding",
    Purpose.OTHER: "other",
}
"""Every canonical purpose by table; only `other` is another (settled 50)."""


def derive(
    referral: Referral,
    candidate: Candidate,
    council: Council,
    registration: Registration | None,
    faults: Sequence[Fault],
    screening: Screening,
    persons: Sequence[PersonFact],
    now_ms: int,
    content: str = "",
    received_ms: int | None = None,
) -> tuple[Facts, int | None]:
    """The facts of one candidate, and the first instant after now (ms UTC) at which time alone may change one.

    content  digest of this version of the referral: a person's fact made for another version says nothing here
    received when it came, in ms UTC; None is now
    """
    case = Case(referral, candidate, council, registration, tuple(faults), screening, now_ms, received_ms)
    found = case.each(DERIVATIONS)
    before = {fact: value for fact, (value, _, _) in found.items()} if persons else {}
    for person in persons:
        if person.fact != narrative_fact.FACT and stands(person, candidate, before, content, now_ms):
            found[person.fact] = _recorded(person, found)
    found[narrative_fact.FACT] = least = narrative_fact.in_the_least(case, found)
    for person in narrative_fact.about_text(persons):
        if stands(person, candidate, before | {narrative_fact.FACT: least.value}, content, now_ms):
            found[person.fact] = _recorded(person, found)
    values, sources, ends = zip(*found.values(), strict=True)
    facts = Facts(dict(zip(found, values, strict=True)), dict(zip(found, sources, strict=True)))
    return facts, min((end for end in chain.from_iterable(ends) if end > now_ms), default=None)


def _recorded(person: PersonFact, found: Mapping[str, Finding]) -> Finding:
    return Finding(
        person.value, ("person",), (*found[person.fact].ends, *(() if person.until is None else (person.until,)))
    )


def path(case: Case) -> Finding:
    """What kind of message this is. Without a name it is advice only where the council takes such (governance 1.4)."""
    referral = case.referral
    if referral.purpose is Purpose.SAFEGUARDING:
        return Finding("safeguarding", ("/purpose",))
    nameless = referral.anonymous or _PURPOSES[referral.purpose] == "advice"
    if nameless and referral.purpose in case.council.settings.advice:
        return Finding("advice", ("/anonymous", "/purpose", "council"))
    return Finding("update" if referral.corrects else "early_help", ("/purpose",))


def harm(case: Case) -> Finding:
    """What was declared. A harm word raises "none" or "not asked" to `possible`, nothing higher, and lowers nothing.

    So does a form whose question about harm is not where its mapping looks: the answer may stand in other words.
    """
    declared = case.referral.harm.level or HarmLevel.NOT_ASKED
    if case.referral.harm.level is None and any(fault.kind == "reworded" for fault in case.faults):
        return Finding("possible", ("/other_answers",))
    if case.screening.harm and declared in (HarmLevel.NONE_DECLARED, HarmLevel.NOT_ASKED):
        return Finding("possible", ("screen", *case.screening.harm))
    return Finding(declared.value, ("/harm/level",))


def duty(case: Case) -> Finding:
    """Only what a practitioner states has happened or been disclosed; a ticked need never (settled 32)."""
    return Finding("applies" if case.referral.harm.duties else "none", ("/harm/duties",))


def sender(case: Case) -> Finding:
    """Whether the registration covers this council and purpose, today. The door has checked the source and the key."""
    registered = case.registration
    if registered is None:
        return Finding("not_authorised", ("registration",))
    in_time = registered.until is None or registered.until >= case.today
    covers = registered.council == case.council.name and case.referral.purpose in registered.purposes
    value = "authorised" if registered.active and in_time and covers else "not_authorised"
    return Finding(value, ("registration",), day_after(registered.until))


def recipient(case: Case) -> Finding:
    """What the router could say of the hub."""
    return Finding(case.candidate.state, ("council",))


def purpose(case: Case) -> Finding:
    """What it is for. A named enquiry to a council without an advice path is for early help."""
    value = _PURPOSES[case.referral.purpose]
    if value == "advice" or (value == "early_help" and case.referral.anonymous):
        value = "advice" if case.once(path).value == "advice" else "early_help"
    return Finding(value, ("/purpose",))


def dsa(case: Case) -> Finding:
    """The sharing agreement. A family's own request needs none (settled 41)."""
    if case.own_request != "no":
        return Finding("in_force", ("/referrer/kind",))
    registered = case.registration
    if registered is None or not registered.agreement:
        return Finding("none", ("registration",))
    until = registered.agreement_until
    in_time = until is None or until >= case.today
    return Finding("in_force" if in_time else "lapsed", ("registration",), day_after(until))


def notice(case: Case) -> Finding:
    """Whether the family was told how its information is used: as the record says, else by the registered notice."""
    if case.own_request != "no" or case.referral.referrer.kind is ReferrerKind.PUBLIC:
        return Finding("given", ("/referrer/kind",))  # neither has a notice to give (settled 41)
    notices = [(f"/notices/{place}", item) for place, item in enumerate(case.referral.notices)]
    informed = [(f"/informed/{place}", item) for place, item in enumerate(case.referral.informed)]
    not_given = [(pointer, bool(item.exemption)) for pointer, item in notices if item.given is False]
    not_given += [
        (pointer, bool(item.reason_not or item.reason_code))
        for pointer, item in informed
        if item.told is False and item.who != "child"
    ]
    if not_given:
        reasons = all(reason for _, reason in not_given)
        return Finding("safe_reason" if reasons else "missing", tuple(pointer for pointer, _ in not_given))
    given = tuple(pointer for pointer, item in notices if item.given and not _ahead(case, item.on_date))
    if given:
        return Finding("given", given)
    registered = case.registration
    until = registered.notice_until if registered else None
    stands = registered and registered.notice_to_every_family and (until is None or until >= case.today)
    return Finding("given" if stands else "missing", ("registration",), day_after(until))


def override(case: Case) -> Finding:
    """The sender's recorded decision to share: it answers one agreement state and one recipient, or nothing (G-514)."""
    decision = case.referral.override
    if decision is None:
        return Finding("none")
    named = decision.decided_by and decision.reason and decision.agreement_state and decision.recipient
    if not named or _ahead(case, decision.decided_on):
        return Finding("incomplete", ("/override",))
    answers = (decision.agreement_state, decision.recipient) == (case.once(agreement).value, case.candidate.hub)
    return Finding("answers" if answers else "void", ("/override",))


def human(case: Case) -> Finding:
    """Whether a named practitioner decided to share despite the agreement (settled 36)."""
    answers = case.once(override).value == "answers"
    return Finding("recorded" if answers else "none", ("/override",) if answers else ())


DERIVATIONS: Final[Mapping[str, Callable[[Case], Finding]]] = {
    "path": path,
    "harm": harm,
    "duty": duty,
    "sender": sender,
    "recipient": recipient,
    "purpose": purpose,
    "dsa": dsa,
    "subject": people_facts.subject,
    "leak": people_facts.leak,
    "basis": basis_fact.basis,
    "special": basis_fact.special,
    "criminal": basis_fact.criminal,
    "agreement": agreement,
    "young": young,
    "human": human,
    "notice": notice,
    "thirdp": people_facts.thirdp,
    "protect": people_facts.protect,
    "complete": request_facts.complete,
    "codes": request_facts.codes,
    "identifiers": request_facts.identifiers,
    "agreement_form": agreement_terms.agreement_form,
    "parties": agreement_terms.parties,
    "agreement_record": agreement_terms.agreement_record,
    "both_consents": agreement_terms.both_consents,
    "informed_agreement": agreement_terms.informed_agreement,
    "family_choice": agreement_terms.family_choice,
    "override": override,
    "own_request": request_facts.own_request,
    "parents": agreement_terms.parents,
    "eligibility": request_facts.eligibility,
    "age_band": request_facts.age_band,
    "needs_count": request_facts.needs_count,
    "assessment": request_facts.assessment,
    "assessment_age": request_facts.assessment_age,
    "lead": request_facts.lead,
    "unlisted_names": request_facts.unlisted_names,
    "narrative": request_facts.narrative,
    "do_not_inform": request_facts.do_not_inform,
    "locality": locality,
    "documents": request_facts.documents,
    "asked_for": request_facts.asked_for,
    "level": request_facts.level,
    "meeting": request_facts.meeting,
    "early_help_open": request_facts.early_help_open,
    "joint_visit": step_down_facts.joint_visit,
    "joint_route": step_down_facts.joint_route,
    "handover": step_down_facts.handover,
    "headings": step_down_facts.headings,
    "reuse": step_down_facts.reuse,
    "absent_parents": step_down_facts.absent_parents,
    "on_paper": request_facts.on_paper,
    "checklist": request_facts.checklist,
    "staff_risk": people_facts.staff_risk,
    "panel": panel_fact.panel,
}
"""Every fact by name: those of `contracts.decision.VOCABULARY`, then those of `contracts.council_facts`."""


def _ahead(case: Case, day: date | None) -> bool:
    return day is not None and day > case.today
