"""A covering sheet is read row by row: one record for each chosen pupil, and nothing of what is beside it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from adapters.sources.covering_sheet import read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]
Zip = Callable[[Mapping[str, str | bytes]], bytes]
School = dict[str, str | bytes]
Reading = Callable[..., list[SourceRecord | Fault]]

_HEADER = "UPN,Admission No,Surname,Forename,DOB,Reason,Agreement,Referrer\n"


@pytest.fixture
def reading(zipped: Zip) -> Reading:
    return lambda files, **options: list(read(io.BytesIO(zipped(files)), ReadOptions(**options)))


def records(read_out: list[SourceRecord | Fault]) -> list[Any]:
    return [item for item in read_out if isinstance(item, SourceRecord)]


def faults(read_out: list[SourceRecord | Fault]) -> list[Fault]:
    return [item for item in read_out if isinstance(item, Fault)]


def test_a_row_is_a_record_with_its_place_its_form_and_its_reference(reading: Reading, school: School) -> None:
    record = records(reading(school, form="request"))[0]

    assert (record.position, record.form, record.key, record.kind) == (
        "referral.csv, row 2",
        "request",
        "R-1",
        "referral",
    )
    assert record.data["sheet"]["services"] == "Young Carers Support"


def test_nothing_beside_the_sheet_is_read(reading: Reading, school: School) -> None:
    assert "Canary" not in str(reading(school))


def test_a_column_that_has_no_synonym_keeps_its_own_name(reading: Reading, school: School) -> None:
    assert records(reading(school))[0].data["sheet"]["Views of the child"] == "Would like help"


def test_an_empty_cell_says_nothing(reading: Reading, school: School) -> None:
    assert records(reading(school))[1].data["sheet"]["upn"] is None


def test_a_formula_stays_the_text_it_is(reading: Reading, school: School) -> None:
    assert records(reading(school))[0].data["sheet"]["reason"] == "=HYPERLINK(1)"


def test_a_reference_that_two_rows_share_is_no_key(reading: Reading, school: School) -> None:
    school["referral.csv"] = str(school["referral.csv"]).replace("R-2", "R-1")

    assert [record.key for record in records(reading(school))] == ["", ""]


def test_only_the_rows_of_chosen_numbers_are_read(reading: Reading, school: School) -> None:
    read_out = reading(school, settings={"pupils": ["n810 999925001", "7777"]})

    assert [record.key for record in records(read_out)] == ["R-1"]
    assert "1 of the chosen numbers" in faults(read_out)[0].remedy


def test_a_mapping_adds_its_own_synonyms(reading: Reading, school: School) -> None:
    school["referral.csv"] = str(school["referral.csv"]).replace("Reason for request", "Why now")

    read_out = reading(school, settings={"synonyms": {"reason": ["Why now"]}})

    assert records(read_out)[0].data["sheet"]["reason"] == "=HYPERLINK(1)"


def test_a_column_called_as_one_that_was_chosen_is_not_lost(reading: Reading, school: School) -> None:
    settings = {"synonyms": {"reason": "Views of the child"}}
    school["referral.csv"] = str(school["referral.csv"]).replace("Reason for request", "reason")

    sheet = records(reading(school, settings=settings))[0].data["sheet"]

    assert (sheet["reason"], sheet["reason (column 5)"]) == ("Would like help", "=HYPERLINK(1)")


def test_settled_55_a_sheet_of_more_than_thirty_rows_is_no_choice(reading: Reading, refusal: Refusal) -> None:
    rows = "\n".join(f",{number},,,,Absence,Yes,X" for number in range(31))

    assert "30 chosen" in refusal(lambda: reading({"referral.csv": _HEADER + rows})).faults[0].expected


def test_the_sheets_missing_columns_are_named_with_the_nearest(reading: Reading, refusal: Refusal) -> None:
    told = refusal(lambda: reading({"referral.csv": "Surname,Forname,Agreement\nx,y,z\n"})).faults

    assert [fault.expected for fault in told] == ["a column “upn”", "a column “reason”", "a column “referrer name”"]
    assert {fault.position for fault in told} == {"referral.csv, row 1"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"referral.csv": _HEADER}, "at least one chosen pupil"),
        ({"referral.csv": _HEADER, "copy/Referral.csv": _HEADER}, "one covering sheet"),
        ({"pupils.csv": "A,B\n"}, "a zip with referral.csv and a pupil export"),
        ({"referral.csv": _HEADER.encode("utf-16")}, "text in utf-8"),
    ],
)
def test_a_zip_without_a_usable_sheet_is_refused(
    files: School, expected: str, reading: Reading, refusal: Refusal
) -> None:
    assert refusal(lambda: reading(files)).faults[0].expected == expected
