"""The facts `basis`, `special` and `criminal`: what a machine can check of a lawful basis (governance 1.5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.builders import a_child, a_mother, a_registration, an_agreement
from tests.path.deriving import fact, with_settings

CONSENTED = an_agreement(meaning="both")
VIEW = {"relevant": True, "may_help": True, "more_detrimental": False, "by": "Sam Okoro", "at": "2026-11-01"}
STATED_C = {"article_6": "6_1_c", "power": "Children Act 2004 section 16LA", "necessity": "She needs it."}
PLAIN: dict[str, Any] = {"reason": None, "needs": []}


@pytest.mark.parametrize(
    ("sender", "changes", "expected"),
    [
        pytest.param("maintained_school", {}, "complete", id="public task"),
        pytest.param("academy", {"article_6": "6_1_ea"}, "incomplete", id="vector 24"),
        pytest.param("council", {"article_6": "6_1_f"}, "incomplete", id="an authority's own interest"),
        pytest.param("voluntary", {"article_6": "6_1_ea", "power": ""}, "complete", id="a charity"),
        pytest.param("voluntary", {"article_6": "6_1_e"}, "incomplete", id="another controller's task"),
        pytest.param("maintained_school", {"article_6": ""}, "incomplete", id="none"),
        pytest.param("maintained_school", {"necessity": ""}, "incomplete", id="no necessity"),
        pytest.param("maintained_school", {"power": ""}, "incomplete", id="no power"),
        pytest.param("maintained_school", {"article_6": "6_1_a"}, "incomplete", id="an authority's consent"),
    ],
)
def test_a_basis_must_be_open_to_the_sender_B_401(sender: str, changes: dict[str, Any], expected: str) -> None:
    assert fact("basis", registration=a_registration(sender_type=sender, **changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "complete", id="whole"),
        pytest.param({"relevant": None}, "incomplete", id="not said to be relevant"),
        pytest.param({"may_help": False}, "incomplete", id="may not help"),
        pytest.param({"more_detrimental": True}, "incomplete", id="more detrimental"),
        pytest.param({"more_detrimental": None}, "incomplete", id="not weighed"),
        pytest.param({"by": None}, "incomplete", id="nobody's"),
        pytest.param({"at": "2026-12-01"}, "incomplete", id="dated ahead"),
    ],
)
def test_16la_needs_the_recorded_view(changes: dict[str, Any], expected: str) -> None:
    only_c = a_registration(article_6="6_1_c")
    assert fact("basis", registration=only_c, basis=STATED_C | {"view_16la": VIEW | changes}) == expected


def test_without_the_view_the_registered_basis_stands_settled_6() -> None:
    assert fact("basis", registration=a_registration(), basis=STATED_C) == "complete"


@pytest.mark.parametrize("starts", [None, date(2026, 11, 3)])
def test_16la_counts_only_from_the_councils_day(starts: date | None) -> None:
    council = with_settings(duty_16la_from=starts)
    changes: dict[str, Any] = {"registration": a_registration(article_6="6_1_c"), "council": council}
    assert fact("basis", basis=STATED_C | {"view_16la": VIEW}, **changes) == "incomplete"


def test_a_private_body_rests_on_16la_only_if_designated() -> None:
    changes: dict[str, Any] = {"basis": STATED_C | {"view_16la": VIEW}}
    for designated, expected in ((False, "incomplete"), (True, "complete")):
        registration = a_registration(sender_type="independent_school", article_6="6_1_c", designated=designated)
        assert fact("basis", registration=registration, **changes) == expected


@pytest.mark.parametrize(
    ("accepted", "said", "expected"),
    [(False, CONSENTED, "incomplete"), (True, CONSENTED, "complete"), (True, an_agreement(), "incomplete")],
)
def test_consent_from_an_authority_needs_the_councils_word_and_the_consent(
    accepted: bool, said: dict[str, Any], expected: str
) -> None:
    council = with_settings(consent_as_basis=accepted)
    registration = a_registration(article_6="6_1_a", power="")
    assert fact("basis", council=council, registration=registration, agreements=[said]) == expected


@pytest.mark.parametrize(
    ("reason", "said", "expected"),
    [
        ("Asking would put her at risk.", an_agreement(), "complete"),
        ("", an_agreement(), "incomplete"),
        ("Asking would put her at risk.", CONSENTED, "incomplete"),
    ],
)
def test_paragraph_18_is_for_where_there_is_no_consent(reason: str, said: dict[str, Any], expected: str) -> None:
    registration = a_registration(schedule_1="para_18", paragraph_18_reason=reason)
    assert fact("basis", registration=registration, agreements=[said]) == expected


# --- special categories ---


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"reason": "She is often ill."}, id="free text may hold it"),
        pytest.param({"needs": [{"code": "mental_health_parent"}]}, id="a need"),
        pytest.param({"people": [a_child(health="Asthma"), a_mother()]}, id="health"),
        pytest.param({"people": [a_child(ethnicity="WBRI"), a_mother()]}, id="ethnicity"),
        pytest.param({"people": [a_child(), a_mother(religion="Quaker")]}, id="a parent's religion"),
        pytest.param({"people": [a_child(education={"sen_provision": "E"}), a_mother()]}, id="a plan"),
    ],
)
def test_special_data_needs_a_condition_B_402(changes: dict[str, Any]) -> None:
    bare = a_registration(article_9=())
    assert fact("special", registration=bare, **(PLAIN | changes)) == "unconditioned"
    assert fact("special", registration=a_registration(), **(PLAIN | changes)) == "conditioned"


def test_a_record_without_any_needs_no_condition() -> None:
    assert fact("special", registration=a_registration(article_9=()), **PLAIN) == "none"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"article_9": ("9_2_g",), "schedule_1": ""}, "unconditioned"),
        ({"article_9": ("9_2_h",), "schedule_1": "para_2"}, "unconditioned"),
        ({"article_9": ("9_2_h",), "schedule_1": "para_2", "duty_of_confidence": True}, "conditioned"),
        ({"article_9": ("9_2_a",)}, "unconditioned"),
        ({"article_9": ("9_2_c",), "schedule_1": ""}, "conditioned"),
    ],
)
def test_a_condition_must_be_whole(changes: dict[str, Any], expected: str) -> None:
    assert fact("special", registration=a_registration(**changes)) == expected


def test_the_records_own_condition_counts_settled_6() -> None:
    bare = a_registration(article_9=(), schedule_1="")
    assert fact("special", registration=bare, basis={"article_9": ["9_2_g"], "schedule_1": "para_6"}) == "conditioned"


# --- criminal ---


@pytest.mark.parametrize(
    "changes",
    [
        {"criminal": "He was arrested."},
        {"needs": [{"code": "offending"}]},
        {"people": [a_child(), a_mother(), a_mother(id="uncle", roles=["alleged_harm"])]},
    ],
)
def test_allegations_need_a_condition_of_their_own_B_403(changes: dict[str, Any]) -> None:
    assert fact("criminal", registration=a_registration(), **changes) == "unconditioned"
    assert fact("criminal", registration=a_registration(article_10="para_6"), **changes) == "conditioned"


def test_most_records_hold_no_allegation() -> None:
    assert fact("criminal") == "none"
