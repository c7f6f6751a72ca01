"""A record that stops moving rings its information governance lead, and stops once it moves again (3.6)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import update

from gateway.flows.evidence import selfcheck, standstill
from gateway.flows.gateway import Gateway
from gateway.store.tables import CHECKPOINT, ENTRY
from tests.flows.operations.test_ticks import HOUR, change, door, lines, tick, told
from tests.running import Door, on_sqlite, rows

__all__ = ["door"]


def running(gateway: Gateway) -> list[tuple[str, str]]:
    return [(row["kind"], row["state"]) for row in rows(gateway, "clock") if row["kind"].startswith("record:")]


def newest(gateway: Gateway) -> int:
    return max(int(row["ts"]) for row in rows(gateway, "entry"))


def test_entries_that_wait_five_minutes_to_be_sealed_ring_until_they_are(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a slow machine the sealer's own time would come between the two looks.
    monkeypatch.setattr(door.gateway.sealer, "_look", 3_600.0)
    door.accepted()
    now = newest(door.gateway) + standstill.UNSEALED
    tick(door.gateway, now)
    tick(door.gateway, now + 60_000)
    assert running(door.gateway) == [("record:unsealed", "running")]
    assert told(door.gateway, "record:unsealed")[0] == ("ig_lead", "due")
    assert "The record is not being sealed." in lines(door.gateway, "hull", "ig_lead", now + 60_000)
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    tick(door.gateway, now + 60_001)
    assert running(door.gateway) == [("record:unsealed", "stopped")]


def test_entries_that_wait_less_ring_nobody(door: Door) -> None:
    door.accepted()
    tick(door.gateway, newest(door.gateway))
    assert running(door.gateway) == []


@on_sqlite
def test_a_record_that_cannot_be_sealed_rings_and_holds_no_send_settled_34(door: Door) -> None:
    door.accepted()
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    change(door.gateway, lambda tx: tx.execute(update(CHECKPOINT).values(root=b"0" * 32)))
    door.accepted(once="second")
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    tick(door.gateway, newest(door.gateway))
    assert running(door.gateway) == [("record:cannot_seal", "running")]
    assert {row["state"] for row in rows(door.gateway, "delivery")} == {"due"}


@pytest.mark.parametrize(("witnesses", "rings"), [(("w",), ["record:unwitnessed"]), ((), [])])
def test_a_day_without_a_witness_rings_where_there_are_witnesses(
    witnesses: tuple[str, ...], rings: list[str], door: Door
) -> None:
    door.accepted()
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    settings = door.gateway.settings.model_copy(update={"witnesses": witnesses})
    signed = max(row["at"] for row in rows(door.gateway, "checkpoint"))
    watched = replace(door.gateway, settings=settings)
    tick(watched, signed + standstill.UNWITNESSED - 1)
    assert running(watched) == []
    tick(watched, signed + standstill.UNWITNESSED)
    assert [kind for kind, _ in running(watched)] == rings


def test_settled_11_a_review_day_that_has_passed_rings_and_stops_nothing(door: Door) -> None:
    rules = door.gateway.rules["hull"]
    due = replace(rules, policy=replace(rules.policy, review_by=date(2026, 11, 20)))
    overdue = replace(door.gateway, rules=dict(door.gateway.rules) | {"hull": due})
    last = int(datetime(2026, 11, 20, 23, tzinfo=UTC).timestamp() * 1_000)
    tick(overdue, last)
    assert running(overdue) == []
    tick(overdue, last + 2 * HOUR)
    tick(overdue, last + 2 * HOUR + 60_000)
    assert running(overdue) == [("record:review", "running")]
    assert "The day has passed by which the sharing policy was to be reviewed." in lines(
        overdue, "hull", "ig_lead", last + 2 * HOUR + 60_000
    )
    Door(overdue).accepted()
    assert {row["state"] for row in rows(overdue, "delivery")} == {"due"}
    tick(door.gateway, last + 3 * HOUR)
    assert ("record:review", "stopped") in running(door.gateway)


@on_sqlite
def test_the_self_check_rings_on_a_change_and_stops_once_the_record_is_sound(door: Door) -> None:
    door.accepted()
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    (before,) = {row["ts"] for row in rows(door.gateway, "entry") if row["idx"] == 0}
    where = (ENTRY.c.idx == 0) & (ENTRY.c.council == "hull")
    change(door.gateway, lambda tx: tx.execute(update(ENTRY).where(where).values(ts=1)))
    asyncio.run(selfcheck.check(door.gateway))
    asyncio.run(selfcheck.check(door.gateway))
    assert running(door.gateway) == [("record:mismatch", "running")]
    change(door.gateway, lambda tx: tx.execute(update(ENTRY).where(where).values(ts=before)))
    asyncio.run(selfcheck.check(door.gateway))
    assert running(door.gateway) == [("record:mismatch", "stopped")]


@pytest.mark.parametrize(("hour", "hours"), [(1, 1), (2, 24), (3, 23)])
def test_the_next_check_is_at_two_in_the_night(hour: int, hours: int) -> None:
    midnight = 1_795_392_000_000
    assert selfcheck.until_next(time(2), midnight + hour * HOUR) == hours * 3600
