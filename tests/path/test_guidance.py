"""Statements of the five councils' documents through the whole pure path, each by its rule id."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters import HUBS
from contracts.decision import Outcome
from contracts.recorded import PersonFact
from contracts.referral import Purpose
from gateway.config.codes import load_codes
from gateway.config.yamlfile import plainly
from gateway.path.course import Course, Matter, Rules, consider, promises
from gateway.path.deciding import evaluate
from gateway.path.routing import choose
from tests.builders import NOW, a_child, a_mother, a_referral, an_agreement
from tests.path.copies import GROUPING, SCREENS, body
from tests.path.deriving import COUNCILS, POLICIES, derived, fact
from tests.path.scenarios import EHA, INFORMED, SIGNED
from tests.path.stories import SENDERS
from tests.path.test_scenarios import codes, route_of, through

MAPPINGS = Path(__file__).parents[2] / "mappings"
CODES = load_codes(MAPPINGS / "codes")
STRANDS = ["crime", "attendance", "children_who_need_help", "work_and_money", "domestic_abuse", "health"]
REFUSED = [an_agreement(status="refused")]
UNSAFE: dict[str, Any] = {"agreements": [an_agreement(status="not_sought", not_sought="unsafe")]}
HARM = {"level": "significant", "declared_by": "Sam Okoro"}
PICTURE = {"sha256": "a" * 64, "kind": "eha", "media_type": "image/jpeg"}
LOCAL: dict[str, dict[str, Any]] = {
    "derby": {"family": {"locality": "Locality 1"}},
    "hull": {"family": {"locality": "East"}},
}


def asked(council: str, **changes: Any) -> tuple[Course, Any]:
    """The decision on one request of a sender of the council's own, and what was sent."""
    (course,), sent = through(council, SENDERS[council], **(LOCAL.get(council, {}) | changes))
    return course, sent


def rows(course: Course) -> set[str]:
    return {hit.rule for hit in course.decision.hits}


# --- safety goes before agreement, wherever it comes from ---


@pytest.mark.parametrize(
    ("council", "door"),
    [
        pytest.param("tower_hamlets", "mash", id="TH-E12"),
        pytest.param("derby", "initial_response", id="DE-C03-DE-C10-DE-T04-DE-E04"),
        pytest.param("kent", "front_door", id="KE-C09"),
        pytest.param("leicester", "duty_and_advice", id="LE-C13-LE-E06"),
        pytest.param("hull", "ehash", id="HU-R09"),
    ],
)
def test_a_refusal_never_stands_before_a_childs_safety(council: str, door: str) -> None:
    course, sent = asked(council, agreements=REFUSED, harm=HARM)
    assert (course.decision.outcome, course.decision.deciding) == (Outcome.DIVERT, ("S-102",))
    assert [promise.hub.name for promise in sent] == [door]


def test_section_47_waits_for_no_assessment_DE_R15() -> None:
    course, _ = asked("derby", harm={"level": "none_declared", "duties": ["section_47"]}, assessments=[])
    assert (course.decision.outcome, course.decision.deciding) == (Outcome.DIVERT, ("S-103",))


@pytest.mark.parametrize(
    "council", [pytest.param("tower_hamlets", id="TH-C15"), pytest.param("leicester", id="LE-C06")]
)
def test_who_thinks_asking_unsafe_is_asked_about_safety_today_TH_C15_LE_C06(council: str) -> None:
    course, sent = asked(council, **UNSAFE, informed=[{"who": "parents", "told": True}])
    assert (course.decision.outcome, sent) == (Outcome.HOLD, ())
    assert "G-507" in course.decision.deciding
    assert "safety" in codes(course.decision, "hold")


@pytest.mark.parametrize("council", ["tower_hamlets", "leicester"])
def test_asking_that_is_unsafe_holds_nothing_back_from_the_front_door_TH_C15_LE_C06(council: str) -> None:
    course, sent = asked(council, **UNSAFE, harm=HARM)
    assert (course.decision.outcome, len(sent)) == (Outcome.DIVERT, 1)


def test_the_emergency_sentence_names_the_police_first_TH_R02() -> None:
    assert "999" in COUNCILS["tower_hamlets"].emergency.split(".")[0]


# --- a family that says no ---


