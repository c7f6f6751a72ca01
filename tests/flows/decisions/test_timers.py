"""A council's own timers over a store: what starts each, what ends it, and that it runs once."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.config.catalogue import Catalogue
from gateway.flows.decisions import timers
from gateway.flows.decisions.again import decide_again, load
from gateway.flows.gateway import Gateway
from gateway.path.alarms import NEVER
from gateway.path.calendar import day_of, start_of
from gateway.path.clocks import due
from gateway.store.writer import Write
from tests.running import Door, a_hull_referral, as_bytes, delivering, on_sqlite, rows, until

HULL, KENT, KENT_SOCIAL = "demo-hull-school", "demo-kent-school", "demo-kent-liberi"
LEICESTER, TOWER_HAMLETS = "demo-leicester-school", "demo-tower-hamlets-school"
SPOKE: dict[str, Any] = {"level": "significant", "first_contact_at": "2026-11-01T17:30:00Z"}
DOWN: dict[str, Any] = {
    "council": "kent",
    "purpose": "step_down",
    "requested_services": [],
    "step_down": {
        "stepped_down_on": "2026-11-02",
        "worries": "Routines have slipped before.",
        "agreed_plan": "A worker visits every week.",
        "contingency": "Her aunt steps in.",
        "joint_visit_on": "2026-10-30",
        "joint_visit_done": True,
    },
}


def asked(council: str, **changes: Any) -> dict[str, Any]:
    return a_hull_referral(**{"council": council, "requested_services": []} | changes)


def clocks(gateway: Gateway, kind: str = "timer:") -> dict[str, dict[str, Any]]:
    """Clocks of a kind, by kind."""
    return {row["kind"]: row for row in rows(gateway, "clock") if row["kind"].startswith(kind)}


def tell(gateway: Gateway, council: str, referral: str, event: str, at: int, **how: Any) -> None:
    gateway.writer.run(Write(lambda tx: timers.saw(tx, gateway.council(council), referral, event, at, **how)))


@pytest.mark.parametrize(
    ("key", "timer", "document", "begins"),
    [
        pytest.param(
            HULL,
            "written_follow_up",
            asked("hull", purpose="safeguarding", harm=SPOKE),
            date(2026, 11, 1),
            id="HU-T01",
        ),
        pytest.param(HULL, "feedback", asked("hull", purpose="safeguarding"), None, id="HU-T02"),
        pytest.param(KENT_SOCIAL, "child_seen_after_step_down", asked(**DOWN), date(2026, 11, 2), id="KE-T03"),
        pytest.param(
            TOWER_HAMLETS,
            "assessment_review",
            asked("tower_hamlets", assessments=[{"kind": "eha", "completed_on": "2026-07-02", "attached": True}]),
            date(2026, 7, 2),
            id="TH-T04",
        ),
        pytest.param(TOWER_HAMLETS, "signed_form", asked("tower_hamlets"), None, id="TH-C05"),
    ],
)
def test_a_councils_timer_starts_with_its_event(
    door: Door, key: str, timer: str, document: dict[str, Any], begins: date | None
) -> None:
    door.accepted(document, key=key)
    (row,) = rows(door.gateway, "referral")
    clock, council = clocks(door.gateway)[f"timer:{timer}"], door.gateway.council(row["council"])
    assert day_of(clock["started_at"]) == (begins or day_of(row["at"]))
    assert clock["due_at"] == due(council.clocks[timer].within, clock["started_at"], council.hours)


def test_48_hours_run_from_the_call_and_not_from_its_being_written_HU_T01(door: Door) -> None:
    door.accepted(asked("hull", purpose="safeguarding", harm=SPOKE))
    clock = clocks(door.gateway)["timer:written_follow_up"]
    assert clock["due_at"] - clock["started_at"] == 48 * 3_600_000


@on_sqlite
def test_a_call_that_is_said_to_come_counts_from_now(door: Door) -> None:
    door.accepted(asked("hull", purpose="safeguarding", harm=SPOKE | {"first_contact_at": "2090-01-01T00:00:00Z"}))
    (row,) = rows(door.gateway, "referral")
    assert clocks(door.gateway)["timer:written_follow_up"]["started_at"] == row["at"]


@on_sqlite
def test_what_is_held_has_not_been_stepped_down_yet_KE_T03(door: Door) -> None:
    anonymous = asked(**DOWN) | {"people": [], "relationships": [], "agreements": []}
    door.accepted(anonymous, key=KENT_SOCIAL)
    assert clocks(door.gateway) == {}


@pytest.mark.parametrize("store_urls", ["sqlite", "postgresql"], indirect=True)
def test_what_arrives_at_the_front_door_starts_its_clock_KE_T02(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def scenario() -> dict[str, Any]:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, _):
            response = await door.ask("POST", "/v1/referrals", key=KENT, **sending(asked("kent")))
            assert response.status_code == 202, response.text
            return await until(lambda: asyncio.to_thread(lambda: clocks(door.gateway).get("timer:first_contact")))

    clock = asyncio.run(scenario())
    hours = catalogue.councils["kent"].hours
    assert clock["due_at"] == due("10 working days", clock["started_at"], hours)


def sending(document: dict[str, Any]) -> dict[str, Any]:
    return {"headers": {"idempotency-key": "first", "content-type": "application/json"}, "json": document}


def test_a_safeguarding_contact_is_not_asked_for_a_first_visit_KE_T02(door: Door) -> None:
    referral = door.accepted(asked("kent"), key=KENT)
    tell(door.gateway, "kent", referral, "front_door_received", start_of(date(2026, 11, 2)), kind="divert")
    assert "timer:first_contact" not in clocks(door.gateway)


@pytest.mark.parametrize(
    ("council", "key", "begins", "timer", "ends"),
    [
        pytest.param("kent", KENT, "district_received", "allocation", "allocated", id="KE-T01"),
        pytest.param("kent", KENT, "front_door_received", "first_contact", "child_seen", id="KE-T02"),
        pytest.param("kent", KENT, "plan_agreed", "plan_review", "plan_reviewed", id="KE-T04"),
        pytest.param("kent", KENT, "joint_route_agreed", "joint_route", "joint_route_finished", id="KE-T06"),
        pytest.param("derby", "demo-derby-school", "need_seen", "assessment_done", "assessment_completed", id="DE-T01"),
        pytest.param("derby", "demo-derby-school", "plan_agreed", "plan_review", "plan_reviewed", id="DE-T02"),
        pytest.param("leicester", LEICESTER, "stepped_down", "first_meeting", "meeting_arranged", id="LE-T01"),
        pytest.param("leicester", LEICESTER, "plan_agreed", "plan_review", "plan_reviewed", id="LE-T02"),
    ],
)
def test_a_timer_runs_from_one_event_to_another(
    door: Door, council: str, key: str, begins: str, timer: str, ends: str
) -> None:
    referral = door.accepted(asked(council), key=key)
    at = start_of(date(2026, 11, 2))
    tell(door.gateway, council, referral, begins, at)
    began = clocks(door.gateway)[f"timer:{timer}"]
    tell(door.gateway, council, referral, ends, at + 1, by="hub")
    ended = clocks(door.gateway)[f"timer:{timer}"]
    assert (began["state"], began["started_at"]) == ("running", at)
    assert (ended["state"], ended["ended_by"], ended["why"]) == ("stopped", "hub", ends)


def test_an_event_that_is_told_again_starts_nothing_again(door: Door) -> None:
    referral, at = door.accepted(asked("kent"), key=KENT), start_of(date(2026, 11, 2))
    for told in ("district_received", "allocated", "district_received"):
        tell(door.gateway, "kent", referral, told, at)
    (clock,) = [row for row in rows(door.gateway, "clock") if row["kind"] == "timer:allocation"]
    assert clock["state"] == "stopped"


def test_a_timer_goes_on_with_the_next_version_and_starts_no_second(door: Door) -> None:
    document = asked("hull", purpose="safeguarding", harm=SPOKE)
    first = door.accepted(document)
    same = asked("hull", purpose="safeguarding", harm=SPOKE | {"what_happened": "More was said."})
    response = door.refer(as_first(same), headers={"idempotency-key": "second"})
    second = response.json()["receipts"][0]["referral"]
    found = [row for row in rows(door.gateway, "clock") if row["kind"] == "timer:written_follow_up"]
    assert ([row["referral"] for row in found], first != second) == ([second], True)


def as_first(document: dict[str, Any]) -> bytes:
    return as_bytes(document).replace(b'"record_id": "T-1"', b'"record_id": "T-first"')


def test_what_a_hub_says_of_an_earlier_version_ends_the_timer_of_the_newest(door: Door) -> None:
    document = asked("hull", purpose="safeguarding", harm=SPOKE)
    first = door.accepted(document)
    door.refer(as_first(document | {"outcome_sought": "Help."}), headers={"idempotency-key": "second"})
    tell(door.gateway, "hull", first, "written_follow_up", 1, by="hub")
    assert clocks(door.gateway)["timer:written_follow_up"]["state"] == "stopped"


def test_a_timer_that_nothing_can_end_shows_its_due_date_and_is_never_looked_at_TH_T04(door: Door) -> None:
    old = [{"kind": "eha", "completed_on": "2026-02-02", "attached": True}]
    door.accepted(asked("tower_hamlets", assessments=old), key=TOWER_HAMLETS)
    assert clocks(door.gateway)["timer:assessment_review"]["next_at"] == NEVER


def test_deciding_again_keeps_the_start_of_a_timer(door: Door) -> None:
    referral = door.accepted(asked("hull", purpose="safeguarding"))
    before = clocks(door.gateway)["timer:feedback"]

    def work(tx: Any) -> int:
        row, matter = load(door.gateway, tx, "hull", referral)
        decide_again(door.gateway, tx, row, matter)
        return matter.seen["contact_to_front_door"]

    assert door.gateway.writer.run(Write(work)) == before["started_at"]
    assert clocks(door.gateway)["timer:feedback"] == before


def sent(gateway: Gateway, hub: str) -> dict[str, Any]:
    """What waits to be sent to a hub."""
    bodies = {row["id"]: row["body"] for row in rows(gateway, "content")}
    (delivery,) = [row for row in rows(gateway, "delivery") if row["hub"] == hub and row["kind"] != "envelope"]
    body: dict[str, Any] = orjson.loads(bodies[delivery["payload"]])
    return body


def test_the_hub_reads_by_when_the_child_is_seen_KE_T03(door: Door) -> None:
    door.accepted(asked(**DOWN), key=KENT_SOCIAL)
    clock = clocks(door.gateway)["timer:child_seen_after_step_down"]
    (due_date,) = [one for one in sent(door.gateway, "district_unit")["due"] if "child is seen" in one["what"]]
    assert due_date["within"] == "10 working days"
    assert datetime.fromisoformat(due_date["by"]).timestamp() * 1000 == clock["due_at"]


def test_the_hub_reads_what_its_own_receipt_begins_KE_T02(door: Door) -> None:
    door.accepted(asked("kent"), key=KENT)
    (due_date,) = sent(door.gateway, "front_door")["due"]
    assert due_date == {
        "what": "The Early Help worker contacts the family.",
        "within": "10 working days",
        "since": "It arrived at the front door's system.",
    }


def test_a_due_date_tells_no_hub_of_an_assessment_it_may_not_have_TH_T04(door: Door) -> None:
    old = [{"kind": "eha", "completed_on": "2026-07-02", "attached": True}]
    door.accepted(asked("tower_hamlets", assessments=old), key=TOWER_HAMLETS)
    assert [one for one in sent(door.gateway, "ehh").get("due", ()) if "assessment" in one["what"]] == []


def test_what_is_decided_again_keeps_the_due_dates_it_was_promised_with(door: Door) -> None:
    referral = door.accepted(asked("hull", purpose="safeguarding"))
    before = sent(door.gateway, "ehash")

    def work(tx: Any) -> None:
        decide_again(door.gateway, tx, *load(door.gateway, tx, "hull", referral))

    door.gateway.writer.run(Write(work))
    assert sent(door.gateway, "ehash") == before


def test_the_signed_form_ends_the_chase_for_it_TH_C05(door: Door) -> None:
    referral = door.accepted(asked("tower_hamlets"), key=TOWER_HAMLETS)
    before = clocks(door.gateway)["timer:signed_form"]
    tell(door.gateway, "tower_hamlets", referral, "signed_form_came", before["started_at"] + 1, by="school")
    after = clocks(door.gateway)["timer:signed_form"]
    assert [before["state"], after["state"], after["why"]] == ["running", "stopped", "signed_form_came"]
