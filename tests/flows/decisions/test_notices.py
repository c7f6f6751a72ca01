"""Whoever has something is told when it may no longer be used, and must say that it was read (settled 15, P12)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.notice import NoticeBody
from gateway.config.catalogue import Catalogue
from gateway.demo.hub import StubHub
from tests.flows.returned import arrived, deliveries, event, outcome, sent, status, tell
from tests.running import JSON, Door, a_hull_referral, as_bytes, counts, delivering, on_sqlite, rows, until

WEST = ("hull", "locality_west")


def withdraw(door: Door, referral: str) -> dict[str, Any]:
    told: dict[str, Any] = door.post(f"/v1/referrals/{referral}/withdrawal").json()
    return told


def body_of(door: Door, row: dict[str, Any]) -> dict[str, Any]:
    """What a delivery carries."""
    bodies = {one["id"]: bytes(one["body"]) for one in rows(door.gateway, "content")}
    told: dict[str, Any] = json.loads(bodies[row["payload"]])
    return told


def clock_of(door: Door, notice: str) -> dict[str, Any]:
    (found,) = [row for row in rows(door.gateway, "clock") if row["delivery"] == notice]
    return found


def test_p12_a_withdrawal_after_delivery_sends_its_hub_a_notice(door: Door) -> None:
    referral, delivery = sent(door)
    told = withdraw(door, referral)
    (notice,) = deliveries(door, referral, "notice")
    assert (notice["hub"], notice["state"]) == ("locality_west", "due")
    assert (body_of(door, notice)["about"], body_of(door, notice)["deliveries"]) == ("withdrawal", [delivery])
    assert [(one["hub"], one["state"]) for one in told["notices"]] == [("Hull Locality Hub, West", "outstanding")]


def test_a_notice_is_as_its_published_schema_says_and_names_nobody(door: Door) -> None:
    referral, _ = sent(door)
    withdraw(door, referral)
    (notice,) = deliveries(door, referral, "notice")
    told = body_of(door, notice)
    NoticeBody.model_validate_json(json.dumps(told))
    assert told["reference"] == referral
    assert not [name for name in ("Maya", "Fernsby", "Joan", "2017") if name in json.dumps(told)]


def test_p9_a_notice_has_its_entry(door: Door) -> None:
    referral, _ = sent(door)
    withdraw(door, referral)
    types = [row["type"] for row in sorted(rows(door.gateway, "entry"), key=lambda row: row["seq"])]
    assert types.count("notice") == 1
    assert types[-1] == "notice"


def test_before_anything_has_left_nobody_is_told(door: Door) -> None:
    referral = door.accepted()
    withdraw(door, referral)
    assert deliveries(door, referral, "notice") == []


def test_p12_withdrawn_twice_is_told_once(door: Door) -> None:
    referral, _ = sent(door)
    first, before = withdraw(door, referral), counts(door.gateway)
    assert (withdraw(door, referral), counts(door.gateway)) == (first, before)


def test_a_notice_waits_under_a_clock_until_somebody_says_that_it_was_read(door: Door) -> None:
    referral, _ = sent(door)
    withdraw(door, referral)
    (notice,) = deliveries(door, referral, "notice")
    assert (clock_of(door, notice["id"])["kind"], clock_of(door, notice["id"])["state"]) == (
        "task:acknowledge_notice", "running",
    )  # fmt: skip
    arrived(door, referral)
    assert status(door, referral)["notices"][0]["state"] == "arrived"
    assert event(door, notice["id"], "notice_acknowledged").status_code == 202
    assert (clock_of(door, notice["id"])["state"], clock_of(door, notice["id"])["ended_by"]) == (
        "stopped",
        "hub_system",
    )
    assert status(door, referral)["notices"][0]["state"] == "acknowledged"
    assert withdraw(door, referral)["notices"][0]["state"] == "acknowledged"


@on_sqlite
def test_nothing_else_can_be_said_of_a_notice(door: Door) -> None:
    referral, _ = sent(door)
    withdraw(door, referral)
    arrived(door, referral)
    (notice,) = deliveries(door, referral, "notice")
    assert event(door, notice["id"], "opened").status_code == 422
    assert outcome(door, notice["id"], "allocated").status_code == 422


@on_sqlite
def test_a_notice_is_not_stopped_by_what_it_tells_of_nor_by_a_later_decision(door: Door) -> None:
    referral, _ = sent(door)
    withdraw(door, referral)
    tell(door, f"/v1/referrals/{referral}/agreement", {"sharing_limits": []}, key="demo-hull-school")
    (notice,) = deliveries(door, referral, "notice")
    assert notice["state"] == "due"


@on_sqlite
def test_a_front_door_may_keep_what_a_childs_safety_needs(door: Door) -> None:
    referral, _ = sent(door, harm={"level": "significant"})
    withdraw(door, referral)
    told = {row["hub"]: body_of(door, row)["do"] for row in deliveries(door, referral, "notice")}
    assert "safety" in told["ehash"]
    assert "safety" not in told.get("locality_west", "")


@on_sqlite
def test_every_version_of_a_referral_tells_those_who_have_it(door: Door) -> None:
    first, _ = sent(door, source={"system": "canonical", "record_id": "T-9"})
    second = door.accepted(a_hull_referral(source={"system": "canonical", "record_id": "T-9"}, reason="M."), once="b")
    arrived(door, second)
    withdraw(door, first)
    about = {row["referral"]: body_of(door, row)["about"] for row in deliveries(door, kind="notice")}
    assert about == {first: "withdrawal", second: "withdrawal"}


# With a real hub -----------------------------------------------------------------------------------------------------


async def post(door: Door, path: str, content: bytes = b"", **headers: str) -> Any:
    return (await door.ask("POST", path, content=content, headers={"content-type": JSON, **headers})).json()


async def refer(door: Door) -> str:
    told = await post(door, "/v1/referrals", as_bytes(a_hull_referral()), **{"idempotency-key": "first"})
    return str(told["receipts"][0]["referral"])


async def states(door: Door, referral: str) -> dict[str, str]:
    told = (await door.ask("GET", f"/v1/referrals/{referral}")).json()
    return {delivery["kind"]: delivery["state"] for delivery in told["deliveries"]}


async def is_in(door: Door, referral: str, kind: str, state: str) -> bool:
    return (await states(door, referral)).get(kind) == state


@on_sqlite
def test_p12_a_message_in_flight_at_the_withdrawal_gets_its_notice_too(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def scenario() -> tuple[list[str], dict[str, str]]:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, stubs):
            hub: StubHub = stubs[WEST]
            hub.script, hub.delay = ["slow"], 30.0
            referral = await refer(door)
            await until(lambda: bool(hub.arrivals))
            await post(door, f"/v1/referrals/{referral}/withdrawal")
            await until(lambda: is_in(door, referral, "notice", "delivered"))
            await until(lambda: is_in(door, referral, "referral", "held"))
            told = [json.loads(arrival.body) for arrival in hub.arrivals]
            return [one.get("about", one.get("outcome")) for one in told], await states(door, referral)

    assert asyncio.run(scenario()) == (["share", "withdrawal"], {"referral": "held", "notice": "delivered"})


@on_sqlite
def test_p12_between_permit_and_send_it_is_cut_and_told(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def scenario() -> dict[str, str]:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, stubs):
            referral, withdrawn = await refer_while(door, stubs[WEST])
            await withdrawn
            await until(lambda: is_in(door, referral, "notice", "delivered"))
            await until(lambda: is_in(door, referral, "referral", "held"))
            return await states(door, referral)

    assert asyncio.run(scenario())["referral"] == "held"


async def refer_while(door: Door, hub: StubHub) -> tuple[str, asyncio.Task[Any]]:
    """Refer, and withdraw in the instant in which the permitted message reaches the hub, before a byte is read."""
    started: list[asyncio.Task[Any]] = []
    referral = asyncio.Event()
    named: list[str] = []

    async def withdrawn() -> None:
        await referral.wait()
        await post(door, f"/v1/referrals/{named[0]}/withdrawal")

    def on_arrival(_: str) -> None:
        if not started:
            hub.script, hub.delay = ["slow"], 30.0
            started.append(asyncio.ensure_future(withdrawn()))

    hub.on_arrival = on_arrival
    named.append(await refer(door))
    referral.set()
    await until(lambda: bool(started))
    return named[0], started[0]


@on_sqlite
@pytest.mark.parametrize("speaks", [True, False])
def test_settled_13_where_no_system_speaks_for_a_hub_its_acknowledgement_is_enough(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], speaks: bool
) -> None:
    async def scenario() -> str:
        async with delivering(_with(catalogue, speaks), tmp_path, demo_urls) as (door, _):
            referral = await refer(door)
            await until(lambda: is_in(door, referral, "referral", "delivered"))
            await post(door, f"/v1/referrals/{referral}/withdrawal")
            await until(lambda: is_in(door, referral, "notice", "delivered"))
            (clock,) = [row for row in rows(door.gateway, "clock") if row["kind"] == "task:acknowledge_notice"]
            return str(clock["state"])

    assert asyncio.run(scenario()) == ("running" if speaks else "stopped")


def _with(catalogue: Catalogue, speaks: bool) -> Catalogue:
    hull = catalogue.councils["hull"]
    senders = {name: one for name, one in hull.senders.items() if speaks or not one.hubs}
    return replace(catalogue, councils=dict(catalogue.councils) | {"hull": replace(hull, senders=senders)})
