"""A case system's nightly table: matched on our reference, told once, and reported row by row (settled 46)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from contracts.errors import UnreadablePayload
from gateway.config.cases import CaseTable, CaseTablePart
from gateway.config.catalogue import Catalogue
from gateway.config.pickups import FolderPart
from gateway.flows.places import casetable
from gateway.flows.places.rowreport import Line
from gateway.path.calendar import day_of
from gateway.store.tables import DELIVERY
from tests.flows.dropping import a_pickup
from tests.flows.operations.test_ticks import change
from tests.flows.places.test_pickup_folder import look, put_away
from tests.flows.returned import arrived, deliveries, outcome, sent, status
from tests.running import Door, a_hull_referral, on_sqlite, rows, running

HEAD = "Case,Gateway reference,Outcome,Outcome date,Reason\r\n"
MEANS = {"open": "event:opened", "allocated": "outcome:allocated", "advice": "outcome:advice_given", "wait": "nothing"}


def a_table(**changes: Any) -> CaseTable:
    part = {
        "system": "hub_system", "reference": "Gateway reference", "said": "Outcome", "on": "Outcome date",
        "words": "Reason", "means": MEANS,
    }  # fmt: skip
    return CaseTable("hull", "nightly", CaseTablePart.model_validate(part | changes), MEANS)


@pytest.fixture
def door(catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> Iterator[Door]:
    known = replace(catalogue, cases={"hull": {"nightly": a_table()}})
    with running(known, tmp_path, demo_urls) as gateway:
        yield Door(gateway)


def taken(door: Door, *lines: str, **changes: Any) -> tuple[Line, ...]:
    """What became of each row."""
    content = (HEAD + "".join(f"{line}\r\n" for line in lines)).encode()
    return asyncio.run(casetable.take(door.gateway, a_table(**changes), content))


def states(lines: tuple[Line, ...]) -> list[str]:
    return [line.state for line in lines]


def today(door: Door) -> str:
    """The day on which everything here was sent."""
    return day_of(door.gateway.now()).strftime("%d/%m/%Y")


def test_settled_46_an_outcome_in_the_table_is_what_the_sender_reads(door: Door) -> None:
    referral, delivery = sent(door)
    assert states(taken(door, f"1,{referral},Allocated,{today(door)},")) == ["accepted"]
    (told,) = status(door, referral)["outcomes"]
    assert (told["delivery"], told["outcome"], told["say"]) == (delivery, "allocated", "Targeted Early Help response")
    assert [row["code"] for row in rows(door.gateway, "event")] == ["allocated"]


def test_the_same_table_every_night_changes_nothing_and_what_is_new_is_told(door: Door) -> None:
    referral, _ = sent(door)
    night = (f"1,{referral},Open,{today(door)},", "2,,,,")
    assert states(taken(door, *night)) == ["accepted", "unchanged"]
    entries = len(rows(door.gateway, "entry"))
    assert states(taken(door, *night)) == ["unchanged", "unchanged"]
    assert len(rows(door.gateway, "entry")) == entries
    assert states(taken(door, f"1,{referral},Advice,{today(door)},Use the family hub.")) == ["accepted"]


@on_sqlite
def test_a_reference_may_be_written_as_people_write_it_or_be_the_messages_own_number(door: Door) -> None:
    referral, delivery = sent(door)
    spaced = " ".join(referral.upper()[at : at + 4] for at in range(0, 32, 4))
    lines = taken(door, f"1,{spaced},Open,{today(door)},", f"1,{delivery},Allocated,{today(door)},")
    assert states(lines) == ["accepted", "accepted"]
    assert {line.reference for line in lines} == {referral}


@on_sqlite
@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("1,{of},Handed over,{day},", "a word that is known, in the column “Outcome”"),
        ("1,not a reference of Maya,Open,{day},", "our reference, or the number of a message"),
        ("1,ffffffffffffffffffffffffffffffff,Open,{day},", "our reference, or the number of a message"),
        ("1,{of},Open,yesterday,", "a day, as uk_or_iso_date, in “Outcome date”"),
        ("1,{of},Open,01/01/2020,", "a time after the message was made"),
        ("1,{of},Open,01/01/2090,", "a time that has come"),
        ("1,{of},Advice,{day},", "the reason or the advice, with this outcome"),
        ("1,{of},Open,{day}", "5 cells"),
    ],
)
def test_a_row_that_cannot_be_taken_is_reported_by_its_number_and_nothing_of_it_is_kept(
    door: Door, row: str, expected: str
) -> None:
    referral, _ = sent(door)
    first, second = taken(door, row.format(of=referral, day=today(door)), f"2,{referral},Open,{today(door)},")
    assert first.state == "rejected"
    assert expected in first.expected
    assert "row 2" in first.position
    assert "Maya" not in str(first)
    assert second.state == "accepted"
    assert [row["code"] for row in rows(door.gateway, "event")] == ["opened"]


@on_sqlite
def test_what_never_left_or_went_to_somebody_else_is_no_match(door: Door) -> None:
    referral = door.accepted(a_hull_referral())
    (unsent,) = deliveries(door, referral, "referral")
    lines = taken(door, f"1,{referral},Open,{today(door)},", f"1,{unsent['id']},Open,{today(door)},")
    assert states(lines) == ["rejected", "rejected"]
    arrived(door, referral)
    elsewhere = update(DELIVERY).where(DELIVERY.c.id == unsent["id"]).values(hub="a_hub_of_nobody")
    change(door.gateway, lambda tx: tx.execute(elsewhere))
    assert states(taken(door, f"1,{referral},Open,{today(door)},")) == ["rejected"]


@on_sqlite
def test_a_table_that_comes_at_night_overthrows_no_later_answer(door: Door) -> None:
    referral, delivery = sent(door)
    outcome(door, delivery, "no_further_action")
    assert states(taken(door, f"1,{referral},Allocated,{today(door)},")) == ["accepted"]
    stands = [one["outcome"] for one in status(door, referral)["outcomes"] if one["stands"]]
    assert stands == ["no_further_action"]


@on_sqlite
def test_a_file_that_is_no_such_table_is_refused_whole(door: Door) -> None:
    with pytest.raises(UnreadablePayload) as error:
        asyncio.run(casetable.take(door.gateway, a_table(), b"Case,Status\r\n1,Open\r\n"))
    assert "a column “Gateway reference”" in [fault.expected for fault in error.value.faults]


@on_sqlite
def test_it_is_fetched_from_a_folder_with_a_report_beside_it(door: Door, tmp_path: Path) -> None:
    referral, _ = sent(door)
    folder = tmp_path / "cases"
    folder.mkdir()
    where = FolderPart.model_validate({"path": str(folder), "whole": "renamed"})
    pickup = a_pickup(where, sender="hub_system", source="cases", cases="nightly")
    table = f"{HEAD}1,{referral},Allocated,{today(door)},\r\n2,x,Allocated,{today(door)},\r\n"
    (folder / "cases.csv").write_text(table)
    assert look(door.gateway, pickup).counts == {"done": 1}
    (_,), (report,) = put_away(folder, "done")
    assert report.read_text(encoding="utf-8-sig").count("rejected") == 1
    (folder / "cases.csv").write_text("nothing of the kind\r\n")
    assert look(door.gateway, pickup).counts == {"quarantine": 1}
