"""Word that something came back: each fetches its own, once, as whoever referred may read it (settled 40, 46)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from gateway.flows.delivery import overdue
from gateway.flows.operations import ticks
from gateway.path.calendar import LONDON
from tests.flows.delivery.test_overdue import stuck
from tests.flows.returned import event, outcome, sent
from tests.running import HULL, TOWER_HAMLETS, Door, on_sqlite, rows

WORDS = "Maya's mother asked us to ring after six."
PUBLIC = {"kind": "public", "name": "Ola Brennan"}
FAMILY = {"kind": "family_self", "name": "Joan Fernsby"}


def at(hour: str) -> int:
    """ms UTC of an hour in London."""
    return int(datetime.fromisoformat(hour).replace(tzinfo=LONDON).timestamp() * 1000)


def word(door: Door, key: str = HULL) -> list[dict[str, Any]]:
    """What a sender is told that it has not acknowledged."""
    response = door.get("/v1/notices", key=key)
    assert response.status_code == 200, response.text
    told: list[dict[str, Any]] = response.json()["notices"]
    return told


def acknowledged(door: Door, notice: str, key: str = HULL) -> int:
    return door.post(f"/v1/notices/{notice}/acknowledgement", key=key).status_code


def test_settled_46_an_outcome_is_told_until_it_is_acknowledged(door: Door) -> None:
    referral, delivery = sent(door)
    assert word(door) == []
    outcome(door, delivery, "allocated", words=WORDS)
    (told,) = word(door)
    assert (told["referral"], told["kind"], told["outcome"]) == (referral, "outcome", "allocated")
    assert told["status"] == f"/v1/referrals/{referral}"
    assert word(door) == [told]
    assert [acknowledged(door, told["id"]) for _ in range(2)] == [200, 200]
    assert word(door) == []
    assert [row["event"] for row in rows(door.gateway, "word_read")] == [told["id"]]


def test_settled_46_a_question_is_told_beside_the_outcomes_oldest_first(door: Door) -> None:
    _, delivery = sent(door)
    event(door, delivery, "more_information_asked", words=WORDS)
    outcome(door, delivery, "allocated", once="then")
    assert [one["kind"] for one in word(door)] == ["question", "outcome"]


def test_settled_40_no_word_of_a_hub_is_in_it(door: Door) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated", words=WORDS)
    assert "Maya" not in str(word(door))


@on_sqlite
@pytest.mark.parametrize(("referrer", "kind"), [(PUBLIC, "received"), (FAMILY, "outcome")])
def test_settled_40_what_is_told_is_what_whoever_referred_may_read(
    door: Door, referrer: dict[str, str], kind: str
) -> None:
    _, delivery = sent(door, referrer=referrer)
    outcome(door, delivery, "allocated")
    (told,) = word(door)
    assert told["kind"] == kind
    assert "outcome" not in told
    assert (told["say"] == "We have received what you sent.") == (kind == "received")


def test_each_sender_hears_of_its_own_only(door: Door) -> None:
    _, delivery = sent(door)
    outcome(door, delivery, "allocated")
    (told,) = word(door)
    assert word(door, TOWER_HAMLETS) == []
    assert acknowledged(door, told["id"], TOWER_HAMLETS) == 404
    assert acknowledged(door, "f" * 32) == 404
    assert word(door) == [told]


def test_silence_is_told_with_the_number_to_ring(door: Door) -> None:
    referral, delivery = sent(door)
    event(door, delivery, "more_information_asked", words=WORDS)
    (clock,) = [row for row in rows(door.gateway, "clock") if row["kind"] == "task:answer_the_hub"]
    late = replace(door.gateway, now=lambda: clock["due_at"])
    asyncio.run(ticks.tick(late))
    waits = Door(late).get("/v1/notices").json()["waiting"]
    (asked,) = [one for one in waits if one["for"] == "task:answer_the_hub"]
    assert asked["referral"] == referral
    assert "Ring " in asked["say"]
    assert "Maya" not in str(waits)
    assert Door(late).get("/v1/notices", key=TOWER_HAMLETS).json()["waiting"] == []


@pytest.mark.parametrize("hour", ["2026-11-24T10:00", "2026-11-24T16:55", "2026-11-27T23:30", "2026-12-25T12:00"])
def test_p21_each_sender_hears_of_its_own_that_did_not_arrive_though_one_clock_stands_for_all(
    door: Door, hour: str
) -> None:
    door = Door(replace(door.gateway, now=lambda: at(hour)))
    referrals = {door.accepted(once=once) for once in ("a", "b", "c")}
    stuck(door.gateway, state="dead", why="http_400")
    asyncio.run(ticks.tick(door.gateway))
    assert len([row for row in rows(door.gateway, "clock") if row["kind"] == "delivery:dead"]) == 1
    waits = [one for one in door.get("/v1/notices").json()["waiting"] if one["for"] == "delivery:dead"]
    assert {one["referral"] for one in waits} == referrals
    assert all("Ring " in one["say"] for one in waits)
    assert door.get("/v1/notices", key=TOWER_HAMLETS).json()["waiting"] == []


@on_sqlite
@pytest.mark.parametrize(
    ("values", "minutes", "told"),
    [
        ({"state": "dead", "why": "http_400"}, 0, ["delivery:dead"]),
        ({"state": "uncertain", "why": "timeout"}, 0, ["delivery:uncertain"]),
        ({"state": "held", "why": "lane_held"}, 0, ["delivery:lane"]),
        ({"state": "held", "why": "policy_not_published"}, 0, ["delivery:held"]),
        ({"state": "held", "why": "agreement_withdrawn"}, 0, []),
        ({"state": "held", "why": "test_referral"}, 0, []),
        ({"state": "delivered"}, 300, []),
        ({"kind": "envelope"}, 300, []),
        ({"rungs": 1}, 29, []),
        ({"rungs": 1}, 30, ["delivery:late"]),
        ({"rungs": overdue.HALF}, 300, ["delivery:half"]),
        ({"kind": "divert"}, 4, []),
        ({"kind": "divert"}, 5, ["delivery:divert"]),
    ],
)
def test_p21_a_sender_hears_of_what_rests_and_not_of_what_was_decided_or_has_time(
    door: Door, values: dict[str, Any], minutes: int, told: list[str]
) -> None:
    door.accepted()
    stuck(door.gateway, **values)
    later = replace(door.gateway, now=lambda: door.gateway.now() + minutes * 60_000)
    waits = Door(later).get("/v1/notices").json()["waiting"]
    assert [one["for"] for one in waits if one["for"].startswith("delivery:")] == told


@on_sqlite
def test_p21_what_rests_is_told_however_much_time_passes_while_it_is_asked(door: Door) -> None:
    door.accepted()
    stuck(door.gateway, state="dead", why="http_400")
    times = count(door.gateway.now())
    later = replace(door.gateway, now=lambda: next(times))
    assert [one["for"] for one in Door(later).get("/v1/notices").json()["waiting"]] == ["delivery:dead"]


@on_sqlite
def test_what_is_not_told_at_once_comes_once_the_rest_is_acknowledged(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.flows.telling.word.MOST", 1)
    for once in ("a", "b"):
        _, delivery = sent(door, once=once)
        outcome(door, delivery, "allocated", once=once)
    first = door.get("/v1/notices").json()
    assert (len(first["notices"]), first["more"]) == (1, True)
    acknowledged(door, first["notices"][0]["id"])
    second = door.get("/v1/notices").json()
    assert (len(second["notices"]), second["more"]) == (1, False)
