"""Facts for councils' own rows, and what each council decides on them with the base tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.adapter import Fault
from contracts.council_settings import AgreementTerms, Eligibility
from contracts.decision import Outcome
from gateway.path import boxes
from gateway.path.screening import Screening
from tests.builders import a_child, a_mother, a_registration, an_agreement
from tests.path.deriving import COUNCILS, POLICIES, SEEN, at, decided, derived, fact, flags, midnight, with_settings
from tests.path.scenarios import HEADINGS

VERBAL = an_agreement(form="verbal")
NEEDS = [
    {"code": "attendance", "whose": "child"},
    {"code": "mental_health_parent", "whose": "mother"},
    {"code": "homelessness"},
]
STATED = {"complex": True, "multi_agency": True}
ATTACHED = [{"kind": "eha", "attached": True}]
TOLD_OF = "How it is stored and who sees it."
BOTH = {"support": True, "sharing": True}


# --- form and parties ---


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({"form": "signed", "signed_document": "abc"}, "as_required", id="here"),
        pytest.param({"form": "signed"}, "signed_to_follow", id="settled 48"),
        pytest.param({"form": None, "signed_document_elsewhere": True}, "signed_to_follow", id="elsewhere"),
        pytest.param({"form": "verbal"}, "other_form", id="verbal"),
        pytest.param({"form": "electronic"}, "other_form", id="a tick"),
        pytest.param({"form": None}, "unknown", id="not said"),
        pytest.param({"status": "refused"}, "unknown", id="refused"),
    ],
)
def test_a_signature_where_one_is_asked_for_TH_C05(said: dict[str, Any], expected: str) -> None:
    council = with_settings(agreement={"request": AgreementTerms(form="signed")})
    assert fact("agreement_form", council=council, agreements=[an_agreement(**said)]) == expected


def test_the_signed_form_may_be_an_attachment_TH_C05() -> None:
    council = with_settings(agreement={"any": AgreementTerms(form="signed")})
    assert (
        fact("agreement_form", council=council, attachments=[{"sha256": "a", "kind": "signed_consent"}])
        == "as_required"
    )


@pytest.mark.parametrize(
    ("form", "assessments", "expected"),
    [
        ("verbal", [], "not_needed"),
        ("verbal", [{"kind": "single_assessment"}], "other_form"),
        ("written", [{"kind": "single_assessment"}], "as_required"),
    ],
)
def test_written_consent_only_after_a_single_assessment_LE_C10(
    form: str, assessments: list[dict[str, Any]], expected: str
) -> None:
    said = [an_agreement(form=form)]
    found = fact(
        "agreement_form", council=COUNCILS["leicester"], purpose="step_down", agreements=said, assessments=assessments
    )
    assert found == expected


@pytest.mark.parametrize(
    ("wanted", "said", "expected"),
    [
        ("", [], "not_needed"),
        ("child_or_parent", [an_agreement()], "as_required"),
        ("child_or_parent", [an_agreement(giver="child", capacity="young_person")], "as_required"),
        ("parent", [an_agreement(giver="child", capacity="young_person")], "parent_missing"),
        ("child_and_family", [an_agreement()], "child_missing"),
        ("child_and_family", [an_agreement(), an_agreement(giver="child", capacity="young_person")], "as_required"),
        ("child_and_family", [], "parent_missing"),
    ],
)
def test_who_must_agree_is_the_councils_to_say(wanted: str, said: list[dict[str, Any]], expected: str) -> None:
    council = with_settings(agreement={"any": AgreementTerms(parties=wanted)})
    assert fact("parties", council=council, agreements=said) == expected


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (BOTH, "both"),
        ({"support": True}, "one"),
        ({}, "none"),
        ({"support": True, "sharing": False}, "none"),
    ],
)
def test_support_and_sharing_are_two_consents_LE_C09(scope: dict[str, bool], expected: str) -> None:
    said = [an_agreement(scope=scope)]
    assert fact("both_consents", council=COUNCILS["leicester"], purpose="step_down", agreements=said) == expected


def test_a_request_needs_no_two_consents() -> None:
    assert fact("both_consents", council=COUNCILS["leicester"]) == "not_needed"


# --- who was told ---


@pytest.mark.parametrize(
    ("informed", "expected"),
    [
        pytest.param([], "told", id="a parent who agreed knows"),
        pytest.param([{"who": "parents", "told": True}], "told", id="told"),
        pytest.param([{"who": "parents", "told": False}], "not_told", id="TH-C18"),
        pytest.param([{"who": "parents", "told": False, "reason_not": "Unsafe."}], "not_told_unapproved", id="alone"),
        pytest.param(
            [{"who": "parents", "told": False, "reason_not": "Unsafe.", "decided_with": "Rhea Quill"}],
            "not_told_risk",
            id="TH-C17",
        ),
        pytest.param([{"who": "child", "told": False}], "told", id="the child was not told"),
    ],
)
def test_whether_the_parents_were_told_TH_C16(informed: list[dict[str, Any]], expected: str) -> None:
    assert (
        fact("parents", council=with_settings(inform_parents=True, approver="officer"), informed=informed) == expected
    )


def test_nothing_said_of_the_parents_is_unknown() -> None:
    assert fact("parents", council=with_settings(inform_parents=True), agreements=[]) == "unknown"


def test_where_nobody_need_approve_a_reason_is_enough_HU_C08() -> None:
    informed = [{"who": "parents", "told": False, "reason_code": "increases_risk"}]
    assert fact("parents", council=COUNCILS["hull"], informed=informed) == "not_told_risk"


def test_a_family_that_asks_for_itself_knows() -> None:
    assert fact("parents", council=with_settings(inform_parents=True), referrer={"kind": "family_self"}) == "not_needed"


# --- ages, needs, assessments, leads ---


@pytest.mark.parametrize(
    ("born", "ldd", "expected"),
    [
        ("2006-11-03", False, "in_range"),
        ("2006-11-02", False, "needs_ldd"),
        ("2003-01-01", True, "with_ldd"),
        ("2002-01-01", True, "doubtful_age"),
        ("2002-01-01", None, "needs_ldd"),
        ("2001-11-02", True, "above"),
        (None, None, "unknown"),
    ],
)
def test_ages_of_tower_hamlets_TH_E01_E02_E03(born: str | None, ldd: bool | None, expected: str) -> None:
    child = a_child(date_of_birth=born, learning_difficulty_or_disability=ldd)
    assert fact("eligibility", council=COUNCILS["tower_hamlets"], people=[child, a_mother()]) == expected


@pytest.mark.parametrize(("unborn", "expected"), [(True, "in_range"), (False, "below")])
def test_an_unborn_child_is_in_range_where_the_council_says_so(unborn: bool, expected: str) -> None:
    council = with_settings(eligibility=Eligibility(unborn=unborn, age_max=19))
    child = a_child(date_of_birth=None, unborn=True, expected_date_of_birth="2027-01-05")
    assert fact("eligibility", council=council, people=[child, a_mother()]) == expected


def test_facts_hold_until_the_age_range_ends() -> None:
    child = a_child(date_of_birth="2006-12-01")
    said = [an_agreement(giver="child", capacity="young_person")]
    _, until = derived(council=COUNCILS["tower_hamlets"], people=[child], agreements=said)
    assert until == midnight(date(2026, 12, 1))


@pytest.mark.parametrize(
    ("service", "born", "expected"),
    [
        ("hu_family_support_0_11", "2017-01-01", "within"),
        ("hu_family_support_0_11", "2015-01-01", "two_bands"),
        ("hu_family_support_11_19", "2015-01-01", "two_bands"),
        ("hu_family_support_11_19", "2012-01-01", "within"),
        ("hu_family_support_0_11", "2012-01-01", "outside"),
        ("hu_youth_services_10_19", "2015-01-01", "within"),
        ("hu_young_carers", "2015-01-01", "no_band"),
        ("hu_family_support_0_11", None, "unknown"),
    ],
)
def test_the_band_beside_the_box_HU_R06(service: str, born: str | None, expected: str) -> None:
    child = a_child(date_of_birth=born)
    changes: dict[str, Any] = {"family": {"locality": "West"}, "requested_services": [{"code": service}]}
    assert fact("age_band", council=COUNCILS["hull"], people=[child, a_mother()], **changes) == expected


@pytest.mark.parametrize(
    ("needs", "level", "expected"),
    [
        pytest.param(NEEDS, STATED, "enough", id="S04"),
        pytest.param(NEEDS, {}, "statement_missing", id="S14 without a statement"),
        pytest.param(NEEDS[:2], STATED, "too_few", id="S15"),
        pytest.param([*NEEDS[:2], NEEDS[0]], STATED, "too_few", id="one need twice"),
        pytest.param([*NEEDS[:2], NEEDS[2] | {"unmet": False}], STATED, "too_few", id="one is met"),
        pytest.param(
            [{"code": "bullying", "whose": who} for who in ("child", "ivo", "ada")], STATED, "enough", id="S14 siblings"
        ),
    ],
)
def test_needs_are_counted_for_the_family_LE_E01(
    needs: list[dict[str, Any]], level: dict[str, Any], expected: str
) -> None:
    assert fact("needs_count", council=COUNCILS["leicester"], needs=needs, level=level) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "none"),
        ({"assessments": [{"kind": "eha"}]}, "not_attached"),
        ({"assessments": ATTACHED}, "attached"),
        ({"attachments": [{"sha256": "a", "kind": "eha"}]}, "attached"),
        ({"purpose": "step_down"}, "not_needed"),
        ({"purpose": "step_down", "assessments": [{"kind": "single_assessment"}]}, "single_assessment"),
    ],
)
def test_what_assessment_came_with_it_LE_C08_LE_R12(changes: dict[str, Any], expected: str) -> None:
    assert fact("assessment", council=COUNCILS["leicester"], **changes) == expected


@pytest.mark.parametrize(
    ("now", "expected"), [("2026-10-01T23:59", "current"), ("2026-10-02T00:00", "old"), ("2026-03-31T12:00", "unknown")]
)
def test_an_assessment_is_old_after_six_months_TH_E09(now: str, expected: str) -> None:
    found = fact(
        "assessment_age",
        council=COUNCILS["tower_hamlets"],
        assessments=[{"kind": "eha", "completed_on": "2026-04-01"}],
        now=at(now),
    )
    assert found == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [([], "none_named"), ([True], "agreed"), ([True, None], "unknown"), ([None, False], "not_agreed")],
)
def test_a_lead_agreed_to_be_named_HU_C11(answers: list[bool | None], expected: str) -> None:
    named = [{"name": "Kim", "lead": True, "agreed_to_be_named": answer} for answer in answers]
    assert fact("lead", professionals=[*named, {"name": "Lee"}]) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "free", id="nothing guarded"),
        pytest.param({"sharing_limits": [{"what": "Her health"}]}, "needs_reading", id="a limit"),
        pytest.param({"people": [a_child(), a_mother(protection=["do_not_inform"])]}, "needs_reading", id="a flag"),
        pytest.param({"people": [a_child(addresses=[{"protected": True}])]}, "needs_reading", id="an address"),
        pytest.param(
            {
                "people": [a_child(), a_mother(), a_child(id="ivo", roles=["sibling"])],
                "agreements": [an_agreement(), an_agreement(giver="ivo", status="refused")],
            },
            "needs_reading",
            id="a sibling said no",
        ),
    ],
)
def test_prose_waits_to_be_read_settled_35(changes: dict[str, Any], expected: str) -> None:
    assert fact("narrative", **changes) == expected


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        pytest.param("asked_for", {"purpose": "step_up"}, "step_up", id="LE-R13 what is asked for"),
        pytest.param("level", {}, "unknown", id="no level"),
        pytest.param("level", {"level": {"canonical": "targeted.intensive"}}, "targeted.intensive", id="KE-R04"),
        pytest.param("level", {"level": {"canonical": "3", "council_label": "Level 3"}}, "unknown", id="by number"),
        pytest.param("meeting", {}, "none", id="no meeting"),
        pytest.param("meeting", {"meetings": [{"kind": "taf"}]}, "exists", id="TH-R06"),
        pytest.param("early_help_open", {}, "unknown", id="no assessment"),
        pytest.param("early_help_open", {"assessments": [{"kind": "eha", "open": True}]}, "yes", id="LE-R13 open"),
        pytest.param("early_help_open", {"assessments": [{"kind": "eha", "open": False}]}, "no", id="LE-R13 closed"),
        pytest.param("early_help_open", {"assessments": [{"kind": "own", "open": True}]}, "unknown", id="another kind"),
    ],
)
def test_what_was_asked_at_which_level_and_what_runs_already(name: str, changes: dict[str, Any], expected: str) -> None:
    assert fact(name, **changes) == expected


ADULT = a_child(date_of_birth="2003-01-01", learning_difficulty_or_disability=True)


@pytest.mark.parametrize(
    ("done", "flagged"), [(None, True), (False, True), (True, False)], ids=["unsaid", "not made", "made"]
)
def test_a_step_down_before_its_joint_visit_is_flagged_KE_T08(done: bool | None, flagged: bool) -> None:
    handed = HEADINGS | {"joint_visit_done": done}
    verdict = decided("kent", purpose="step_down", registration=council_sender("kent"), step_down=handed)
    assert (verdict.outcome, "joint_visit_first" in flags(verdict)) == (Outcome.SHARE, flagged)


def test_a_consented_step_down_is_recorded_on_both_systems_KE_R14() -> None:
    verdict = decided("kent", purpose="step_down", registration=council_sender("kent"), step_down=HEADINGS)
    assert verdict.outcome is Outcome.SHARE
    assert "record_on_both_systems" in {each.code for each in verdict.obligations if each.kind == "task"}


def test_the_parents_of_an_adult_need_not_be_told_TH_C26() -> None:
    council = with_settings(inform_parents=True)
    assert fact("parents", council=council, people=[ADULT], agreements=[], informed=[]) == "not_needed"


def test_an_adult_agrees_alone_TH_C26() -> None:
    own = [an_agreement(giver="child", capacity="young_person")]
    council = with_settings(agreement={"any": AgreementTerms(parties="child_and_family")})
    assert fact("parties", council=council, people=[ADULT], agreements=own) == "as_required"


def test_on_the_way_to_safety_an_assessment_that_exists_goes_along_HU_C13() -> None:
    exists = [{"kind": "family_star_plus"}]
    assert fact("assessment", purpose="safeguarding", assessments=exists) == "not_attached"
    assert fact("assessment", purpose="safeguarding") == "not_needed"


# --- what the councils decide ---


@pytest.mark.parametrize("council", sorted(POLICIES))
def test_a_councils_rows_leave_no_fault_in_the_policy(council: str) -> None:
    assert boxes.faults(POLICIES[council]) == ()


def in_tower_hamlets(**changes: Any) -> Any:
    return decided("tower_hamlets", **changes)


def test_a_signed_enquiry_is_shared_with_the_form_to_follow_TH_C05_settled_48() -> None:
    verdict = in_tower_hamlets()
    assert (verdict.outcome, "signed_form_to_follow" in flags(verdict)) == (Outcome.SHARE, True)
    assert "chase_signed_form" in {each.code for each in verdict.obligations if each.kind == "task"}


def test_verbal_agreement_waits_for_a_signature_TH_C05() -> None:
    verdict = in_tower_hamlets(agreements=[VERBAL])
    assert (verdict.outcome, verdict.deciding) == (Outcome.HOLD, ("TH-C05",))


def test_s01_attendance_goes_alone_without_agreement_TH_C02() -> None:
    verdict = in_tower_hamlets(
        agreements=[], statutory_duties=[{"code": "school_attendance"}], informed=[{"who": "parents", "told": True}]
    )
    assert (verdict.outcome, verdict.deciding) == (Outcome.SHARE_MINIMISED, ("G-515",))


def test_s03_an_unborn_child_with_a_signature_to_follow_is_shared() -> None:
    unborn = a_child(
        first_name=None, surname=None, date_of_birth=None, unborn=True, expected_date_of_birth="2027-05-20"
    )
    assert in_tower_hamlets(people=[unborn, a_mother()]).outcome is Outcome.SHARE


@pytest.mark.parametrize(
    ("born", "ldd", "said", "outcome"),
    [
        pytest.param("2002-01-01", True, True, Outcome.SHARE, id="24"),
        pytest.param("2003-01-01", True, True, Outcome.SHARE, id="23"),
        pytest.param("2001-01-01", True, True, Outcome.HOLD, id="25"),
        pytest.param("2002-01-01", None, True, Outcome.RETURN, id="24 without LDD"),
        pytest.param("2002-01-01", True, False, Outcome.RETURN, id="24 without consent"),
    ],
)
def test_s06_a_young_adult_with_a_learning_difficulty(
    born: str, ldd: bool | None, said: bool, outcome: Outcome
) -> None:
    child = a_child(date_of_birth=born, learning_difficulty_or_disability=ldd)
    own = [an_agreement(giver="child", capacity="young_person")] if said else []
    verdict = in_tower_hamlets(
        people=[child], agreements=own, relationships=[], informed=[{"who": "family", "told": True}]
    )
    assert verdict.outcome is outcome
    assert ("age_rule_unclear" in flags(verdict)) is (born == "2002-01-01" and ldd is True)


def test_s09_a_refusal_does_not_stop_significant_harm() -> None:
    verdict = in_tower_hamlets(agreements=[an_agreement(status="refused")], harm={"level": "significant"}, informed=[])
    assert verdict.outcome is Outcome.DIVERT


NAMELESS: dict[str, Any] = {
    "purpose": "general_enquiry",
    "anonymous": True,
    "people": [],
    "agreements": [],
    "notices": [],
    "relationships": [],
}


def test_s11_a_name_in_the_text_of_a_nameless_enquiry_holds_it_TH_C10() -> None:
    named = Screening(ran=True, unlisted_names=("/reason",))
    assert in_tower_hamlets(screening=named, **NAMELESS).outcome is Outcome.HOLD
    assert in_tower_hamlets(screening=SEEN, **NAMELESS).outcome is Outcome.ADVICE_ONLY


def test_a_nameless_enquiry_form_is_advice_TH_C11() -> None:
    assert in_tower_hamlets(**(NAMELESS | {"purpose": "request"})).outcome is Outcome.ADVICE_ONLY


def test_an_override_that_names_nothing_is_held_TH_C11() -> None:
    verdict = in_tower_hamlets(agreements=[an_agreement(status="refused")], override={"reason": "It is needed."})
    assert "TH-C11" in verdict.deciding


def test_s19_a_redirect_without_agreement_is_held() -> None:
    assert in_tower_hamlets(purpose="redirect", registration=council_sender("tower_hamlets")).outcome is Outcome.SHARE
    held = in_tower_hamlets(purpose="redirect", registration=council_sender("tower_hamlets"), agreements=[])
    assert held.outcome is Outcome.HOLD


def council_sender(council: str) -> Any:
    return a_registration(council=council, sender_type="council", purposes=("redirect", "step_down", "request"))


def test_s22_parents_not_told_TH_C18() -> None:
    told = [{"who": "parents", "told": False}]
    diverted = in_tower_hamlets(purpose="safeguarding", informed=told)
    assert (diverted.outcome, "parents_not_told" in flags(diverted)) == (Outcome.DIVERT, True)
    assert "TH-C16" in in_tower_hamlets(informed=told).deciding


def test_parents_kept_out_of_it_needs_the_designated_officer_TH_C17() -> None:
    alone = [{"who": "parents", "told": False, "reason_not": "It would raise the risk."}]
    assert "TH-C17" in in_tower_hamlets(informed=alone).deciding


def test_an_old_assessment_is_flagged_TH_E09() -> None:
    assert "assessment_over_age" in flags(in_tower_hamlets(assessments=[{"kind": "eha", "completed_on": "2026-01-05"}]))


def test_s14_and_s15_leicester_flags_and_never_rejects_LE_E01_LE_E02() -> None:
    given: dict[str, Any] = {"assessments": ATTACHED, "agreements": [an_agreement(informed_of=TOLD_OF)]}
    clean = decided("leicester", needs=NEEDS, level=STATED, **given)
    assert (clean.outcome, flags(clean)) == (Outcome.SHARE, set())
    assert flags(decided("leicester", needs=NEEDS, **given)) == {"needs_statement_missing"}
    few = decided("leicester", needs=NEEDS[:2], level=STATED, **given)
    assert (few.outcome, flags(few)) == (Outcome.SHARE, {"below_need_count"})


def test_leicester_never_returns_for_a_missing_assessment_LE_C08_settled_47() -> None:
    verdict = decided("leicester")
    assert (verdict.outcome, "eha_not_attached" in flags(verdict)) == (Outcome.SHARE, True)


@pytest.mark.parametrize(
    ("scope", "form", "outcome", "deciding"),
    [
        pytest.param(BOTH, "written", Outcome.SHARE, "", id="both, in writing"),
        pytest.param({"support": True}, "written", Outcome.HOLD, "LE-C09", id="LE-C09"),
        pytest.param(BOTH, "verbal", Outcome.HOLD, "LE-C10", id="LE-C10"),
    ],
)
def test_leicesters_step_down(scope: dict[str, bool], form: str, outcome: Outcome, deciding: str) -> None:
    verdict = decided(
        "leicester",
        purpose="step_down",
        registration=council_sender("leicester"),
        agreements=[an_agreement(scope=scope, form=form)],
        assessments=[{"kind": "single_assessment"}],
    )
    assert verdict.outcome is outcome
    assert not deciding or verdict.deciding == (deciding,)


def test_leicester_takes_no_nameless_enquiry() -> None:
    assert decided("leicester", **(NAMELESS | {"purpose": "request"})).outcome is Outcome.HOLD


def test_s12_hull_takes_a_nameless_consultation_HU_C09() -> None:
    consultation = NAMELESS | {"purpose": "consultation"}
    assert decided("hull", **consultation).outcome is Outcome.ADVICE_ONLY
    assert decided("hull", **NAMELESS).outcome is Outcome.HOLD


IN_HULL: dict[str, Any] = {"family": {"locality": "West"}, "requested_services": [{"code": "hu_young_carers"}]}


def test_hull_asks_what_the_family_chose_HU_C02_HU_C03() -> None:
    verdict = decided("hull", notices=[], **IN_HULL)
    assert (verdict.outcome, flags(verdict)) == (Outcome.SHARE, {"confirm_informed", "confirm_family_choice"})


def test_what_the_family_kept_back_stays_back_HU_C03() -> None:
    verdict = decided("hull", sharing_limits=[{"what": "Her mother's health"}], **IN_HULL)
    assert verdict.outcome is Outcome.SHARE_MINIMISED
    assert "narrative_to_follow" in flags(verdict)


def test_hull_names_no_lead_without_agreement_HU_C11() -> None:
    named = [{"name": "Kim", "lead": True, "agreed_to_be_named": False}]
    assert decided("hull", professionals=named, **IN_HULL).deciding == ("HU-C11",)


def test_hull_at_age_11_takes_either_box_HU_R06() -> None:
    boxes_ticked = [{"code": "hu_family_support_0_11"}]
    verdict = decided(
        "hull",
        family={"locality": "West"},
        requested_services=boxes_ticked,
        people=[a_child(date_of_birth="2015-03-14"), a_mother()],
    )
    assert (verdict.outcome, "two_age_bands" in flags(verdict)) == (Outcome.SHARE, True)


def test_an_unknown_locality_waits_for_the_routing_desk_HU_R04() -> None:
    verdict = decided("hull", family={"locality": "Riverside"}, requested_services=[{"code": "hu_young_carers"}])
    assert (verdict.outcome, verdict.deciding) == (Outcome.HOLD, ("A-204",))


def test_s17_a_step_down_without_agreement_is_held_HU_C12() -> None:
    verdict = decided(
        "hull",
        purpose="step_down",
        family={"locality": "East"},
        step_down={"lead_found": False},
        agreements=[],
        registration=council_sender("hull"),
    )
    assert verdict.deciding == ("G-506",)


def test_s21_parents_not_told_for_safety_is_no_bar_HU_C08() -> None:
    informed = [{"who": "parents", "told": False, "reason_code": "increases_risk"}]
    verdict = decided("hull", purpose="safeguarding", harm={"level": "significant"}, informed=informed)
    assert (verdict.outcome, "parents_not_told_for_safety" in flags(verdict)) == (Outcome.DIVERT, True)


@pytest.mark.parametrize(
    ("council", "outcome", "flag"),
    [
        ("tower_hamlets", Outcome.HOLD, ""),
        ("leicester", Outcome.SHARE, "eha_not_attached"),
        ("hull", Outcome.SHARE, "confirm_family_choice"),
        ("derby", Outcome.SHARE, "agreement_not_written"),
        ("kent", Outcome.SHARE, "agreement_of_child_not_recorded"),
    ],
)
def test_one_record_in_each_council(council: str, outcome: Outcome, flag: str) -> None:
    verdict = decided(council, agreements=[VERBAL], needs=NEEDS, family={"locality": "Locality 2"})
    assert verdict.outcome is outcome
    assert not flag or flag in flags(verdict)


def test_an_unread_answer_goes_back_only_where_it_leaves_the_child_unknown() -> None:
    unread = [Fault("", "/born", "a date such as 14/03/2015", "Give the date again.", "doubtful")]
    undated = [a_child(date_of_birth=None), a_mother()]
    assert fact("complete", faults=unread, people=undated) == "no"
    assert fact("complete", faults=unread) == "yes"
    assert fact("complete", people=undated) == "yes"


@pytest.mark.parametrize("council", sorted(POLICIES))
def test_a_missing_answer_goes_back_and_danger_still_goes_forward(council: str) -> None:
    missing = [Fault("", "/reason", "a reason", "Give one.", "missing")]
    assert decided(council, faults=missing).outcome is Outcome.RETURN
    assert decided(council, faults=missing, harm={"level": "immediate"}).outcome is Outcome.DIVERT


def test_kents_step_down_needs_no_agreement_and_is_recorded_twice_KE_C15_KE_R14_settled_49() -> None:
    verdict = decided("kent", purpose="step_down", agreements=[], step_down=HEADINGS)
    assert (verdict.outcome, verdict.deciding) == (Outcome.SHARE_MINIMISED, ("G-515",))
    assert "record_on_both_systems" in {each.code for each in verdict.obligations if each.kind == "task"}


def test_written_agreement_in_derby_raises_no_flag_DE_C02() -> None:
    written = an_agreement(form="written", informed_of=TOLD_OF)
    verdict = decided("derby", agreements=[written], family={"locality": "Locality 2"})
    assert verdict.outcome is Outcome.SHARE
    assert not flags(verdict) & {"agreement_not_written", "confirm_informed"}
