"""What information governance answers for itself, as reports: the register, what was disposed of, and who read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.flows.gateway import Gateway
from gateway.flows.oversight import glass, glassreview, watching
from gateway.flows.oversight.glass import Sought
from gateway.flows.reports import shelf, signing
from gateway.flows.reports.lines import Row
from gateway.path.calendar import add_months, day_of
from gateway.path.rights import KINDS
from gateway.store.tables import RIGHT
from gateway.store.writer import Write
from tests.flows.data_protection.test_retaining import GROWN, LATER, a_request, dispose, on
from tests.flows.data_protection.test_rights import BORN, act, at, written
from tests.flows.desks import HUB, IG, REASON
from tests.flows.oversight.test_readers import WHY, held, later, opened, seen_by_lead
from tests.flows.reports.test_reports import LEAD, OFFICER, SEALED, made, row_of, wait, who
from tests.running import Door, a_hull_referral, on_sqlite, rows

PEOPLE = ("ruth.lane", "kit.moor", "bram.ellis", "Fernsby", "Joan Quillwort", REASON, WHY)
"""Who did it, whom it is about, and what they wrote."""


def cells(found: list[Row], sheet: int) -> list[tuple[Any, ...]]:
    return [row.cells for row in found if row.sheet == sheet]


def read(gateway: Gateway, name: str, **given: str) -> list[Row]:
    """Every row of a report that is made now; nobody is named in any."""
    report = made(gateway, name, **given)
    found = list(wait(shelf.one(gateway, who(gateway, LEAD), name, report, size=1_000)).rows)
    assert not any(word in json.dumps([row.cells for row in found]) for word in PEOPLE)
    return found


def counted(found: list[Row]) -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in cells(found, 0)}


def test_the_register_counts_what_came_and_ended_and_lists_each_without_a_name(door: Door) -> None:
    gateway = door.gateway
    referral = door.accepted()
    access, complaint = written(gateway), written(gateway, "complaint", about=referral[:8])
    act(gateway, access, "stop", "identity")
    act(gateway, complaint, "acknowledge")
    act(gateway, complaint, "close", "upheld")
    found = read(gateway, "rights-register")
    counts = counted(found)
    assert list(counts) == [right.title for right in KINDS.values()]
    assert counts[KINDS["access"].title] == (1, 0, 0, 1, 0)
    assert counts[KINDS["complaint"].title] == (1, 1, 1, 0, 0)
    told = {row[1]: row for row in cells(found, 1)}
    assert told[access[:8]][4:7] == ("Waits for proof of who they are", "Its time stands still", "Not due yet")
    decision = next(row["id"] for row in rows(gateway, "decision"))
    assert (told[complaint[:8]][4], told[complaint[:8]][6]) == ("Ended", "Yes")
    assert (told[complaint[:8]][10], told[complaint[:8]][12]) == ("Upheld", decision[:8])
    assert [row.decision for row in found if row.cells[1] == complaint[:8]] == [decision]


@on_sqlite
def test_what_is_open_past_its_day_is_late_and_stays_in_the_register_of_later_days(door: Door) -> None:
    request = written(door.gateway)
    after = at(door.gateway, add_months(day_of(door.gateway.now()), 4))
    found = read(after, "rights-register")
    assert counted(found)[KINDS["access"].title] == (0, 0, 0, 1, 1)
    assert [(row[1], row[6]) for row in cells(found, 1)] == [(request[:8], "No")]
    ended = RIGHT.update().values(state="closed", outcome="given", ended_at=door.gateway.now())
    door.gateway.writer.run(Write(lambda tx: tx.execute(ended) and None))
    assert cells(read(after, "rights-register"), 1) == []


@on_sqlite
def test_of_a_complaint_about_a_sealed_file_the_register_says_only_that(door: Door) -> None:
    referral = door.accepted(a_hull_referral(people=SEALED))
    written(door.gateway, "complaint", about=referral[:8])
    (row,) = [row for row in read(door.gateway, "rights-register") if row.sheet == 1]
    assert (row.cells[12], row.decision) == ("Sealed file", "")


def test_disposals_tell_what_is_held_which_lists_there_were_and_what_went(door: Door) -> None:
    gateway, referral = door.gateway, a_request(door)
    desk = on(gateway, LATER)
    hold = desk.ask("retention-hold", IG, referral=referral, record="decision", review="2051-01-01", reason=REASON)
    went = {one["record"]: one for one in dispose(desk)["disposed"] if one["referral"] == referral}
    assert set(went) == {"request"}
    found = read(gateway, "disposals")
    assert [row[1:] for row in cells(found, 0)] == [
        (referral[:8], "The decisions about it, in the record", "1 January 2051")
    ]
    (one,) = cells(found, 1)
    assert (one[2], one[4:]) == (len(cells(found, 2)), (one[2], 0))
    (gone,) = [row for row in cells(found, 2) if row[1] == referral[:8]]
    assert gone[2:4] == ("What the sender wrote, and what went to hubs", went["request"]["formula"])
    assert gone[6] == one[1]
    assert read(gateway, "disposals") == found
    desk.ask("retention-release", IG, hold=hold["hold"], reason=REASON)
    on(gateway, GROWN).ask("retention-propose", IG)
    again = read(gateway, "disposals")
    assert cells(again, 0) == []
    assert [row[3] for row in cells(again, 1)][-1] == "No"


def month_after(gateway: Gateway) -> Gateway:
    """The gateway a week into the next month: this one has ended, and working days have passed."""
    first = add_months(day_of(gateway.now()).replace(day=1), 1)
    ms = int(datetime(first.year, first.month, 9, 12, tzinfo=UTC).timestamp() * 1000)
    return replace(gateway, now=lambda: ms)


def test_readers_are_counted_by_role_and_what_is_found_of_the_lead_is_not_for_the_lead(door: Door) -> None:
    gateway = door.gateway
    hold = held(door)
    opened(door, hold)
    opened(door, hold)
    seen_by_lead(door)
    after = month_after(gateway)
    before = read(after, "readers")
    read_it = [row for row in cells(before, 0) if row[2] == "Read what the sender wrote"]
    assert [row[1:] for row in read_it] == [
        (after.council("hull").roles[HUB[1]].title, "Read what the sender wrote", 2, 1, 1)
    ]
    assert {row[2] for row in cells(before, 1)} == {
        "Not asked yet: a working day has to pass",
        "For the data protection officer alone, on the page “Who looked”",
    }
    wait(watching.nightly(later(gateway, 8)))
    asked = {row[1:] for row in cells(read(after, "readers"), 1)}
    lead = after.council("hull").roles[IG[1]].title
    assert {row for row in asked if row[0] == lead} == {
        (lead, "For the data protection officer alone, on the page “Who looked”", 1)
    }
    worker = after.council("hull").roles[HUB[1]].title
    assert (worker, "Opened, and nothing was done about it by the next working day", 2) in asked


@on_sqlite
def test_each_break_glass_is_there_with_what_its_review_found_and_without_their_words(door: Door) -> None:
    gateway = door.gateway
    door.accepted()
    child = a_hull_referral()["people"][0]
    sought = Sought(f"{child['first_name']} {child['surname']}", BORN)
    worker = who(gateway, ("bram.ellis", "hub_duty"))
    one = wait(glass.break_glass(gateway, worker, "danger", WHY, sought))
    after = month_after(gateway)
    assert [row[4] for row in cells(read(after, "readers"), 2)] == ["Nobody has reviewed it"]
    wait(glassreview.review(gateway, who(gateway, LEAD), one, "justified", REASON))
    (row,) = cells(read(after, "readers"), 2)
    assert row[3:5] == ("A child may be in danger now", "It was justified")


@on_sqlite
@pytest.mark.parametrize("name", ["rights-register", "disposals", "readers"])
def test_they_are_reviewed_by_another_and_signed_over_their_digest_like_every_report(door: Door, name: str) -> None:
    gateway = month_after(door.gateway)
    report = made(gateway, name)
    wait(signing.review(gateway, who(gateway, OFFICER), name, report))
    wait(signing.sign(gateway, who(gateway, LEAD), name, report, read=True))
    assert row_of(gateway, "report", report)["state"] == "signed"
