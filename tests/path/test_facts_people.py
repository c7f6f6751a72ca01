"""The facts `subject`, `leak`, `thirdp` and `protect`."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.adapter import Fault
from gateway.path.screening import NOT_RUN, Screening
from tests.builders import a_child, a_mother
from tests.path.deriving import fact

NAMELESS: dict[str, Any] = {"purpose": "general_enquiry", "anonymous": True, "people": []}
UPN = {"system": "upn", "value": "A999000000001"}
NAMED = Screening(ran=True, unlisted_names=("/reason",))
UNBORN: dict[str, Any] = {
    "first_name": None,
    "surname": None,
    "date_of_birth": None,
    "unborn": True,
    "expected_date_of_birth": "2027-01-05",
}
UNCLE = a_mother(id="uncle", first_name="Rob", roles=["other"], why_needed=None)


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        pytest.param({}, "identified", id="name and date of birth"),
        pytest.param({"first_name": None, "surname": None, "full_name": "Maya Fernsby"}, "identified", id="full name"),
        pytest.param({"surname": None}, "incomplete", id="no surname"),
        pytest.param({"date_of_birth": None}, "described", id="I-307, a name and a home"),
        pytest.param({"date_of_birth": None, "surname": None}, "incomplete", id="vector 34"),
        pytest.param({"date_of_birth": None, "identifiers": [UPN]}, "identified", id="a pupil number"),
        pytest.param({"date_of_birth": None, "identifiers": [{"system": "local", "value": "7"}]}, "described", id="id"),
        pytest.param({"date_of_birth": "2027-01-01"}, "incomplete", id="born ahead"),
        pytest.param(UNBORN, "identified", id="unborn"),
        pytest.param(UNBORN | {"expected_date_of_birth": None}, "incomplete", id="unborn, no date"),
    ],
)
def test_which_child_it_is(child: dict[str, Any], expected: str) -> None:
    assert fact("subject", people=[a_child(**child), a_mother()]) == expected


def test_an_unborn_child_is_known_by_a_named_parent() -> None:
    assert fact("subject", people=[a_child(**UNBORN)]) == "incomplete"


def test_a_number_that_fails_its_check_identifies_nobody() -> None:
    doubtful = Fault("", "/people/0/identifiers/0/value", "a pupil number", "Check it.", "doubtful")
    child = a_child(date_of_birth=None, identifiers=[UPN])
    assert fact("subject", people=[child, a_mother()], faults=[doubtful]) == "incomplete"


def test_nobody_named_is_anonymous_I_305() -> None:
    assert fact("subject", **NAMELESS) == "anonymous"


@pytest.mark.parametrize(
    "person",
    [
        {"first_name": "Jamie"},
        {"date_of_birth": "2015-01-01"},
        {"identifiers": [UPN]},
        {"phones": [{"number": "07700 900123"}]},
        {"addresses": [{"postcode": "ZZ1 1ZZ"}]},
    ],
)
def test_an_anonymous_enquiry_that_holds_a_person_is_a_contradiction_I_304(person: dict[str, Any]) -> None:
    assert fact("subject", **(NAMELESS | {"people": [{"id": "child", "roles": ["child"]} | person]})) == "incomplete"


def test_an_empty_child_on_an_anonymous_form_tells_nothing() -> None:
    assert fact("subject", **(NAMELESS | {"people": [{"id": "child", "roles": ["child"]}]})) == "anonymous"


@pytest.mark.parametrize(
    ("screening", "expected"),
    [
        (Screening(ran=True), "clean"),
        (Screening(ran=True, identifiers=(("/reason", "postcode"),)), "suspected"),
        (NAMED, "suspected"),
        (NOT_RUN, "not_run"),
        (Screening(ran=True, harm=("/reason",)), "clean"),
    ],
)
def test_a_nameless_enquiry_leaks_by_what_the_screen_saw(screening: Screening, expected: str) -> None:
    assert fact("leak", screening=screening, **NAMELESS) == expected


def test_a_named_referral_may_name_people() -> None:
    assert fact("leak", screening=NAMED) == "clean"


# --- third parties ---


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param([a_child()], "none", id="the child alone"),
        pytest.param([a_child(), a_mother()], "needed", id="vector 1"),
        pytest.param([a_child(), a_mother(), UNCLE], "needed", id="an uncle"),
        pytest.param([a_child(), a_mother(), UNCLE | {"roles": []}], "unreviewed", id="nobody said who"),
        pytest.param([a_child(), a_mother(), UNCLE | {"health": "Gout"}], "excess", id="vector 22"),
        pytest.param(
            [a_child(), a_mother(), UNCLE | {"health": "Gout", "why_needed": "He cares for her."}],
            "needed",
            id="needed",
        ),
    ],
)
def test_other_people_in_the_record(people: list[dict[str, Any]], expected: str) -> None:
    assert fact("thirdp", people=people) == expected


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param([a_child(), a_mother()], "needed", id="flags only"),
        pytest.param([a_child(protection=["address"]), a_mother()], "unreviewed", id="a protected address"),
        pytest.param([a_child(), a_mother(roles=["parent", "alleged_harm"])], "unreviewed", id="an alleged person"),
    ],
)
def test_an_unlisted_name_holds_only_where_somebody_needs_protecting_settled_42(
    people: list[dict[str, Any]], expected: str
) -> None:
    assert fact("thirdp", people=people, screening=NAMED) == expected
    assert fact("thirdp", people=people, screening=NOT_RUN) == expected
    assert fact("unlisted_names", people=people, screening=NAMED) == "some"


# --- protection ---


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param([a_child(), a_mother()], "none", id="nobody"),
        pytest.param([a_child(), a_mother(protection=["do_not_inform"])], "do_not_inform", id="vector 19"),
        pytest.param([a_child(addresses=[{"protected": True}]), a_mother()], "address", id="vector 18"),
        pytest.param([a_child(), a_mother(addresses=[{"kind": "refuge"}])], "address", id="a refuge"),
        pytest.param(
            [a_child(addresses=[{"lines": ["The Refuge", "6 Invented Mews"]}]), a_mother()],
            "address",
            id="a refuge, typed",
        ),
        pytest.param(
            [a_child(addresses=[{"lines": ["Women's Safe-House"]}]), a_mother()], "address", id="a safe house"
        ),
        pytest.param([a_child(addresses=[{"lines": ["2 Refugee Street"]}]), a_mother()], "none", id="no refuge"),
        pytest.param([a_child(protection=["sealed"]), a_mother()], "sealed", id="vector 20"),
        pytest.param([a_child(protection=["address"]), a_mother(protection=["sealed"])], "sealed", id="strictest"),
    ],
)
def test_the_strictest_protection_of_anybody_counts(people: list[dict[str, Any]], expected: str) -> None:
    assert fact("protect", people=people) == expected


def test_do_not_inform_is_told_beside_a_stricter_protection_M_605() -> None:
    people = [a_child(protection=["address"]), a_mother(protection=["do_not_inform"])]
    assert fact("do_not_inform", people=people) == "yes"
    assert fact("do_not_inform") == "no"