@pytest.mark.parametrize(
    ("council", "row"),
    [
        pytest.param("tower_hamlets", "TH-C13", id="TH-C27"),
        pytest.param("derby", "DE-C15", id="DE-C04-DE-C15-DE-C21"),
        pytest.param("kent", "KE-C08", id="KE-R12"),
        pytest.param("leicester", "LE-C02", id="LE-C02"),
        pytest.param("hull", "HU-C06", id="HU-C05-HU-C06"),
    ],
)
def test_a_no_is_respected_and_safety_is_thought_of(council: str, row: str) -> None:
    course, sent = asked(council, agreements=REFUSED)
    assert (course.decision.outcome, course.decision.deciding, sent) == (Outcome.HOLD, ("G-502",), ())
    assert row in rows(course)
    assert "refused_look_at_safety" in codes(course.decision, "flag")


@pytest.mark.parametrize(
    ("council", "changes"),
    [
        pytest.param("derby", {}, id="DE-C13"),
        pytest.param("hull", {"requested_services": [{"code": "hu_young_carers"}]}, id="HU-C10"),
        pytest.param("tower_hamlets", {"people": [a_child(), a_mother()]}, id="TH-C29"),
    ],
)
def test_nobody_who_was_not_asked_is_told_of(council: str, changes: dict[str, Any]) -> None:
    course, sent = asked(council, agreements=[], informed=[{"who": "parents", "told": True}], **changes)
    assert (course.decision.outcome, sent) == (Outcome.HOLD, ())
    assert "G-506" in course.decision.deciding


def test_whether_an_assessment_exists_is_no_nameless_question_TH_C29() -> None:
    course, sent = asked("tower_hamlets", purpose="general_enquiry", reason="Is there an assessment already?")
    assert (course.decision.outcome, sent) == (Outcome.HOLD, ())
    assert "I-304" in course.decision.deciding


def test_with_agreement_the_hub_is_asked_whether_an_assessment_exists_TH_C29_TH_C06() -> None:
    course, sent = asked("tower_hamlets", agreements=[SIGNED], reason="Is there an assessment already?")
    assert (course.decision.outcome, course.decision.hub, len(sent)) == (Outcome.SHARE, "ehh", 1)


@pytest.mark.parametrize(
    ("agencies", "outcome"),
    [
        pytest.param(["Early Help Hub"], Outcome.SHARE, id="this one"),
        pytest.param(["Housing"], Outcome.HOLD, id="another one"),
    ],
)
def test_another_agency_needs_an_agreement_that_names_it_TH_C21_KE_C04(agencies: list[str], outcome: Outcome) -> None:
    course, _ = asked("tower_hamlets", agreements=[SIGNED | {"scope": {"agencies": agencies}}])
    assert course.decision.outcome is outcome


def test_the_team_gets_what_was_agreed_for_it_LE_R17() -> None:
    course, _ = asked("leicester", agreements=[INFORMED | {"scope": {"agencies": ["EH in DAS"]}}])
    assert (course.decision.outcome, course.decision.facts.values["agreement"]) == (Outcome.SHARE, "in_scope")


# --- a decision to share all the same ---

OVERRIDE = {
    "reason": "Her health fails without treatment.",
    "decided_by": "Sam Okoro",
    "decided_by_role": "Designated safeguarding lead",
    "consulted": "The paediatric nurse agreed.",
    "proportionality": "Only what the nurse needs.",
    "pressing_need": "The next appointment is on Friday.",
    "agreement_state": "refused",
}


@pytest.mark.parametrize(
    "ground",
    [
        pytest.param("a_impairment", id="DE-C09a"),
        pytest.param("b_evidence", id="DE-C09b"),
        pytest.param("c_reasonable_cause", id="DE-C09c"),
        pytest.param("d_prevent_serious_harm", id="DE-C09d"),
    ],
)
def test_a_named_persons_decision_and_its_ground_carry_it_DE_C08_DE_C11(ground: str) -> None:
    override = OVERRIDE | {"ground": ground, "recipient": "spa_locality_1"}
    course, (sent,) = asked("derby", agreements=REFUSED, override=override)
    assert (course.decision.outcome, course.decision.deciding) == (Outcome.SHARE_MINIMISED, ("G-514",))
    assert "carer_detail" not in course.decision.groups  # proportionate: some of it
    assert body(sent.payload)["referral"]["override"]["ground"] == ground


