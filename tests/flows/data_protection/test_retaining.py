"""Records go when their time is over, by two people; the record still verifies and says what went (governance 3.5)."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts import verify_evidence
from contracts.errors import NoSuchAnswer, NotYourRole
from contracts.retention import read_formula
from gateway.flows.data_protection.keeping import DONE
from gateway.flows.entry import READER, sections_of, write_entry
from gateway.flows.evidence.proving import export_zip, prove
from gateway.flows.gateway import Gateway
from gateway.store import retained
from gateway.store.tables import CLOCK, DELIVERY
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.flows.desks import HUB, IG, REASON, Desk
from tests.running import Door, a_hull_referral, rows

DPO = ("kit.moor", "data_protection_officer")
WORDS = "quillwort-lantern-words"


def on(gateway: Gateway, day: date) -> Desk:
    """The desk on another day; Hull keeps decisions until the child is 25."""
    schedule = gateway.catalogue.schedules["hull"]
    schedule = replace(
        schedule, after={**schedule.after, "decision": read_formula("DOB+25y")}, codes={"decision": "EH1"}
    )
    at = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)
    catalogue = replace(gateway.catalogue, schedules={**gateway.catalogue.schedules, "hull": schedule})
    return Desk(replace(gateway, catalogue=catalogue, now=lambda: at))


def a_request(door: Door, *, ended: bool = True) -> str:
    referral = door.accepted(a_hull_referral(reason=f"{WORDS}: help with routines."))
    if ended:
        door.gateway.writer.run(Write(_end))
    return referral


def _end(tx: Any) -> None:
    tx.execute(DELIVERY.update().values(state="delivered", ended_at=tx.now))
    tx.execute(CLOCK.update().values(state="stopped", ended_at=tx.now))


SOON, LATER, GROWN = date(2026, 12, 1), date(2027, 6, 1), date(2050, 1, 1)


def due(desk: Desk) -> list[tuple[str, str]]:
    return [(one["record"], one["formula"]) for one in desk.ask("retention-list", IG)["due"]]


def dispose(desk: Desk) -> Any:
    made = desk.ask("retention-propose", IG)
    return desk.ask("retention-confirm", DPO, list=made["list"])


def all_words(gateway: Gateway) -> bytes:
    return b"".join(row["body"] for row in rows(gateway, "content"))


def test_a_request_goes_thirty_days_after_it_arrived_and_its_decisions_stay(door: Door) -> None:
    a_request(door)
    assert due(on(door.gateway, date(2026, 1, 1))) == []
    desk = on(door.gateway, LATER)
    assert due(desk) == [("request", "DELIVERED+30d")]
    assert WORDS.encode() in all_words(door.gateway)
    assert len(dispose(desk)["disposed"]) == 1
    assert WORDS.encode() not in all_words(door.gateway)
    assert due(desk) == []
    kinds = {row["kind"] for row in rows(door.gateway, "content")}
    assert kinds == {"sections"}


def test_what_a_promise_still_needs_goes_on_no_list_and_is_said_to_be_kept_for_that(door: Door) -> None:
    a_request(door, ended=False)
    desk = on(door.gateway, GROWN)
    told = desk.ask("retention-list", IG)["due"]
    assert {held["by"] for one in told for held in one["held"]} == {"the gateway"}
    with pytest.raises(NoSuchAnswer, match="Nothing is due"):
        desk.ask("retention-propose", IG)


def test_the_record_verifies_after_every_disposal_and_so_does_its_evidence(door: Door, tmp_path: Path) -> None:
    referral = a_request(door)
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    for day, records in ((LATER, ["request"]), (GROWN, ["decision"])):
        assert [one["record"] for one in dispose(on(door.gateway, day))["disposed"]] == records
        door.gateway.writer.run(door.gateway.sealer.seal_now())
    key = door.gateway.keys["hull"].record
    report = prove(door.gateway.store, "hull", key).report
    assert report.findings == ()
    assert report.disposed > 0
    assert b"2017-03-14" not in all_words(door.gateway)
    file = tmp_path / "evidence.zip"
    with file.open("wb") as to:
        export_zip(door.gateway.store, "hull", key, to, referral)
    checker = [sys.executable, verify_evidence.__file__, str(file), "--key", key.vkey]
    done = subprocess.run(checker, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert verify_evidence.GONE in done.stdout
    assert [row["type"] for row in rows(door.gateway, "entry")].count(DONE) == 2
    assert [row for row in rows(door.gateway, "lookup") if row["referral"] == referral] == []


def test_a_section_that_went_without_a_disposal_is_still_named(door: Door) -> None:
    a_request(door)
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    entry = next(row for row in rows(door.gateway, "entry") if row["type"] == "decision.machine")
    door.gateway.writer.run(Write(lambda tx: retained.content.erase(tx, "hull", [entry["sections"]])))
    assert not prove(door.gateway.store, "hull", door.gateway.keys["hull"].record).report.sound


def test_whoever_made_the_list_does_not_confirm_it(door: Door) -> None:
    a_request(door)
    desk = on(door.gateway, LATER)
    made = desk.ask("retention-propose", IG)
    with pytest.raises(NoSuchAnswer, match="A second person confirms it"):
        desk.ask("retention-confirm", IG, list=made["list"])
    assert WORDS.encode() in all_words(door.gateway)


def test_a_hold_keeps_a_record_until_it_is_released(door: Door) -> None:
    referral = a_request(door)
    desk = on(door.gateway, LATER)
    made = desk.ask("retention-propose", IG)
    hold = desk.ask("retention-hold", IG, referral=referral, record="request", review="2030-01-01", reason=REASON)[
        "hold"
    ]
    told = desk.ask("retention-list", IG)["due"]
    assert [(one["held"][0]["by"], one["held"][0]["review"]) for one in told] == [("ruth.lane", "2030-01-01")]
    assert desk.ask("retention-confirm", DPO, list=made["list"]) == {"disposed": [], "swept": 0, "kept": 1}
    desk.ask("retention-release", IG, hold=hold, reason=REASON)
    assert len(dispose(desk)["disposed"]) == 1


def test_whatever_says_who_looked_goes_seven_years_after_it_and_what_was_decided_stays(door: Door) -> None:
    """Of any type, also one that is thought of later: what makes it so is the section that it is written in."""
    referral, looked = a_request(door), {"by": "kit.moor", "role": "data_protection_officer", "purpose": WORDS}
    rid = door.gateway.writer.run(Write(lambda tx: write_entry(tx, "hull", referral, "a.new.look", looked, READER)))

    def left(tx: Tx) -> dict[str, set[str]]:
        return {row.rid: set(sections_of(tx, "hull", row.rid)) for row in retained.entries(tx, "hull", (), referral)}

    before = door.gateway.writer.run(Write(left))
    assert "access" not in [record for record, _ in due(on(door.gateway, date(2033, 11, 1)))]
    desk = on(door.gateway, date(2034, 6, 1))
    assert ("access", "EVENT+7y") in due(desk)
    dispose(desk)
    after = door.gateway.writer.run(Write(left))
    assert before[rid] - after[rid] == {READER}
    assert {one: names for one, names in after.items() if one in before and one != rid} == {
        one: names for one, names in before.items() if one != rid
    }
    assert rid not in {row["entry"] for row in rows(door.gateway, "reading")}


def test_only_whoever_oversees_may_dispose(door: Door) -> None:
    with pytest.raises(NotYourRole):
        on(door.gateway, LATER).ask("retention-list", HUB)


def test_without_a_code_of_the_council_no_decision_is_ever_due(door: Door) -> None:
    a_request(door)
    at = int(datetime(2090, 1, 1, tzinfo=UTC).timestamp() * 1000)
    desk = Desk(replace(door.gateway, now=lambda: at))
    told = desk.ask("retention-list", IG)
    assert [one["record"] for one in told["due"]] == ["request"]
    assert "Nobody has said how long decision records are kept" in told["missing"]


def test_a_sender_can_still_ask_what_became_of_it(door: Door) -> None:
    referral = a_request(door)
    dispose(on(door.gateway, LATER))
    assert door.get(f"/v1/referrals/{referral}").status_code == 200


def test_nothing_that_a_row_needs_is_an_orphan_and_what_was_replaced_is_swept(door: Door) -> None:
    a_request(door)
    assert door.gateway.writer.run(Write(lambda tx: retained.sweep(tx, "hull"))) == 0
    door.gateway.writer.run(Write(lambda tx: retained.content.put(tx, "hull", "filed", b"replaced")))
    assert door.gateway.writer.run(Write(lambda tx: retained.sweep(tx, "hull"))) == 1
