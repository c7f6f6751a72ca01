"""A flat extract becomes one record for each row, with its mixed headers matched and its names left whole."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from adapters.sources.early_help_extract import read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]
Zip = Callable[[Mapping[str, str | bytes]], bytes]

HEADER = "Forename,Surname,GENDER,DOB,Open Date,Status,Practitioner,HOUSE NUMBER,POSTCODE,UPRN,ID\n"
ROW = 'Cadi,Marrowby,F,14/03/2015,01/10/2026,Open,"Ashcombe,Lena",12,DE1 9ZZ,100012345678,E-1\n'


def extract(text: str | bytes, **options: Any) -> list[SourceRecord | Fault]:
    return list(read(io.BytesIO(text if isinstance(text, bytes) else text.encode()), ReadOptions(**options)))


def the_row(items: list[SourceRecord | Fault]) -> Any:
    (record,) = (item for item in items if isinstance(item, SourceRecord))
    return record.data["row"]


def test_a_row_is_a_record_under_the_id_of_its_assessment() -> None:
    (record,) = extract(HEADER + ROW, form="early_help_assessments")

    assert isinstance(record, SourceRecord)
    assert (record.position, record.form, record.key) == ("row 2", "early_help_assessments", "E-1")


def test_a_name_with_a_comma_is_never_split() -> None:
    assert the_row(extract(HEADER + ROW))["practitioner"] == "Ashcombe,Lena"


@pytest.mark.parametrize("name", ["HOUSE NUMBER", "House_Number", "house  number"])
def test_headers_are_matched_in_any_case_and_spacing(name: str) -> None:
    assert the_row(extract(HEADER.replace("HOUSE NUMBER", name) + ROW))["house_number"] == "12"


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    assert the_row(extract(b"\xef\xbb\xbf" + (HEADER + ROW).encode()))["forename"] == "Cadi"


@pytest.mark.parametrize(
    ("written", "column"), [("XXXX", "postcode"), ("nopostcode", "postcode"), ("-1.0", "uprn"), ("1", "uprn")]
)
def test_sentinels_say_nothing(written: str, column: str) -> None:
    was = {"postcode": "DE1 9ZZ", "uprn": "100012345678"}[column]

    assert the_row(extract(HEADER + ROW.replace(was, written)))[column] is None


def test_a_column_of_the_councils_own_is_kept() -> None:
    assert the_row(extract(HEADER.replace("GENDER", "Team Colour") + ROW))["Team Colour"] == "F"


def test_a_column_can_be_renamed() -> None:
    renamed = HEADER.replace("Surname", "Family name")

    assert the_row(extract(renamed + ROW, settings={"rename": {"family NAME": "surname"}}))["surname"] == "Marrowby"


def test_only_the_rows_that_the_mapping_chooses_are_records() -> None:
    rows = ROW + ROW.replace("Open", "Closed").replace("E-1", "E-2")

    assert the_row(extract(HEADER + rows, settings={"choose": {"status": ["open"]}}))["id"] == "E-1"


@pytest.mark.parametrize(("again", "expected"), [(ROW, "each id once"), (ROW.replace("E-1", ""), "an id")])
def test_a_row_without_an_id_of_its_own_is_a_fault(again: str, expected: str) -> None:
    (fault,) = (item for item in extract(HEADER + ROW + again) if isinstance(item, Fault))

    assert (fault.position, fault.expected) == ("row 3, column ID", expected)


def test_a_zip_holds_the_extract_alone(zipped: Zip, refusal: Refusal) -> None:
    assert the_row(extract(zipped({"any name.csv": HEADER + ROW})))["forename"] == "Cadi"
    assert refusal(lambda: extract(zipped({"a.csv": HEADER + ROW, "b.csv": HEADER}))).faults[0].position == "the zip"


def test_a_file_without_the_columns_is_refused_with_the_nearest(refusal: Refusal) -> None:
    (fault,) = refusal(lambda: extract(HEADER.replace("Forename", "Forenames") + ROW)).faults

    assert fault.expected == "a column “forename”"
    assert "Forenames" in fault.remedy


def test_an_extract_with_nothing_to_take_says_so() -> None:
    (fault,) = extract(HEADER)

    assert isinstance(fault, Fault)
    assert fault.kind == "doubtful"