def test_what_was_shared_with_whom_and_who_was_consulted_is_kept_DE_C06_DE_C07() -> None:
    override = OVERRIDE | {"ground": "b_evidence", "recipient": "spa_locality_1"}
    course, (sent,) = asked("derby", agreements=REFUSED, override=override)
    assert (course.decision.hub, sent.hub.name) == ("spa_locality_1", "spa_locality_1")
    assert course.decision.groups
    assert "paediatric nurse" in sent.payload.body.decode()


@pytest.mark.parametrize("missing", ["reason", "decided_by", "agreement_state"])
def test_a_decision_without_its_reason_is_none_DE_C12(missing: str) -> None:
    override = {key: value for key, value in OVERRIDE.items() if key != missing} | {"recipient": "spa_locality_1"}
    course, sent = asked("derby", agreements=REFUSED, override=override)
    assert (course.decision.outcome, course.decision.deciding, sent) == (Outcome.HOLD, ("G-502",), ())


def test_despite_a_refusal_it_may_go_to_prevent_harm_TH_C14() -> None:
    override = OVERRIDE | {"ground": "d_prevent_serious_harm", "recipient": "ehh"}
    told = [{"who": "parents", "told": True}]
    course, _ = asked("tower_hamlets", agreements=REFUSED, override=override, informed=told)
    assert (course.decision.outcome, course.decision.deciding) == (Outcome.SHARE_MINIMISED, ("G-514",))


# --- a family and a young person who ask ---


@pytest.mark.parametrize(
    ("council", "hub"),
    [pytest.param("tower_hamlets", "ehh", id="TH-R14"), pytest.param("hull", "ehash", id="HU-C16-HU-E02")],
)
def test_a_family_that_asks_for_itself_needs_no_form_of_agreement(council: str, hub: str) -> None:
    course, sent = asked(council, referrer={"kind": "family_self"}, agreements=[], notices=[])
    assert (course.decision.outcome, course.decision.hub, len(sent)) == (Outcome.SHARE, hub, 1)


@pytest.mark.parametrize(
    ("born", "competence", "expected"),
    [
        ("2017-03-14", None, "not_needed"),
        ("2013-03-14", None, "silent_12_15"),
        ("2013-03-14", {"assessed": True, "assessed_by": "Kim Ashdown"}, "agrees"),
        ("2010-03-14", None, "agrees"),
    ],
)
def test_a_childs_part_is_by_age_and_understanding_HU_C04(born: str, competence: Any, expected: str) -> None:
    people = [a_child(date_of_birth=born), a_mother()]
    own = an_agreement(giver="child", capacity="young_person", competence=competence)
    agreements = [an_agreement()] if expected.startswith(("silent", "not")) else [an_agreement(), own]
    assert fact("young", council=COUNCILS["hull"], people=people, agreements=agreements) == expected


def test_a_young_persons_own_agreement_is_enough_HU_C01() -> None:
    own = an_agreement(giver="child", capacity="young_person", informed_of="What it is for.")
    people = [a_child(date_of_birth="2010-03-14"), a_mother()]
    course, _ = asked("hull", people=people, agreements=[own])
    assert course.decision.outcome is Outcome.SHARE


# --- what travels ---


def test_what_could_not_be_assessed_travels_with_its_reason_DE_C20_KE_C10() -> None:
    done = [{"kind": "eha", "attached": True, "not_achieved": "The home: nobody opened."}]
    for council in ("derby", "kent"):
        _, (sent,) = asked(council, assessments=done)
        assert "nobody opened" in sent.payload.body.decode()


@pytest.mark.parametrize(("council", "row"), [pytest.param("derby", "DE-C24"), pytest.param("kent", "KE-C17")])
@pytest.mark.parametrize("risk", [{"known": True}, {"what": "He threatened a nurse."}])
def test_a_risk_to_those_who_visit_is_flagged_and_travels_DE_C24_KE_C17(
    council: str, row: str, risk: dict[str, Any]
) -> None:
    course, (sent,) = asked(council, staff_risk=risk)
    assert row in rows(course)
    assert body(sent.payload)["referral"]["staff_risk"] == risk


