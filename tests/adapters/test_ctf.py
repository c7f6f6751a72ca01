"""Transfer files of every variant give one shape: each fact in one place, what cannot be right doubted and kept."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources import ctf
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]

HEADER = (
    "<Header><CTFversion>25.0</CTFversion><DateTime>2026-03-02T10:15:00</DateTime><SupplierID>Invented</SupplierID>"
    "<SourceSchool><LEA>999</LEA><Estab>1020</Estab><SchoolName>Inventing Lane</SchoolName></SourceSchool></Header>"
)


def file_of(*pupils: str, header: str = HEADER) -> bytes:
    body = "".join(f"<Pupil>{pupil}</Pupil>\n" for pupil in pupils)
    return f"<CTfile>{header}<CTFpupilData>\n{body}</CTFpupilData></CTfile>".encode()


def read(content: bytes, **settings: str) -> list[SourceRecord | Fault]:
    return list(ctf.read(io.BytesIO(content), ReadOptions(settings=settings)))


def one(pupil: str, header: str = HEADER) -> tuple[dict[str, Any], list[Fault]]:
    record, *faults = read(file_of(pupil, header=header))
    assert isinstance(record, SourceRecord)
    return cast("dict[str, Any]", record.data["pupil"]), [fault for fault in faults if isinstance(fault, Fault)]


@pytest.mark.parametrize(
    ("pupil", "name", "value"),
    [
        ("<UPN>X1</UPN>", "UPN", "X1"),
        ("<BasicDetails><UPN>X1</UPN></BasicDetails>", "UPN", "X1"),
        ("<Surname>Made</Surname>", "Surname", "Made"),
        ("<BasicDetails><LegalSurname>Made</LegalSurname></BasicDetails>", "Surname", "Made"),
        ("<BasicDetails><LegalForename>Nia</LegalForename></BasicDetails>", "Forename", "Nia"),
        ("<BasicDetails><DOB>2015-03-14</DOB></BasicDetails>", "DOB", "2015-03-14"),
        ("<Sex>F</Sex>", "Sex", "F"),
        ("<Gender>F</Gender>", "Sex", "F"),
        ("<UPN source='x'>X1</UPN>", "UPN", "X1"),
        ("<BasicDetails><FormerSurname>Old</FormerSurname></BasicDetails>", "FormerNames", ["Old"]),
        ("<FormerSurname>Old</FormerSurname><FormerForename>Nia</FormerForename>", "FormerNames", ["Nia Old"]),
        ("<BasicDetails><FirstLanguage>SOM</FirstLanguage></BasicDetails>", "Languages", {"F": ["SOM"]}),
        (
            "<BasicDetails><Languages><Type><LanguageType>H</LanguageType><Language>ENG</Language></Type>"
            "<Type><LanguageType>F</LanguageType><Language>CYM</Language></Type></Languages></BasicDetails>",
            "Languages",
            {"F": ["CYM"], "H": ["ENG"]},
        ),
        ("<Phones><Phone><PhoneNo>07700 900101</PhoneNo></Phone></Phones>", "Phones", [{"PhoneNo": "07700 900101"}]),
        ("<SEN><SENprovision>K</SENprovision></SEN>", "SEN", {"provision": {"SENprovision": "K"}}),
        ("<SuppInfo>junk<x>y</x></SuppInfo><Sex>M</Sex>", "Sex", "M"),
        ("<Novelty><New>1</New></Novelty>", "rest", {"Novelty": {"New": "1"}}),
    ],
)
def test_each_variant_of_a_fact_has_one_place(pupil: str, name: str, value: object) -> None:
    facts, faults = one(pupil)

    assert (facts, faults) == ({name: value}, [])


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "<BS7666Address><SAON>   2      Flat</SAON><PAON>  22      </PAON><Street>Made Street</Street>"
            "<Town>Northmade</Town><PostTown>Madeham</PostTown></BS7666Address><PostCode> AA9  9AA</PostCode>",
            {"lines": ["2 Flat", "22 Made Street", "Northmade"], "Town": "Madeham", "PostCode": "AA9 9AA"},
        ),
        (
            "<BS7666Address><PAON>Rose Cottage</PAON><Street>Made Street</Street></BS7666Address>",
            {"lines": ["Rose Cottage, Made Street"]},
        ),
        (
            "<AddressLines><AddressLine1>9 Made Close</AddressLine1><AddressLine3>Madeham</AddressLine3></AddressLines>"
            "<County>Madeshire</County>",
            {"lines": ["9 Made Close", "Madeham"], "County": "Madeshire"},
        ),
        (
            "<AddressLine1>9 Made Close</AddressLine1><Postcode>AA9 9AA</Postcode>",
            {"lines": ["9 Made Close"], "PostCode": "AA9 9AA"},
        ),
        (
            "<BS7666Address><UniquePropertyReferenceNumber>12345678</UniquePropertyReferenceNumber></BS7666Address>"
            "<Easting>1</Easting>",
            {"UPRN": "12345678", "rest": {"Easting": "1"}},
        ),
    ],
)
def test_each_shape_of_an_address_has_one_place(address: str, expected: object) -> None:
    facts, faults = one(f"<Address>{address}</Address>")

    assert (facts, faults) == ({"Address": expected}, [])


def test_an_address_in_both_shapes_is_doubted_and_both_are_kept() -> None:
    facts, faults = one(
        "<Address><BS7666Address><Street>Made Street</Street></BS7666Address>"
        "<AddressLines><AddressLine1>Elsewhere</AddressLine1></AddressLines></Address>"
    )

    assert facts["Address"] == {"lines": ["Made Street"], "other_lines": ["Elsewhere"]}
    assert [(fault.kind, fault.pointer) for fault in faults] == [("doubtful", "/pupil/Address")]


def test_a_contact_at_the_pupils_address_has_it() -> None:
    facts, _ = one(
        "<Address><AddressLine1>9 Made Close</AddressLine1></Address><Contacts><Contact><Order>1</Order>"
        "<Relationship>PAM</Relationship><Responsibility>true</Responsibility>"
        "<Address><AddressAsPupil>true</AddressAsPupil></Address></Contact><Contact/></Contacts>"
    )

    (contact,) = facts["Contacts"]
    assert contact["Address"] == {"lines": ["9 Made Close"]}
    assert contact["Responsibility"] == "true"


def need(kind: str, rank: str, end: str = "") -> str:
    ended = f"<NeedEndDate>{end}</NeedEndDate>" if end else ""
    return f"<SENneed>{ended}<SENtypeRank>{rank}</SENtypeRank><SENtype>{kind}</SENtype></SENneed>"


def test_current_needs_come_by_rank_and_ended_ones_apart() -> None:
    needs = need("HI", "2") + need("MLD", "1", "2023-07-21") + need("SLCN", "1", "2026-03-02") + need("OTH", "x")
    facts, _ = one(f"<SENhistory><SENneeds>{needs}</SENneeds></SENhistory>")

    assert facts["SEN"]["needs"] == ["SLCN", "HI", "OTH"]
    assert [ended["SENtype"] for ended in facts["SEN"]["ended_needs"]] == ["MLD"]


@pytest.mark.parametrize(
    ("dates", "current"),
    [
        (["2024-01-08", "2021-09-01"], "2024-01-08"),
        (["2021-09-01", "2027-01-01"], "2021-09-01"),
        (["2027-01-01"], None),
    ],
)
def test_the_provision_is_the_last_that_had_begun_when_the_file_was_made(dates: list[str], current: str | None) -> None:
    listed = "".join(f"<SEN><StartDate>{day}</StartDate><SENprovision>K</SENprovision></SEN>" for day in dates)
    facts, _ = one(f"<SENhistory>{listed}</SENhistory>")

    assert facts["SEN"].get("provision", {}).get("StartDate") == current
    assert len(facts["SEN"].get("other_provisions", [])) == len(dates) - bool(current)


@pytest.mark.parametrize(
    ("ends", "header", "eligible"),
    [([""], HEADER, True), (["2026-03-01"], HEADER, False), (["2026-03-02"], HEADER, True),
     (["2099-01-01"], "<Header/>", False), (["2020-01-01", ""], HEADER, True)],
)  # fmt: skip
def test_free_school_meals_count_while_an_instance_is_open(ends: list[str], header: str, eligible: bool) -> None:
    instances = "".join(
        f"<FSMinstance><FSMstartDate>2019-01-01</FSMstartDate><FSMendDate>{end}</FSMendDate></FSMinstance>"
        for end in ends
    )
    facts, _ = one(f"<FSMhistory>{instances}</FSMhistory>", header)

    assert facts["FSM"]["eligible"] is eligible


def test_without_a_history_nothing_is_said_of_free_school_meals() -> None:
    assert "eligible" not in one("<FSMhistory><FSMreviewDate>2025-09-01</FSMreviewDate></FSMhistory>")[0]["FSM"]


def year(number: int, possible: str, attended: str, authorised: str, unauthorised: str, estab: str = "1020") -> str:
    return (
        f"<YearData><Year>{number}</Year><LEA>999</LEA><Estab>{estab}</Estab>"
        f"<SessionsPossible>{possible}</SessionsPossible><SessionsAttended>{attended}</SessionsAttended>"
        f"<SessionsAuthorised>{authorised}</SessionsAuthorised>"
        f"<SessionsUnauthorised>{unauthorised}</SessionsUnauthorised></YearData>"
    )


def test_the_latest_year_at_the_school_that_made_the_file_comes_first() -> None:
    years = (
        year(2025, "380", "370", "5", "5") + year(2026, "9", "9", "0", "0", "1030") + year(2026, "20", "18", "1", "1")
    )
    attendance = one(f"<Attendance>{years}</Attendance>")[0]["Attendance"]

    assert (attendance["latest"]["SessionsPossible"], attendance["latest"]["MadeBy"]) == ("20", "Invented")
    assert [other["SessionsPossible"] for other in attendance["others"]] == ["9", "380"]


def test_marks_of_single_sessions_never_get_in() -> None:
    record = read(file_of(
        "<Attendance><YearData><Year>2026</Year><AttendSessions><AttendanceStartDate>2025-09-01</AttendanceStartDate>"
        "<AttendanceMarks>/\\OO</AttendanceMarks></AttendSessions></YearData></Attendance>"
        "<StageAssessments><KeyStage><Stage>KS1</Stage></KeyStage></StageAssessments>"
    ))[0]  # fmt: skip

    assert "OO" not in str(record)
    assert "KS1" not in str(record)
    assert "2025-09-01" in str(record)


@pytest.mark.parametrize(
    ("totals", "name"),
    [
        (("136", "0", "128", "124"), "SessionsUnauthorised"),
        (("10", "11", "0", "0"), "SessionsAttended"),
        (("10", "5", "6", "0"), "SessionsAuthorised"),
        (("10", "-1", "0", "0"), "SessionsAttended"),
        (("many", "5", "0", "0"), "SessionsPossible"),
    ],
)
def test_totals_that_cannot_be_right_are_named_and_kept(totals: tuple[str, str, str, str], name: str) -> None:
    facts, (fault,) = one(f"<Attendance>{year(2026, *totals)}</Attendance>")

    assert (fault.kind, fault.pointer) == ("doubtful", f"/pupil/Attendance/latest/{name}")
    assert facts["Attendance"]["latest"]["SessionsAttended"] == totals[1]


@pytest.mark.parametrize(
    ("pupil", "pointer"),
    [
        ("<UPN>X1</UPN><BasicDetails><UPN>X2</UPN></BasicDetails>", "/pupil/UPN"),
        ("<DOB>2015-03-14</DOB><BasicDetails><DOB>2015-03-15</DOB></BasicDetails>", "/pupil/DOB"),
        (
            "<Languages/><BasicDetails><FirstLanguage>SOM</FirstLanguage><Languages><Type><LanguageType>F</LanguageType>"
            "<Language>ENG</Language></Type></Languages></BasicDetails>",
            "/pupil/Languages/F",
        ),
    ],
)
def test_two_places_that_disagree_are_doubted(pupil: str, pointer: str) -> None:
    assert [(fault.kind, fault.pointer) for fault in one(pupil)[1]] == [("doubtful", pointer)]


@pytest.mark.parametrize(
    ("name", "doubted"),
    [
        ("9991020_CTF_999LLLL_001.xml", False),
        ("in/9991030_ctf_9991020_001.xml", True),
        ("8881020_CTF_999LLLL_001.xml", True),
        ("pupils.xml", False),
        ("XXXXXXX_CTF_999LLLL_001.xml", False),
    ],
)
def test_a_file_named_for_another_school_is_doubted(name: str, doubted: bool) -> None:
    faults = [item for item in read(file_of("<UPN>X1</UPN>"), file_name=name) if isinstance(item, Fault)]

    assert [fault.pointer for fault in faults] == ["/school/LAEstab"] * doubted
    assert "CTF_" not in str(faults)


def test_the_header_goes_with_each_pupil() -> None:
    records = [item for item in read(file_of("<UPN>X1</UPN>", "<UPN>X2</UPN>")) if isinstance(item, SourceRecord)]

    assert [record.key for record in records] == ["X1", "X2"]
    assert [record.position for record in records] == ["pupil 1, line 2", "pupil 2, line 3"]
    assert all(record.kind == "enrichment" for record in records)
    assert all(record.data["school"] == {"LEA": "999", "Estab": "1020", "LAEstab": "9991020",
                                         "SchoolName": "Inventing Lane"} for record in records)  # fmt: skip
    assert all(cast("dict[str, Any]", record.data["file"])["version"] == "25.0" for record in records)


def test_a_version_on_the_root_is_the_version() -> None:
    content = b"<CTfile version='3'><Header/><CTFpupilData><Pupil><UPN>X1</UPN></Pupil></CTFpupilData></CTfile>"
    (record,) = read(content)

    assert isinstance(record, SourceRecord)
    assert record.data["file"] == {"kind": "CTF", "version": "3"}


@pytest.mark.parametrize("content", [b"<CTfile/>", file_of(), b"<CTfile><Header/></CTfile>"])
def test_a_file_without_a_pupil_is_refused(content: bytes, refusal: Refusal) -> None:
    assert "pupil" in refusal(lambda: read(content)).faults[0].expected


@pytest.mark.parametrize("pupil", ["", "words", "<Address/><Contacts/><Phones/><SENhistory/><Attendance/>"])
def test_a_pupil_of_whom_nothing_is_said_is_still_a_record(pupil: str) -> None:
    assert one(pupil)[0] in ({}, {"rest": {"#text": "words"}})


@pytest.mark.parametrize(
    ("head", "fitting"),
    [(b"\xef\xbb\xbf<?xml version='1.0'?><!-- c --><ATfile>", True), (b"<CTfile v='1'>", True), (b"<Message>", False),
     (b"UPN,Surname\n", False), (b"", False)],
)  # fmt: skip
def test_a_transfer_file_is_known_by_its_root(head: bytes, fitting: bool) -> None:
    assert ctf.fits(head, ReadOptions()) is fitting


NAMES = st.sampled_from(
    ["BasicDetails", "UPN", "Surname", "Address", "BS7666Address", "PAON", "AddressLines", "AddressLine1", "Phones",
     "Phone", "Contacts", "Contact", "SENhistory", "SEN", "SENneeds", "SENneed", "Attendance", "YearData",
     "SessionsPossible", "Languages", "Type", "Language", "FSMhistory", "FSMinstance", "SuppInfo",
     "LookedAfter", "Year", "AttendSessions"]
)  # fmt: skip
TREES = st.recursive(
    st.sampled_from(["", "1", "2026", "text"]),
    lambda inner: st.lists(st.tuples(NAMES, inner), max_size=4).map(
        lambda parts: "".join(f"<{name}>{body}</{name}>" for name, body in parts)
    ),
    max_leaves=25,
)


@given(pupil=TREES)
@settings(max_examples=50)
def test_any_arrangement_of_its_elements_gives_a_record(pupil: str) -> None:
    records = [item for item in read(file_of(pupil)) if isinstance(item, SourceRecord)]

    assert len(records) == 1


@pytest.mark.parametrize("name", ["ATFile.xml", "ATFile_standard.xml"])
def test_outside_files_give_their_pupils(name: str, outside: Path) -> None:
    items = read((outside / "ctf-atf-xml" / name).read_bytes())
    pupils = [cast("dict[str, Any]", item.data["pupil"]) for item in items if isinstance(item, SourceRecord)]

    assert len(pupils) == 2
    assert all(pupil["Surname"] and pupil["DOB"] and pupil["Contacts"] and pupil["Address"]["UPRN"] for pupil in pupils)
    assert all(item.kind == "doubtful" for item in items if isinstance(item, Fault))
