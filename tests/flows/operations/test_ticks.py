"""The tick over a store: what rings, whose turn it becomes, what did not arrive, and that it happens once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from contracts.errors import NotFound
from gateway.config.catalogue import Catalogue
from gateway.flows.decisions import timers
from gateway.flows.gateway import Gateway
from gateway.flows.operations import ticks
from gateway.flows.telling import alarms
from gateway.path.alarms import NEVER
from gateway.store.tables import CLOCK, EVENT
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.builders import NOW
from tests.flows.decisions.test_timers import KENT, SPOKE, asked, clocks
from tests.running import Door, a_hull_referral, on_sqlite, rows, running

HOUR = 3_600_000
DANGER = {"purpose": "safeguarding", "harm": SPOKE}
REFUSED = [{"giver": "mother", "capacity": "parent", "status": "refused", "on_date": "2026-10-19"}]


@pytest.fixture
def door(gateway: Gateway) -> Door:
    """The door on a Monday morning in term."""
    return Door(replace(gateway, now=lambda: NOW))


def tick(gateway: Gateway, now: int) -> ticks.Ticked:
    """One tick at this instant."""
    return asyncio.run(ticks.tick(replace(gateway, now=lambda: now)))


def change(gateway: Gateway, work: Callable[[Tx], Any]) -> Any:
    return gateway.writer.run(Write(work))


def told(gateway: Gateway, kind: str) -> list[tuple[str, str]]:
    """Who was told of clocks of this kind, and why, in order."""
    return [(row["role"], row["why"]) for row in rows(gateway, "alarm") if row["kind"] == kind]


def entries(gateway: Gateway, kind: str) -> int:
    return [row["type"] for row in rows(gateway, "entry")].count(kind)


def lines(gateway: Gateway, council: str, role: str = "", now: int = 0) -> str:
    at = replace(gateway, now=lambda: now)
    found = asyncio.run(alarms.tellings(at, council, role))
    return "\n".join(alarms.lines(found, gateway.council(council), now))


def test_what_is_not_due_yet_rings_nobody(door: Door) -> None:
    door.accepted(asked("hull", **DANGER))
    (row,) = rows(door.gateway, "referral")
    assert tick(door.gateway, row["at"] + 60_000).looked == 0
    assert rows(door.gateway, "alarm") == []


def test_a_divert_that_nobody_acknowledges_rings_every_fifteen_minutes_settled_33(door: Door) -> None:
    door.accepted(asked("hull", **DANGER))
    due = clocks(door.gateway, "clock:")["clock:divert_acknowledged"]["due_at"]
    for late in (0, 0, 14 * 60_000, 15 * 60_000, 31 * 60_000):
        tick(door.gateway, due + late)
    clock = clocks(door.gateway, "clock:")["clock:divert_acknowledged"]
    assert (clock["rung"], clock["state"]) == (3, "running")
    assert told(door.gateway, "clock:divert_acknowledged") == [("front_door", "due"), ("hub_manager", "due")] * 3


def test_an_acknowledged_divert_rings_no_more(door: Door) -> None:
    referral = door.accepted(asked("hull", **DANGER))
    policy = door.gateway.policy("hull")
    change(door.gateway, lambda tx: timers.ended(tx, policy, referral, "acknowledged", "hub"))
    tick(door.gateway, rows(door.gateway, "referral")[0]["at"] + HOUR)
    assert told(door.gateway, "clock:divert_acknowledged") == []


def test_two_records_end_a_task_that_asks_for_both_settled_49(door: Door) -> None:
    referral = door.accepted(asked("kent"), key=KENT)
    kind, policy = "task:record_on_both_systems", door.gateway.policy("kent")
    row = timers.clock_row("kent", kind, referral, "", "hub_manager", 1, 2)
    change(door.gateway, lambda tx: tx.insert(CLOCK, row))
    change(door.gateway, lambda tx: timers.ended(tx, policy, referral, "recorded_on_ehm", "kit"))
    one = clocks(door.gateway, kind)[kind]["state"]
    change(door.gateway, lambda tx: tx.insert(EVENT, an_event(referral, "recorded_on_ehm")))
    change(door.gateway, lambda tx: timers.ended(tx, policy, referral, "recorded_on_liberi", "ash"))
    both = clocks(door.gateway, kind)[kind]
    assert (one, both["state"], both["ended_by"]) == ("running", "stopped", "ash")


def an_event(referral: str, code: str) -> dict[str, Any]:
    said = {"council": "kent", "referral": referral, "delivery": "", "kind": "event", "code": code, "by": "kit"}
    return {"id": f"{referral} {code}", "happened_at": 1, "at": 1, "said": "", "entry": "", **said}


def test_each_ring_is_an_entry_and_nothing_is_released_or_closed(door: Door) -> None:
    door.accepted(a_hull_referral(agreements=REFUSED))
    before = [(row["state"], row["outcome"]) for row in rows(door.gateway, "decision")]
    hold = clocks(door.gateway, "hold:")["hold:wishes"]
    tick(door.gateway, hold["due_at"])
    assert entries(door.gateway, "clock.due") == len({row["entry"] for row in rows(door.gateway, "alarm")}) > 0
    assert [(row["state"], row["outcome"]) for row in rows(door.gateway, "decision")] == before
    assert clocks(door.gateway, "hold:")["hold:wishes"]["state"] == "running"
    assert ("practice_manager", "due") in told(door.gateway, "hold:wishes")


def test_a_hold_that_nobody_has_taken_passes_on_and_says_so(door: Door) -> None:
    door.accepted(a_hull_referral(agreements=REFUSED))
    first = clocks(door.gateway, "hold:")["hold:wishes"]
    tick(door.gateway, first["next_at"])
    second = clocks(door.gateway, "hold:")["hold:wishes"]
    assert first["next_at"] < second["next_at"] <= second["due_at"] == first["due_at"]
    assert second["owner"] != first["owner"]
    assert told(door.gateway, "hold:wishes") == [(second["owner"], "passed")]
    assert second["rung"] == 0


def test_what_somebody_has_taken_stays_theirs_until_time_is_up(door: Door) -> None:
    door.accepted(a_hull_referral(agreements=REFUSED))
    first = clocks(door.gateway, "hold:")["hold:wishes"]
    change(door.gateway, lambda tx: tx.execute(update(CLOCK).values(taken_by="kit")))
    tick(door.gateway, first["next_at"])
    second = clocks(door.gateway, "hold:")["hold:wishes"]
    assert (second["owner"], second["next_at"]) == (first["owner"], first["due_at"])
    assert told(door.gateway, "hold:wishes") == []


def test_two_workers_ring_once(door: Door) -> None:
    door.accepted(asked("hull", **DANGER))
    now = clocks(door.gateway, "clock:")["clock:divert_acknowledged"]["due_at"]
    at = replace(door.gateway, now=lambda: now)

    async def both() -> None:
        await asyncio.gather(*(ticks.tick(at) for _ in range(5)))

    asyncio.run(both())
    assert told(door.gateway, "clock:divert_acknowledged") == [("front_door", "due"), ("hub_manager", "due")]


@pytest.mark.parametrize("store_urls", ["postgresql"], indirect=True)
def test_two_processes_ring_once(catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> None:
    with running(catalogue, tmp_path, demo_urls) as one, running(catalogue, tmp_path, demo_urls) as other:
        Door(replace(one, now=lambda: NOW)).accepted(asked("hull", **DANGER))
        now = clocks(one, "clock:")["clock:divert_acknowledged"]["due_at"]
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda at: tick(at, now), [one, other] * 4))
        assert told(one, "clock:divert_acknowledged") == [("front_door", "due"), ("hub_manager", "due")]


def test_a_tick_that_fails_has_done_nothing(door: Door) -> None:
    door.accepted(asked("hull", **DANGER))
    now = clocks(door.gateway, "clock:")["clock:divert_acknowledged"]["due_at"]

    def killed(tx: Tx) -> None:
        ticks.turn(door.gateway, tx, now)
        raise RuntimeError("killed before its commit")

    with pytest.raises(RuntimeError):
        change(door.gateway, killed)
    assert rows(door.gateway, "alarm") == []
    tick(door.gateway, now)
    assert told(door.gateway, "clock:divert_acknowledged") == [("front_door", "due"), ("hub_manager", "due")]


@on_sqlite
def test_more_than_one_transaction_takes_are_all_looked_at(door: Door) -> None:
    made = [
        timers.clock_row("hull", "task:check_sender", "", "", "council_admin", 1, 2, times=str(n)) for n in range(600)
    ]
    change(door.gateway, lambda tx: [tx.insert(CLOCK, row) for row in made])
    assert tick(door.gateway, 3) == ticks.Ticked(600, 600)


@on_sqlite
def test_a_clock_that_cannot_be_understood_silences_no_other(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    door.accepted(asked("hull", **DANGER))
    beyond = timers.clock_row("hull", "hold:safety", "", "", "hub_duty", 10**17, 10**18, next_at=1)
    change(door.gateway, lambda tx: tx.insert(CLOCK, beyond))
    tick(door.gateway, NOW + HOUR)
    assert ("front_door", "due") in told(door.gateway, "clock:divert_acknowledged")
    (left,) = [row["next_at"] for row in rows(door.gateway, "clock") if row["id"] == beyond["id"]]
    assert left == NOW + HOUR + ticks.LATER
    assert "A clock cannot be understood" in caplog.messages


@on_sqlite
def test_what_interrupts_is_in_the_logs_of_whoever_runs_it(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    door.accepted(asked("hull", **DANGER))
    done = tick(door.gateway, NOW + HOUR)
    assert ("hull", "clock:divert_acknowledged") in done.interrupts
    assert caplog.messages.count("A clock interrupts") == len(done.interrupts)


@on_sqlite
def test_a_council_that_is_no_more_stops_nobody_elses_clocks(door: Door) -> None:
    gone = timers.clock_row("rutland", "task:check_sender", "", "", "council_admin", 1, 1)
    change(door.gateway, lambda tx: tx.insert(CLOCK, gone))
    assert tick(door.gateway, 3).looked == 0


# Silence -------------------------------------------------------------------------------------------------------------


def test_silence_tells_the_sender_with_the_number_to_ring_HU_T02(door: Door) -> None:
    referral = door.accepted(asked("hull", purpose="safeguarding"))
    due = clocks(door.gateway)["timer:feedback"]["due_at"]
    tick(door.gateway, due)
    assert told(door.gateway, "timer:feedback") == [("referrer", "due"), ("hub_duty", "due")]
    said = lines(door.gateway, "hull", "referrer", due - HOUR)
    assert "Ask EHASH yourself what came of it." in said
    assert "01632 960179" in said
    assert referral in said


def test_a_timer_that_cannot_ring_rings_never(door: Door) -> None:
    old = [{"kind": "eha", "completed_on": "2026-02-02", "attached": True}]
    door.accepted(asked("tower_hamlets", assessments=old), key="demo-tower-hamlets-school")
    tick(door.gateway, NEVER - 1)
    assert told(door.gateway, "timer:assessment_review") == []


# The list ------------------------------------------------------------------------------------------------------------


def test_the_list_says_what_since_when_whose_and_whom_to_ring_and_names_nobody(door: Door) -> None:
    referral = door.accepted(asked("hull", **DANGER))
    due = clocks(door.gateway, "clock:")["clock:divert_acknowledged"]["due_at"]
    tick(door.gateway, due)
    said = lines(door.gateway, "hull", "front_door", due)
    assert said.startswith("AT ONCE, for EHASH duty social worker: Nobody at the front door has acknowledged this.")
    assert f"Referral {referral}. Since " in said
    assert "Its time is up" in said
    assert "Ring Hull Early Help and Safeguarding Hub on 01632 9601" in said
    assert not [name for name in ("Maya", "Fernsby", "Joan", "Okoro") if name in said]


def test_what_has_ended_is_listed_no_more_and_a_role_hears_its_own(door: Door) -> None:
    referral = door.accepted(asked("hull", **DANGER))
    due = clocks(door.gateway, "clock:")["clock:divert_acknowledged"]["due_at"]
    tick(door.gateway, due)
    assert lines(door.gateway, "hull", "ig_lead", due) == "Nothing rings."
    policy = door.gateway.policy("hull")
    change(door.gateway, lambda tx: timers.ended(tx, policy, referral, "acknowledged", "hub"))
    assert "acknowledged this" not in lines(door.gateway, "hull", "front_door", due)


@on_sqlite
def test_a_role_that_there_is_not_is_named_with_those_there_are(door: Door) -> None:
    with pytest.raises(NotFound, match=r"It has: (.*, )?hub_duty"):
        lines(door.gateway, "hull", "hub_dutty")