@pytest.mark.parametrize("risk", [None, {"known": False}])
def test_no_known_risk_is_no_flag_DE_C24(risk: Any) -> None:
    course, _ = asked("derby", staff_risk=risk)
    assert "DE-C24" not in rows(course)


def test_plan_and_assessment_are_shared_documents_DE_C23() -> None:
    plan = {"outcomes": "She is on time.", "actions": [{"action": "Breakfast club."}]}
    _, (sent,) = asked("derby", plan=plan, assessments=EHA)
    assert (body(sent.payload)["referral"]["plan"], body(sent.payload)["referral"]["assessments"]) == (plan, EHA)


def test_the_leaflet_that_was_given_is_told_TH_C30() -> None:
    notices = [{"person": "mother", "given": True, "version": "2026-09", "leaflet": "For parents and carers"}]
    _, (sent,) = asked("tower_hamlets", agreements=[SIGNED], notices=notices)
    assert body(sent.payload)["referral"]["notices"][0]["leaflet"] == "For parents and carers"


def test_a_finished_assessment_asks_for_its_monitoring_form_DE_T03() -> None:
    course, _ = asked("derby", assessments=EHA)
    assert "monitoring_form_due" in codes(course.decision, "flag")


def test_without_a_lead_the_clerk_is_asked_for_one_DE_E06() -> None:
    course, _ = asked("derby", professionals=[{"agency": "Invented Clinic"}])
    assert "ask_clerk_for_lead" in codes(course.decision, "flag")


def test_parents_who_were_not_told_are_named_to_duty_and_advice_LE_C12() -> None:
    course, _ = asked("leicester", agreements=[], notices=[], harm=HARM)
    assert (course.decision.outcome, "LE-C12" in rows(course)) == (Outcome.DIVERT, True)


def test_the_checklist_that_goes_with_every_assessment_is_asked_for_TH_E08() -> None:
    with_it, _ = asked("tower_hamlets", agreements=[SIGNED], assessments=EHA, programme_strands=["attendance"])
    without, _ = asked("tower_hamlets", agreements=[SIGNED], assessments=EHA)
    no_assessment, _ = asked("tower_hamlets", agreements=[SIGNED])
    due = [
        "eligibility_checklist_due" in codes(course.decision, "flag") for course in (with_it, without, no_assessment)
    ]
    assert due == [False, True, False]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"assessments": [{"kind": "eha", "as_stated": "Hand-written"}]}, "yes", id="as stated"),
        pytest.param({"attachments": [{"sha256": "a", "kind": "eha", "media_type": "image/jpeg"}]}, "yes", id="photo"),
        pytest.param(
            {"attachments": [{"sha256": "a", "kind": "eha", "media_type": "application/pdf"}]}, "no", id="pdf"
        ),
        pytest.param({"attachments": [{"sha256": "a", "kind": "plan", "media_type": "image/png"}]}, "no", id="a plan"),
        pytest.param({"assessments": [{"kind": "my_star", "as_stated": "On paper"}]}, "no", id="no eha"),
        pytest.param({"assessments": [{"kind": "eha", "as_stated": "The paperless form"}]}, "no", id="paperless"),
    ],
)
def test_paper_is_a_picture_or_what_its_sender_says_TH_T15(changes: dict[str, Any], expected: str) -> None:
    assert fact("on_paper", council=COUNCILS["tower_hamlets"], **changes) == expected


def test_paper_is_no_reason_to_keep_danger_back_TH_T15() -> None:
    scan = [{"sha256": "a" * 64, "kind": "eha", "media_type": "image/png"}]
    course, sent = asked("tower_hamlets", attachments=scan, harm=HARM)
    assert (course.decision.outcome, len(sent)) == (Outcome.DIVERT, 1)


# --- where it goes ---


