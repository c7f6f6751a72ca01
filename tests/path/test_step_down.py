"""A child who steps down from social care: visits, assessments, parents elsewhere, and who comes to what."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.decision import Outcome
from tests.builders import a_child, a_mother
from tests.path.copies import body
from tests.path.deriving import COUNCILS, fact
from tests.path.scenarios import HEADINGS, INFORMED
from tests.path.test_scenarios import codes, through

FATHER = {"id": "father", "roles": ["non_resident_parent"], "first_name": "Rhys", "surname": "Fernsby"}


PARTS = {
    "role_of_early_help": "To keep bedtimes.",
    "intended_outcomes": "She sleeps.",
    "engagement": "Evenings suit them.",
    "sessions": "Six, over eight weeks",
    "delivery": "At home.",
    "other_agencies": "The school nurse goes on.",
}


def kent(**handed: Any) -> Any:
    (course,), sent = through("kent", "social_work", purpose="step_down", step_down=HEADINGS | handed)
    return course.decision, sent


def test_both_services_assessed_together_and_the_case_comes_at_once_KE_R06() -> None:
    decision, sent = kent(joint_route=True)
    assert (decision.outcome, decision.hub, len(sent)) == (Outcome.SHARE, "district_unit", 1)
    assert {"joint_route"} <= codes(decision, "flag")
    assert "joint_visit_first" not in codes(decision, "flag")


@pytest.mark.parametrize(
    ("handed", "expected"),
    [
        ({}, "unknown"),
        ({"joint_visit_done": False}, "no"),
        ({"joint_visit_done": True}, "yes"),
        ({"joint_visit_done": False, "joint_route": True}, "not_needed"),
    ],
)
def test_the_joint_visit_comes_before_the_step_down_KE_T08(handed: dict[str, bool], expected: str) -> None:
    assert fact("joint_visit", council=COUNCILS["kent"], purpose="step_down", step_down=handed) == expected


def test_a_joint_visit_is_recorded_on_both_systems_KE_R16_KE_R14() -> None:
    done, _ = kent(joint_visit_done=True)
    ahead, _ = kent(joint_visit_done=False)
    assert codes(done, "task") >= {"record_joint_visit", "record_on_both_systems"}
    assert "record_joint_visit" not in codes(ahead, "task")


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param([a_child(), a_mother()], "not_named", id="one parent"),
        pytest.param([a_child(), a_mother(), FATHER], "named", id="one elsewhere"),
        pytest.param([a_child(), a_mother(), a_mother(id="father")], "not_needed", id="both at home"),
    ],
)
def test_parents_who_live_elsewhere_are_thought_of_KE_R15(people: list[dict[str, Any]], expected: str) -> None:
    (course,), _ = through("kent", "social_work", purpose="step_down", people=people)
    assert course.decision.facts.values["absent_parents"] == expected
    assert ("absent_parents" in codes(course.decision, "flag")) == (expected == "not_named")


COPIED = {"provenance": [{"pointer": "/step_down/worries", "copied_from": "Child and Family assessment"}]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "not_said", id="nothing said"),
        pytest.param({"step_down": {"assessment_not_reused": "It is two years old."}}, "reason_given", id="why not"),
        pytest.param({"assessments": [{"kind": "child_and_family", "attached": True}]}, "reused", id="attached"),
        pytest.param(COPIED, "reused", id="copied from KE-C12"),
    ],
)
def test_social_works_assessment_is_used_again_or_it_is_said_why_not_KE_C18(
    changes: dict[str, Any], expected: str
) -> None:
    (course,), _ = through("kent", "social_work", purpose="step_down", **changes)
    assert course.decision.facts.values["reuse"] == expected
    assert ("say_why_not_reused" in codes(course.decision, "flag")) == (expected == "not_said")


def test_the_three_headings_travel_with_the_child_KE_R05_KE_C15() -> None:
    _, (sent,) = kent()
    assert body(sent.payload)["referral"]["step_down"] == HEADINGS


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_step_down_without_one_of_the_headings_goes_back_KE_R14(heading: str) -> None:
    handed = {name: words for name, words in HEADINGS.items() if name != heading}
    (course,), sent = through("kent", "social_work", purpose="step_down", step_down=handed)
    assert (course.decision.outcome, course.decision.deciding, sent) == (Outcome.RETURN, ("KE-R14-HEADINGS",), ())


@pytest.mark.parametrize("part", PARTS)
def test_an_empty_part_of_the_plan_stops_nothing_and_is_told_KE_R14(part: str) -> None:
    whole, _ = kent(**PARTS)
    lacking, sent = kent(**{name: words for name, words in PARTS.items() if name != part})
    assert ["plan_parts_missing" in codes(each, "flag") for each in (whole, lacking)] == [False, True]
    assert len(sent) == 1


def test_a_request_asks_nothing_of_a_step_down() -> None:
    (course,), _ = through("kent", "invented_school")
    found = course.decision.facts.values
    assert [found[name] for name in ("joint_visit", "headings", "joint_route", "reuse", "absent_parents")] == [
        "not_needed",
        "not_needed",
        "no",
        "not_needed",
        "not_needed",
    ]


LEICESTERS: dict[str, Any] = {
    "purpose": "step_down",
    "assessments": [{"kind": "single_assessment", "attached": True}],
    "agreements": [INFORMED | {"form": "written", "scope": {"support": True, "sharing": True}}],
}


def test_the_single_assessment_becomes_the_assessment_and_nobody_asks_for_another_LE_R12_LE_C09_LE_C10() -> None:
    (course,), sent = through("leicester", "social_care", **LEICESTERS)
    assert (course.decision.outcome, course.decision.hub, len(sent)) == (Outcome.SHARE, "eh_in_das", 1)
    assert course.decision.facts.values["assessment"] == "single_assessment"
    assert "eha_not_attached" not in codes(course.decision, "flag")


def test_the_social_worker_comes_to_the_first_meeting_LE_R18() -> None:
    (course,), _ = through("leicester", "social_care", **LEICESTERS)
    assert "social_worker_at_first_meeting" in codes(course.decision, "flag")


def test_a_request_says_nothing_of_a_social_worker_LE_R18() -> None:
    (course,), _ = through("leicester", "early_help_forms")
    assert "social_worker_at_first_meeting" not in codes(course.decision, "flag")


@pytest.mark.parametrize(("locality", "hub"), [("Locality 1", "spa_locality_1"), ("Locality 3", "spa_locality_3")])
def test_after_specialist_help_early_help_goes_on_DE_R18(locality: str, hub: str) -> None:
    asked = {"purpose": "step_down", "family": {"locality": locality}}
    (course,), _ = through("derby", "social_care", **asked)
    assert (course.decision.outcome, course.decision.hub) == (Outcome.SHARE, hub)


def test_a_child_who_goes_back_to_its_parents_steps_down_to_the_hub_TH_E13_TH_R13() -> None:
    (course,), (sent,) = through(
        "tower_hamlets", "social_care", purpose="step_down", step_down={"returning_home": True}
    )
    assert course.decision.hub == "ehh"
    assert body(sent.payload)["referral"]["step_down"] == {"returning_home": True}
