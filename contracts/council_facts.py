"""The facts that councils' own rows may use: every one is derived for every candidate, whatever the council."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.referral import Purpose

COUNCIL_FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "complete": ("yes", "no"),
    "codes": ("known", "unknown"),
    "identifiers": ("sound", "doubtful"),
    "agreement_form": ("not_needed", "as_required", "signed_to_follow", "other_form", "unknown"),
    "parties": ("not_needed", "as_required", "child_missing", "parent_missing"),
    "agreement_record": ("stated", "undated", "by_the_form"),
    "both_consents": ("not_needed", "both", "one", "none"),
    "informed_agreement": ("not_needed", "stated", "not_stated"),
    "family_choice": ("not_needed", "recorded", "not_recorded"),
    "override": ("none", "answers", "incomplete", "void"),
    "own_request": ("no", "family", "child"),
    "parents": ("not_needed", "told", "not_told_risk", "not_told_unapproved", "not_told", "unknown"),
    "eligibility": ("no_range", "in_range", "with_ldd", "doubtful_age", "needs_ldd", "above", "below", "unknown"),
    "age_band": ("no_band", "within", "two_bands", "outside", "unknown"),
    "needs_count": ("not_counted", "enough", "statement_missing", "too_few"),
    "assessment": ("not_needed", "attached", "single_assessment", "not_attached", "none"),
    "assessment_age": ("none", "current", "old", "unknown"),
    "lead": ("none_named", "agreed", "not_agreed", "unknown"),
    "unlisted_names": ("none", "some"),
    "narrative": ("free", "needs_reading", "read"),
    "do_not_inform": ("no", "yes"),
    "locality": ("not_needed", "named", "by_postcode", "differs", "not_said", "unknown"),
    "documents": ("none", "here", "not_here"),
    "asked_for": tuple(purpose.value for purpose in Purpose),
    "level": (
        "unknown",
        "universal",
        "universal_plus",
        "targeted",
        "targeted.intensive",
        "child_in_need",
        "child_protection",
    ),
    "meeting": ("none", "exists"),
    "early_help_open": ("unknown", "no", "yes"),
    "joint_visit": ("not_needed", "unknown", "no", "yes"),
    "joint_route": ("no", "yes"),
    "handover": ("not_needed", "no_lead", "lead_found", "not_said"),
    "headings": ("not_needed", "complete", "parts_missing", "missing"),
    "reuse": ("not_needed", "reused", "reason_given", "not_said"),
    "absent_parents": ("not_needed", "named", "not_named"),
    "on_paper": ("no", "yes"),
    "checklist": ("filled_in", "not_here"),
    "staff_risk": ("not_known", "known"),
    "panel": ("no_family", "family", "family_read", "family_guarded"),
}
"""Facts for councils' own rows, derived for every candidate beside `contracts.decision.VOCABULARY`; worst values last
where they have an order. A council's `rules.yaml` declares those it uses."""
