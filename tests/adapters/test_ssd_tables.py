"""SSD tables become one record for each contact that ended in Early Help, however their JSON was written."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources.ssd_tables import read
from adapters.sources.ssd_tables.cells import CUT, OUTCOME_KEYS, read_cell
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]
Zip = Callable[[Mapping[str, str | bytes]], bytes]
Tables = dict[str, str | bytes]
SAID = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(str.strip)
Reading = Callable[..., list[SourceRecord | Fault]]


@pytest.fixture
def reading(zipped: Zip) -> Reading:
    return lambda tables, **options: list(read(io.BytesIO(zipped(tables)), ReadOptions(**options)))


def the_data(read_out: list[SourceRecord | Fault]) -> Any:
    (record,) = (item for item in read_out if isinstance(item, SourceRecord))
    return record.data


def joined_as_the_script_does(comment: str, flag: str = "N") -> str:
    """The JSON of the public script for older servers: strings joined, nothing escaped, cut at 900 characters."""
    return f'{{"NFA_FLAG": "{flag}", "NUMBER_OF_OUTCOMES": null, "COMMENTS": "{comment[:CUT]}"}}'


def outcome(cell: object) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    return read_cell(cell, OUTCOME_KEYS, "ssd_contacts, row 2", "/outcome")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "comment",
    [
        'He said "no"',
        "C:\\new\\path",
        "one\ntwo",
        'quoted "NFA_FLAG": "Y" in it',
        '{"COMMENTS": "inside"}',
        'ends in "',
    ],
)
def test_a_comment_that_breaks_the_json_is_recovered_and_doubted(comment: str) -> None:
    said, doubts = outcome(joined_as_the_script_does(comment))

    assert said["NFA_FLAG"] == "N"
    if doubts:
        assert said["COMMENTS"] == comment
        assert {fault.kind for fault in doubts} == {"doubtful"}
    else:
        assert said["COMMENTS"] == json.loads(joined_as_the_script_does(comment))["COMMENTS"]


@given(comment=st.text(max_size=200))
@settings(max_examples=50)
def test_no_comment_ever_changes_another_key(comment: str) -> None:
    assert outcome(joined_as_the_script_does(comment))[0]["NFA_FLAG"] == "N"


@given(values=st.dictionaries(st.sampled_from(OUTCOME_KEYS), SAID))
@settings(max_examples=50)
def test_json_that_is_whole_is_read_as_it_is(values: dict[str, str]) -> None:
    said, _ = outcome(json.dumps(values)) if values else ({}, ())

    assert said == {key: value for key, value in values.items() if (key, value.strip()) != ("NUMBER_OF_OUTCOMES", "-1")}


def test_a_comment_that_was_cut_is_doubted() -> None:
    _, doubts = outcome(joined_as_the_script_does("x" * 2000))

    assert [fault.pointer for fault in doubts] == ["/outcome/COMMENTS"]


def test_an_object_cut_short_keeps_the_keys_it_has() -> None:
    assert outcome('{"NFA_FLAG": "N", "COMMENTS": "never clo')[0] == {"NFA_FLAG": "N", "COMMENTS": "never clo"}


def test_an_object_with_no_known_key_is_kept_as_written() -> None:
    said, doubts = outcome("{who knows")

    assert said == {"AS_WRITTEN": "{who knows"}
    assert doubts


def test_an_outcome_may_be_plain_text(reading: Reading, safeguarding: Tables) -> None:
    assert the_data(reading(safeguarding))["outcome"] == {"OUTCOME": "EH Referral"}


def test_only_contacts_that_ended_in_early_help_are_records(reading: Reading, safeguarding: Tables) -> None:
    keys = [item.key for item in reading(safeguarding) if isinstance(item, SourceRecord)]

    assert keys == ["ssd_contacts:1"]


def test_a_flag_can_be_the_outcome_that_is_asked_for(reading: Reading, safeguarding: Tables) -> None:
    cell = joined_as_the_script_does("Early Help agreed", "Y").replace('"', '""')
    safeguarding["ssd_contacts.csv"] = f'cont_person_id,cont_contact_outcome_json\n601,"{cell}"\n'

    assert the_data(reading(safeguarding, settings={"outcomes": ["NFA_FLAG"]}))["outcome"]["NFA_FLAG"] == "Y"


def test_an_outcome_in_a_comment_chooses_nothing(reading: Reading, safeguarding: Tables) -> None:
    cell = joined_as_the_script_does("EH Referral").replace('"', '""')
    safeguarding["ssd_contacts.csv"] = f'cont_person_id,cont_contact_outcome_json\n601,"{cell}"\n'

    (fault,) = reading(safeguarding)
    assert isinstance(fault, Fault)
    assert fault.expected == "a row that the mapping asks for"


def test_placeholders_and_sentinels_say_nothing(reading: Reading, safeguarding: Tables) -> None:
    data = the_data(reading(safeguarding))

    assert data["episodes"][0]["earl_episode_worker_id"] is None
    assert data["person"]["pers_upn"] is None
    assert data["addresses"][0]["addr_address_postcode"] is None


def test_an_address_is_taken_apart(reading: Reading, safeguarding: Tables) -> None:
    assert the_data(reading(safeguarding))["addresses"][0]["parts"] == {"HOUSE": "7", "STREET": "Made-up Lane"}


def test_an_expected_date_without_a_birth_date_is_an_unborn_child(reading: Reading, safeguarding: Tables) -> None:
    safeguarding["ssd_person.csv"] = "pers_person_id,pers_dob,pers_expected_dob\n601,,2027-01-20\n"

    assert the_data(reading(safeguarding))["person"]["unborn"] is True


def test_the_rest_of_a_family_comes_along_without_a_relation(reading: Reading, safeguarding: Tables) -> None:
    safeguarding["ssd_family.csv"] = "fami_family_id,fami_person_id\nF,601\nF,602\nG,603\n"
    safeguarding["ssd_person.csv"] = "pers_person_id,pers_forename\n601,Cadi\n602,Emrys\n603,Other\n"

    assert [one["person"]["pers_forename"] for one in the_data(reading(safeguarding))["family"]] == ["Emrys"]


def test_a_contact_whose_person_is_not_there_is_a_fault(reading: Reading, safeguarding: Tables) -> None:
    safeguarding["ssd_person.csv"] = "pers_person_id\n999\n"

    (fault,) = reading(safeguarding)
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.position) == ("unreadable", "ssd_contacts, row 2, column cont_person_id")


def test_a_bundle_without_contacts_is_refused(reading: Reading, safeguarding: Tables, refusal: Refusal) -> None:
    del safeguarding["ssd_contacts.csv"]

    assert refusal(lambda: reading(safeguarding)).faults[0].expected == "a table ssd_contacts"