@pytest.mark.parametrize(
    ("council", "changes", "hub", "row"),
    [
        pytest.param("tower_hamlets", {"purpose": "general_enquiry"}, "ehh", "TH-R03", id="TH-R20"),
        pytest.param(
            "derby",
            {"requested_services": [{"code": "de_one_agency"}], "family": {"locality": "Locality 1"}},
            "one_agency",
            "DE-R03",
            id="DE-R03",
        ),
        pytest.param("derby", {"purpose": "step_up"}, "initial_response", "DE-R07", id="DE-R08"),
        pytest.param(
            "derby",
            {"purpose": "panel_referral", "family": {"locality": "Locality 2"}},
            "spa_locality_2",
            "DE-R05b",
            id="DE-R09-DE-E07",
        ),
        pytest.param("kent", {"purpose": "step_up"}, "front_door", "KE-R10", id="KE-R08"),
        pytest.param(
            "hull",
            {"requested_services": [{"code": "hu_parenting_support"}], "family": {"locality": "North"}},
            "locality_north",
            "HU-R03c",
            id="HU-R03",
        ),
        pytest.param("hull", {"purpose": "step_up"}, "ehash", "HU-R02", id="HU-R08-HU-E05"),
        pytest.param("hull", {"purpose": "redirect"}, "ehash", "HU-R11", id="HU-R11"),
        pytest.param(
            "hull",
            {"purpose": "step_down", "step_down": {"lead_found": False}, "family": {"locality": "West"}},
            "eham_west",
            "HU-R13a",
            id="HU-E06",
        ),
        pytest.param("leicester", {"purpose": "step_up"}, "duty_and_advice", "LE-R07", id="LE-R13-LE-T04"),
    ],
)
def test_it_goes_where_the_document_says(council: str, changes: dict[str, Any], hub: str, row: str) -> None:
    (candidate,) = choose(a_referral(council=council, **changes), COUNCILS[council], NOW)
    found = next(route.id for route in COUNCILS[council].routes if route.because == candidate.because)
    assert (candidate.hub, candidate.state, found) == (hub, "right_hub", row)


def test_one_agency_gets_its_part_and_no_more_DE_R03_DE_C13() -> None:
    course, (sent,) = asked("derby", requested_services=[{"code": "de_one_agency"}])
    assert (course.decision.hub, route_of("derby", course.decision)) == ("one_agency", "DE-R03")
    assert not {"health_send", "circumstances", "step_down", "attachments"} & set(course.decision.groups)
    assert sent.hub.name == "one_agency"


def test_siblings_are_one_request_one_message_and_a_decision_each_DE_R16_DE_E05() -> None:
    people = [a_child(), a_child(id="tom", first_name="Tom", date_of_birth="2014-01-02"), a_mother()]
    courses, sent = through("derby", "invented_school", people=people, family={"locality": "Locality 1"})
    assert [course.decision.candidate.subject for course in courses] == ["child", "tom"]
    assert [promise.hub.name for promise in sent] == ["spa_locality_1"]
    assert len(sent[0].decisions) == 2


def test_only_the_child_with_a_significant_disability_goes_to_the_lighthouse_DE_R06_DE_R16() -> None:
    tom = a_child(id="tom", first_name="Tom", date_of_birth="2014-01-02", significant_disability=True)
    courses, sent = through(
        "derby", "invented_school", people=[a_child(), tom, a_mother()], family={"locality": "Locality 1"}
    )
    assert [course.decision.hub for course in courses] == ["spa_locality_1", "lighthouse"]
    assert [promise.hub.name for promise in sent] == ["spa_locality_1", "lighthouse"]


def test_three_siblings_of_whom_one_refuses_are_three_decisions() -> None:
    tom = a_child(id="tom", first_name="Tom", date_of_birth="2010-01-02")
    people = [a_child(), tom, a_child(id="ida", first_name="Ida", date_of_birth="2016-05-05"), a_mother()]
    said = [an_agreement(), an_agreement(giver="tom", capacity="young_person", status="refused")]
    courses, sent = through(
        "derby", "invented_school", people=people, agreements=said, family={"locality": "Locality 1"}
    )
    assert [course.decision.outcome.sends for course in courses] == [True, False, True]
    assert [len(promise.decisions) for promise in sent] == [2]


def test_two_councils_are_one_hold_and_once_a_person_picked_one_send_A_205() -> None:
    home = {"family": {"home_council": "E06000015"}}
    (before,), nothing = through("kent", "invented_school", **home)
    assert (before.decision.outcome, before.decision.deciding, nothing) == (Outcome.HOLD, ("A-205",), ())
    rules = Rules(COUNCILS["kent"], POLICIES["kent"], GROUPING, SCREENS)
    told = PersonFact("route", "front_door", "front_door", "child", "front_door", "c" * 64, "pat", "desk", "Ours", NOW)
    sender = COUNCILS["kent"].senders["invented_school"]
    matter = Matter(a_referral(council="kent", **home), (), sender, "R-1", "c" * 64, (told,))
    courses, screening = consider(matter, rules, NOW)
    sent = promises(matter, courses, rules, screening, NOW)
    assert [course.decision.outcome for course in courses] == [Outcome.SHARE]
    assert [promise.hub.name for promise in sent] == ["front_door"]


