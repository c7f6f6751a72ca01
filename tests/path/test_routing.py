"""Candidates: which child, which hub, for what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.council import Council, Route
from contracts.decision import Candidate
from contracts.recorded import PersonFact
from contracts.referral import Purpose
from gateway.config.councils import load_councils
from gateway.path.routing import choose, front_door
from tests.builders import NOW, a_child, a_council, a_mother, a_referral

COUNCILS = load_councils(Path(__file__).parents[2] / "mappings" / "councils")
SIBLING = a_child(id="sibling", first_name="Ivo", date_of_birth="2014-06-01")


def routed(by: Council, **changes: Any) -> tuple[Candidate, ...]:
    return choose(a_referral(**({"council": by.name} | changes)), by, NOW)


def a_route_by(hub: str, was: str = "", **changes: Any) -> PersonFact:
    fact = PersonFact("route", was, hub, "child", "", "", "pat.lowe", "routing_desk", "She lives there.", NOW)
    return replace(fact, **changes)


def test_one_child_and_one_route_are_one_candidate() -> None:
    expected = Candidate("child", "early_help", "request", "right_hub", "Requests go to the hub.")
    assert routed(a_council()) == (expected,)


def test_each_child_is_a_candidate_of_its_own() -> None:
    found = routed(a_council(), people=[a_child(), SIBLING, a_mother()])
    assert [candidate.subject for candidate in found] == ["child", "sibling"]


def test_an_anonymous_referral_has_no_subject_whoever_it_names() -> None:
    (found,) = routed(a_council(), anonymous=True, purpose="general_enquiry")
    assert (found.subject, found.hub) == ("", "early_help")


def test_a_referral_without_a_child_has_one_candidate_without_a_subject() -> None:
    (found,) = routed(a_council(), people=[a_mother()])
    assert found.subject == ""


def test_no_route_is_unknown_and_names_no_hub() -> None:
    (found,) = routed(a_council(), purpose="monitoring")
    assert (found.hub, found.state) == ("", "unknown")


def test_the_first_route_that_matches_wins() -> None:
    row = Route("TX-R00", {"purpose": ("request",), "need": ("attendance",)}, "front_door", "Attendance goes there.")
    council = a_council(routes=(row, *a_council().routes))
    assert routed(council, needs=[{"code": "attendance"}])[0].hub == "front_door"
    assert routed(council, needs=[{"code": "bullying"}])[0].hub == "early_help"


def test_a_hub_that_does_not_take_the_purpose_has_no_role() -> None:
    row = Route("TX-R00", {"purpose": ("request",)}, "front_door", "Everything goes there.")
    assert routed(a_council(routes=(row,)))[0].state == "no_role"


@pytest.mark.parametrize("home", ["E09000099", "testham", "Testham ", "TESTHAM"])
def test_this_councils_own_name_is_not_another_area(home: str) -> None:
    assert routed(a_council(), family={"home_council": home.strip()})[0].state == "right_hub"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"family": {"home_council": "E09000001"}}, id="home council"),
        pytest.param({"people": [a_child(addresses=[{"local_authority": "Elsewhere"}])]}, id="address"),
        pytest.param({"council": "elsewhere"}, id="addressed to another council"),
        pytest.param(
            {"people": [a_child(addresses=[{"local_authority": "Testham"}, {"local_authority": "Elsewhere"}])]},
            id="two homes",
        ),
    ],
)
def test_a_home_elsewhere_is_another_area_A_205(changes: dict[str, Any]) -> None:
    assert routed(a_council(), **changes)[0].state == "other_area"


def test_an_address_left_behind_is_no_home() -> None:
    old = {"local_authority": "Elsewhere", "to_date": "2025-01-31"}
    assert routed(a_council(), people=[a_child(addresses=[old])])[0].state == "right_hub"


def test_a_person_may_record_a_route_where_there_was_none() -> None:
    referral = a_referral(purpose="monitoring")
    (found,) = choose(referral, a_council(), NOW, [a_route_by("early_help")])
    assert found.hub == "early_help"


def test_a_recorded_route_is_void_once_the_routes_say_something_else() -> None:
    (found,) = choose(a_referral(), a_council(), NOW, [a_route_by("front_door", was="")])
    assert found.hub == "early_help"


def test_a_recorded_route_to_no_hub_of_the_council_is_nothing() -> None:
    (found,) = choose(a_referral(purpose="monitoring"), a_council(), NOW, [a_route_by("elsewhere")])
    assert found.state == "unknown"


def test_a_person_may_say_that_the_child_is_ours_A_205() -> None:
    referral = a_referral(family={"home_council": "Elsewhere"})
    (found,) = choose(referral, a_council(), NOW, [a_route_by("early_help", was="early_help")])
    assert found.state == "right_hub"


@pytest.mark.parametrize(
    ("council", "changes", "hub"),
    [
        pytest.param("tower_hamlets", {}, "ehh", id="TH-R03"),
        pytest.param("tower_hamlets", {"purpose": "general_enquiry", "anonymous": True}, "ehh", id="TH-C10"),
        pytest.param("tower_hamlets", {"purpose": "redirect"}, "ehh", id="TH-R11"),
        pytest.param("tower_hamlets", {"purpose": "step_down"}, "ehh", id="TH-R13"),
        pytest.param("tower_hamlets", {"purpose": "step_down", "step_down": {"lead_found": True}}, "", id="TH-R12"),
        pytest.param("tower_hamlets", {"purpose": "safeguarding"}, "mash", id="TH-R01"),
        pytest.param("leicester", {}, "eh_in_das", id="LE-R01"),
        pytest.param("leicester", {"purpose": "step_down"}, "eh_in_das", id="LE-R11"),
        pytest.param("leicester", {"purpose": "safeguarding"}, "duty_and_advice", id="LE-R08"),
        pytest.param("leicester", {"purpose": "step_up"}, "duty_and_advice", id="LE-R07"),
        pytest.param("leicester", {"purpose": "panel_referral"}, "masp", id="LE-R09"),
        pytest.param("derby", {}, "", id="DE-R01 no locality named"),
        pytest.param("derby", {"family": {"locality": "Locality Two"}}, "spa_locality_2", id="DE-R11"),
        pytest.param(
            "derby",
            {"purpose": "panel_referral", "family": {"locality": "Locality 3"}},
            "spa_locality_3",
            id="DE-R05",
        ),
        pytest.param("derby", {"people": [a_child(significant_disability=True)]}, "lighthouse", id="DE-R06"),
        pytest.param("derby", {"purpose": "safeguarding"}, "initial_response", id="DE-R07"),
        pytest.param("derby", {"purpose": "monitoring"}, "early_help_managers", id="DE-R12 settled 50"),
        pytest.param("kent", {}, "front_door", id="KE-R01"),
        pytest.param("kent", {"purpose": "step_down"}, "district_unit", id="KE-R05"),
        pytest.param("kent", {"purpose": "step_up"}, "front_door", id="KE-R10"),
        pytest.param("hull", {}, "ehash", id="HU-R01"),
        pytest.param("hull", {"purpose": "consultation", "anonymous": True}, "ehash", id="HU-R17"),
        pytest.param("hull", {"purpose": "step_up"}, "ehash", id="HU-R02"),
        pytest.param(
            "hull",
            {"purpose": "step_down", "step_down": {"lead_found": False}, "family": {"locality": "East"}},
            "eham_east",
            id="HU-R13",
        ),
    ],
)
def test_a_council_routes_as_its_document_says(council: str, changes: dict[str, Any], hub: str) -> None:
    assert [candidate.hub for candidate in routed(COUNCILS[council], **changes)] == [hub]


@pytest.mark.parametrize(("locality", "hub"), [("West", "locality_west"), ("north locality", "locality_north")])
def test_the_locality_the_sender_names_routes_HU_R04(locality: str, hub: str) -> None:
    (found,) = routed(COUNCILS["hull"], family={"locality": locality}, requested_services=[{"code": "hu_young_carers"}])
    assert (found.hub, found.state, found.service) == (hub, "right_hub", "hu_young_carers")


@pytest.mark.parametrize(
    "family",
    [
        {"locality": "Riverside"},
        {"locality": "West", "cluster": "East"},
        {"locality": "Not sure", "cluster": "Riverside"},
    ],
)
def test_an_unknown_locality_is_never_guessed_HU_R04(family: dict[str, str]) -> None:
    found = routed(COUNCILS["hull"], family=family, requested_services=[{"code": "hu_young_carers"}])
    assert [(candidate.hub, candidate.state) for candidate in found] == [("", "unknown")]


def test_each_ticked_box_is_a_decision_of_its_own_HU_R05() -> None:
    boxes = [{"code": "hu_young_carers"}, {"code": "hu_parenting_support"}]
    found = routed(COUNCILS["hull"], family={"locality": "West"}, requested_services=boxes)
    assert [(candidate.hub, candidate.service) for candidate in found] == [
        ("locality_west", "hu_young_carers"),
        ("locality_west", "hu_parenting_support"),
    ]


def test_a_box_in_no_list_waits_for_the_routing_desk_HU_R05() -> None:
    found = routed(COUNCILS["hull"], family={"locality": "West"}, requested_services=[{"as_stated": "Sailing"}])
    assert [(candidate.service, candidate.state) for candidate in found] == [("unknown", "unknown")]


def test_a_box_ticked_for_one_child_is_not_the_siblings() -> None:
    boxes = [{"code": "hu_young_carers", "for_whom": ["sibling"]}, {"code": "hu_parenting_support"}]
    found = routed(COUNCILS["hull"], family={"locality": "West"}, requested_services=boxes, people=[a_child(), SIBLING])
    assert [(candidate.subject, candidate.service) for candidate in found] == [
        ("child", "hu_parenting_support"),
        ("sibling", "hu_young_carers"),
        ("sibling", "hu_parenting_support"),
    ]


@pytest.mark.parametrize(
    ("council", "door"),
    [
        ("tower_hamlets", "mash"),
        ("leicester", "duty_and_advice"),
        ("hull", "ehash"),
        ("derby", "initial_response"),
        ("kent", "front_door"),
    ],
)
def test_every_council_has_a_front_door_with_an_out_of_hours_number(council: str, door: str) -> None:
    assert front_door(COUNCILS[council]).name == door
    assert front_door(COUNCILS[council]).out_of_hours


@settings(max_examples=50)
@given(st.sampled_from(sorted(COUNCILS)), st.sampled_from(tuple(Purpose)), st.sampled_from(["", "West", "Nowhere"]))
def test_there_is_always_a_candidate_and_a_hub_only_by_a_route(council: str, purpose: Purpose, locality: str) -> None:
    for candidate in routed(COUNCILS[council], purpose=purpose.value, family={"locality": locality}):
        assert (candidate.state in ("right_hub", "no_role")) == bool(candidate.hub)
