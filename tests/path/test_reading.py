"""What a sender of canonical JSON is told to put right: the place and the nearest right name, never a value."""

from __future__ import annotations

import json
import re

import pytest

from contracts.adapter import Fault
from contracts.errors import InvalidReferral
from gateway.path.reading import read_referral

REFERRAL = {
    "council": "hull",
    "purpose": "request",
    "source": {"system": "canonical", "record_id": "R-1"},
    "referrer": {"kind": "professional"},
    "people": [{"id": "child", "roles": ["child"], "addresses": [{"postcode": "HU1 0AA"}]}],
    "harm": {"level": "none_declared"},
}


def faults_with(document: dict[str, object]) -> tuple[Fault, ...]:
    with pytest.raises(InvalidReferral) as refused:
        read_referral(json.dumps(document).encode())
    return refused.value.faults


def test_a_referral_is_read() -> None:
    assert read_referral(json.dumps(REFERRAL).encode()).council == "hull"


def test_a_misspelt_field_is_told_the_nearest_name() -> None:
    (fault,) = faults_with(REFERRAL | {"neds": []})
    assert fault.pointer == "/neds"
    assert re.match(r"Did you mean `?needs`?\?", fault.remedy)


@pytest.mark.parametrize(
    ("person", "pointer", "near"),
    [
        ({"surnme": "Tern"}, "/people/0/surnme", "surname"),
        ({"addresses": [{"postcde": "HU1 0AA"}]}, "/people/0/addresses/0/postcde", "postcode"),
        ({"education": {"year_grop": "4"}}, "/people/0/education/year_grop", "year_group"),
    ],
)
def test_a_misspelt_field_is_held_against_the_names_of_its_own_place(
    person: dict[str, object], pointer: str, near: str
) -> None:
    (fault,) = faults_with(REFERRAL | {"people": [{"id": "child", "roles": ["child"], **person}]})
    assert fault.pointer == pointer
    assert re.match(rf"Did you mean `?{near}`?\?", fault.remedy)


def test_a_name_like_no_field_is_told_where_it_may_go() -> None:
    (fault,) = faults_with(REFERRAL | {"zodiac": "x"})
    assert "other_answers" in fault.remedy


def test_no_fault_repeats_what_was_written() -> None:
    (fault,) = faults_with(REFERRAL | {"Ottoline Farraday 07700 900123": "Farraday"})
    assert "Farraday" not in repr(fault)
