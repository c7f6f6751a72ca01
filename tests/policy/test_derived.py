"""The facts that referrals really come to keep every promise too, and agree with each other where they must."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.decision import Decision
from gateway.path.boxes import Box
from gateway.path.claims import within
from gateway.path.course import Matter, Rules, consider
from gateway.path.proving import breaches
from tests.builders import NOW
from tests.path.copies import GROUPING, SCREENS
from tests.path.deriving import COUNCILS
from tests.path.planted import planted, read
from tests.policy.policies import POLICIES


def _is(**facts: str) -> Box:
    return {fact: frozenset(values.split()) for fact, values in facts.items()}


GOES_WITH: Final = (
    (_is(path="advice"), _is(purpose="advice")),
    (_is(path="safeguarding"), _is(purpose="safeguarding", asked_for="safeguarding")),
    (_is(path="early_help update"), _is(purpose="early_help other")),
    (_is(own_request="family child"), _is(dsa="in_force", notice="given", agreement_form="not_needed")),
    (_is(agreement="not_required"), _is(agreement_form="not_needed", parties="not_needed")),
    (_is(protect="do_not_inform"), _is(do_not_inform="yes")),
    (_is(protect="address do_not_inform sealed"), _is(narrative="needs_reading read")),
    (_is(override="answers"), _is(human="recorded")),
    (_is(subject="anonymous"), _is(young="not_needed")),
    (_is(leak="suspected"), _is(subject="anonymous incomplete")),
)
"""Where a referral comes to the facts on the left, it comes to those on the right."""


def decisions(council: str, seed: int) -> list[Decision]:
    """Everything one council decides about one referral made at random."""
    by = COUNCILS[council]
    matter = Matter(
        read(planted(seed, density=0.3) | {"council": council}),
        (),
        next(iter(by.senders.values())),
        "R-1",
        "c" * 64,
    )
    courses, _ = consider(matter, Rules(by, POLICIES[council], GROUPING, SCREENS), NOW)
    return [course.decision for course in courses]


@pytest.mark.parametrize("council", sorted(COUNCILS))
@given(seed=st.integers(0, 100_000))
@settings(max_examples=25, deadline=None)
def test_no_decision_about_a_referral_breaks_a_promise(council: str, seed: int):
    for decision in decisions(council, seed):
        assert breaches(POLICIES[council], decision.facts.values) == ()


@pytest.mark.parametrize("council", sorted(COUNCILS))
@given(seed=st.integers(0, 100_000))
@settings(max_examples=25, deadline=None)
def test_facts_of_one_referral_agree_with_each_other(council: str, seed: int):
    for decision in decisions(council, seed):
        facts = decision.facts.values
        assert [(left, right) for left, right in GOES_WITH if within(facts, left) and not within(facts, right)] == []
