"""The daily manifest: every number closes, it is signed and kept as it was, and each reads only their own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import update

from contracts.errors import GatewayError
from gateway.doors import manifests as door_of
from gateway.flows.entry import sections_of
from gateway.flows.evidence.manifests import Night, manifest, nightly
from gateway.flows.gateway import Gateway
from gateway.record.manifest import open_manifest
from gateway.record.note import BadNote, open_checkpoint
from gateway.store.tables import DELIVERY
from gateway.store.writer import Write
from tests.builders import NOW
from tests.flows.desks import NO, Desk
from tests.flows.pages import sign_in
from tests.flows.returned import HUB, deliveries
from tests.running import HULL, JSON, TOWER_HAMLETS, Door, a_hull_referral, as_bytes, on_sqlite, rows

DAY, HOUR = 86_400_000, 3_600_000
ON = date(2026, 11, 2)
SCHOOL = "sender:invented_academy"


def at(gateway: Gateway, now: int) -> Door:
    return Door(replace(gateway, now=lambda: now))


@pytest.fixture
def door(gateway: Gateway) -> Door:
    """The door on Monday 2 November, in the morning."""
    return at(gateway, NOW)


@pytest.fixture
def later(gateway: Gateway) -> Gateway:
    """The same gateway the day after, at three in the morning."""
    return replace(gateway, now=lambda: NOW + 18 * HOUR)


def settle(door: Door, delivery: str, state: str, ended_at: int | None = None) -> None:
    """What became of a message."""
    moved = update(DELIVERY).where(DELIVERY.c.id == delivery).values(state=state, attempts=1, ended_at=ended_at)
    door.gateway.writer.run(Write(lambda tx: tx.execute(moved) and None))


def a_day(door: Door) -> dict[str, str]:
    """One referral of each fate, one that was rejected, and an old one that is still held."""
    before = at(door.gateway, NOW - 5 * DAY)
    named = {"old": before.accepted(a_hull_referral(agreements=NO), once="old")}
    for name in ("delivered", "cancelled", "due", "dead", "uncertain"):
        named[name] = door.accepted(once=name)
        (message,) = [row["id"] for row in deliveries(door, named[name])]
        settle(door, message, name, NOW + HOUR if name in ("delivered", "cancelled") else None)
    named["held"] = door.accepted(a_hull_referral(agreements=NO), once="held")
    assert door.refer(b"{}", once="rejected").status_code == 422
    return named


def said(gateway: Gateway, whose: str, day: date = ON) -> dict[str, Any]:
    """What a manifest says, believed by its signature."""
    kept = asyncio.run(manifest(gateway, "hull", whose, day))
    return open_manifest(kept.note, gateway.keys["hull"].record)


def closes(numbers: dict[str, int]) -> bool:
    return numbers["accepted"] == sum(numbers[place] for place in ("delivered", "denied", "cancelled", "open"))


def test_settled_5_every_sum_of_a_day_closes(door: Door, later: Gateway) -> None:
    a_day(door)
    council, school = said(later, "council"), said(later, SCHOOL)
    for one in (council, school):
        assert closes(one["accepted"]), one
        assert one["received"] == {"records": 7, "referrals": 6, "rejected": 1}
        assert one["open"]["open"] == sum(one["open"]["by_age"].values())
    assert closes(council["ever"])
    assert council["ever"]["open"] == council["open"]["open"]
    assert council["ever"]["accepted"] == len([row for row in rows(later, "decision") if row["state"] != "superseded"])


def test_each_referral_of_the_day_is_where_it_is(door: Door, later: Gateway) -> None:
    named = a_day(door)
    found = said(later, SCHOOL)
    where = {one["reference"]: [(part["place"], part["held"]) for part in one["parts"]] for one in found["referrals"]}
    assert where == {
        named["delivered"]: [("delivered", False)],
        named["cancelled"]: [("cancelled", False)],
        named["due"]: [("open", False)],
        named["dead"]: [("open", True)],
        named["uncertain"]: [("open", True)],
        named["held"]: [("open", True)],
    }
    assert [(one["reference"], one["days"]) for one in found["open_before"]] == [(named["old"], 5)]
    assert found["open"]["by_age"]["2_to_7_days"] == 1


def test_a_hub_reads_the_ids_of_what_reached_it_and_only_numbers_of_the_rest(door: Door, later: Gateway) -> None:
    named = a_day(door)
    found = said(later, "hub:locality_west")
    assert [one["reference"] for one in found["arrived"]] == [named["delivered"]]
    assert {one["reference"] for one in found["may_have_arrived"]} == {named["uncertain"]}
    assert closes(found["promised"])
    assert named["cancelled"] not in str(found)
    assert named["due"] not in str(found)


def test_a_manifest_stays_what_was_signed_whatever_happens_later(door: Door, later: Gateway) -> None:
    named = a_day(door)
    first = asyncio.run(manifest(later, "hull", SCHOOL, ON))
    (message,) = [row["id"] for row in deliveries(door, named["due"])]
    settle(door, message, "delivered", NOW + 19 * HOUR)
    assert asyncio.run(manifest(later, "hull", SCHOOL, ON)) == first


def test_a_manifest_is_no_checkpoint_and_a_changed_one_is_not_believed(door: Door, later: Gateway) -> None:
    a_day(door)
    kept, key = asyncio.run(manifest(later, "hull", SCHOOL, ON)), later.keys["hull"].record
    with pytest.raises(BadNote):
        open_checkpoint(kept.note, key, key.name)
    with pytest.raises(BadNote):
        open_manifest(kept.note.replace('"delivered":1', '"delivered":2'), key)
    with pytest.raises(BadNote):
        open_manifest(kept.note, later.keys["kent"].record)


def test_the_record_tells_the_digest_of_each_manifest(door: Door, later: Gateway) -> None:
    a_day(door)
    kept = asyncio.run(manifest(later, "hull", SCHOOL, ON))
    made = rows(later, "manifest")
    row = next(row for row in made if row["whose"] == SCHOOL)
    assert row["digest"] == sha256(kept.note.encode()).hexdigest()
    with later.store.read("hull") as store:
        told = [sections_of(store, "hull", one["entry"])["manifest"]["manifests"] for one in made]
    assert told == [[[one["whose"], one["digest"]]] for one in made]


def test_no_manifest_names_anybody(door: Door, later: Gateway) -> None:
    a_day(door)
    asyncio.run(manifest(later, "hull", SCHOOL, ON))
    notes = "".join(asyncio.run(manifest(later, "hull", row["whose"], ON)).note for row in rows(later, "manifest"))
    assert not [word for word in ("Maya", "Fernsby", "Joan", "Okoro", "routines", "delivered-key") if word in notes]


def test_the_night_makes_each_day_that_is_missing_once(door: Door, later: Gateway) -> None:
    a_day(door)
    assert asyncio.run(nightly(replace(later, now=lambda: NOW + 13 * HOUR + 59 * 60_000))).days == 5
    assert asyncio.run(nightly(later)).days == 1
    assert asyncio.run(nightly(later)).days == 0
    days = {row["day"] for row in rows(later, "manifest") if row["whose"] == "council"}
    assert days == {f"2026-{day}" for day in ("10-28", "10-29", "10-30", "10-31", "11-01", "11-02")}


def test_one_that_cannot_be_made_costs_no_other_and_is_told_and_made_once_it_can_be(
    door: Door, later: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    named = a_day(door)
    (message,) = deliveries(door, named["due"])
    settle(door, message["id"], "somewhere")
    night = asyncio.run(nightly(later))
    lost = {(day, whose) for council, day, whose in night.failed if council == "hull"}
    assert lost == {(ON, SCHOOL), (ON, "hub:locality_west")}
    first = {row["whose"]: row["digest"] for row in rows(later, "manifest") if row["day"] == ON.isoformat()}
    others = set(later.council("hull").hubs) - {"locality_west"}
    assert {*first} >= {f"hub:{name}" for name in others}
    assert not {*first} & {SCHOOL, "hub:locality_west", "council"}
    assert {record.kind for record in caplog.records if hasattr(record, "kind")} >= {SCHOOL, "hub:locality_west"}
    told = [row["state"] for row in rows(later, "clock") if row["kind"] == "record:manifests"]
    assert told == ["running"]
    with pytest.raises(GatewayError, match="not as it should be"):
        asyncio.run(manifest(later, "hull", "council", ON))
    settle(door, message["id"], "due")
    assert asyncio.run(nightly(later)) == Night(1)
    after = {row["whose"]: row["digest"] for row in rows(later, "manifest") if row["day"] == ON.isoformat()}
    assert after | first == after
    assert {*after} - {*first} == {SCHOOL, "hub:locality_west", "council"}
    assert [row["state"] for row in rows(later, "clock") if row["kind"] == "record:manifests"] == ["stopped"]


@on_sqlite
def test_a_day_that_is_not_over_has_none(door: Door) -> None:
    response = door.get("/v1/manifests/2026-11-02")
    assert (response.status_code, "not over" in response.text) == (400, True)


@on_sqlite
@pytest.mark.parametrize("day", ["2026-13-01", "yesterday", "0001-01-01", "2999-99-99"])
def test_a_day_that_is_none_is_said_to_be_none(door: Door, day: str) -> None:
    assert door.get(f"/v1/manifests/{day}").status_code == 400


def test_each_key_reads_its_own_manifest_and_no_other(door: Door, later: Gateway) -> None:
    named = a_day(door)
    morning = Door(later)
    own, other = (morning.get("/v1/manifests/2026-11-02", key=key) for key in (HULL, TOWER_HAMLETS))
    assert named["due"] in own.text
    assert named["due"] not in other.text
    assert own.json()["manifest"]["for"] == SCHOOL
    assert open_manifest(own.json()["note"], later.keys["hull"].record) == own.json()["manifest"]
    hub = morning.get("/v1/manifests/2026-11-02?hub=locality_west", key=HUB)
    assert hub.json()["manifest"]["for"] == "hub:locality_west"
    assert morning.get("/v1/manifests/2026-11-02?hub=nowhere", key=HUB).status_code == 404


# The other list -------------------------------------------------------------------------------------------------------


def laid_beside(gateway: Gateway, key: str = HULL, query: str = "", **listed: Any) -> dict[str, Any]:
    """What an own list differs in."""
    path = f"/v1/manifests/2026-11-02/compare{query}"
    response = Door(gateway).post(path, as_bytes(listed), key=key, headers={"content-type": JSON})
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


OF_THE_DAY = ("delivered", "cancelled", "due", "dead", "uncertain", "held")


def test_lists_that_agree_ring_nobody(door: Door, later: Gateway) -> None:
    named = a_day(door)
    told = laid_beside(later, references=[named[name] for name in OF_THE_DAY])
    assert (told["agree"], told["same"]) == (True, 6)
    assert not [row for row in rows(later, "clock") if row["kind"] == "task:lists_differ"]


def test_what_was_sent_may_be_listed_by_its_key_or_by_its_bytes(door: Door, later: Gateway) -> None:
    a_day(door)
    document = as_bytes(a_hull_referral()).replace(b'"record_id": "T-1"', b'"record_id": "T-due"')
    keys = [name for name in OF_THE_DAY if name != "due"]
    told = laid_beside(later, keys=keys, digests=[sha256(document).hexdigest()])
    assert (told["agree"], told["same"]) == (True, 6)


def test_whatever_differs_is_named_by_id_and_is_a_task(door: Door, later: Gateway) -> None:
    named = a_day(door)
    told = laid_beside(later, references=["f" * 32, *(named[name] for name in OF_THE_DAY[1:])], keys=["rejected"])
    assert told["only_here"] == [named["delivered"]]
    assert told["only_there"] == [{"pointer": "/references/0", "id": "f" * 32}]
    assert len(told["rejected"]) == 1
    assert "Ring " in told["say"]
    (clock,) = [row for row in rows(later, "clock") if row["kind"] == "task:lists_differ"]
    assert (clock["state"], clock["owner"]) == ("running", "hub_duty")
    asked = {"council": "hull", "day": "2026-11-02"}
    shown = asyncio.run(door_of.asked_for(later, asked))
    assert shown["differ"] == [{"for": SCHOOL, "day": "2026-11-02", "task": clock["id"]}]


def test_the_same_list_twice_is_one_task_that_a_person_ends(door: Door, later: Gateway) -> None:
    a_day(door)
    for _ in range(2):
        laid_beside(later, references=["f" * 32])
    (clock,) = [row for row in rows(later, "clock") if row["kind"] == "task:lists_differ"]
    desk = Desk(later)
    who = (later.council("hull").roles["hub_duty"].people[0], "hub_duty")
    assert clock["id"] in {one["id"] for one in desk.ask("tasks", who)}
    desk.ask("done", who, hold=clock["id"], note="They sent it twice.")
    assert [row["state"] for row in rows(later, "clock") if row["id"] == clock["id"]] == ["stopped"]


@on_sqlite
def test_whoever_has_the_task_reads_whose_list_it_is_takes_ours_and_says_it_is_done(door: Door, later: Gateway) -> None:
    a_day(door)
    laid_beside(later, references=["f" * 32])
    (clock,) = [row for row in rows(later, "clock") if row["kind"] == "task:lists_differ"]
    duty, here = sign_in(Door(later), "hub_duty"), f"/tasks/{clock['id']}"
    shown = duty.get(here).text
    assert [words for words in ("Invented Academy, Hull", "2 November 2026", "It is done") if words not in shown] == []
    ours = duty.send(f"{here}/manifest").text
    assert open_manifest(ours, later.keys["hull"].record)["for"] == SCHOOL
    assert sign_in(Door(later), "front_door").send(f"{here}/manifest").status_code == 403
    assert duty.send(f"{here}/done", note="They sent it twice.").status_code == 303
    assert [row["state"] for row in rows(later, "clock") if row["id"] == clock["id"]] == ["stopped"]


def test_a_key_that_nobody_knows_is_told_by_its_place_and_never_said_again(door: Door, later: Gateway) -> None:
    a_day(door)
    told = laid_beside(later, keys=["maya-fernsby-2017"])
    assert told["only_there"] == [{"pointer": "/keys/0"}]
    assert "maya" not in str(told).lower()


def test_what_came_on_another_day_is_no_difference(door: Door, later: Gateway) -> None:
    named = a_day(door)
    told = laid_beside(later, references=[named["old"], *(named[name] for name in OF_THE_DAY)])
    assert told["agree"]
    assert told["other_day"] == [{"id": named["old"], "day": "2026-10-28"}]


def test_a_hub_that_has_what_it_never_acknowledged_is_heard(door: Door, later: Gateway) -> None:
    named = a_day(door)
    ids = {name: deliveries(door, named[name])[0]["id"] for name in ("delivered", "uncertain")}
    told = laid_beside(later, HUB, "?hub=locality_west", references=list(ids.values()))
    assert (told["in_doubt"], told["same"], told["only_here"]) == ([ids["uncertain"]], 1, [])
    lost = laid_beside(later, HUB, "?hub=locality_west")
    assert lost["only_here"] == [ids["delivered"]]


def test_nobodys_list_names_what_another_sender_sent(door: Door, later: Gateway) -> None:
    named = a_day(door)
    told = laid_beside(later, TOWER_HAMLETS, references=[named["due"]])
    assert told["only_there"] == [{"pointer": "/references/0", "id": named["due"]}]


def test_only_days_that_were_kept_are_told_of_later(door: Door, later: Gateway) -> None:
    a_day(door)
    asyncio.run(nightly(later))
    month = replace(later, now=lambda: NOW + 30 * DAY)
    assert Door(month).get("/v1/manifests/2026-11-02").status_code == 200
    assert Door(month).get("/v1/manifests/2026-10-02").status_code == 404
