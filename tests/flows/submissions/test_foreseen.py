"""A preview in words: danger first, plain sentences, codes last, and never more of a family than its sender sent."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from contracts.decision import Outcome
from gateway.flows.submissions.foreseen import WIDTH, WOULD, in_words
from gateway.path.course import Matter, Rules
from tests.builders import NOW, a_child, a_mother, a_referral, an_agreement
from tests.flows.previews import SIGNED, file_of, of
from tests.path.copies import GROUPING, SCREENS, a_brother
from tests.path.deriving import COUNCILS, POLICIES
from tests.path.scenarios import SCENARIOS, Scenario

BY_ID = {scenario.id: scenario for scenario in SCENARIOS}
DETAILS = "\nDetails for the file\n"
CODE = re.compile(r"\b[A-Z]{1,2}-[A-Z]?[0-9]{2,3}\b|/[a-z_]+/[0-9]|\b[a-z]+_[a-z_]+\b")


def told(council: str = "hull", sender: str = "invented_academy", **changes: Any) -> str:
    """The preview of `a_referral` to a council of our own."""
    rules = Rules(COUNCILS[council], POLICIES[council], GROUPING, SCREENS)
    referral = a_referral(**({"council": council, "family": {"locality": "East"}} | changes))
    return in_words(rules, Matter(referral, (), COUNCILS[council].senders[sender], "R-1", "c" * 64), NOW)


@pytest.mark.parametrize("name", SIGNED)
def test_a_signed_preview_reads_as_it_was_signed(name: str):
    assert of(BY_ID[name]) == file_of(BY_ID[name]).read_text()


@pytest.fixture(params=SCENARIOS, ids=lambda scenario: scenario.id)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    found: Scenario = request.param
    return found


def test_settled_39_every_preview_begins_with_nothing_has_been_sent(scenario: Scenario):
    assert of(scenario).startswith("Nothing has been sent. ")


def test_every_preview_says_what_would_happen_why_and_where(scenario: Scenario):
    words = " ".join(of(scenario).split())
    hub = COUNCILS[scenario.council].hubs.get(scenario.hub)
    assert WOULD[scenario.outcome].format(hub=hub.title if hub else "the hub") in words
    assert " Why - " in words
    assert hub is None or hub.title in words
    assert COUNCILS[scenario.council].emergency in words


def test_codes_and_places_stand_under_details_alone(scenario: Scenario):
    for_people, found, details = of(scenario).partition(DETAILS)
    assert found
    assert CODE.findall(for_people) == []
    assert all(rule in details for rule in scenario.decide)


def test_what_goes_and_what_stays_is_said_of_everything_that_is_sent(scenario: Scenario):
    text = of(scenario)
    assert ("\nWhat would go\n" in text) is scenario.outcome.sends
    assert ("\nWhat would stay" in text) is scenario.outcome.sends


def test_no_line_is_too_long_to_read(scenario: Scenario):
    assert [line for line in of(scenario).splitlines() if len(line) > WIDTH] == []


def test_a_preview_repeats_nothing_of_the_family(scenario: Scenario):
    text = of(scenario)
    families = ("Fernsby", "Maya", "Joan", "Invented Row", "07700 900123", "late most mornings", *scenario.kept)
    assert [word for word in families if word in text] == []


@pytest.mark.parametrize(("level", "first"), [("significant", "RING Hull Early Help"), ("immediate", "RING 999 NOW.")])
def test_settled_39_where_there_is_danger_it_says_whom_to_ring_before_anything_else(level: str, first: str):
    lines = told(harm={"level": level}).splitlines()
    assert lines[2].startswith(first)
    assert "NOW on 01632 960179, or 01632 960199 out of hours." in " ".join(lines[2:5])


def test_where_there_is_no_danger_nobody_is_told_to_ring_at_once():
    assert "RING" not in told()


@pytest.mark.parametrize("changes", [{"harm": {"level": "possible"}}, {"reason": "She says her uncle hit her."}])
def test_settled_39_where_harm_is_possible_it_says_whom_to_ring_if_worried(changes: dict[str, Any]):
    text = " ".join(told(**changes).split())
    assert "Something here may mean harm. If you are worried, ring Hull Early Help and Safeguarding Hub now on" in text


def test_a_recorded_refusal_is_not_told_as_the_senders_fault():
    text = told(agreements=[an_agreement(status="refused")])
    assert "It would wait. Nothing would go until a person has decided." in text
    assert "The referrer, within 2 working days: Talk with the family." in text


def test_all_that_stands_in_the_way_is_said_at_once():
    text = " ".join(told(council="tower_hamlets", sender="invented_school", agreements=[], purpose="other").split())
    assert "It would be refused. Nothing would go." in text
    assert "And besides: Nothing shows that the family was asked." in text


def test_children_of_whom_the_same_is_decided_are_told_of_together():
    people = [a_child(), a_child(id="ivo", first_name="Ivo", date_of_birth="2015-02-01"), a_mother()]
    assert "CHILDREN 1 AND 2 OF 2" in told(people=people)


def test_somebody_who_is_not_in_the_copy_is_told_of_as_one_thing():
    limits = [{"what": "him", "pointers": ["/people/2"]}]
    text = told(people=[a_child(), a_mother(), a_brother(health="x")], sharing_limits=limits)
    assert "a brother or sister: everything, and that they are part of it" in " ".join(text.split())
    assert "The family chose not to share this." in text


def test_every_outcome_has_its_sentence():
    assert WOULD.keys() == set(Outcome)
    assert json.dumps(sorted(WOULD.values())).count("would") >= len(WOULD)
