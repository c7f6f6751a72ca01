"""Derives what councils ask of a child who steps down from social care: visits, assessments, parents elsewhere."""

from __future__ import annotations

from typing import Final

from contracts.people import PersonRole
from contracts.referral import Purpose, StepDown
from gateway.path.case import Case, Finding

_HEADINGS: Final = ("worries", "agreed_plan", "contingency")
_PARTS: Final = (
    "role_of_early_help",
    "intended_outcomes",
    "engagement",
    "sessions",
    "delivery",
    "other_agencies",
)
_SOCIAL_WORKS: Final = ("child_and_family", "single_assessment")


def joint_visit(case: Case) -> Finding:
    """Whether both services have visited the family together before it steps down (KE-T08); not in the joint route."""
    handed = _handed_down(case)
    if handed is None or handed.joint_route:
        return Finding("not_needed", ("/purpose", "/step_down/joint_route"))
    done = handed.joint_visit_done
    return Finding("unknown" if done is None else "yes" if done else "no", ("/step_down/joint_visit_done",))


def joint_route(case: Case) -> Finding:
    """Whether both services assessed together, so that the case comes across at once (KE-R06)."""
    handed = _handed_down(case)
    return Finding("yes" if handed and handed.joint_route else "no", ("/step_down/joint_route",))


def headings(case: Case) -> Finding:
    """Whether the form's three headings are there, and the six parts of the second (KE-R14); not in the joint route."""
    handed = _handed_down(case)
    if handed is None or handed.joint_route:
        return Finding("not_needed", ("/purpose", "/step_down/joint_route"))
    missing = tuple(f"/step_down/{name}" for name in _HEADINGS if not getattr(handed, name))
    if missing:
        return Finding("missing", missing)
    parts = tuple(f"/step_down/{name}" for name in _PARTS if not getattr(handed, name))
    return Finding("parts_missing" if parts else "complete", parts or ("/step_down",))


def reuse(case: Case) -> Finding:
    """Whether social work's own assessment was used again, or why not (KE-C18)."""
    handed = _handed_down(case)
    if handed is None:
        return Finding("not_needed", ("/purpose",))
    copied = any(item.copied_from for item in case.referral.provenance)
    if copied or any(item.kind in _SOCIAL_WORKS and item.attached for item in case.referral.assessments):
        return Finding("reused", ("/assessments", "/provenance"))
    given = bool(handed.assessment_not_reused)
    return Finding("reason_given" if given else "not_said", ("/step_down/assessment_not_reused",))


def absent_parents(case: Case) -> Finding:
    """Whether parents who live elsewhere are in the record of a step down (KE-R15). Two at home leave nobody out."""
    if _handed_down(case) is None:
        return Finding("not_needed", ("/purpose",))
    roles = [set(person.roles) for person in case.referral.people]
    if any(PersonRole.NON_RESIDENT_PARENT in each for each in roles):
        return Finding("named", ("/people",))
    at_home = sum(PersonRole.PARENT in each for each in roles)
    return Finding("not_needed" if at_home > 1 else "not_named", ("/people",))


def handover(case: Case) -> Finding:
    """Whether somebody leads already where a child steps down: who hands over to whom turns on it (HU-R12, HU-R13)."""
    handed = _handed_down(case)
    if handed is None:
        return Finding("not_needed", ("/purpose",))
    found = handed.lead_found
    value = "not_said" if found is None else "lead_found" if found else "no_lead"
    return Finding(value, ("/step_down/lead_found",))


def _handed_down(case: Case) -> StepDown | None:
    """What came with the child; None where nothing steps down."""
    if case.referral.purpose is not Purpose.STEP_DOWN:
        return None
    return case.referral.step_down or StepDown()
