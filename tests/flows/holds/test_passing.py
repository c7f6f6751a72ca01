"""A person who cannot decide a hold passes it on to whoever is next, or lets it go; its time runs on (settled 44)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.acting import Acting
from gateway.flows.holds import passing, showing
from gateway.flows.operations import ticks
from tests.flows.desks import HUB, IG, MANAGER, PRACTICE, Desk, refused, unasked
from tests.running import Door, on_sqlite, rows

WHY = "I know this family, so somebody else should look."


def acts(door: Door, who: tuple[str, str]) -> Acting:
    return Acting(door.gateway.council("hull"), *who)


def pass_on(door: Door, hold: str, who: tuple[str, str] = HUB, why: str = WHY) -> dict[str, object]:
    return asyncio.run(passing.pass_on(door.gateway, acts(door, who), hold, why))


def clock(door: Door, hold: str) -> dict[str, Any]:
    return next(row for row in rows(door.gateway, "clock") if row["id"] == hold)


def test_it_goes_to_the_next_role_that_may_answer_it_and_they_hear_of_it(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    hold = desk.hold(referral)
    desk.ask("take", hold=hold)
    before = clock(door, hold)
    assert "Locality Hub manager" in str(pass_on(door, hold)["say"])
    after = clock(door, hold)
    assert (after["owner"], after["taken_by"], after["state"]) == ("hub_manager", "", "running")
    assert after["due_at"] == before["due_at"]
    told = [row for row in rows(door.gateway, "alarm") if row["kind"] == before["kind"]]
    assert [(row["role"], row["why"]) for row in told] == [("hub_manager", "passed")]
    assert desk.entries(referral)[-2:] == ["hold.taken", "hold.passed"]


@on_sqlite
def test_no_tick_gives_it_back_before_its_time_is_up(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    hold = desk.hold(referral)
    pass_on(door, hold)
    asyncio.run(ticks.tick(door.gateway))
    assert clock(door, hold)["owner"] == "hub_manager"


@on_sqlite
def test_whoever_is_last_is_told_that_nobody_comes_next(door: Door) -> None:
    hold = Desk(door.gateway).hold(refused(door))
    shown = asyncio.run(showing.show(door.gateway, acts(door, PRACTICE), hold))
    assert shown["next"] == ""
    with pytest.raises(NotYourRole, match="Nobody comes after you"):
        pass_on(door, hold, PRACTICE)
    assert clock(door, hold)["owner"] != ""


@on_sqlite
@pytest.mark.parametrize("why", ["", "no time"])
def test_a_sentence_is_asked_for(door: Door, why: str) -> None:
    hold = Desk(door.gateway).hold(unasked(door))
    with pytest.raises(NoSuchAnswer):
        pass_on(door, hold, why=why)


@on_sqlite
def test_who_may_not_take_it_may_not_pass_it_on(door: Door) -> None:
    hold = Desk(door.gateway).hold(unasked(door))
    with pytest.raises(NotYourRole):
        pass_on(door, hold, IG)
    with pytest.raises(NotFound):
        pass_on(door, "0f" * 16)


def test_one_lets_go_of_what_one_took_and_of_nothing_else(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    hold = desk.hold(referral)
    desk.ask("take", hold=hold)
    with pytest.raises(AnsweredAlready):
        asyncio.run(passing.let_go(door.gateway, acts(door, MANAGER), hold))
    asyncio.run(passing.let_go(door.gateway, acts(door, HUB), hold))
    assert (clock(door, hold)["taken_by"], clock(door, hold)["state"]) == ("", "running")
    assert desk.entries(referral)[-1] == "hold.freed"
