"""A child in danger who may be another council's: the answer gives its number, and somebody rings it (settled 33)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.desks import HUB, Desk
from tests.running import Door, a_hull_referral, on_sqlite, rows

DANGER: dict[str, Any] = {"harm": {"level": "significant", "declared_by": "Pastoral lead"}}
NEXT_DOOR: dict[str, Any] = {"family": {"locality": "West", "home_council": "E06000011"}}
TASK = "task:ring_other_area"


def decision(door: Door, **changes: Any) -> dict[str, Any]:
    response = door.refer(a_hull_referral(**changes))
    assert response.status_code == 202, response.text
    (receipt,) = response.json()["receipts"]
    (told,) = receipt["decisions"]
    return dict(told) | {"referral": receipt["referral"]}


def test_settled_33_the_answer_gives_the_number_of_an_area_that_is_not_connected(door: Door) -> None:
    told = decision(door, **DANGER, **NEXT_DOOR)
    assert told["outcome"] == "divert"
    assert "Ring East Riding of Yorkshire on 01632 960411, or 01632 960499 out of hours." in told["ring"]


def test_settled_33_it_stays_open_and_rings_every_15_minutes_until_somebody_records_the_call(door: Door) -> None:
    told, desk = decision(door, **DANGER, **NEXT_DOOR), Desk(door.gateway)
    (clock,) = [row for row in rows(door.gateway, "clock") if row["kind"] == TASK]
    assert clock["due_at"] - clock["started_at"] == 15 * 60_000
    desk.ask("done", HUB, hold=desk.hold(told["referral"], TASK), note="Spoke with Ada at their front door.")
    (clock,) = [row for row in rows(door.gateway, "clock") if row["kind"] == TASK]
    assert clock["state"] == "stopped"


@on_sqlite
def test_of_an_area_that_nobody_entered_the_answer_says_only_that_it_is_another(door: Door) -> None:
    told = decision(door, **DANGER, family={"locality": "West", "home_council": "York"})
    assert told["ring"] == "Another council may be responsible."


@on_sqlite
@pytest.mark.parametrize("changes", [DANGER, {}], ids=["in danger", "not in danger"])
def test_a_child_of_this_council_has_no_other_number(door: Door, changes: dict[str, Any]) -> None:
    assert "ring" not in decision(door, **changes)
    assert TASK not in [row["kind"] for row in rows(door.gateway, "clock")]


@on_sqlite
def test_without_danger_a_person_says_whose_child_it_is_and_nobody_is_rung(door: Door) -> None:
    told = decision(door, **NEXT_DOOR)
    assert (told["outcome"], told["rules"]) == ("hold", ["A-205"])
    assert TASK not in [row["kind"] for row in rows(door.gateway, "clock")]
