"""A covering sheet asks for help, a pupil export enriches it, and nobody is matched by a guess."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.mis_csv import read
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


def asked(school: School, *rows: str) -> School:
    return {**school, "referral.csv": _HEADER + "\n".join(rows) + "\n"}


def test_a_row_of_the_sheet_is_enriched_by_its_pupil(reading: Reading, school: School) -> None:
    record = records(reading(school, form="request"))[0]

    assert (record.position, record.form, record.key, record.kind) == (
        "referral.csv, row 2",
        "request",
        "R-1",
        "referral",
    )
    assert record.data["sheet"]["services"] == "Young Carers Support"
    assert record.data["pupil"]["sen_status"] == "K - SEN Support"
    assert record.data["contacts"] == [
        {"upn": "N810999925001", "contact_surname": "Pennyworth", "relationship": "Mother"}
    ]
    assert record.data["attendance"]["possible_sessions"] == "320"


def test_a_column_that_has_no_synonym_keeps_its_own_name(reading: Reading, school: School) -> None:
    assert records(reading(school))[0].data["sheet"]["Views of the child"] == "Would like help"


def test_an_empty_cell_says_nothing(reading: Reading, school: School) -> None:
    assert records(reading(school))[1].data["sheet"]["upn"] is None


def test_a_formula_stays_the_text_it_is(reading: Reading, school: School) -> None:
    assert records(reading(school))[0].data["sheet"]["reason"] == "=HYPERLINK(1)"


def test_names_and_birth_date_match_whatever_apostrophe_and_date_style(reading: Reading, school: School) -> None:
    assert records(reading(school))[1].data["pupil"]["admission_number"] == "1002"


@pytest.mark.parametrize(
    "day", ["2016-07-01", "01/07/2016", "1-7-2016", "2016-Jul-01 00:00:00", "1 July 2016", "2016-07-01T00:00:00"]
)
def test_one_birth_date_is_known_in_many_styles(day: str, reading: Reading, school: School) -> None:
    assert len(records(reading(asked(school, f",,O'Fictional,MAIR,{day},Absence,Yes,Ms Made-Up")))) == 1


def test_nobody_but_the_chosen_pupils_gets_into_a_record(reading: Reading, school: School) -> None:
    assert "Canary" not in str(reading(school))


def test_the_export_is_told_by_digest_and_counts(reading: Reading, school: School) -> None:
    digest = hashlib.sha256(str(school["pupils.csv"]).encode()).hexdigest()

    assert records(reading(school))[0].data["export"] == {"digest": digest, "rows": 3, "matched": 2}


def test_attendance_that_cannot_be_right_is_named_and_kept(reading: Reading, school: School) -> None:
    read_out = reading(school)

    (fault,) = faults(read_out)
    assert (fault.kind, fault.position) == ("doubtful", "file 4 of the zip, row 3, column unauthorised_absence")
    assert fault.pointer == "/attendance/unauthorised_absence"
    assert read_out.index(fault) == read_out.index(records(read_out)[1]) + 1
    assert records(read_out)[1].data["attendance"]["unauthorised_absence"] == "124"


@pytest.mark.parametrize("totals", ["320,330,0,0", "320,300,-1,0", "many,1,1,1", "320,300,12.5,0", "0,0,1,0"])
def test_totals_that_are_no_counts_or_do_not_fit_are_named(totals: str, reading: Reading, school: School) -> None:
    header = "UPN,Possible Sessions,Present Sessions,Authorised Absence,Unauthorised Absence\n"

    read_out = reading({**school, "attendance.csv": f"{header}N810999925001,{totals}\n"})

    assert [fault.pointer.split("/")[1] for fault in faults(read_out)] == ["attendance"]


def test_totals_in_the_pupil_export_itself_are_looked_at_too(reading: Reading, school: School) -> None:
    pupils = "UPN,Surname,Forename,DOB,Possible,Present\nN810999925001,Pennyworth,Osian,2015-03-14,10,11\n"

    read_out = reading(asked({"pupils.csv": pupils}, "N810999925001,,,,,Absence,Yes,Ms Made-Up"))

    assert [fault.pointer for fault in faults(read_out)] == ["/pupil/present_sessions"]


def test_two_rows_of_totals_are_not_chosen_between(reading: Reading, school: School) -> None:
    row = "1001,320,300,12,8\n"

    read_out = reading({**school, "attendance.csv": str(school["attendance.csv"]) + row})

    assert records(read_out)[0].data["attendance"] == {}
    assert "row 2; file 4 of the zip, row 4" in faults(read_out)[0].remedy


@pytest.mark.parametrize(
    ("row", "expected", "told"),
    [
        ("C856999925001,,,,,Absence,Yes,X", "a pupil who is in the export", "Check the numbers"),
        ("C856999925001,,Pennyworth,Osian,2015-03-14,Absence,Yes,X", "a pupil who is in the export", "zip, row 2;"),
        (",,Pennyworth,,2015-03-14,Absence,Yes,X", "a UPN, an admission number", "which pupil"),
        (",9,Pennyworth,Osian,,Absence,Yes,X", "a pupil who is in the export", "Check the numbers"),
        ("N810999925001,1003,,,,Absence,Yes,X", "exactly one pupil", "zip, row 2; file 2 of the zip, row 4"),
        ("N810999925001,9,,,,Absence,Yes,X", "what the export says", "zip, row 2 has another admission number"),
        ("N810999925001,,,,2015-04-13,Absence,Yes,X", "what the export says", "zip, row 2 has another date of birth"),
    ],
)  # fmt: skip
def test_a_row_that_means_no_one_pupil_is_a_fault_that_says_where_to_look(
    row: str, expected: str, told: str, reading: Reading, school: School
) -> None:
    (fault,) = reading(asked(school, row))

    assert isinstance(fault, Fault)
    assert fault.kind == "unreadable"
    assert fault.position.startswith("referral.csv, row 2")
    assert expected in fault.expected
    assert told in fault.remedy
    assert "Pennyworth" not in str(fault)


def test_two_pupils_of_one_name_and_birth_date_are_not_chosen_between(reading: Reading, school: School) -> None:
    school["pupils.csv"] = str(school["pupils.csv"]) + "1004,,Pennyworth,Osian,,2015-03-14,N\n"

    (fault,) = reading(asked(school, ",,Pennyworth,Osian,2015-03-14,Absence,Yes,X"))

    assert isinstance(fault, Fault)
    assert "row 2; file 2 of the zip, row 5" in fault.remedy


def test_another_name_under_the_right_number_is_doubted(reading: Reading, school: School) -> None:
    read_out = reading(asked(school, "N810999925001,,Other,Osian,,Absence,Yes,X"))

    assert len(records(read_out)) == 1
    assert [(fault.kind, fault.pointer) for fault in faults(read_out)] == [("doubtful", "/sheet/surname")]


def test_one_pupil_in_two_rows_is_a_fault(reading: Reading, school: School) -> None:
    read_out = reading(asked(school, "N810999925001,,,,,Absence,Yes,X", ",1001,,,,Anger,Yes,X"))

    assert len(records(read_out)) == 1
    assert [(fault.position, fault.expected) for fault in faults(read_out)] == [
        ("referral.csv, row 3", "each pupil once")
    ]


def test_a_reference_that_two_rows_share_is_no_key(reading: Reading, school: School) -> None:
    school["referral.csv"] = str(school["referral.csv"]).replace("R-2", "R-1")

    assert [record.key for record in records(reading(school))] == ["", ""]


def test_only_the_rows_of_chosen_numbers_are_read(reading: Reading, school: School) -> None:
    read_out = reading(school, settings={"pupils": ["n810 999925001", "7777"]})

    assert [record.key for record in records(read_out)] == ["R-1"]
    assert "1 of the chosen numbers" in faults(read_out)[0].remedy


def test_a_mapping_adds_its_own_synonyms(reading: Reading, school: School) -> None:
    school["referral.csv"] = str(school["referral.csv"]).replace("Reason for request", "Why now")

    read_out = reading(school, settings={"synonyms": {"sheet": {"reason": ["Why now"]}}})

    assert records(read_out)[0].data["sheet"]["reason"] == "=HYPERLINK(1)"


def test_a_column_called_as_one_that_was_chosen_is_not_lost(reading: Reading, school: School) -> None:
    settings = {"synonyms": {"sheet": {"reason": "Views of the child"}}}
    school["referral.csv"] = str(school["referral.csv"]).replace("Reason for request", "reason")

    sheet = records(reading(school, settings=settings))[0].data["sheet"]

    assert (sheet["reason"], sheet["reason (column 5)"]) == ("Would like help", "=HYPERLINK(1)")


def test_a_file_that_is_no_known_export_is_left_unread_and_named(reading: Reading, school: School) -> None:
    read_out = reading({**school, "notes.txt": "x", "menu.csv": "Day,Meal\nMonday,Soup\n"})

    assert [fault.position for fault in faults(read_out)][:2] == ["file 5 of the zip", "file 6 of the zip"]


def test_an_export_alone_is_never_a_referral(reading: Reading, school: School, refusal: Refusal) -> None:
    del school["referral.csv"]

    fault = refusal(lambda: reading(school)).faults[0]

    assert "never a referral" in fault.expected
    assert "referral.csv" in fault.remedy


def test_more_than_thirty_pupils_without_a_choice_are_refused_with_how_to_choose(refusal: Refusal) -> None:
    pupils = "UPN,Surname,Forename,DOB\n" + ",Canary,Bird,2015-01-01\n" * 31

    fault = refusal(lambda: list(read(io.BytesIO(pupils.encode()), ReadOptions()))).faults[0]

    assert "a selection" in fault.expected
    assert "more than 30" in fault.remedy
    assert "referral.csv" in fault.remedy


def test_a_sheet_of_more_than_thirty_rows_is_no_choice(reading: Reading, school: School, refusal: Refusal) -> None:
    rows = [f",{number},,,,Absence,Yes,X" for number in range(31)]

    assert "30 chosen" in refusal(lambda: reading(asked(school, *rows))).faults[0].expected


def test_the_sheets_missing_columns_are_named_with_the_nearest(
    reading: Reading, school: School, refusal: Refusal
) -> None:
    school["referral.csv"] = "Surname,Forname,Agreement\nx,y,z\n"

    faults_ = refusal(lambda: reading(school)).faults

    assert [fault.expected for fault in faults_] == ["a column “upn”", "a column “reason”", "a column “referrer name”"]
    assert {fault.position for fault in faults_} == {"referral.csv, row 1"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"referral.csv": _HEADER}, "at least one chosen pupil"),
        ({"copy/Referral.csv": _HEADER}, "one covering sheet"),
        ({"pupils.csv": "A,B\n"}, "a pupil export"),
        ({"referral.csv": _HEADER.encode("utf-16")}, "text in utf-8"),
    ],
)
def test_a_zip_without_what_it_needs_is_refused(
    change: School, expected: str, reading: Reading, school: School, refusal: Refusal
) -> None:
    assert refusal(lambda: reading({**school, **change})).faults[0].expected == expected


def test_the_census_pupil_table_is_an_export_to_choose_from(outside: Path, refusal: Refusal) -> None:
    content = (outside / "school-census-csv" / "2025_spring_pupilonroll.csv").read_bytes()

    fault = refusal(lambda: list(read(io.BytesIO(content), ReadOptions()))).faults[0]

    assert "a selection" in fault.expected
    assert "Choose the pupils" in fault.remedy


def test_a_census_table_without_names_is_no_pupil_export(outside: Path, refusal: Refusal) -> None:
    content = (outside / "school-census-csv" / "2025_spring_senneeds.csv").read_bytes()

    assert "referral.csv" in refusal(lambda: list(read(io.BytesIO(content), ReadOptions()))).faults[0].remedy


def test_the_census_pupil_table_enriches_a_sheet_beside_it(outside: Path, reading: Reading) -> None:
    pupils = (outside / "school-census-csv" / "2025_spring_pupilonroll.csv").read_bytes()
    first = next(csv.DictReader(pupils.decode().splitlines()))
    sheet = f"{_HEADER}{first['upn']},,{first['surname']},{first['forename']},,Absence,Yes,Ms Made-Up\n"

    (record,) = records(reading({"referral.csv": sheet, "pupils.csv": pupils}))

    assert record.data["pupil"]["ethnicity"] == first["ethnicity"]
    assert record.data["export"]["matched"] == 1
