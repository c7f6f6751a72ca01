"""A school's tables are known by their headings, whatever system printed them, and every row of them streams."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.sources.mis_csv import fits, read
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import UnreadablePayload
from tests.adapters.conftest import ATTENDANCE, CONTACTS, PUPILS, pack

Refusal = Callable[[Callable[[], object]], UnreadablePayload]

TABLES = {
    "pupil": PUPILS,
    "contacts": CONTACTS,
    "attendance": ATTENDANCE,
    "session_codes": "pupilonrolltableid,sessions,attendancereason\nk,6.0,I\n",
    "sen_needs": "pupilonrolltableid,sentyperank,sentype\nk,1.0,SEMH\n",
    "addresses": "pupilonrolltableid,postcode,paon\nk,ZZ99 3VZ,1\n",
    "incidents": "UPN,Category,Incident Summary\nN1,A,B\n",
}


def options(table: str, **settings: object) -> ReadOptions:
    return ReadOptions(settings={"table": table, **settings})  # type: ignore[dict-item]


def rows(text: str, table: str = "") -> list[SourceRecord]:
    items = read(io.BytesIO(text.encode()), options(table))
    return [item for item in items if isinstance(item, SourceRecord)]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("other", TABLES)
def test_each_table_fits_itself_and_no_other(table: str, other: str) -> None:
    assert fits(TABLES[other].encode(), options(table)) == (table == other)


@pytest.mark.parametrize("head", [b"", b"\xff\xfe", b"{}", b"[" * 9, b'"' * 9, pack({"p.csv": PUPILS}), b"a" * 65_536])
def test_a_head_of_anything_else_fits_nothing_and_does_not_raise(head: bytes) -> None:
    assert not any(fits(head, options(table)) for table in TABLES)


def test_a_head_that_ends_inside_a_row_still_fits() -> None:
    assert fits(PUPILS.encode()[:-20], options("pupil"))


def test_a_row_is_a_record_under_canonical_names() -> None:
    first = rows(PUPILS, "pupil")[0]

    assert (first.position, first.kind, first.data["sen_status"]) == ("row 2", "enrichment", "K - SEN Support")


def test_an_empty_cell_is_null() -> None:
    assert rows(PUPILS)[1].data["upn"] is None


def test_a_mapping_adds_its_own_headings() -> None:
    text = PUPILS.replace("Legal Forename", "Rufname")

    assert fits(text.encode(), options("pupil", synonyms={"forename": ["Rufname"]}))
    assert not fits(text.encode(), options("pupil"))


def test_another_delimiter_fits_so_that_reading_says_what_is_wrong(refusal: Refusal) -> None:
    text = PUPILS.replace(",", ";")

    assert fits(text.encode(), options("pupil"))
    assert "commas" in refusal(lambda: rows(text, "pupil")).faults[0].expected


def test_a_ragged_row_is_a_fault_and_the_rest_is_read() -> None:
    items = list(read(io.BytesIO((PUPILS + "1,2\n" + "1004,,A,B,,2015-01-01,N\n").encode()), options("pupil")))

    assert [item.position for item in items if isinstance(item, Fault)] == ["row 5"]
    assert isinstance(items[-1], SourceRecord)


def test_the_census_tables_that_others_published_fit(outside: Path) -> None:
    folder = outside / "school-census-csv"
    known = {"pupilonroll": "pupil", "senneeds": "sen_needs", "termlysessiondetailsonroll": "session_codes"}

    for name, table in known.items():
        content = (folder / f"2025_spring_{name}.csv").read_bytes()
        assert fits(content[:65536], options(table)), name
        assert all(isinstance(item, SourceRecord) for item in read(io.BytesIO(content), options(table)))
