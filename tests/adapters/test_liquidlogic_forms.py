"""One bundle feeds several mappings: a record's form is the type of its form in the case system."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from adapters.sources.liquidlogic import read
from contracts.adapter import Fault, ReadOptions, SourceRecord

Zip = Callable[[Mapping[str, str | bytes]], bytes]
Tables = dict[str, str | bytes]
Reading = Callable[..., list[SourceRecord | Fault]]


@pytest.fixture
def reading(zipped: Zip) -> Reading:
    return lambda tables, **options: list(read(io.BytesIO(zipped(tables)), ReadOptions(**options)))


def records(read_out: list[SourceRecord | Fault]) -> list[Any]:
    return [item for item in read_out if isinstance(item, SourceRecord)]


def the_record(read_out: list[SourceRecord | Fault]) -> Any:
    (record,) = records(read_out)
    return record


def test_forms_can_be_the_records_and_their_type_is_their_form(reading: Reading, tables: Tables) -> None:
    read_out = reading(tables, settings={"records": "FACT_FORMS", "form_name": "STEPDOWN"}, form="kent_step_down")

    two = records(read_out)
    assert [(record.key, record.form) for record in two] == [
        ("FACT_FORMS:31", "STEPDOWN"),
        ("FACT_FORMS:32", "STEPDOWN"),
    ]
    assert list(two[1].data["answers"]) == ["From another contact"]
    assert two[0].data["contact"]["FACT_EHM_CONTACT_ID"] == "9001"


def test_only_the_rows_that_the_mapping_chooses_are_records(reading: Reading, tables: Tables) -> None:
    chosen = {"records": "FACT_FORMS", "choose": {"fact_form_id": ["32"]}}

    assert the_record(reading(tables, settings=chosen)).key == "FACT_FORMS:32"


def test_a_contact_takes_its_form_from_the_type_of_its_form(reading: Reading, tables: Tables) -> None:
    assert the_record(reading(tables)).form == "STEPDOWN"


def test_a_form_type_may_be_a_description_or_a_number(reading: Reading, tables: Tables) -> None:
    tables["FACT_FORMS.csv"] = "FACT_FORM_ID,DIM_PERSON_ID,DIM_LOOKUP_FORM_TYPE_ID\n31,501,417\n"

    assert the_record(reading(tables)).form == "417"


def test_a_contact_with_forms_of_two_types_is_two_records_that_share_no_answer(
    reading: Reading, tables: Tables
) -> None:
    tables["FACT_FORMS.csv"] = "FACT_FORM_ID,DIM_PERSON_ID,DIM_LOOKUP_FORM_TYPE_ID\n31,501,417\n32,501,418\n"

    two = records(reading(tables))

    assert [record.key for record in two] == ["FACT_EHM_CONTACT:9001:417", "FACT_EHM_CONTACT:9001:418"]
    assert list(two[1].data["answers"]) == ["From another contact"]
