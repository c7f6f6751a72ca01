"""A covering sheet or canonical JSON asks for help, the files beside it enrich it, and nobody is matched by a guess."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from contracts.adapter import Fault
from contracts.errors import InvalidReferral, UnreadablePayload
from contracts.referral import Referral
from gateway.config.codes import load_codes
from gateway.config.mappings import load_mappings
from gateway.flows.mapping.enrich import Package
from gateway.flows.mapping.read import Read
from gateway.flows.mapping.sources import Reader
from gateway.path.leaves import flattened
from gateway.path.mapping import compile_all
from tests.adapters.conftest import ATTENDANCE, CONTACTS, PUPILS, SHEET, pack

ROOT = Path(__file__).parents[3] / "mappings"
MAPPINGS = load_mappings(ROOT / "sources", load_codes(ROOT / "codes"))
READER = Reader(MAPPINGS, compile_all(MAPPINGS))

Files = dict[str, str | bytes]
HEADER = "UPN,Admission No,Surname,Forename,DOB,Reason,Agreement,Referrer\n"
ONE = "N810999925001,,,,,Absence,Yes,X"


@pytest.fixture
def school() -> Files:
    return {"referral.csv": SHEET, "pupils.csv": PUPILS, "contacts.csv": CONTACTS, "attendance.csv": ATTENDANCE}


def reading(files: Mapping[str, str | bytes], source: str = "school") -> list[Read]:
    return list(READER.read(source, "hull", io.BytesIO(pack(files))))


def asked(files: Files, *rows: str) -> Files:
    return {**files, "referral.csv": HEADER + "\n".join(rows) + "\n"}


def referrals(reads: list[Read]) -> list[Referral]:
    return [read.referral for read in reads if read.referral]


def of_pupils(reads: list[Read]) -> list[Fault]:
    """What is told of the files beside the sheet, and of whom a row is about."""
    return [
        fault
        for read in reads
        for fault in read.faults
        if read.referral is None or (" file" in fault.position and fault.kind == "doubtful")
    ]


def refused(files: Mapping[str, str | bytes] | bytes, source: str = "school") -> Fault:
    content = files if isinstance(files, bytes) else pack(files)
    with pytest.raises(UnreadablePayload) as caught:
        list(READER.read(source, "hull", io.BytesIO(content)))
    return caught.value.faults[0]


def education(read: Read) -> dict[str, Any]:
    assert read.referral
    whole: dict[str, Any] = json.loads(read.referral.model_dump_json(exclude_defaults=True))
    school: dict[str, Any] = whole["people"][0]["education"]
    return school


def test_a_row_of_the_sheet_is_enriched_by_the_files_beside_it(school: Files) -> None:
    referral = referrals(reading(school))[0]

    child, contact = referral.people
    assert (child.first_name, child.education and child.education.sen_provision) == ("Osian", "K")
    assert child.education
    assert child.education.sessions_possible == 320
    assert (contact.surname, referral.relationships[0].kind) == ("Pennyworth", "PAM")


@pytest.mark.parametrize(
    "day", ["2016-07-01", "01/07/2016", "1-7-2016", "2016-Jul-01 00:00:00", "1 July 2016", "2016-07-01T00:00:00"]
)
def test_one_birth_date_is_known_in_many_styles_and_a_name_in_any_case(day: str, school: Files) -> None:
    assert len(referrals(reading(asked(school, f",,O’Fictional,MAIR,{day},Absence,Yes,Ms Made-Up")))) == 1


def test_settled_55_nobody_but_the_chosen_pupils_gets_into_a_record(school: Files) -> None:
    assert "Canary" not in str(reading(school))


def test_settled_2_the_rows_that_were_chosen_are_kept_with_digest_and_counts(school: Files) -> None:
    read = reading(school)[0]

    digest = hashlib.sha256(str(school["pupils.csv"]).encode()).hexdigest()
    assert read.kept
    assert read.kept["files"][0] == {"digest": digest, "rows": 3, "matched": 1}
    assert len(read.kept["beside"]) == 3  # type: ignore[arg-type]
    assert read.referral
    assert {line.copied_from for line in read.referral.provenance} > {digest}


def test_the_ledger_has_one_line_for_each_leaf_of_the_sheet_and_of_each_kept_row(school: Files) -> None:
    for read in reading(school):
        kept = {name: value for name, value in (read.kept or {}).items() if name != "files"}
        assert [line.source for line in read.ledger] == list(flattened(kept)[0])


def test_what_the_export_says_otherwise_is_doubted_and_the_sheet_stays(school: Files) -> None:
    reads = reading(asked(school, "N810999925001,,Other,Osian,,Absence,Yes,X"))

    (referral,) = referrals(reads)
    assert referral.people[0].surname == "Other"
    assert [fault.pointer for fault in of_pupils(reads)] == ["/beside/0/surname"]


def test_no_doubt_repeats_a_value(school: Files) -> None:
    assert "Pennyworth" not in str([read.faults for read in reading(asked(school, ONE.replace(",,,,,", ",,Other,,,")))])


def test_what_the_export_says_is_no_longer_asked_of_the_sender(school: Files) -> None:
    reads = reading(asked(school, ONE))

    assert not [fault for fault in reads[0].faults if fault.kind == "missing" and "date_of_birth" in fault.expected]


def test_attendance_that_cannot_be_right_is_named_kept_and_has_no_percentage(school: Files) -> None:
    school["attendance.csv"] = ATTENDANCE.replace("Unauthorised Absence", "Unauthorised Absence,Attendance %").replace(
        "12,8\n", "12,8,93.7\n"
    ).replace("128,124\n", "128,124,-85\n")  # fmt: skip
    first, second = reading(school)

    assert education(first)["attendance_as_stated"] == "93.7"
    (fault,) = [fault for fault in second.faults if fault.position.startswith("attendance file")]
    assert (fault.kind, fault.pointer) == ("doubtful", "/beside/1/unauthorised_absence")
    assert fault.position == "attendance file, row 3, column unauthorised_absence"
    assert "attendance_as_stated" not in education(second)
    assert education(second)["sessions_unauthorised"] == 124


@pytest.mark.parametrize("totals", ["320,330,0,0", "320,300,-1,0", "many,1,1,1", "320,300,12.5,0", "0,0,1,0"])
def test_totals_that_are_no_counts_or_do_not_fit_are_named(totals: str, school: Files) -> None:
    header = "UPN,Possible Sessions,Present Sessions,Authorised Absence,Unauthorised Absence\n"

    reads = reading(asked({**school, "attendance.csv": f"{header}N810999925001,{totals}\n"}, ONE))

    assert [fault.position.split(",")[0] for fault in of_pupils(reads)] == ["attendance file"]


def test_two_rows_of_totals_are_not_chosen_between(school: Files) -> None:
    reads = reading(asked({**school, "attendance.csv": ATTENDANCE + "1001,320,300,12,8\n"}, ONE))

    assert "sessions_possible" not in education(reads[0])
    assert "row 2; attendance file, row 4" in of_pupils(reads)[0].remedy


def test_attendance_is_worked_out_from_the_sessions_of_each_code() -> None:
    pupils = (
        "pupilonrolltableid,upn,surname,forename,dob,termlysessionspossible\nk1,N810999925001,P,O,2015-03-14,136.0\n"
    )
    codes = "pupilonrolltableid,sessions,attendancereason\nk1,6.0,I\nk1,9.0,U\nk1,2.0,#\nother,99.0,U\n"

    (read,) = reading(asked({"codes.csv": codes, "pupils.csv": pupils}, ONE))

    made = education(read)
    parts = [made[f"sessions_{part}"] for part in ("possible", "attended", "authorised", "unauthorised")]
    assert parts == [136, 121, 6, 9]
    assert made["totals_made_by"] == "worked out from the session codes of School census"


def test_the_totals_of_two_systems_are_not_mixed(school: Files) -> None:
    ours = {"council": "hull", "purpose": "request", "source": {"system": "test"}, "people": [_child(320)]}
    school["referral.json"] = json.dumps(ours)
    del school["referral.csv"]

    (read,) = reading(school)

    assert (education(read)["sessions_possible"], "sessions_attended" in education(read)) == (320, False)


def _child(possible: int | None = None, **said: object) -> dict[str, object]:
    upn = {"system": "upn", "value": "N810999925001"}
    school = {"education": {"sessions_possible": possible}} if possible else {}
    return {"id": "kid", "roles": ["child"], "identifiers": [upn], **school, **said}


def canonical(*people: dict[str, object], **said: object) -> str:
    return json.dumps({"council": "hull", "purpose": "request", "source": {"system": "t"}, "people": people, **said})


def test_canonical_json_is_enriched_too_and_its_people_keep_their_names(school: Files) -> None:
    del school["referral.csv"]
    mother = {"id": "contact-1", "roles": ["parent"], "first_name": "Alys", "surname": "Elsewhere"}
    school["referral.json"] = canonical(_child(), mother)

    (referral,) = referrals(reading(school))

    assert [person.id for person in referral.people] == ["kid", "contact-1", "contact-2"]
    assert (referral.relationships[0].person, referral.relationships[0].to) == ("contact-2", "kid")


def test_a_contact_who_is_in_the_referral_already_is_not_added_again(school: Files) -> None:
    del school["referral.csv"]
    mother = {"id": "mum", "roles": ["parent"], "surname": "pennyworth"}
    relation = [{"person": "mum", "to": "kid", "kind": "PAM"}]
    school["referral.json"] = canonical(_child(), mother, relationships=relation)

    (referral,) = referrals(reading(school))

    assert [person.id for person in referral.people] == ["kid", "mum"]


def test_canonical_json_stands_where_no_export_has_the_child(school: Files) -> None:
    del school["referral.csv"]
    school["referral.json"] = canonical({"id": "kid", "roles": ["child"], "first_name": "Nobody"}, reason="Why.")

    (read,) = reading(school)

    assert read.referral
    assert read.referral.reason == "Why."
    assert [fault.kind for fault in read.faults] == ["doubtful"]


def test_canonical_json_for_another_council_is_refused(school: Files) -> None:
    del school["referral.csv"]
    school["referral.json"] = canonical(_child()).replace("hull", "derby")
    with pytest.raises(InvalidReferral):
        reading(school)


def test_an_address_beside_a_protected_one_is_protected_too(school: Files) -> None:
    del school["referral.csv"]
    school["pupils.csv"] = PUPILS.replace("SEN Status\n", "SEN Status,Post Code\n").replace(
        "Support\n", "Support,HU8 0AA\n"
    )
    secret = [{"postcode": "HU9 0AZ", "protected": True}]
    school["referral.json"] = canonical(_child(addresses=secret))

    (referral,) = referrals(reading({**school, "pupils.csv": school["pupils.csv"].replace("None\n", "None,\n")}))

    assert [address.protected for address in referral.people[0].addresses] == [True, True]


@pytest.mark.parametrize(
    ("row", "expected", "told"),
    [
        ("C856999925001,,,,,Absence,Yes,X", "a pupil who is in the export", "Check the numbers"),
        (
            "C856999925001,,Pennyworth,Osian,2015-03-14,Absence,Yes,X",
            "a pupil who is in the export",
            "file, row 2;",
        ),
        (",,Pennyworth,,2015-03-14,Absence,Yes,X", "a UPN, an admission number", "which pupil"),
        (",9,Pennyworth,Osian,,Absence,Yes,X", "a pupil who is in the export", "Check the numbers"),
        ("N810999925001,1003,,,,Absence,Yes,X", "exactly one pupil", "pupils file, row 2; pupils file, row 4"),
        ("N810999925001,9,,,,Absence,Yes,X", "what the export says", "pupils file, row 2 has another admission number"),
        (
            "N810999925001,,,,2015-04-13,Absence,Yes,X",
            "what the export says",
            "file, row 2 has another date of birth",
        ),
    ],
)
def test_a_row_that_means_no_one_pupil_is_a_fault_that_says_where_to_look(
    row: str, expected: str, told: str, school: Files
) -> None:
    (read,) = reading(asked(school, row))

    (fault,) = read.faults
    assert read.referral is None
    assert fault.position.startswith("referral.csv, row 2")
    assert expected in fault.expected
    assert told in fault.remedy
    assert "Pennyworth" not in str(fault)


def test_two_pupils_of_one_name_and_birth_date_are_not_chosen_between(school: Files) -> None:
    school["pupils.csv"] = PUPILS + "1004,,Pennyworth,Osian,,2015-03-14,N\n"

    (read,) = reading(asked(school, ",,Pennyworth,Osian,2015-03-14,Absence,Yes,X"))

    assert "row 2; pupils file, row 5" in read.faults[0].remedy


def test_a_pupil_whose_number_the_export_may_not_see_is_known_by_name_and_doubted(school: Files) -> None:
    reads = reading(asked(school, "N810999925001,,O'Fictional,Mair,2016-07-01,Absence,Yes,X"))
    assert "number" not in str(reads[0].faults[0].remedy) or reads[0].referral is None

    school["pupils.csv"] = "Surname,Forename,DOB\nPennyworth,Osian,14/03/2015\n"
    (read,) = reading(asked(school, "N810999925001,,Pennyworth,Osian,14/03/2015,Absence,Yes,X"))

    assert read.referral
    assert "no number to compare" in str(read.faults)


def test_one_pupil_in_two_rows_is_a_fault(school: Files) -> None:
    reads = reading(asked(school, ONE, ",1001,,,,Anger,Yes,X"))

    assert len(referrals(reads)) == 1
    assert [(fault.position, fault.expected) for fault in reads[1].faults] == [
        ("referral.csv, row 3", "each pupil once")
    ]


def test_a_row_with_the_numbers_of_two_pupils_is_taken_for_neither(school: Files) -> None:
    school["contacts.csv"] = "UPN,Admission No,Contact Surname,Relationship\nN810999925001,1002,Zqzq,Mother\n"

    reads = reading(school)

    assert all(len(referral.people) == 1 for referral in referrals(reads))
    assert "a row about one pupil" in [fault.expected for read in reads for fault in read.faults]


def test_a_file_that_no_system_known_here_writes_is_left_unread_and_named(school: Files) -> None:
    reads = reading({**school, "notes.txt": "x", "menu.csv": "Day,Meal\nMonday,Soup\n"})

    assert [read.position for read in reads][:2] == ["file 5 of the zip", "file 6 of the zip"]


def test_incidents_are_left_unread_where_the_form_does_not_ask_for_them(school: Files) -> None:
    school["cpoms.csv"] = "UPN,Category,Incident Summary\nN810999925001,Bullying,Zqsecretzq\n"

    reads = reading(school)

    assert "Zqsecretzq" not in str(reads)
    assert reads[0].faults[0].expected == "a file that the form asks for"


def test_incidents_that_the_form_asks_for_are_evidence_with_the_digest_of_their_file(school: Files) -> None:
    log = "UPN,Category,Incident Summary\nN810999925001,Bullying,Was pushed.\n"
    _, options = MAPPINGS.reading("school", "hull")
    options = replace(options, settings={**options.settings, "carry": ["incidents"]})
    package = Package(MAPPINGS, compile_all(MAPPINGS), "school", "hull", options)

    referral = referrals(list(package.read(io.BytesIO(pack({**school, "incidents.csv": log})))))[0]

    assert [(risk.as_stated, risk.detail) for risk in referral.risk_factors] == [("Bullying", "Was pushed.")]
    digest = hashlib.sha256(log.encode()).hexdigest()
    assert ("/risk_factors/0", digest) in [(line.pointer, line.copied_from) for line in referral.provenance]


def test_an_export_alone_is_never_a_referral(school: Files) -> None:
    del school["referral.csv"]

    fault = refused(school)

    assert "never a referral" in fault.expected
    assert "referral.csv" in fault.remedy


@pytest.mark.parametrize("source", ["school", "mis_csv"])
def test_settled_55_more_than_thirty_pupils_without_a_choice_are_refused_with_how_to_choose(source: str) -> None:
    pupils = "UPN,Surname,Forename,DOB\n" + ",Canary,Bird,2015-01-01\n" * 31

    fault = refused(pupils.encode(), source)

    assert "a selection" in fault.expected
    assert "referral.csv" in fault.remedy


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"copy/Referral.csv": HEADER}, "one covering sheet"),
        ({"pupils.csv": "A,B\n"}, "a pupil export"),
        ({"referral.json": "{}"}, "one request for help"),
        ({"pupils.csv": PUPILS.encode("utf-16")}, "a pupil export"),
    ],
)
def test_a_zip_without_what_it_needs_is_refused(change: Files, expected: str, school: Files) -> None:
    assert refused({**school, **change}).expected == expected


@pytest.mark.parametrize(
    ("export", "why"),
    [
        (pack({"xl/workbook.xml": "<workbook/>"}), "a workbook or a zip. Save it as CSV UTF-8"),
        (PUPILS.encode("utf-16"), "UTF-16. Save it as CSV UTF-8"),
        (b'<?xml version="1.0"?><!DOCTYPE CTfile><CTfile/>', "a DOCTYPE"),
        (b"Nom,Classe\nCanary,3\n", "have an analyst add its headings"),
    ],
    ids=["xlsx", "utf-16", "doctype", "headings"],
)
@pytest.mark.parametrize("sheet", ["referral.csv", "referral (1).csv"])
def test_why_a_file_was_left_unread_is_told_where_nothing_else_is_there(
    export: bytes, why: str, sheet: str, school: Files
) -> None:
    files = {sheet: school["referral.csv"], "pupils.xlsx": export}
    with pytest.raises(UnreadablePayload) as caught:
        reading(files)

    assert any(fault.position == "file 2 of the zip" and why in fault.remedy for fault in caught.value.faults)


def test_what_is_wrong_with_a_file_beside_the_sheet_names_the_file(school: Files) -> None:
    school["contacts.csv"] = CONTACTS.encode() + "N810999925001,Zo\u00eb,Mother\n".encode("cp1252")

    assert refused(school).position.startswith("contacts file, line 4")


def test_the_census_tables_that_others_published_enrich_and_make_no_impossible_attendance(outside: Path) -> None:
    folder = outside / "school-census-csv"
    files: Files = {path.name: path.read_bytes() for path in folder.glob("*.csv")}
    first = next(csv.DictReader((folder / "2025_spring_pupilonroll.csv").read_text().splitlines()))

    reads = reading(asked(files, f"{first['upn']},,,,,Absence,Yes,X"))

    (referral,) = referrals(reads)
    assert referral.people[0].ethnicity_as_stated == first["ethnicity"]
    assert "sessions_attended" not in education(reads[0])
    assert any("cannot be right" in fault.remedy for fault in reads[0].faults)


def test_an_answer_of_wonde_that_others_recorded_is_no_pupil_export(outside: Path) -> None:
    for path in (outside / "wonde").glob("*.json"):
        assert "referral.csv" in refused({"answer.json": path.read_bytes()}).expected


def test_memory_does_not_grow_with_the_export(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.zip"
        path.write_bytes(pack({"referral.csv": HEADER + ONE + "\n", "p.csv": PUPILS + "".join(unwanted(rows))}))
        tracemalloc.start()
        with path.open("rb") as file:
            assert len(referrals(list(read_of(file)))) == 1
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(20_000) < peak(1_000) + 500_000


def unwanted(rows: int) -> Iterator[str]:
    return (f"9{number:05d},,Canary{number * 7919 % 9973},Bird,,2016-01-01,N\n" for number in range(rows))


def read_of(file: BinaryIO) -> Iterator[Read]:
    return READER.read("school", "hull", file)
