"""A roster gives its students' identity and school, in both versions, and never a password."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from adapters.sources import oneroster
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload

Refusal = Callable[[Callable[[], object]], UnreadablePayload]
Zip = Callable[[Mapping[str, str | bytes]], bytes]

MANIFEST = "propertyName,value\noneroster.version,1.1\n"
ORGS = "sourcedId,status,name,type\norg-1,active,Invented School,school\norg-2,active,Other School,school\n"
USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,password\n"
    'u-1,active,1/05/2023,true,"org-1,org-2",student,nia,"{UPN:X1},{ldap: nia}",Nia,Quillfeather,unread\n'
    "u-2,tobedeleted,,true,org-1,student,gone,,Gone,Away,unread\n"
    "u-3,active,,true,org-1,teacher,tea,,Tea,Cher,unread\n"
)
PEOPLE = "sourcedId,birthDate,sex,white\nu-1,14/03/2015,female,true\n"


@pytest.fixture
def roster() -> dict[str, str | bytes]:
    return {"manifest.csv": MANIFEST, "orgs.csv": ORGS, "users.csv": USERS, "demographics.csv": PEOPLE}


def read(content: bytes) -> list[SourceRecord | Fault]:
    return list(oneroster.read(io.BytesIO(content), ReadOptions()))


def only(items: list[SourceRecord | Fault]) -> dict[str, Any]:
    (record,) = (item for item in items if isinstance(item, SourceRecord))
    return cast("dict[str, Any]", record.data)


def test_only_students_who_are_not_to_be_deleted_are_read(roster: dict[str, str | bytes], zipped: Zip) -> None:
    (record,) = read(zipped(roster))

    assert isinstance(record, SourceRecord)
    assert (record.key, record.kind, record.position) == ("u-1", "enrichment", "users.csv, row 2")


def test_a_student_has_identity_school_and_birth(roster: dict[str, str | bytes], zipped: Zip) -> None:
    data = only(read(zipped(roster)))

    assert data["user"] == {"sourcedId": "u-1", "givenName": "Nia", "familyName": "Quillfeather"}
    assert data["ids"] == {"UPN": "X1", "LDAP": "nia"}
    assert data["school"] == {"name": "Invented School", "type": "school"}
    assert data["demographics"] == {"birthDate": "14/03/2015", "sex": "female"}


def test_a_password_is_never_read(roster: dict[str, str | bytes], zipped: Zip) -> None:
    assert "unread" not in str(read(zipped(roster)))
    assert "unread" not in str(read(USERS.replace("password", "Password").encode()))
    assert "unread" not in str(read(USERS.replace("password", "passwrod").encode()))


def test_version_1_2_names_the_role_and_the_school_apart(roster: dict[str, str | bytes], zipped: Zip) -> None:
    roster["users.csv"] = (
        "sourcedId,status,givenName,familyName,prefferedGivenName,dataLastModified\nu-1,active,Nia,Quillfeather,Nini,x\n"
        "u-4,active,Tea,Cher,,x\n"
    )
    roster["roles.csv"] = (
        "sourcedId,userSourcedId,roleType,role,orgSourcedId\nr-1,u-1,secondary,student,org-1\n"
        "r-2,u-1,primary,student,org-2\nr-3,u-4,primary,teacher,org-1\n"
    )
    data = only(read(zipped(roster)))

    assert data["school"]["name"] == "Other School"
    assert data["user"]["preferredGivenName"] == "Nini"


def test_the_primary_school_of_a_user_comes_first(roster: dict[str, str | bytes], zipped: Zip) -> None:
    roster["users.csv"] = (
        "sourcedId,role,primaryOrgSourcedId,orgSourcedIds,givenName,familyName\nu-1,student,org-2,org-1,N,Q\n"
    )

    assert only(read(zipped(roster)))["school"]["name"] == "Other School"


def test_the_users_alone_are_read_too() -> None:
    data = only(read(USERS.encode()))

    assert (data["school"], data["demographics"]) == ({}, {})
    assert oneroster.fits(USERS.encode(), ReadOptions())


def test_a_row_that_is_broken_is_told_and_the_others_are_read(roster: dict[str, str | bytes], zipped: Zip) -> None:
    roster["orgs.csv"] = ORGS + "org-3,too,many,cells,here,by,far\n"
    roster["users.csv"] = USERS + "u-9,short\n"
    items = read(zipped(roster))

    assert only(items)["user"]["givenName"] == "Nia"
    assert [item.position for item in items if isinstance(item, Fault)] == ["orgs.csv, row 4", "users.csv, row 5"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"users.csv": "sourcedId,name\nu-1,Nia\n"}, "givenName"),
        ({"orgs.csv": "name\nX\n"}, "sourcedId"),
        ({"users.csv": USERS.replace("student", "teacher")}, "record"),
    ],
)
def test_what_a_roster_lacks_is_named(
    changed: dict[str, str], words: str, roster: dict[str, str | bytes], zipped: Zip, refusal: Refusal
) -> None:
    assert words in refusal(lambda: read(zipped({**roster, **changed}))).faults[0].expected


def test_a_zip_without_users_is_refused(zipped: Zip, refusal: Refusal) -> None:
    assert "users.csv" in refusal(lambda: read(zipped({"manifest.csv": MANIFEST}))).faults[0].expected


def test_a_roster_of_more_people_than_a_trust_has_is_refused(
    roster: dict[str, str | bytes], zipped: Zip, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oneroster, "PEOPLE", 1)
    roster["demographics.csv"] = PEOPLE + "u-2,2015-01-01,male,true\n"

    assert "at most 1 rows" in refusal(lambda: read(zipped(roster))).faults[0].expected


def test_a_roster_is_known_by_its_manifest_or_its_columns(roster: dict[str, str | bytes], zipped: Zip) -> None:
    fits = {
        zipped(roster): True,
        b'\xef\xbb\xbf"sourcedId","givenName","familyName"\r\n': True,
        zipped({"pupils.csv": "UPN\n"}): False,
        b"UPN,Surname,Forename\n": False,
        b"": False,
        b"\x00\xff": False,
    }

    assert {head: oneroster.fits(head[:65536], ReadOptions()) for head in fits} == fits