def test_a_return_never_takes_the_alarm_away_settled_31() -> None:
    scan = [PICTURE]
    course, sent = asked("tower_hamlets", attachments=scan, harm={"level": "possible"})
    assert (course.decision.outcome, sent) == (Outcome.RETURN, ())
    assert {"look_at_possible_harm"} <= codes(course.decision, "task")
    assert {"harm_possible"} <= codes(course.decision, "flag")


def test_a_return_has_an_owner_a_time_and_an_escalation_settled_8() -> None:
    course, _ = asked("tower_hamlets", attachments=[PICTURE])
    (returned,) = [each for each in course.decision.obligations if each.code == "returned"]
    assert POLICIES["tower_hamlets"].holds["returned"].on_expiry
    assert returned.kind == "hold"


def test_no_purpose_of_ours_falls_to_another_settled_50() -> None:
    found = {purpose: fact("purpose", purpose=purpose.value) for purpose in Purpose}
    assert [purpose for purpose, value in found.items() if value == "other"] == [Purpose.OTHER]


FIRST_CONTACT = ("people", "relationships", "family", "professionals", "views", "agreements")
"""Fields of Kent's list of what the worker finds out at first contact (rules 2.3)."""


def test_what_is_found_out_at_first_contact_is_never_asked_of_a_sender_settled_49() -> None:
    form = MAPPINGS / "sources" / "drupal_webform" / "kent_request_for_support.yaml"
    rows = plainly(form)["fields"]
    demanded = [row["to"] for row in rows if row.get("required") is True]
    assert [to for to in demanded if to.partition(".")[0] in FIRST_CONTACT] == []


def test_a_request_that_says_nothing_of_first_contact_goes_settled_49() -> None:
    course, sent = asked("kent", people=[a_child(addresses=[]), a_mother(phones=[])], relationships=[])
    assert (course.decision.outcome, len(sent)) == (Outcome.SHARE, 1)


@pytest.mark.parametrize("council", sorted(COUNCILS))
def test_a_lapsed_sharing_agreement_flags_and_holds_nothing_settled_42(council: str) -> None:
    sender = COUNCILS[council].senders[SENDERS[council]]
    lapsed = replace(sender, agreement_until=date(2026, 10, 1))
    asked_for = {"agreements": [SIGNED | {"informed_of": "All of it."}]} | LOCAL.get(council, {})
    facts, _ = derived(COUNCILS[council], lapsed, **asked_for)
    verdict = evaluate(POLICIES[council], facts)
    assert verdict.outcome is Outcome.SHARE
    assert "no_sharing_agreement" in {each.code for each in verdict.obligations}


def test_nothing_leaves_hull_but_by_a_secure_way_HU_R14() -> None:
    for hub in COUNCILS["hull"].hubs.values():
        assert hub.adapter in HUBS
        assert hub.url.startswith("https://")


@pytest.mark.parametrize(
    ("service", "band"),
    [("hu_family_support_0_11", (0, 11)), ("hu_family_support_11_19", (11, 19)), ("hu_youth_services_10_19", (10, 19))],
)
def test_a_service_has_the_ages_printed_beside_it_HU_E03(service: str, band: tuple[int, int]) -> None:
    assert COUNCILS["hull"].settings.eligibility.bands[service] == band


@pytest.mark.parametrize(
    ("codes_of", "labels"),
    [
        pytest.param("need", ["attendance", "exclusion", "cse", "victim_of_crime", "missing_runaway"], id="LE-E05"),
        pytest.param("need", ["missed_health_appointments", "bullying", "young_carer", "homelessness"], id="KE-E03"),
        pytest.param("programme_strand", STRANDS, id="TH-E06"),
    ],
)
def test_what_a_document_lists_has_a_code(codes_of: str, labels: list[str]) -> None:
    assert [label for label in labels if label not in CODES[codes_of].labels] == []
