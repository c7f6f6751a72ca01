"""An export fills what is empty, never changes what was said, and says of every place what became of it."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.path.merging import KNOWN, OTHER_TOTALS, SAID, add

NAMES = st.sampled_from(["first_name", "surname", "sex", "preferred_name"])
PERSONS = st.dictionaries(NAMES, st.sampled_from(["Osian", "osian", "Mair", "F"]))


def a_referral(**said: Any) -> dict[str, Any]:
    return {"people": [{"id": "kid", "roles": ["child"], **said}]}


def an_addition(**said: Any) -> dict[str, Any]:
    return {"people": [{"id": "child", **said}]}


def test_what_is_empty_is_filled() -> None:
    tree = a_referral()
    added = add(tree, an_addition(surname="Pennyworth"), "kid", totals=True)

    assert tree["people"][0]["surname"] == "Pennyworth"
    assert added.now("/people/0/surname") == ("/people/0/surname", "")


def test_what_was_said_stays_and_the_difference_is_told() -> None:
    tree = a_referral(surname="Other")
    added = add(tree, an_addition(surname="Pennyworth"), "kid", totals=True)

    assert tree["people"][0]["surname"] == "Other"
    assert (added.differs, added.now("/people/0/surname")) == (["/people/0/surname"], ("", SAID))


def test_the_same_in_another_case_is_no_difference() -> None:
    assert add(a_referral(surname="PENNYWORTH"), an_addition(surname="Pennyworth"), "kid", totals=True).differs == []


def test_a_name_that_the_export_has_as_the_preferred_one_is_no_difference() -> None:
    addition = an_addition(first_name="Samson", preferred_name="Sam")

    assert add(a_referral(first_name="Sam"), addition, "kid", totals=True).differs == []


def test_lists_grow_without_repeating() -> None:
    phones = [{"number": "07700 900301"}]
    tree = a_referral(phones=phones, emails=["a@post.example"], identifiers=[{"system": "upn", "value": "N810"}])
    more = {"phones": [{"number": "+447700900301", "kind": "M"}, {"number": "07700 900302"}]}
    again = {"emails": ["A@post.example"], "identifiers": [{"system": "upn", "value": "n810"}]}
    add(tree, an_addition(**more, **again), "kid", totals=True)

    person = tree["people"][0]
    assert [len(person[name]) for name in ("phones", "emails", "identifiers")] == [2, 1, 1]


def test_an_address_of_which_only_the_postcode_is_known_adds_nothing_to_a_whole_one() -> None:
    tree = a_referral(addresses=[{"lines": ["1 Invented Row"], "postcode": "HU8 0AA"}])
    add(tree, an_addition(addresses=[{"postcode": "hu80aa"}]), "kid", totals=True)

    assert len(tree["people"][0]["addresses"]) == 1


def test_people_get_names_of_their_own_and_what_names_them_follows() -> None:
    tree = a_referral()
    contact = {"people": [{"id": "contact", "surname": "A"}], "relationships": [{"person": "contact", "to": "child"}]}
    for surname in ("A", "B"):
        add(tree, contact | {"people": [{"id": "contact", "surname": surname}]}, "kid", totals=True)

    assert [person["id"] for person in tree["people"]] == ["kid", "contact-1", "contact-2"]
    assert [(one["person"], one["to"]) for one in tree["relationships"]] == [("contact-1", "kid"), ("contact-2", "kid")]


def test_the_sixty_first_person_is_left_out_with_a_reason() -> None:
    tree = a_referral()
    tree["people"] += [{"id": f"p-{number}"} for number in range(59)]
    contact = {"people": [{"id": "contact", "surname": "A"}], "relationships": [{"person": "contact", "to": "child"}]}
    added = add(tree, contact, "kid", totals=True)

    assert (len(tree["people"]), tree["relationships"]) == (60, [])
    assert added.now("/people/0/surname")[1]
    assert added.now("/relationships/0/kind")[1]


def test_sessions_of_one_code_add_up() -> None:
    tree = a_referral()
    for _ in range(3):
        mark = {"education": {"sessions_by_code": [{"code": "I", "as_stated": "I", "sessions": 1}]}}
        add(tree, an_addition(**mark), "kid", totals=True)

    assert tree["people"][0]["education"]["sessions_by_code"] == [{"code": "I", "as_stated": "I", "sessions": 3}]


def test_totals_of_another_system_are_left_out_whole() -> None:
    tree = a_referral(education={"sessions_possible": 320})
    addition = an_addition(education={"sessions_possible": 136, "sessions_attended": 100, "year_group": "5"})
    added = add(tree, addition, "kid", totals=False)

    assert tree["people"][0]["education"] == {"sessions_possible": 320, "year_group": "5"}
    assert added.now("/people/0/education/sessions_attended") == ("", OTHER_TOTALS)


@given(said=PERSONS, export=PERSONS)
@settings(max_examples=50)
def test_nothing_that_was_said_is_changed_and_every_place_is_accounted_for(
    said: dict[str, str], export: dict[str, str]
) -> None:
    tree = a_referral(**said)
    before = copy.deepcopy(tree["people"][0])
    added = add(tree, an_addition(**export), "kid", totals=True)

    assert before.items() <= tree["people"][0].items()
    assert all(added.now(f"/people/0/{name}") != ("", KNOWN) for name in export)


@given(said=PERSONS, export=PERSONS)
@settings(max_examples=50)
def test_adding_the_same_twice_is_adding_it_once(said: dict[str, str], export: dict[str, str]) -> None:
    once, twice = a_referral(**said), a_referral(**said)
    for tree in (once, twice, twice):
        add(tree, an_addition(**export), "kid", totals=True)

    assert once == twice
