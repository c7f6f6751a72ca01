"""Messages that did not arrive: each class has its clock, and a hub that is away rings once for all of them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from gateway.flows.delivery import overdue
from gateway.flows.gateway import Gateway
from gateway.store.tables import DELIVERY
from tests.builders import NOW
from tests.flows.decisions.test_timers import asked, clocks
from tests.flows.operations.test_ticks import DANGER, HOUR, change, door, lines, tick, told
from tests.flows.returned import arrived, event, sent, status, tell
from tests.running import HULL, Door, on_sqlite, rows

__all__ = ["door"]


def stuck(gateway: Gateway, **values: Any) -> None:
    change(gateway, lambda tx: tx.execute(update(DELIVERY).values(**values)))


@pytest.mark.parametrize("state", ["uncertain", "held", "dead"])
def test_a_message_that_stopped_has_a_clock_until_it_goes_on(door: Door, state: str) -> None:
    door.accepted()
    now = rows(door.gateway, "referral")[0]["at"]
    stuck(door.gateway, state=state)
    tick(door.gateway, now)
    running = clocks(door.gateway, "delivery:")
    stuck(door.gateway, state="due")
    tick(door.gateway, now + 1)
    (ended,) = [row for row in rows(door.gateway, "clock") if row["kind"] == f"delivery:{state}"]
    assert set(running) == {f"delivery:{state}"}
    assert (ended["state"], ended["why"]) == ("stopped", "state_changed")


def test_a_message_that_stays_is_late_long_before_its_schedule_ends(door: Door) -> None:
    door.accepted()
    now = rows(door.gateway, "referral")[0]["at"]
    tick(door.gateway, now + overdue.LATE - 1)
    assert clocks(door.gateway, "delivery:") == {}
    tick(door.gateway, now + overdue.LATE)
    tick(door.gateway, now + overdue.LATE + 1)
    assert [row["kind"] for row in rows(door.gateway, "clock") if row["delivery"]] == ["delivery:late"]


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ({"rungs": overdue.HALF - 1}, {"delivery:late"}),
        ({"rungs": overdue.HALF}, {"delivery:half"}),
        ({"state": "held", "why": "lane_held"}, {"delivery:lane"}),
        ({"state": "held", "why": "decided_again"}, {"delivery:held"}),
    ],
)
def test_half_of_its_tries_used_and_a_hub_that_turned_us_away_ring_for_themselves(
    door: Door, values: dict[str, Any], kinds: set[str]
) -> None:
    door.accepted()
    now = rows(door.gateway, "referral")[0]["at"] + overdue.LATE
    stuck(door.gateway, **values)
    tick(door.gateway, now)
    assert set(clocks(door.gateway, "delivery:")) == kinds
    stuck(door.gateway, state="delivered")
    tick(door.gateway, now + 1)
    assert {row["state"] for row in rows(door.gateway, "clock") if row["delivery"]} == {"stopped"}


@on_sqlite
def test_a_hub_that_is_let_go_on_rings_no_more(door: Door) -> None:
    door.accepted()
    now = rows(door.gateway, "referral")[0]["at"] + overdue.LATE
    stuck(door.gateway, state="held", why="lane_held")
    tick(door.gateway, now)
    stuck(door.gateway, state="due", why="", rungs=1)
    tick(door.gateway, now + 1)
    standing = {row["kind"] for row in rows(door.gateway, "clock") if row["delivery"] and row["state"] == "running"}
    assert standing == {"delivery:late"}


@on_sqlite
def test_settled_45_nothing_that_did_not_arrive_interrupts_but_a_divert(door: Door) -> None:
    policy = door.gateway.policy("hull")
    assert {code for code, task in policy.deliveries.items() if task.interrupts} == {"divert"}


@on_sqlite
def test_a_dead_letter_that_nobody_sees_rings_again_each_working_day(door: Door) -> None:
    door.accepted()
    stuck(door.gateway, state="dead", why="http_400")
    tick(door.gateway, NOW + 1)
    for _ in range(3):
        (running,) = [row for row in rows(door.gateway, "clock") if row["delivery"]]
        tick(door.gateway, running["next_at"])
    assert [why for role, why in told(door.gateway, "delivery:dead") if role == "council_admin"] == ["due"] * 3


def test_a_divert_that_does_not_arrive_interrupts_within_minutes(door: Door) -> None:
    door.accepted(asked("hull", **DANGER))
    now = rows(door.gateway, "referral")[0]["at"] + overdue.LATE_DIVERT
    tick(door.gateway, now)
    tick(door.gateway, now + 60_000)
    assert told(door.gateway, "delivery:divert")[0] == ("front_door", "due")
    assert all(row["tell_at"] == row["at"] for row in rows(door.gateway, "alarm") if row["kind"] == "delivery:divert")


def test_a_hub_that_is_away_rings_once_for_all_its_messages_settled_45(door: Door) -> None:
    for once in ("a", "b", "c"):
        door.accepted(once=once)
    stuck(door.gateway, state="dead")
    now = NOW + 1
    tick(door.gateway, now)
    tick(door.gateway, now + 1)
    running = [row for row in rows(door.gateway, "clock") if row["delivery"]]
    assert [row["kind"] for row in running] == ["delivery:dead"]
    tick(door.gateway, running[0]["due_at"])
    said = lines(door.gateway, "hull", "council_admin", running[0]["due_at"])
    assert "The hub would not take a message. There are 2 more to this hub." in said


@on_sqlite
def test_a_clock_follows_a_message_from_one_state_to_the_next(door: Door) -> None:
    door.accepted()
    now = rows(door.gateway, "referral")[0]["at"]
    for state, later in (("uncertain", 1), ("dead", 2), ("delivered", 3)):
        stuck(door.gateway, state=state)
        tick(door.gateway, now + later)
    assert [(row["kind"], row["state"]) for row in rows(door.gateway, "clock") if row["delivery"]] == [
        ("delivery:uncertain", "stopped"),
        ("delivery:dead", "stopped"),
    ]


@on_sqlite
def test_a_test_that_stays_here_alarms_nobody(door: Door) -> None:
    door.accepted()
    stuck(door.gateway, state="held", why=overdue.TEST)
    tick(door.gateway, rows(door.gateway, "referral")[0]["at"] + 24 * HOUR)
    assert clocks(door.gateway, "delivery:") == {}


def test_settled_46_a_question_about_a_message_that_arrived_stays_open(door: Door) -> None:
    referral, delivery = sent(door)
    event(door, delivery, "more_information_asked", words="Which days is she late?")
    tick(door.gateway, rows(door.gateway, "referral")[0]["at"] + HOUR)
    (clock,) = [row for row in rows(door.gateway, "clock") if row["kind"] == "task:answer_the_hub"]
    assert clock["state"] == "running"
    answered = tell(door, f"/v1/referrals/{referral}/answers", {"words": "On Mondays."}, once="answer", key=HULL)
    assert answered.status_code == 202


def test_settled_39_a_notice_that_only_arrived_is_not_said_to_be_read(door: Door) -> None:
    referral, _ = sent(door)
    door.post(f"/v1/referrals/{referral}/withdrawal")
    arrived(door, referral)
    tick(door.gateway, rows(door.gateway, "referral")[0]["at"] + HOUR)
    (told,) = status(door, referral)["notices"]
    assert told["state"] == "arrived"
