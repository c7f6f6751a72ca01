"""What lies ready for a hub that takes it itself: it has its time, and then the hub's duty role hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.config.catalogue import Catalogue
from gateway.demo.doors import make_secrets
from gateway.flows.delivery import overdue
from gateway.store.tables import DELIVERY
from tests.flows.decisions.test_timers import asked
from tests.flows.delivery.test_collecting import acknowledge, collect, collected_by_hub, waiting
from tests.flows.operations.test_ticks import DANGER, HOUR, change, tick, told
from tests.running import Door, rows, running

MINUTE = 60_000
DAYS = 4 * 24 * HOUR
"""Longer than one working day, whatever the day."""


@pytest.fixture
def door(catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> Iterator[Door]:
    make_secrets(catalogue, tmp_path / "secrets")
    with running(collected_by_hub(catalogue), tmp_path, demo_urls) as gateway:
        yield Door(gateway)


def stands(door: Door, **values: Any) -> None:
    change(door.gateway, lambda tx: tx.execute(update(DELIVERY).values(**values)))


def at(door: Door) -> int:
    return int(rows(door.gateway, "delivery")[0]["at"])


def running_clocks(door: Door) -> list[str]:
    return [row["kind"] for row in rows(door.gateway, "clock") if row["delivery"] and row["state"] == "running"]


def test_what_a_hub_collects_is_not_late_while_it_has_time(door: Door) -> None:
    waiting(door)
    tick(door.gateway, at(door) + 2 * overdue.LATE)
    assert running_clocks(door) == []


def test_what_was_not_collected_in_a_working_day_is_told_to_the_hubs_duty_role(door: Door) -> None:
    waiting(door)
    now = at(door) + DAYS
    tick(door.gateway, now)
    assert running_clocks(door) == ["delivery:not_taken"]
    tick(door.gateway, now + MINUTE)
    assert ("hub_duty", "due") in told(door.gateway, "delivery:not_taken")
    assert "clock.due" in [row["type"] for row in rows(door.gateway, "entry")]


def test_nobody_hears_of_it_any_more_once_it_was_collected(door: Door) -> None:
    delivery = waiting(door)
    tick(door.gateway, at(door) + DAYS)
    collect(door, delivery)
    acknowledge(door, delivery)
    tick(door.gateway, at(door) + DAYS + 1)
    assert running_clocks(door) == []


def test_a_hub_may_be_given_less_time(door: Door) -> None:
    waiting(door)
    hull = door.gateway.council("hull")
    soon = replace(hull.hubs["locality_west"], settings={"taken_within": "2 hours"})
    councils = {"hull": replace(hull, hubs={**hull.hubs, "locality_west": soon})}
    catalogue = replace(door.gateway.catalogue, councils={**door.gateway.catalogue.councils, **councils})
    tick(replace(door.gateway, catalogue=catalogue), at(door) + 2 * HOUR)
    assert running_clocks(door) == ["delivery:not_taken"]


@pytest.mark.parametrize(("minutes", "rings"), [(14, []), (15, ["delivery:divert"])])
def test_a_divert_that_was_not_collected_interrupts_after_a_quarter_of_an_hour_settled_33(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], minutes: int, rings: list[str]
) -> None:
    hull = catalogue.councils["hull"]
    comes = replace(hull.hubs[hull.front_door], adapter="pick_up", url="", confirmed=True)
    councils = {"hull": replace(hull, hubs={**hull.hubs, hull.front_door: comes})}
    with running(replace(catalogue, councils={**catalogue.councils, **councils}), tmp_path, demo_urls) as gateway:
        door = Door(gateway)
        door.accepted(asked("hull", **DANGER))
        tick(gateway, at(door) + minutes * MINUTE)
        assert [kind for kind in running_clocks(door) if kind == "delivery:divert"] == rings


@pytest.mark.parametrize(("why", "rings"), [("doubtful", []), ("connect", ["delivery:late"])])
def test_files_that_lie_there_are_waited_for_and_a_server_that_is_away_is_not(
    door: Door, why: str, rings: list[str]
) -> None:
    waiting(door)
    hull = door.gateway.council("hull")
    drop = replace(hull.hubs["locality_west"], adapter="file_drop", url="sftp://drop.example/in")
    councils = {"hull": replace(hull, hubs={**hull.hubs, "locality_west": drop})}
    catalogue = replace(door.gateway.catalogue, councils={**door.gateway.catalogue.councils, **councils})
    stands(door, why=why, attempts=1)
    tick(replace(door.gateway, catalogue=catalogue), at(door) + 2 * overdue.LATE)
    assert running_clocks(door) == rings


def test_what_a_person_must_decide_about_has_the_clock_of_that(door: Door) -> None:
    waiting(door)
    tick(door.gateway, at(door) + DAYS)
    stands(door, state="uncertain")
    tick(door.gateway, at(door) + DAYS + 1)
    assert running_clocks(door) == ["delivery:uncertain"]
