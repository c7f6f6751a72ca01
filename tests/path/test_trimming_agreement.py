"""The family's agreement, and a statutory duty in its place, narrow what goes."""

from __future__ import annotations

import pytest

from contracts.decision import Decision, Outcome
from gateway.path.screening import screen
from gateway.path.trimming import trim
from gateway.path.withholding import Terms
from tests.builders import a_child, a_mother, a_referral, an_agreement
from tests.path.copies import GROUPING, HUB, SCREENS, TOLD, decided, person_of, referral_of, sent, why


def test_g_511_only_agreed_categories_go_and_always_the_agreement_and_safety():
    agreed = an_agreement(scope={"categories": ["child_identity", "education"]})
    child = a_child(health="KxAsthma", education={"year_group": "4"})
    payload = sent(a_referral(people=[child, a_mother()], agreements=[agreed]), Outcome.SHARE_MINIMISED)
    assert set(referral_of(payload)) >= {"harm", "council"}
    assert b"KxAsthma" not in payload.body
    assert why(payload)["/people/0/health"] == ("not_agreed", "health_send")
    assert why(payload)["/people/1"] == ("not_agreed", "carers")


def test_g_511_an_empty_list_is_nothing_and_no_list_is_no_limit():
    nothing = a_referral(agreements=[an_agreement(scope={"categories": []})])
    assert set(decided(nothing, Outcome.SHARE).groups) == GROUPING.always
    assert set(decided(a_referral(), Outcome.SHARE).groups) == GROUPING.given["share"]


def test_g_511_the_newest_agreement_of_each_giver_counts_and_everybody_must_have_agreed():
    old = an_agreement(scope={"categories": ["education"]}, on_date="2026-01-05")
    new = an_agreement(scope={"categories": ["education", "health_send", "language"]})
    own = an_agreement(giver="child", scope={"categories": ["language", "narrative"]})
    referral = a_referral(agreements=[new, old, own])
    assert set(decided(referral, Outcome.SHARE).groups) == GROUPING.always | {"language"}


def test_g_514_a_recorded_decision_to_share_sends_no_health_nobody_agreed_to():
    refused = a_referral(people=[a_child(health="KxAsthma")], agreements=[an_agreement(status="refused")])
    payload = sent(refused, Outcome.SHARE_MINIMISED, agreement="refused", human="recorded")
    assert why(payload)["/people/0/health"] == ("not_agreed", "health_send")
    assert person_of(payload, "child") is not None


def test_s01_th_c02_a_duty_sends_attendance_and_whom_it_is_about_and_nothing_else():
    child = a_child(health="KxAsthma", education={"setting_name": "Invented Primary", "attendance_as_stated": "71%"})
    referral = a_referral(
        people=[child, a_mother(health="KxDepressed")],
        agreements=[],
        statutory_duties=[{"code": "school_attendance", "family_told": True}],
        needs=[{"code": "KxHousing"}],
    )
    payload = sent(referral, Outcome.SHARE_MINIMISED, agreement="not_required")
    text = payload.body.decode()
    assert not any(word in text for word in ("KxAsthma", "KxDepressed", "KxHousing", "Joan", "Invented Row", "late"))
    only = person_of(payload, "child")
    assert only is not None
    assert only["education"] == child["education"]
    assert referral_of(payload)["statutory_duties"] == [{"code": "school_attendance", "family_told": True}]


def test_a_duty_the_council_does_not_list_releases_nothing_of_its_own():
    referral = a_referral(statutory_duties=[{"code": "another_duty"}])
    assert set(decided(referral, Outcome.SHARE_MINIMISED, agreement="not_required").groups) == (
        GROUPING.given["share_minimised"] - GROUPING.if_agreed
    )


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if not outcome.sends])
def test_what_is_not_sent_has_no_groups(outcome: Outcome):
    assert decided(a_referral(), outcome).groups == ()


def test_a_decision_without_groups_sends_only_what_always_goes():
    referral = a_referral()
    decision = decided(referral, Outcome.SHARE)
    bare = Decision(
        decision.candidate, Outcome.SHARE, HUB.name, decision.facts, (), (), (), groups=(), inputs=decision.inputs
    )
    payload = trim(referral, bare, HUB, Terms(GROUPING, SCREENS, screen(referral, SCREENS)), TOLD)
    assert "people" not in referral_of(payload)
    assert referral_of(payload)["harm"] == {"level": "none_declared"}


def test_ke_c15_what_steps_down_without_agreement_arrives_with_its_own_headings_and_no_other_text():
    down = {"worries": "Hides when there is shouting.", "contingency": "Dad rings the unit."}
    referral = a_referral(purpose="step_down", step_down=down)
    told = referral_of(sent(referral, Outcome.SHARE_MINIMISED, agreement="not_required", narrative="free"))
    assert told["step_down"] == down
    assert "reason" not in told
    agreed = referral_of(sent(referral, Outcome.SHARE_MINIMISED, agreement="partial_scope", narrative="free"))
    assert "step_down" not in agreed
