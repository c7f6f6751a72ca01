"""Every vector through the base tables and each council's own together: as facts, and as the referral it tells of."""

from __future__ import annotations

import pytest

from contracts.council_facts import COUNCIL_FACTS
from contracts.decision import Facts, Outcome
from gateway.path.deciding import evaluate
from gateway.path.facts import derive
from gateway.path.routing import choose
from gateway.path.screening import screen
from tests.builders import NOW, a_referral
from tests.path.copies import SCREENS
from tests.path.deriving import COUNCILS, POLICIES
from tests.path.stories import CONTENT, STORIES
from tests.path.vectors import CLEAN, POLICY, VECTORS, Vector, asks

BASE = {rule.id for table in POLICY.tables for rule in table.rules}
OF_THE_PAPER = [f"V{number:02}" for number in range(1, 39)]
SILENT = {
    "agreement_form": "as_required",
    "parties": "as_required",
    "both_consents": "both",
    "informed_agreement": "stated",
    "family_choice": "recorded",
    "parents": "told",
    "eligibility": "in_range",
    "needs_count": "enough",
    "assessment": "not_needed",
    "assessment_age": "none",
    "lead": "agreed",
}
"""The value of a council's fact at which none of its rows has anything to say; the first value of those not named."""

STRICTER = {
    name: {rule.id for table in policy.tables if table.additional for rule in table.rules}
    for name, policy in POLICIES.items()
}

QUIET = {fact: SILENT.get(fact, values[0]) for fact, values in COUNCIL_FACTS.items()}


def test_the_38_vectors_of_the_paper_are_all_here() -> None:
    assert [vector.id for vector in VECTORS][:38] == OF_THE_PAPER
    assert set(OF_THE_PAPER) <= STORIES.keys()


@pytest.mark.parametrize("council", sorted(POLICIES))
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector.id}-{'-'.join(vector.decide)}")
def test_a_councils_rows_change_nothing_of_a_case_they_do_not_speak_of(vector: Vector, council: str) -> None:
    verdict = evaluate(POLICIES[council], Facts({**CLEAN, **QUIET, **vector.facts}))
    instead = tuple(rule for rule in verdict.deciding if rule in STRICTER[council] and rule not in vector.decide)
    if instead and vector.facts.get("young") == "silent_16_17":  # TH-C07 speaks of every such case
        assert (council, instead) == ("tower_hamlets", ("TH-C07",))
        return
    assert (verdict.outcome, verdict.deciding) == (vector.outcome, vector.decide)
    assert set(vector.asks) <= set(asks(verdict))


def told() -> list[object]:
    """Every story in every council in which it can happen."""
    cases = [
        (vector, council)
        for vector in VECTORS
        if vector.id in STORIES
        for council in STORIES[vector.id].only or sorted(POLICIES)
    ]
    return [
        pytest.param(vector, council, id=f"{vector.id}-{'-'.join(vector.decide)}-{council}")
        for vector, council in cases
    ]


@pytest.mark.parametrize(("vector", "council"), told())
def test_a_story_told_as_a_referral_is_decided_by_its_rules_in_every_council(vector: Vector, council: str) -> None:
    story, by = STORIES[vector.id], COUNCILS[council]
    referral, persons = a_referral(**story.referral(council)), story.persons(council)
    candidate = choose(referral, by, NOW, persons)[0]
    seen = story.screening or screen(referral, SCREENS)
    facts, _ = derive(referral, candidate, by, story.registration(council), (), seen, persons, NOW, CONTENT)
    verdict = evaluate(POLICIES[council], facts)
    assert {fact: facts.values[fact] for fact in vector.facts} == vector.facts
    if council in story.instead:
        assert (verdict.outcome, verdict.deciding) == (Outcome.HOLD, story.instead[council])
        assert set(vector.asks) <= set(asks(verdict))
        return
    assert verdict.outcome is vector.outcome
    assert tuple(rule for rule in verdict.deciding if rule in BASE) == vector.decide
    stricter = tuple(
        hit.rule
        for hit in verdict.hits
        if hit.rule not in BASE and hit.rule in verdict.deciding and hit.outcome is not Outcome.SHARE
    )
    assert stricter == story.beside.get(council, ())
    assert set(vector.asks) <= set(asks(verdict))
