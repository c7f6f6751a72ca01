"""Which texts of a referral a person may put right, and what becomes of it when they do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.referral import Referral
from gateway.path.textfields import fields_of, with_changes
from tests.builders import a_child, a_mother, a_referral

REFERRAL = a_referral(people=[a_child(surname=None), a_mother()], other_answers=[{"question": "Who?", "answer": "Me"}])
FIELDS = {one.pointer: one for one in fields_of(REFERRAL)}


def changed(**changes: str) -> Referral:
    return Referral.model_validate_json(json.dumps(with_changes(REFERRAL, changes)))


def test_texts_and_days_are_there_and_codes_and_ids_are_not() -> None:
    assert FIELDS["/people/0/first_name"].value == "Maya"
    assert FIELDS["/people/0/date_of_birth"].value == "2017-03-14"
    assert FIELDS["/reason"].long
    assert not {"/people/0/id", "/people/0/roles/0", "/council", "/source/system"} & FIELDS.keys()


def test_what_is_most_often_missing_is_there_to_be_filled_in() -> None:
    assert FIELDS["/people/0/surname"].value == ""
    assert FIELDS["/people/1/addresses/0/postcode"].value == ""


def test_people_come_first_with_their_names_before_the_rest() -> None:
    assert list(FIELDS)[:3] == ["/people/0/first_name", "/people/0/surname", "/people/0/date_of_birth"]


def test_a_text_goes_into_its_place_and_what_it_stands_in_is_made() -> None:
    now = changed(**{"/people/0/surname": "Fernsby", "/people/1/addresses/0/lines/0": "4 Invented Row"})
    assert now.people[0].surname == "Fernsby"
    assert now.people[1].addresses[0].lines == ("4 Invented Row",)


def test_an_empty_text_takes_it_out() -> None:
    assert changed(**{"/people/0/first_name": "", "/harm/level": ""}).people[0].first_name is None


@pytest.mark.parametrize("pointer", ["/people/1/addresses/0/postcode", "/people/1/addresses/0/lines/0"])
def test_nothing_is_made_for_a_text_that_stays_empty(pointer: str) -> None:
    assert changed(**{pointer: ""}) == REFERRAL


@given(
    st.sampled_from(sorted(one for one in FIELDS if "date" not in one and one != "/harm/level")),
    st.text("abc", min_size=1),
)
@settings(max_examples=30, deadline=None)
def test_whatever_is_written_is_there_and_nothing_else_is_changed(pointer: str, text: str) -> None:
    after = {one.pointer: one.value for one in fields_of(changed(**{pointer: text}))}
    before = {name: one.value for name, one in FIELDS.items()}
    assert {name: value for name, value in after.items() if before.get(name, "") != value} in ({pointer: text}, {})
    assert after[pointer] == text
