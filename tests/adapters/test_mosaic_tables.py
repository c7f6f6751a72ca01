"""A bundle of Mosaic tables becomes one record for each child of each chosen step, and hides restricted people."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from adapters.sources.mosaic_tables import KEEPS_BYTES, read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]
Zip = Callable[[Mapping[str, str | bytes]], bytes]
Tables = dict[str, str | bytes]
Reading = Callable[..., list[SourceRecord | Fault]]


@pytest.fixture
def reading(zipped: Zip) -> Reading:
    return lambda tables, **options: list(read(io.BytesIO(zipped(tables)), ReadOptions(**options)))


def records(read_out: list[SourceRecord | Fault]) -> list[Any]:
    return [item for item in read_out if isinstance(item, SourceRecord)]


def faults(read_out: list[SourceRecord | Fault]) -> list[Fault]:
    return [item for item in read_out if isinstance(item, Fault)]


def test_a_step_is_joined_to_its_child_and_its_answers(reading: Reading, mosaic: Tables) -> None:
    (record,) = records(reading(mosaic, form="redirect"))

    assert (record.key, record.form) == ("MO_WORKFLOW_STEPS:71:301", "redirect")
    assert record.data["person"]["FULL_NAME"] == "Cadi Marrowby"
    assert record.data["answers"] == {"eh.consent": {"answer": "Given"}}


def test_a_restricted_relative_is_known_only_by_the_relationship(reading: Reading, mosaic: Tables) -> None:
    read_out = reading(mosaic)

    open_one, restricted = records(read_out)[0].data["relationships"]
    assert open_one["person"]["FULL_NAME"] == "Bronwen Marrowby"
    assert set(restricted) == {"relationship"}
    assert [fault.expected for fault in faults(read_out)] == ["a record that may be passed on"]


@pytest.mark.parametrize(("written", "kept"), [("Y", True), ("y", True), ("X", True), ("N", False), ("", False)])
def test_a_restricted_child_says_so_unless_the_cell_says_no(
    written: str, kept: bool, reading: Reading, mosaic: Tables
) -> None:
    mosaic["DM_PERSONS.csv"] = f"PERSON_ID,FULL_NAME,RESTRICTED\n301,Cadi Marrowby,{written}\n"

    assert ("restricted" in records(reading(mosaic))[0].data) is kept


def test_the_bytes_of_restricted_records_are_not_kept() -> None:
    assert KEEPS_BYTES is False


def test_each_child_of_a_step_is_a_record_and_the_adult_beside_them_is_none(reading: Reading, mosaic: Tables) -> None:
    mosaic["DM_PERSONS.csv"] = "PERSON_ID,CONTEXT_FLAG\n301,C\n302,A\n304,C\n"
    mosaic["MO_SUBGROUP_SUBJECTS.csv"] = (
        "SUBGROUP_ID,SUBJECT_TYPE_CODE,SUBJECT_COMPOUND_ID\n801,PER,301\n801,PER,302\n801,PER,304\n801,GRP,9\n"
    )

    keys = [record.key for record in records(reading(mosaic))]
    assert keys == ["MO_WORKFLOW_STEPS:71:301", "MO_WORKFLOW_STEPS:71:304"]


def test_the_display_address_comes_first(reading: Reading, mosaic: Tables) -> None:
    mosaic["DM_ADDRESSES.csv"] = (
        "PERSON_ID,ADDRESS,POST_CODE,IS_DISPLAY_ADDRESS,END_DATE\n"
        "301,Old Road,XXXX,N,2024-01-01\n301,Once shown,E1 9ZZ,Y,2025-01-01\n301,Now,E2 9ZZ,Y,\n"
    )

    addresses = records(reading(mosaic))[0].data["addresses"]
    assert [address["ADDRESS"] for address in addresses] == ["Now", "Old Road", "Once shown"]
    assert addresses[1]["POST_CODE"] is None


def test_references_are_told_by_their_kind(reading: Reading, mosaic: Tables) -> None:
    mosaic["MO_SUBJECT_REFERENCES.csv"] = (
        "SUBJECT_COMPOUND_ID,REFERENCE_TYPE_CODE,REFERENCE\n301,UPN,E211999925001\n301,NHS,Unknown\n"
    )

    assert records(reading(mosaic))[0].data["references"] == {"UPN": "E211999925001", "NHS": None}


def test_answers_that_differ_are_not_chosen_between(reading: Reading, mosaic: Tables) -> None:
    mosaic["MO_FORM_LOOKUP_ANSWERS.csv"] = (
        "FORM_ID,QUESTION_USER_CODE,ANSWER\n901,eh.consent,Given\n901,eh.consent,Refused\n"
    )

    read_out = reading(mosaic)

    assert records(read_out)[0].data["answers"]["eh.consent"]["answer"] is None
    assert "/answers/eh.consent" in [fault.pointer for fault in faults(read_out)]


def test_only_the_steps_that_the_mapping_chooses_are_records(reading: Reading, mosaic: Tables) -> None:
    (fault,) = reading(mosaic, settings={"choose": {"OUTCOME": ["Social Care"]}})

    assert isinstance(fault, Fault)
    assert fault.expected == "a row that the mapping asks for"


@pytest.mark.parametrize(
    ("people", "expected"),
    [("PERSON_ID\n999\n", "a person who is in the bundle"), ("PERSON_ID\n301\n301\n", "one row for a person")],
)
def test_a_child_who_is_not_exactly_one_person_is_a_fault(
    people: str, expected: str, reading: Reading, mosaic: Tables
) -> None:
    mosaic["DM_PERSONS.csv"] = people
    del mosaic["DM_PERSONAL_RELATIONSHIPS.csv"]

    assert [fault.expected for fault in faults(reading(mosaic))] == [expected]


def test_codes_alone_are_enough_to_know_a_person(reading: Reading, mosaic: Tables) -> None:
    mosaic["MO_PERSONS.csv"] = "PERSON_ID,SUB_ETHNICITY\n301,ABAN\n"
    del mosaic["DM_PERSONS.csv"], mosaic["DM_PERSONAL_RELATIONSHIPS.csv"]

    assert records(reading(mosaic))[0].data["details"]["SUB_ETHNICITY"] == "ABAN"


def test_a_bundle_without_people_is_refused(reading: Reading, mosaic: Tables, refusal: Refusal) -> None:
    del mosaic["DM_PERSONS.csv"]

    assert refusal(lambda: reading(mosaic)).faults[0].expected == "a table DM_PERSONS or MO_PERSONS"
