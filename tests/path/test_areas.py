"""What a home's postcode tells: which locality it is in, and whether it is another council's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.council import Areas
from contracts.decision import Outcome
from gateway.path.areas import lies_in
from tests.builders import a_child, a_mother
from tests.path.deriving import COUNCILS, decided, derived, fact, flags
from tests.path.test_routing import routed

SERVICE: dict[str, Any] = {"requested_services": [{"code": "hu_young_carers"}]}


def living_at(postcode: str, **address: Any) -> dict[str, Any]:
    home = {"lines": ["4 Invented Row"], "postcode": postcode} | address
    return {"people": [a_child(addresses=[home]), a_mother()]}


@pytest.mark.parametrize(
    ("area", "postcode", "inside"),
    [
        ("HU5", "HU5 3ZZ", True),
        ("HU5", "hu53zz", True),
        ("HU5", "HU53 1ZZ", False),
        ("E1", "E14 2XX", False),
        ("HU5 3", "HU5 3ZZ", True),
        ("HU5 3", "HU5 4ZZ", False),
        ("HU5 3ZZ", "HU5 3ZZ", True),
        ("HU5 3ZZ", "HU5 3ZY", False),
    ],
)
def test_a_postcode_lies_in_its_district_its_sector_and_itself(area: str, postcode: str, inside: bool) -> None:
    assert lies_in(area, postcode) is inside


@pytest.mark.parametrize(("postcode", "hub"), [("DE1 7XX", "spa_locality_1"), ("DE24 1XX", "spa_locality_3")])
def test_where_the_sender_was_not_sure_a_councils_map_routes_and_says_so_settled_50(postcode: str, hub: str) -> None:
    changes = living_at(postcode) | {"family": {"locality": "Not sure"}}
    assert [candidate.hub for candidate in routed(COUNCILS["derby"], **changes)] == [hub]
    assert "locality_by_postcode" in flags(decided("derby", **changes))


def test_a_named_locality_routes_and_the_map_only_checks_it_settled_50() -> None:
    changes = living_at("DE1 7XX") | {"family": {"locality": "Locality 3"}}
    assert [candidate.hub for candidate in routed(COUNCILS["derby"], **changes)] == ["spa_locality_3"]
    assert "locality_differs" in flags(decided("derby", **changes))
    same = living_at("DE1 7XX") | {"family": {"locality": "Locality 1"}}
    assert not flags(decided("derby", **same)) & {"locality_differs", "locality_by_postcode"}


def test_a_map_that_only_checks_routes_nothing() -> None:
    derby = COUNCILS["derby"]
    checks = replace(derby, areas=replace(derby.areas, routes=False))
    assert [candidate.hub for candidate in routed(checks, **living_at("DE1 7XX"), family={})] == [""]


def test_words_that_name_no_locality_are_not_made_one_by_a_map() -> None:
    changes = living_at("DE1 7XX") | {"family": {"locality": "Near the park"}}
    assert decided("derby", **changes).deciding == ("A-204",)


def test_a_hidden_address_chooses_no_hub_for_the_hub_would_say_where_it_is() -> None:
    hidden = living_at("DE1 7XX", protected=True) | {"family": {"locality": "Not sure"}}
    assert [candidate.hub for candidate in routed(COUNCILS["derby"], **hidden)] == [""]
    named = living_at("DE1 7XX", protected=True) | {"family": {"locality": "Locality 3"}}
    assert fact("locality", council=COUNCILS["derby"], **named) == "named"


@pytest.mark.parametrize("family", [{}, {"locality": "Not sure"}, {"locality": "don't know"}])
def test_who_is_not_sure_is_taken_by_the_one_address_that_is_printed_HU_R03(family: dict[str, str]) -> None:
    (found,) = routed(COUNCILS["hull"], family=family, **SERVICE)
    assert (found.hub, found.state) == ("additional_support", "right_hub")
    verdict = decided("hull", family=family, **SERVICE)
    assert verdict.outcome is Outcome.SHARE
    assert "locality_not_said" in flags(verdict)


def test_where_no_locality_is_asked_for_nothing_is_said_of_it() -> None:
    assert fact("locality", council=COUNCILS["hull"], family={}) == "not_needed"  # EHASH takes it from everywhere
    assert fact("locality", council=COUNCILS["kent"], family={}) == "not_needed"


# --- another council's home ---


@pytest.mark.parametrize(
    ("postcode", "state"),
    [
        ("LE4 1ZZ", "right_hub"),
        ("LE11 9ZZ", "other_area"),
        ("ZZ99 3VZ", "right_hub"),  # no fixed abode
        ("nowhere", "right_hub"),
        ("LE11", "right_hub"),  # part of one
    ],
)
def test_a_home_outside_the_districts_a_council_entered_is_a_question_for_two_A_205(postcode: str, state: str) -> None:
    assert [candidate.state for candidate in routed(COUNCILS["leicester"], **living_at(postcode))] == [state]


def test_a_council_that_entered_no_districts_asks_nothing_of_a_postcode() -> None:
    leicester = replace(COUNCILS["leicester"], areas=Areas())
    assert [candidate.state for candidate in routed(leicester, **living_at("LE11 9ZZ"))] == ["right_hub"]


def test_whoever_says_which_council_it_is_counts_for_more_than_a_postcode() -> None:
    stated = living_at("LE11 9ZZ", local_authority="Leicester City Council")
    assert [candidate.state for candidate in routed(COUNCILS["leicester"], **stated)] == ["right_hub"]
    stated = living_at("LE11 9ZZ") | {"family": {"home_council": "Leicester"}}
    assert [candidate.state for candidate in routed(COUNCILS["leicester"], **stated)] == ["right_hub"]


@pytest.mark.parametrize(
    ("change", "state"), [({"kind": "work"}, "right_hub"), ({"to_date": "2026-01-01"}, "right_hub")]
)
def test_only_where_the_child_lives_today_counts(change: dict[str, str], state: str) -> None:
    changes = living_at("LE11 9ZZ", **change)
    assert [candidate.state for candidate in routed(COUNCILS["leicester"], **changes)] == [state]


def test_a_family_that_names_no_child_is_where_its_parents_are() -> None:
    derby = COUNCILS["derby"]
    mother = a_mother(phones=[{"number": "07700 900123"}], addresses=[{"lines": ["1 Row"], "postcode": "DE21 1XX"}])
    found, _ = derived(
        council=derby,
        registration=derby.senders["family_hubs"],
        people=[mother],
        relationships=[],
        agreements=[],
        family={},
    )
    assert {name: found.values[name] for name in ("subject", "agreement", "locality", "recipient", "young")} == {
        "subject": "family",
        "agreement": "in_scope",
        "locality": "by_postcode",
        "recipient": "right_hub",
        "young": "not_needed",
    }


def test_no_other_sender_may_leave_the_child_out_I_306() -> None:
    assert fact("subject", people=[a_mother(phones=[{"number": "07700 900123"}])]) == "incomplete"


@pytest.mark.parametrize("line", ["4 Invented Row, Newham, London, E15 9ZZ", "4 Invented Row, London, e15 9zz."])
def test_a_postcode_at_the_end_of_an_address_in_one_line_counts_A_205(line: str) -> None:
    home = {"lines": [line], "postcode": None}
    people = [a_child(addresses=[home]), a_mother()]
    assert [one.state for one in routed(COUNCILS["tower_hamlets"], people=people)] == ["other_area"]
