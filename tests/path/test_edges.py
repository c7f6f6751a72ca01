"""One record in five councils, the further edges of the rules paper, and its timers as the files have them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.decision import Outcome
from gateway.config.codes import load_codes
from gateway.path.calendar import day_of
from gateway.path.clocks import due
from tests.builders import a_child, a_mother, an_agreement
from tests.path.copies import body
from tests.path.deriving import COUNCILS, at
from tests.path.scenarios import EHA, NAMELESS, TOLD_OF
from tests.path.stories import SENDERS
from tests.path.test_scenarios import BASE, codes, through

CODES = load_codes(Path(__file__).parents[2] / "mappings" / "codes")

ONE_RECORD: dict[str, Any] = {
    "agreements": [an_agreement(form="verbal")],
    "notices": [],
    "needs": [
        {"code": "attendance", "whose": "child"},
        {"code": "mental_health_parent", "whose": "mother"},
        {"code": "homelessness", "scope": "family"},
    ],
    "family": {"locality": "Locality 2"},
}


@pytest.mark.parametrize(
    ("council", "outcome", "hub", "rows"),
    [
        pytest.param("tower_hamlets", Outcome.HOLD, "ehh", {"TH-C01", "TH-C05"}, id="tower_hamlets-TH-C04-TH-C05"),
        pytest.param(
            "derby", Outcome.SHARE, "spa_locality_2", {"DE-C01", "DE-C02", "DE-R01"}, id="derby-DE-C01-DE-C02-DE-R01"
        ),
        pytest.param("kent", Outcome.SHARE, "front_door", {"KE-C01"}, id="kent-KE-C01"),
        # Settled 47: Leicester screens all referrals and returns none; the paper returned this one.
        pytest.param(
            "leicester", Outcome.SHARE, "eh_in_das", {"LE-C05", "LE-C08", "LE-E01"}, id="leicester-LE-C05-LE-C08-LE-E01"
        ),
        pytest.param("hull", Outcome.SHARE, "ehash", {"HU-C02", "HU-C03"}, id="hull-HU-C02-HU-C03"),
    ],
)
def test_one_record_in_five_councils(council: str, outcome: Outcome, hub: str, rows: set[str]) -> None:
    (course,), sent = through(council, SENDERS[council], **ONE_RECORD)
    decision = course.decision
    assert (decision.outcome, decision.hub, len(sent)) == (outcome, hub, outcome.sends)
    assert {hit.rule for hit in decision.hits} - BASE == rows
    assert outcome is Outcome.SHARE or decision.deciding == ("TH-C05",)


def test_of_that_record_only_attendance_could_go_alone_in_tower_hamlets_TH_C02() -> None:
    duty = {"statutory_duties": [{"code": "school_attendance"}], "agreements": []}
    informed = [{"who": "parents", "told": True}]
    (course,), _ = through("tower_hamlets", "invented_school", **(ONE_RECORD | duty), informed=informed)
    assert course.decision.outcome is Outcome.SHARE_MINIMISED
    assert {"attendance", "education"} <= set(course.decision.groups)
    assert not {"request", "narrative", "carers", "child_contact"} & set(course.decision.groups)


@pytest.mark.parametrize(
    ("completed", "flag"),
    [
        pytest.param("2026-07-02", "assessment_current", id="four months TH-E09 TH-T04"),
        pytest.param("2026-03-02", "assessment_over_age", id="eight months TH-E09 TH-T04"),
    ],
)
def test_an_assessment_is_reviewed_or_done_again(completed: str, flag: str) -> None:
    done = [{"kind": "eha", "completed_on": completed, "attached": True}]
    (course,), _ = through("tower_hamlets", "invented_school", assessments=done)
    assert flag in codes(course.decision, "flag")


@pytest.mark.parametrize(
    ("council", "rule"),
    [pytest.param("tower_hamlets", "TH-R06", id="TH-R06"), pytest.param("hull", "HU-R16", id="HU-R16")],
)
def test_a_team_that_meets_is_joined(council: str, rule: str) -> None:
    (course,), _ = through(council, SENDERS[council], meetings=[{"kind": "taf"}])
    assert rule in {hit.rule for hit in course.decision.hits}
    assert (course.decision.outcome, "meeting_exists" in codes(course.decision, "flag")) == (Outcome.SHARE, True)


def test_an_assessment_on_paper_goes_back_TH_T15() -> None:
    paper = [{"kind": "eha", "as_stated": "Paper form, scanned", "attached": True}]
    scan = [{"sha256": "a" * 64, "kind": "eha", "media_type": "image/png"}]
    (course,), _ = through("tower_hamlets", "invented_school", assessments=paper, attachments=scan)
    assert (course.decision.outcome, course.decision.deciding) == (Outcome.RETURN, ("TH-T15",))


def test_a_step_up_does_not_close_early_help_LE_R13() -> None:
    opened = [{"kind": "eha", "open": True, "attached": True}]
    (course,), _ = through("leicester", "social_care", purpose="step_up", assessments=opened)
    assert (course.decision.outcome, course.decision.hub) == (Outcome.SHARE, "duty_and_advice")
    assert "keep_early_help_open" in codes(course.decision, "flag")


def test_no_hub_of_leicester_is_the_mailbox_for_queries_LE_R05() -> None:
    said = [word for hub in COUNCILS["leicester"].hubs.values() for word in (hub.name, hub.title, hub.url)]
    assert [word for word in said if "quer" in word.casefold()] == []


def test_taking_agreement_back_stops_new_sends_and_tells_holders_KE_C05_KE_C07_KE_C08() -> None:
    taken_back = [an_agreement(form="verbal", withdrawn_on="2026-11-01")]
    (course,), sent = through("kent", "invented_school", agreements=taken_back)
    decision = course.decision
    assert (decision.outcome, decision.deciding, sent) == (Outcome.HOLD, ("G-501",), ())
    assert codes(decision, "notice") == {"withdrawal"}
    assert "ask_whether_stopping_is_safe" in codes(decision, "task")
    assert "KE-C08" in {hit.rule for hit in decision.hits}


def test_an_adult_service_asks_with_three_fields_DE_C14_DE_R11() -> None:
    known = a_child(addresses=[])
    given = [an_agreement(giver=None, giver_as_stated="His mother", holds_parental_responsibility=None)]
    (course,), sent = through(
        "derby",
        "early_help_forms",
        people=[known],
        relationships=[],
        agreements=given,
        reason="Her mother sees us about debts.",
        requested_services=[],
        family={"locality": "Locality 1"},
    )
    assert (course.decision.outcome, course.decision.hub, len(sent)) == (Outcome.SHARE, "spa_locality_1", 1)


def test_a_finished_assessment_reminds_of_the_monitoring_form_DE_R12() -> None:
    (course,), _ = through("derby", "invented_school", assessments=EHA, family={"locality": "Locality 1"})
    assert course.decision.outcome is Outcome.SHARE
    assert "monitoring_form_due" in codes(course.decision, "flag")


@pytest.mark.parametrize("service", ["hu_family_support_0_11", "hu_family_support_11_19"])
def test_at_eleven_both_boxes_are_right_HU_R06(service: str) -> None:
    (course,), _ = through(
        "hull",
        "invented_academy",
        people=[a_child(date_of_birth="2015-03-14"), a_mother()],
        family={"locality": "East"},
        requested_services=[{"code": service}],
    )
    assert (course.decision.outcome, course.decision.hub) == (Outcome.SHARE, "locality_east")
    assert "two_age_bands" in codes(course.decision, "flag")


def test_a_lead_the_family_did_not_agree_to_holds_HU_C11() -> None:
    named = [{"name": "Kim Ashdown", "lead": True, "agreed_to_be_named": False}]
    (course,), sent = through("hull", "invented_academy", professionals=named)
    assert (course.decision.outcome, course.decision.deciding, sent) == (Outcome.HOLD, ("HU-C11",), ())


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        pytest.param({"purpose": "safeguarding", "harm": {"level": "significant"}}, Outcome.DIVERT, id="harm"),
        pytest.param({}, Outcome.SHARE, id="no harm"),
    ],
)
def test_an_assessment_that_exists_is_asked_for_and_stops_nothing_HU_C13_HU_R15(
    changes: dict[str, Any], outcome: Outcome
) -> None:
    (course,), sent = through("hull", "invented_academy", assessments=[{"kind": "family_star_plus"}], **changes)
    assert (course.decision.outcome, course.decision.hub, len(sent)) == (outcome, "ehash", 1)
    assert "eha_not_attached" in codes(course.decision, "flag")


def test_a_decision_not_to_share_says_why_in_words_DE_C05_X_24() -> None:
    refused = [an_agreement(status="refused")]
    (course,), sent = through("derby", "invented_school", agreements=refused, family={"locality": "Locality 1"})
    assert (course.decision.outcome, sent) == (Outcome.HOLD, ())
    assert "The family said no." in course.decision.say


def test_level_3_of_kent_is_never_child_in_need_in_tower_hamlets() -> None:
    kent, tower_hamlets = CODES["level_kent"], CODES["level_tower_hamlets"]
    assert kent.code_of("Level 3") == "targeted.intensive"
    assert tower_hamlets.code_of("Level 3") is None


def test_a_label_of_another_councils_level_says_whose_it_is() -> None:
    level = {"council_label": "Level 3", "canonical": "targeted.intensive"}
    _, (sent,) = through("tower_hamlets", "enquiry_form", level=level)
    assert body(sent.payload)["referral"]["level"].get("council_label") != "Level 3"


def test_a_request_for_support_is_another_form_in_each_council_X_16() -> None:
    asked = {"derby": ("level_derby", "Low-level needs"), "kent": ("level_kent", "Level 3")}
    assert {council: CODES[levels].code_of(label) for council, (levels, label) in asked.items()} == {
        "derby": "universal_plus",
        "kent": "targeted.intensive",
    }


def test_possible_harm_is_marked_urgent_settled_31() -> None:
    _, (sent,) = through("kent", "invented_school", harm={"level": "possible"})
    assert (body(sent.payload)["outcome"], body(sent.payload)["urgent"]) == ("share", True)


def test_a_nameless_enquiry_in_danger_goes_to_the_front_door_whole_TH_R01() -> None:
    told = NAMELESS | {"purpose": "general_enquiry", "reason": "Jamie Okafor at number 12 is being beaten."}
    (course,), (sent,) = through("tower_hamlets", "enquiry_form", **told, harm={"level": "significant"})
    assert (course.decision.outcome, sent.hub.name) == (Outcome.DIVERT, "mash")
    assert "Okafor" in sent.payload.body.decode()


@pytest.mark.parametrize(
    ("council", "clock", "start", "expected"),
    [
        pytest.param("kent", "allocation", "2026-04-02T10:00", date(2026, 4, 8), id="KE-T01"),
        pytest.param("kent", "first_contact", "2026-04-02T10:00", date(2026, 4, 20), id="KE-T02"),
        pytest.param("hull", "written_follow_up", "2026-03-27T17:30", date(2026, 3, 29), id="HU-T01"),
        pytest.param("hull", "feedback", "2026-03-27T17:30", date(2026, 4, 7), id="HU-T02"),
        pytest.param("leicester", "first_meeting", "2026-04-02T10:00", date(2026, 4, 23), id="LE-T01"),
        pytest.param("leicester", "plan_review", "2026-11-30T10:00", date(2027, 2, 28), id="LE-T02"),
        pytest.param("tower_hamlets", "assessment_review", "2026-04-01T10:00", date(2026, 10, 1), id="TH-T04"),
        pytest.param("kent", "child_seen_after_step_down", "2026-04-02T10:00", date(2026, 4, 20), id="KE-T03"),
        pytest.param("derby", "assessment_done", "2026-04-02T10:00", date(2026, 4, 20), id="DE-T01"),
    ],
)
def test_a_councils_timer_is_due_on_the_day_of_the_papers_vectors(
    council: str, clock: str, start: str, expected: date
) -> None:
    timer = COUNCILS[council].clocks[clock]
    assert day_of(due(timer.within, at(start), COUNCILS[council].hours, timer.counts)) == expected


def test_told_in_advance_no_confirmation_is_asked_HU_C02() -> None:
    given = [an_agreement(informed_of=TOLD_OF)]
    (course,), _ = through("hull", "invented_academy", agreements=given)
    assert "confirm_informed" not in codes(course.decision, "flag")
