"""Tasks are done by those whose they are; a record on two systems takes two people (settled 33, 48, 49)."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotYourRole
from tests.builders import an_agreement
from tests.flows.desks import HUB, Desk, unasked
from tests.running import Door, a_hull_referral, on_sqlite, rows

NADIA, FELIX, MARCUS = ("nadia.hoad", "hub_duty"), ("felix.wray", "hub_manager"), ("marcus.dane", "team_manager")
KENT = "demo-kent-liberi"


def a_step_down(**changes: Any) -> dict[str, Any]:
    """A step down in Kent, with its three headings."""
    step_down = {
        "decision": "Early Help goes on with the family.",
        "rationale": "The plan is met, and the family asks for support with routines.",
        "next_steps": "A joint visit on Thursday.",
        "joint_visit_done": True,
        "joint_visit_on": "2026-10-30",
    }
    return a_hull_referral(council="kent", purpose="step_down", step_down=step_down, family={}) | changes


@pytest.fixture
def kent(door: Door) -> tuple[Desk, str]:
    """A step-down that Kent took, and its desk."""
    return Desk(door.gateway, "kent"), door.accepted(a_step_down(), key=KENT)


def state(desk: Desk, task: str) -> str:
    """Whether a task runs."""
    return str(next(row["state"] for row in rows(desk.gateway, "clock") if row["id"] == task))


def test_settled_49_two_named_workers_each_confirm_one_system(kent: tuple[Desk, str]) -> None:
    desk, referral = kent
    task = desk.hold(referral, "task:record_on_both_systems")
    assert desk.ask("done", NADIA, hold=task, on="ehm")["state"] == "waits"
    assert state(desk, task) == "running"
    assert desk.ask("done", MARCUS, hold=task, on="liberi")["state"] == "done"
    assert state(desk, task) == "stopped"
    told = {row["code"]: row["by"] for row in rows(desk.gateway, "event")}
    assert told == {"recorded_on_ehm": "nadia.hoad", "recorded_on_liberi": "marcus.dane"}


@on_sqlite
def test_settled_49_the_same_person_does_not_confirm_both(kent: tuple[Desk, str]) -> None:
    desk, referral = kent
    task = desk.hold(referral, "task:record_on_both_systems")
    desk.ask("done", FELIX, hold=task, on="ehm")
    with pytest.raises(NotYourRole, match="Two people"):
        desk.ask("done", ("felix.wray", "hub_duty"), hold=task, on="liberi")
    with pytest.raises(AnsweredAlready):
        desk.ask("done", NADIA, hold=task, on="ehm")
    assert state(desk, task) == "running"


@on_sqlite
@pytest.mark.parametrize("on", ["", "paper", "recorded"])
def test_one_of_two_systems_is_named(kent: tuple[Desk, str], on: str) -> None:
    desk, referral = kent
    with pytest.raises(NoSuchAnswer, match="ehm, liberi"):
        desk.ask("done", NADIA, hold=desk.hold(referral, "task:record_on_both_systems"), on=on)


@on_sqlite
def test_ke_r14_the_prepared_text_is_ready_to_copy_once_the_record_says_who_reads_it(kent: tuple[Desk, str]) -> None:
    desk, referral = kent
    task = desk.hold(referral, "task:record_on_both_systems")
    told = desk.ask("open", NADIA, hold=task, purpose="To copy it into both systems")
    assert list(told["copy"]) == ["Decision", "Rationale", "Next Steps"]
    assert told["copy"]["Decision"] == "Early Help goes on with the family."
    assert desk.entries(referral)[-1] == "content.read"


@on_sqlite
@pytest.mark.parametrize("purpose", ["", "why not"])
def test_nothing_is_opened_without_a_purpose(door: Door, purpose: str) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    with pytest.raises(NoSuchAnswer, match="--purpose"):
        desk.ask("open", hold=desk.hold(referral), purpose=purpose)
    assert "content.read" not in desk.entries(referral)


def test_settled_33_a_divert_rings_until_somebody_at_the_front_door_says_they_read_it(door: Door) -> None:
    desk = Desk(door.gateway)
    referral = door.accepted(a_hull_referral(harm={"level": "immediate"}))
    clock = desk.hold(referral, "clock:divert_acknowledged")
    with pytest.raises(NotYourRole, match="front_door"):
        desk.ask("acknowledge", HUB, referral=referral)
    desk.ask("acknowledge", ("ines.pike", "front_door"), referral=referral[:8])
    assert state(desk, clock) == "stopped"
    with pytest.raises(AnsweredAlready):
        desk.ask("acknowledge", ("ines.pike", "front_door"), referral=referral)


@on_sqlite
def test_a_senders_receipt_says_that_somebody_acknowledged_and_not_who(door: Door) -> None:
    desk = Desk(door.gateway)
    referral = door.accepted(a_hull_referral(harm={"level": "immediate"}))
    desk.ask("acknowledge", ("ines.pike", "front_door"), referral=referral)
    receipt = door.get(f"/v1/referrals/{referral}/receipt").text
    assert ("acknowledged" in receipt, "ines.pike" in receipt) == (True, False)


@on_sqlite
def test_settled_35_text_goes_only_after_the_same_person_read_it(door: Door) -> None:
    desk = Desk(door.gateway)
    limits = [{"what": "Not what she said of her father"}]
    referral = door.accepted(a_hull_referral(sharing_limits=limits, agreements=[an_agreement(informed_of="All of it")]))
    task = desk.hold(referral, "task:read_narrative")
    with pytest.raises(NoSuchAnswer, match="Read it first"):
        desk.decide(task, "text_may_go")
    desk.ask("open", ("sunny.vale", "hub_manager"), hold=task, purpose="To read it against the limits")
    with pytest.raises(NoSuchAnswer, match="under your own name"):
        desk.decide(task, "text_may_go")
    desk.ask("open", HUB, hold=task, purpose="To read it against the limits")
    desk.decide(task, "text_may_go")
    assert state(desk, task) == "stopped"


@on_sqlite
def test_a_plain_task_is_done_when_somebody_says_so(door: Door) -> None:
    desk = Desk(door.gateway)
    referral = door.accepted(a_hull_referral(harm={"level": "possible"}))
    task = desk.hold(referral, "task:look_at_possible_harm")
    desk.ask("done", HUB, hold=task, note="I read it and rang the school. No sign of harm.")
    assert state(desk, task) == "stopped"
    assert desk.entries(referral)[-1] == "task.done"


@on_sqlite
def test_a_hold_is_no_task(door: Door) -> None:
    desk, referral = Desk(door.gateway), unasked(door)
    with pytest.raises(NoSuchAnswer, match="no task"):
        desk.ask("done", HUB, hold=desk.hold(referral))
