"""Every scenario of the rules paper through the whole pure path: outcome, destination, what goes and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.decision import Decision, Outcome
from gateway.path.course import Course, Matter, Promise, Rules, consider, promises
from tests.builders import NOW, a_referral
from tests.path.copies import GROUPING, SCREENS
from tests.path.deriving import COUNCILS, POLICIES
from tests.path.scenarios import SCENARIOS, Scenario
from tests.path.vectors import POLICY

BASE = {rule.id for table in POLICY.tables for rule in table.rules}


def through(
    council: str, sender: str, now: int = NOW, **changes: Any
) -> tuple[tuple[Course, ...], tuple[Promise, ...]]:
    """What a council decides about `a_referral(**changes)` of one of its own registered senders, and what it sends."""
    rules = Rules(COUNCILS[council], POLICIES[council], GROUPING, SCREENS)
    referral = a_referral(**({"council": council} | changes))
    matter = Matter(referral, (), COUNCILS[council].senders[sender], "R-1", "c" * 64)
    courses, screening = consider(matter, rules, now)
    return courses, promises(matter, courses, rules, screening, now)


def codes(decision: Decision, kind: str) -> set[str]:
    """Codes of one kind of obligation."""
    return {each.code for each in decision.obligations if each.kind == kind}


def route_of(council: str, decision: Decision) -> str:
    """Id of the route that was taken."""
    return next((row.id for row in COUNCILS[council].routes if row.because == decision.candidate.because), "")


@pytest.fixture(params=SCENARIOS, ids=lambda scenario: f"{scenario.id}-{'-'.join(scenario.rules)}")
def scenario(request: pytest.FixtureRequest) -> Scenario:
    found: Scenario = request.param
    return found


def test_a_scenario_is_decided_as_its_story_asks(scenario: Scenario) -> None:
    courses, _ = through(scenario.council, scenario.sender, **scenario.changes)
    for course in courses:
        decision = course.decision
        assert (decision.outcome, decision.hub) == (scenario.outcome, scenario.hub)
        assert route_of(scenario.council, decision) == scenario.route
        assert scenario.outcome is Outcome.SHARE or decision.deciding == scenario.decide


def test_the_councils_own_rows_and_no_others_speak(scenario: Scenario) -> None:
    courses, _ = through(scenario.council, scenario.sender, **scenario.changes)
    for course in courses:
        decision = course.decision
        assert {hit.rule for hit in decision.hits} - BASE == scenario.rows
        assert codes(decision, "flag") == scenario.flags
        assert codes(decision, "task") == scenario.tasks
        assert decision.say


def test_only_what_may_go_goes_and_to_one_place(scenario: Scenario) -> None:
    _, sent = through(scenario.council, scenario.sender, **scenario.changes)
    assert len(sent) == (1 if scenario.outcome.sends else 0)
    text = "".join(promise.payload.body.decode() for promise in sent)
    assert [words for words in scenario.sent if words not in text] == []
    assert [words for words in scenario.kept if words in text] == []


def test_what_is_kept_back_is_in_the_referral(scenario: Scenario) -> None:
    text = a_referral(**({"council": scenario.council} | dict(scenario.changes))).model_dump_json()
    assert [words for words in scenario.kept if words not in text] == []
