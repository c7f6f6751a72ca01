"""A bundle of reporting tables becomes one record for each contact, joined by the warehouse's own keys."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from adapters.sources.liquidlogic import read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]
Zip = Callable[[Mapping[str, str | bytes]], bytes]
Tables = dict[str, str | bytes]


@pytest.fixture
def reading(zipped: Zip) -> Callable[..., list[SourceRecord | Fault]]:
    return lambda tables, **options: list(read(io.BytesIO(zipped(tables)), ReadOptions(**options)))


Reading = Callable[..., list[SourceRecord | Fault]]


def the_record(read_out: list[SourceRecord | Fault]) -> Any:
    (record,) = (item for item in read_out if isinstance(item, SourceRecord))
    return record


def faults(read_out: list[SourceRecord | Fault]) -> list[Fault]:
    return [item for item in read_out if isinstance(item, Fault)]


def test_a_contact_is_joined_to_its_person(reading: Reading, tables: Tables) -> None:
    record = the_record(reading(tables, form="step_down"))

    assert (record.position, record.form, record.key, record.kind) == (
        "FACT_EHM_CONTACT, row 2", "step_down", "FACT_EHM_CONTACT:9001", "referral"
    )  # fmt: skip
    assert record.data["contact"]["REASON"] == "Step down\nafter a Single Assessment"
    assert record.data["person"]["FORENAME"] == "Idris"
    assert record.data["episodes"][0]["START_REASON"] == "Earlier support"
    assert record.data["involvements"][0]["WORKER_TEAM"] == "Duty and Advice"
    assert record.data["disabilities"][0]["DISABILITY_CODE"] == "COMM"


def test_columns_that_nobody_knows_are_kept(reading: Reading, tables: Tables) -> None:
    assert the_record(reading(tables)).data["person"]["WARD"] == "North"


def test_date_times_stay_the_text_they_are(reading: Reading, tables: Tables) -> None:
    assert the_record(reading(tables)).data["person"]["BIRTH_DTTM"] == "2015-06-01 00:00:00.000"


def test_sentinels_and_empty_cells_say_nothing(reading: Reading, tables: Tables) -> None:
    data = the_record(reading(tables)).data

    assert data["person"]["LEGACY_ID"] is None
    assert data["person"]["DUPLICATED_DTTM"] is None
    assert data["relations"][0]["person"]["UPN"] is None


def test_a_sibling_comes_with_the_relation(reading: Reading, tables: Tables) -> None:
    relation = the_record(reading(tables)).data["relations"][0]

    assert relation["relation"]["DIM_LOOKUP_RELTN_TYPE_CODE"] == "SIB"
    assert relation["person"]["FORENAME"] == "Carys"


def test_a_relation_recorded_only_the_other_way_round_is_kept_apart(reading: Reading, tables: Tables) -> None:
    data = the_record(reading(tables)).data

    assert [relation["person"]["FORENAME"] for relation in data["relations_from"]] == ["Bronwen"]


def test_a_relative_who_was_merged_away_is_left_out_and_named(reading: Reading, tables: Tables) -> None:
    read_out = reading(tables)

    assert "person" not in the_record(read_out).data["relations"][1]
    (fault,) = (fault for fault in faults(read_out) if fault.position.startswith("FACT_PERSON_RELATION"))
    assert (fault.kind, fault.expected) == ("doubtful", "a person whose record is not merged")


@pytest.mark.parametrize(
    ("row", "expected"), [(3, "a person whose record is not merged"), (4, "a person")], ids=["merged", "minus one"]
)
def test_a_contact_without_a_live_person_is_a_fault(row: int, expected: str, reading: Reading, tables: Tables) -> None:
    position = f"FACT_EHM_CONTACT, row {row}, column DIM_PERSON_ID"

    (fault,) = (fault for fault in faults(reading(tables)) if fault.position == position)

    assert (fault.kind, fault.expected) == ("unreadable", expected)


def test_a_person_who_stands_twice_is_never_chosen_between(reading: Reading, tables: Tables) -> None:
    tables["DIM_PERSON.csv"] = "DIM_PERSON_ID,FORENAME\n501,Idris\n501,Other\n"
    tables["fact_ehm_contact.csv"] = "DIM_PERSON_ID,CONTACT_DTTM\n501,2026-02-10\n"

    read_out = reading(tables)

    (fault,) = (fault for fault in faults(read_out) if fault.kind == "unreadable")
    assert "DIM_PERSON, row 2, DIM_PERSON, row 3" in fault.remedy
    assert len(faults(read_out)) == len(read_out)


def test_the_last_answer_stands_and_the_earlier_are_kept(reading: Reading, tables: Tables) -> None:
    assert the_record(reading(tables)).data["answers"]["Consent to support"] == {
        "answer": "Yes",
        "answered": "2026-02-09 10:00:00.000",
        "earlier": [{"answer": "No", "answered": "2026-02-01 10:00:00.000"}],
    }


def test_answers_that_differ_at_no_known_time_are_not_chosen_between(reading: Reading, tables: Tables) -> None:
    read_out = reading(tables)

    answer = the_record(read_out).data["answers"]["Written consent"]
    assert answer["answer"] is None
    assert {earlier["answer"] for earlier in answer["earlier"]} == {"Yes", "No"}
    (fault,) = (fault for fault in faults(read_out) if fault.pointer == "/answers/Written consent")
    assert fault.kind == "doubtful"


def test_answers_given_for_another_contact_are_not_taken(reading: Reading, tables: Tables) -> None:
    record = the_record(reading(tables))

    assert "From another contact" not in record.data["answers"]
    assert len(record.data["forms"]) == 1


def test_questions_can_be_named_by_their_number(reading: Reading, tables: Tables) -> None:
    answers = the_record(reading(tables, settings={"answer_key": "code"})).data["answers"]

    assert answers["2"]["answer"] == "Yes"


def test_social_care_contacts_or_episodes_are_the_records_where_nothing_else_is(
    reading: Reading, tables: Tables
) -> None:
    del tables["fact_ehm_contact.csv"]

    record = the_record(reading(tables, form="help"))

    assert record.key == "FACT_CAF_EPISODE:77"
    assert "contact" not in record.data
    assert len(record.data["episodes"]) == 1


def test_the_setting_names_the_table_whose_rows_are_records(reading: Reading, tables: Tables) -> None:
    record = the_record(reading(tables, form="help", settings={"records": "fact_caf_episode"}))

    assert record.key == "FACT_CAF_EPISODE:77"


def test_a_contact_without_an_id_is_keyed_by_person_and_time(reading: Reading, tables: Tables) -> None:
    tables["fact_ehm_contact.csv"] = "DIM_PERSON_ID,CONTACT_DTTM\n501,2026-02-10\n"

    assert the_record(reading(tables)).key == "FACT_EHM_CONTACT:501:2026-02-10"


def test_a_contact_that_repeats_an_id_is_a_fault(reading: Reading, tables: Tables) -> None:
    tables["fact_ehm_contact.csv"] = "FACT_EHM_CONTACT_ID,DIM_PERSON_ID\n1,501\n1,502\n"

    read_out = reading(tables)

    assert the_record(read_out).data["person"]["FORENAME"] == "Idris"
    assert "FACT_EHM_CONTACT, row 3" in [fault.position for fault in faults(read_out)]


def test_the_councils_own_names_are_renamed(reading: Reading, tables: Tables) -> None:
    tables["EH People.csv"] = str(tables.pop("DIM_PERSON.csv")).replace("FORENAME", "First Name")

    rename = {"eh people": "DIM_PERSON", "DIM_PERSON.first name": "FORENAME"}

    assert the_record(reading(tables, settings={"rename": rename})).data["person"]["FORENAME"] == "Idris"


def test_a_bundle_may_be_one_json_object_of_arrays() -> None:
    document = {
        "HDM.Child_Social.DIM_PERSON": [{"dim_person_id": 501, "upn": "Unknown", "forename": "Idris"}],
        "fact_contacts": [{"FACT_CONTACT_ID": 7, "DIM_PERSON_ID": 501.0, "TOTAL_NO_OF_OUTCOMES": -1}],
    }

    record = the_record(list(read(io.BytesIO(json.dumps(document).encode()), ReadOptions())))

    assert (record.position, record.key) == ("FACT_CONTACTS, item 1", "FACT_CONTACTS:7")
    assert record.data["person"] == {"DIM_PERSON_ID": 501, "UPN": None, "FORENAME": "Idris"}
    assert record.data["contact"]["TOTAL_NO_OF_OUTCOMES"] is None


def test_a_file_that_is_no_known_table_is_left_unread_and_named(reading: Reading, tables: Tables) -> None:
    read_out = reading({**tables, "DIM_PERSONS.csv": "A\n1\n"})

    (fault,) = (fault for fault in faults(read_out) if fault.position == "file 10 of the zip")
    assert fault.kind == "doubtful"
    assert "The nearest is DIM_PERSON." in fault.remedy


def test_a_ragged_row_names_its_table(reading: Reading, tables: Tables) -> None:
    tables["FACT_DISABILITY.csv"] = "DIM_PERSON_ID,DISABILITY_CODE\n501\n"

    assert "FACT_DISABILITY, row 2" in [fault.position for fault in faults(reading(tables))]


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ("DIM_PERSON.csv", "DIM_PERSON"),
        ("fact_ehm_contact.csv", "FACT_EHM_CONTACT or FACT_CONTACTS or FACT_CAF_EPISODE"),
    ],
)
def test_a_bundle_without_a_needed_table_is_refused(
    gone: str, expected: str, reading: Reading, tables: Tables, refusal: Refusal
) -> None:
    del tables[gone]
    tables.pop("FACT_CAF_EPISODE.csv")

    assert refusal(lambda: reading(tables)).faults[0].expected == f"a table {expected}"


def test_a_table_without_its_joining_column_is_refused_with_the_nearest(
    reading: Reading, tables: Tables, refusal: Refusal
) -> None:
    tables["FACT_FORMS.csv"] = "FACT_FORM_ID,DIM_PERSONID\n1,2\n"

    fault = refusal(lambda: reading(tables)).faults[0]

    assert (fault.position, fault.expected) == ("FACT_FORMS, row 1", "a column “DIM_PERSON_ID”")
    assert "DIM_PERSONID" in fault.remedy


@pytest.mark.parametrize(
    "body", [b"[]", b'{"DIM_PERSON": {}}', b'{"DIM_PERSON": [1]}', b'{"DIM_PERSON": [{"A": 1, "a": 2}]}']
)
def test_json_of_another_shape_is_refused(body: bytes, refusal: Refusal) -> None:
    assert refusal(lambda: list(read(io.BytesIO(body), ReadOptions())))


def test_one_table_twice_is_refused(reading: Reading, tables: Tables, refusal: Refusal) -> None:
    error = refusal(lambda: reading({**tables, "HDM.DIM_PERSON.csv": "DIM_PERSON_ID\n1\n"}))

    assert error.faults[0].expected == "each table once"


def test_an_expected_date_is_no_birth_date(reading: Reading, tables: Tables) -> None:
    tables["DIM_PERSON.csv"] = "DIM_PERSON_ID,BIRTH_DTTM,DOB_ESTIMATED\n501,2026-06-01 00:00:00.000,Y\n"

    read_out = reading(tables)

    assert the_record(read_out).data["unborn"] == {"DOB_ESTIMATED": "Y", "BIRTH_DTTM": "2026-06-01 00:00:00.000"}
    assert "BIRTH_DTTM" not in the_record(read_out).data["person"]
    assert "/unborn/BIRTH_DTTM" in [fault.pointer for fault in faults(read_out)]


def test_an_estimated_date_before_the_contact_is_a_birth_date_in_doubt(reading: Reading, tables: Tables) -> None:
    tables["DIM_PERSON.csv"] = "DIM_PERSON_ID,BIRTH_DTTM,DOB_ESTIMATED\n501,2010-06-01 00:00:00.000,Y\n"

    read_out = reading(tables)

    assert the_record(read_out).data["person"]["BIRTH_DTTM"] == "2010-06-01 00:00:00.000"
    assert ("doubtful", "/person/BIRTH_DTTM") in [(fault.kind, fault.pointer) for fault in faults(read_out)]
