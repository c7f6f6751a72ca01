"""Says of a copy that is trimmed to the least whether its text waits for a reader: known once all else is (settled 35).

What the family guards is in `request_facts.narrative`. Here is what waits although nothing is guarded: only the least
goes, and nobody has read whether the text is that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from contracts.agreement import AgreementStatus
from contracts.recorded import PersonFact
from gateway.path.agreement_fact import listed_duty
from gateway.path.case import Case, Finding

FACT: Final = "narrative"
GROUP: Final = "narrative"
_FREE: Final = "free"
_TEXTS: Final = (
    "reason", "outcome_sought", "tried_already", "if_nothing_changes", "impact", "lived_experience", "step_up_reason",
    "attachments", "other_answers",
)  # fmt: skip


def in_the_least(case: Case, found: Mapping[str, Finding]) -> Finding:
    """The fact `narrative` as it is when all other facts are known. The first reason to wait counts."""
    now = found[FACT]
    if now.value != _FREE or found["path"].value not in ("early_help", "update"):
        return now
    texts = tuple(f"/{name}" for name in _TEXTS if getattr(case.referral, name))
    return Finding("needs_reading", texts, now.ends) if texts and _is_least(case, found) else now


def about_text(persons: Iterable[PersonFact]) -> tuple[PersonFact, ...]:
    """What people recorded of the text itself: it answers what is known last."""
    return tuple(person for person in persons if person.fact == FACT)


def _is_least(case: Case, found: Mapping[str, Finding]) -> bool:
    """Whether the copy is minimised, and text may be in it once somebody has read it."""
    if found["human"].value == "recorded" or found["thirdp"].value == "excess":
        return True
    agreed = found["agreement"].value
    if agreed == "not_required":
        duty = listed_duty(case)
        listed = case.council.settings.duties
        return duty is None or GROUP in listed.get(case.referral.statutory_duties[duty].code, ())
    if agreed != "partial_scope":
        return False
    chosen = [item.scope.categories for item in case.referral.agreements if item.status is AgreementStatus.GIVEN]
    return all(categories is None or GROUP in categories for categories in chosen)
