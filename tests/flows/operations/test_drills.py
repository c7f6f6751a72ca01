"""A drill of the way to safety: it goes where a real one goes, and counts once a person at the front door saw it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import NotYourRole
from gateway.config.catalogue import Catalogue
from gateway.flows import desk
from gateway.flows.evidence.tally import tally
from gateway.flows.gateway import Gateway
from gateway.flows.operations import drills, ticks
from gateway.store.writer import Write
from tests.flows.desks import HUB, IG, Desk
from tests.flows.returned import HUB as SYSTEM
from tests.flows.returned import arrived, deliveries, tell
from tests.running import Door, delivering, on_sqlite, rows, until

INES = ("ines.pike", "front_door")
MINUTE = 60_000


@pytest.fixture
def live(gateway: Gateway) -> Gateway:
    """The same gateway as a deployment that is no demonstration: tests stay here."""
    return replace(gateway, settings=gateway.settings.model_copy(update={"demo": False}))


def missing(gateway: Gateway) -> tuple[str, ...]:
    council = gateway.council("hull")
    return gateway.writer.run(Write(lambda tx: drills.not_ready(tx, council)))


def test_settled_33_no_council_is_ready_before_a_person_has_seen_a_drill(live: Gateway) -> None:
    people = Desk(live)
    assert "No divert drill was sent" in missing(live)[0]
    referral = people.ask("drill", HUB)["referral"]
    assert "it has not arrived" in missing(live)[0]
    arrived(Door(live), referral)
    assert "nobody at the front door" in missing(live)[0]
    people.ask("acknowledge", INES, referral=referral)
    assert missing(live) == ()
    told = people.ask("drill_last", HUB)
    assert (told["passed"], "ines.pike" in told["say"]) == (True, True)


def test_settled_33_a_drill_is_the_one_test_that_may_reach_a_real_door(live: Gateway) -> None:
    referral = Desk(live).ask("drill", HUB)["referral"]
    (message,) = deliveries(Door(live), referral, "divert")
    assert (message["state"], message["urgent"], message["hub"]) == ("due", 2, "ehash")
    assert [row["test"] for row in rows(live, "referral")] == [1]


def test_a_drill_rings_until_somebody_acknowledges_it(live: Gateway) -> None:
    people = Desk(live)
    referral = people.ask("drill", HUB)["referral"]
    now = rows(live, "referral")[0]["at"]
    asyncio.run(ticks.tick(replace(live, now=lambda: now + 15 * MINUTE)))
    assert "clock:divert_acknowledged" in {row["kind"] for row in rows(live, "alarm") if row["interrupts"]}
    people.ask("acknowledge", INES, referral=referral)
    kinds = {row["kind"]: row["state"] for row in rows(live, "clock")}
    assert kinds["clock:divert_acknowledged"] == "stopped"


def test_a_system_that_took_it_is_no_person_who_saw_it(live: Gateway) -> None:
    referral = Desk(live).ask("drill", HUB)["referral"]
    delivery = arrived(Door(live), referral)
    tell(Door(live), f"/v1/deliveries/{delivery}/events", {"event": "acknowledged"}, key=SYSTEM)
    assert "nobody at the front door" in missing(live)[0]


@on_sqlite
def test_a_drill_is_in_no_manifest_and_says_who_sent_it(live: Gateway) -> None:
    Desk(live).ask("drill", HUB)
    at = rows(live, "referral")[0]["at"]
    counted = live.writer.run(Write(lambda tx: tally(tx, "hull", at - MINUTE, at + MINUTE)))
    assert (counted.referrals, counted.decisions, counted.messages) == ({}, {}, {})
    assert "drill.divert" in {row["type"] for row in rows(live, "entry")}


@on_sqlite
def test_only_those_who_run_hubs_and_the_front_door_begin_one(live: Gateway) -> None:
    with pytest.raises(NotYourRole):
        Desk(live).ask("drill", IG)


@on_sqlite
@pytest.mark.parametrize("council", ["derby", "hull", "kent", "leicester", "tower_hamlets"])
def test_settled_33_every_councils_drill_goes_to_its_front_door(live: Gateway, council: str) -> None:
    home = live.council(council)
    who = (home.roles["hub_duty"].people[0], "hub_duty")
    told = Desk(live, council).ask("drill", who)
    sent = [(row["hub"], row["kind"]) for row in rows(live, "delivery") if row["referral"] == told["referral"]]
    assert sent == [(home.front_door, "divert")]


@on_sqlite
def test_what_arrives_says_that_it_is_a_drill(catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]) -> None:
    async def story() -> list[Any]:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, doors):
            await desk.ask(door.gateway, "drill", {"council": "hull", "by": HUB[0], "role": HUB[1]})
            stub = doors["hull", "ehash"]
            await until(lambda: stub.arrivals)
            return [json.loads(one.body) for one in stub.arrivals]

    (message, *_) = asyncio.run(story())
    assert "THIS IS A DRILL" in json.dumps(message)
    assert message["test"] is True
