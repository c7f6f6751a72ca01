"""Lists 1 to 3 of Ofsted's Annex A, as far as the store knows them (settled 58)."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from adapters.formats.spreadsheet import written
from contracts.errors import NotFound
from gateway.flows.reports.annexa import COLUMNS, export
from gateway.path.calendar import day_of
from gateway.store.tables import REFERRAL
from gateway.store.writer import Write
from tests.builders import a_child, a_mother
from tests.running import Door, a_hull_referral, on_sqlite, rows


def lists(door: Door, since: int = 7, until: int = 0) -> dict[str, list[dict[str, str]]]:
    """The rows of each list, of the days since so many ago until so many ago."""
    today = day_of(door.gateway.now())
    first, last = today - timedelta(days=since), today - timedelta(days=until)
    made = asyncio.run(export(door.gateway, "hull", first, last, "Sam Okoro"))
    read = {name: io.StringIO(body.decode("utf-8-sig"), newline="") for name, body in made.items()}
    return {name: list(csv.DictReader(text)) for name, text in read.items()}


def refer(door: Door, once: str = "first", **changes: Any) -> None:
    child = a_child(ethnicity="WBRI", sex="F", date_of_birth="2017-03-14")
    referrer = {"kind": "professional", "agency": "Invented Academy", "agency_kind": "2A"}
    door.accepted(a_hull_referral(**{"people": [child, a_mother()], "referrer": referrer} | changes), once=once)


def test_the_columns_are_the_returns_own(door: Door) -> None:
    made = asyncio.run(export(door.gateway, "hull", date(2026, 4, 1), date(2026, 9, 30), "Sam Okoro"))
    headers = {name: tuple(next(csv.reader([body.decode("utf-8-sig")]))) for name, body in made.items()}
    assert headers == dict(COLUMNS)


def test_settled_58_a_contact_is_written_in_the_returns_own_categories(door: Door) -> None:
    refer(door)
    (row,) = lists(door)["List 1"]
    assert (row["Gender"], row["Ethnicity"], row["Contact Source"]) == ("b) Female", "a) WBRI", "e) 2A: Schools")
    assert (row["Date of Birth"], row["Child Unique ID"][:4]) == ("14/03/2017", "EHG-")


def test_no_name_is_in_any_list(door: Door) -> None:
    refer(door, harm={"level": "significant"})
    made = asyncio.run(export(door.gateway, "hull", date(2020, 1, 1), date(2040, 1, 1), "Sam Okoro"))
    assert not [body for body in made.values() if b"Fernsby" in body or b"Maya" in body]


def test_an_assessment_is_told_once_however_many_requests_tell_of_it(door: Door) -> None:
    on = (day_of(door.gateway.now()) - timedelta(days=2)).isoformat()
    told = [{"kind": "eha", "completed_on": on, "completed_by": "Invented Academy"}]
    refer(door, assessments=told)
    refer(door, once="second", assessments=told)
    (row,) = lists(door)["List 2"]
    assert (row["Organisation completing assessment"], row["Assessment start date"]) == ("Invented Academy", "")


def test_only_what_went_to_the_front_door_is_a_referral(door: Door) -> None:
    refer(door)
    refer(door, once="second", harm={"level": "significant"})
    refer(door, once="third", harm={"level": "immediate"})
    found = lists(door)["List 3"]
    assert [row["Number of Referrals in Last 12 Months"] for row in found] == ["0", "1"]
    assert {row["Referral NFA?"] for row in found} == {""}
    assert len({row["Child Unique ID"] for row in found}) == 1


@on_sqlite
def test_what_lies_outside_the_days_is_left_out(door: Door) -> None:
    refer(door)
    assert not any(lists(door, since=7, until=2).values())


@on_sqlite
def test_of_several_versions_the_newest_counts(door: Door) -> None:
    source = {"system": "canonical", "record_id": "T-9"}
    refer(door, source=source)
    refer(door, once="second", source=source, referrer={"kind": "family_self"})
    assert [row["Contact Source"] for row in lists(door)["List 1"]] == ["a) 1A: Individual"]


@on_sqlite
def test_a_request_that_was_corrected_later_stands_on_the_day_it_came(door: Door) -> None:
    gateway = door.gateway
    document = {"source": {"system": "canonical", "record_id": "R-9"}}
    refer(door, once="first", **document)
    earlier = gateway.now() - 5 * 86_400_000
    gateway.writer.run(Write(lambda tx: tx.execute(update(REFERRAL).values(at=earlier))))
    refer(door, once="second", reason="Corrected.", **document)
    assert [row["version"] for row in rows(gateway, "referral")] == [1, 2]
    found = lists(door, since=7, until=3)["List 1"]
    assert [row["Date of Contact"] for row in found] == [f"{day_of(earlier):%d/%m/%Y}"]
    assert lists(door, since=2)["List 1"] == []


def test_a_sealed_child_is_in_no_list(door: Door) -> None:
    refer(door, people=[a_child(protection=["sealed"]), a_mother()], harm={"level": "significant"})
    assert not any(lists(door).values())


def test_an_export_is_in_the_record_with_who_asked(door: Door) -> None:
    lists(door)
    (entry,) = rows(door.gateway, "entry")
    (content,) = rows(door.gateway, "content")
    assert (entry["type"], b"Sam Okoro" in bytes(content["body"])) == ("export.annex_a", True)


@on_sqlite
def test_a_council_nobody_knows_has_no_lists(door: Door) -> None:
    with pytest.raises(NotFound):
        asyncio.run(export(door.gateway, "nowhere", date(2026, 4, 1), date(2026, 9, 30), "Sam Okoro"))


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_can_be_taken_for_a_formula(cell: str) -> None:
    text = written(("Name",), [(cell,)]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [f"'{cell}"]
