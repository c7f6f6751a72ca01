"""The family no longer agrees: nothing more goes, what went is named, and safety comes first (P11, P12)."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import httpx2

from contracts.agreement import Agreement, AgreementStatus
from contracts.returned import AgreementTold
from gateway.config.catalogue import Catalogue
from gateway.demo.doors import on_stubs, stub_doors
from gateway.demo.hub import StubHub
from gateway.doors.serving import working
from gateway.flows.decisions.again import load
from gateway.flows.decisions.filed import read_filed
from gateway.flows.follow_up import agreeing
from gateway.flows.gateway import Gateway
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.running import (
    FORMS,
    JSON,
    SAMPLES,
    Door,
    a_hull_referral,
    as_bytes,
    counts,
    delivering,
    on_sqlite,
    rows,
    running,
    until,
)
from tests.store.writes import on_postgresql

WEST = ("hull", "locality_west")


def withdraw(door: Door, referral: str, **how: str) -> httpx2.Response:
    return door.post(f"/v1/referrals/{referral}/withdrawal", **how)


def types(gateway: Gateway) -> list[str]:
    return [row["type"] for row in sorted(rows(gateway, "entry"), key=lambda row: row["seq"])]


def test_p12_a_withdrawal_before_delivery_holds_what_was_promised(door: Door) -> None:
    referral = door.accepted()
    assert withdraw(door, referral).status_code == 202
    (delivery,) = rows(door.gateway, "delivery")
    assert (delivery["state"], delivery["why"]) == ("held", "decided_again")


def test_g_501_decides_once_the_family_has_withdrawn(door: Door) -> None:
    withdraw(door, door.accepted())
    standing = [row for row in rows(door.gateway, "decision") if row["state"] != "superseded"]
    assert [(row["outcome"], row["version"]) for row in standing] == [("hold", 2)]
    assert "G-501" in standing[0]["deciding"]


def test_p9_withdrawal_decision_and_hold_have_an_entry_each(door: Door) -> None:
    withdraw(door, door.accepted())
    assert types(door.gateway) == ["decision.machine", "agreement.withdrawn", "hold", "decision.machine"]


def test_p11_the_agreements_epoch_rises(door: Door) -> None:
    withdraw(door, door.accepted())
    (referral,) = rows(door.gateway, "referral")
    assert (referral["epoch"], referral["version"]) == (1, 2)


def test_a_repeated_withdrawal_changes_nothing_and_is_told_the_same(door: Door) -> None:
    referral = door.accepted()
    first, before = withdraw(door, referral), counts(door.gateway)
    again = withdraw(door, referral)
    assert (again.json(), counts(door.gateway)) == (first.json(), before)


def test_a_referral_that_came_with_a_withdrawn_agreement_can_still_be_withdrawn(door: Door) -> None:
    agreements = a_hull_referral()["agreements"]
    earlier = {"giver": "mother", "capacity": "parent", "status": "withdrawn", "withdrawn_on": "2026-01-05"}
    referral = door.accepted(a_hull_referral(agreements=[earlier, *agreements]))
    withdraw(door, referral)
    assert "agreement.withdrawn" in types(door.gateway)


@on_sqlite
def test_a_withdrawal_keeps_the_ledger_the_referral_came_with(door: Door) -> None:
    content = (SAMPLES / "govuk_forms" / "samples" / "agreed.json").read_bytes()
    response = door.submit("govuk_forms", content, kind=JSON, key=FORMS)
    withdraw(door, response.json()["receipts"][0]["referral"], key=FORMS)
    (referral,) = rows(door.gateway, "referral")
    ledgers = [ledger_of(row["body"]) for row in rows(door.gateway, "content") if row["kind"] == "filed"]
    assert len(ledgers) == 2
    assert ledgers[0] == ledgers[1] != []
    assert referral["version"] == 2


def ledger_of(body: bytes) -> object:
    read_filed(bytes(body))
    return json.loads(bytes(body))["ledger"]


@on_sqlite
def test_a_withdrawal_never_holds_a_child_in_danger_back(door: Door) -> None:
    referral = door.accepted(a_hull_referral(harm={"level": "significant"}))
    told = withdraw(door, referral).json()
    states = {row["kind"]: row["state"] for row in rows(door.gateway, "delivery")}
    assert states["divert"] == "due"
    assert "A child's safety comes first" in told["say"]


@on_sqlite
def test_nothing_left_means_nobody_is_named(door: Door) -> None:
    told = withdraw(door, door.accepted()).json()
    assert (told["already_sent_to"], "already been sent" in told["say"]) == ([], False)


def post(door: Door, path: str, content: bytes = b"", **headers: str) -> asyncio.Future[httpx2.Response]:
    sent = {"content-type": JSON, **headers}
    return asyncio.ensure_future(door.ask("POST", path, content=content, headers=sent))


async def refer(door: Door, once: str = "first") -> str:
    document = a_hull_referral(source={"system": "canonical", "record_id": once})
    response = await post(door, "/v1/referrals", as_bytes(document), **{"idempotency-key": once})
    assert response.status_code == 202, response.text
    return str(response.json()["receipts"][0]["referral"])


async def state_of(door: Door, referral: str) -> str:
    response = await door.ask("GET", f"/v1/referrals/{referral}")
    return str(response.json()["deliveries"][0]["state"])


@on_sqlite
def test_p12_a_withdrawal_before_the_permit_sends_no_byte(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def scenario() -> tuple[list[str], list[str]]:
        async with stub_doors(catalogue, tmp_path / "secrets") as stubs:
            standing = on_stubs(catalogue, {name: stub.url for name, stub in stubs.items()})
            with running(standing, tmp_path, demo_urls) as gateway:
                door = Door(gateway)
                withdrawn, kept = await refer(door), await refer(door, once="second")
                await post(door, f"/v1/referrals/{withdrawn}/withdrawal")
                async with working(gateway, alone=True):
                    await until(lambda: is_in(door, kept, "delivered"))
                sent = [row["id"] for row in rows(gateway, "delivery") if row["referral"] == kept]
                return stubs[WEST].took, sent

    took, sent = asyncio.run(scenario())
    assert took == sent


@on_sqlite
def test_p12_after_delivery_the_sender_is_told_who_has_it(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def scenario() -> dict[str, object]:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, _):
            referral = await refer(door)
            await until(lambda: is_in(door, referral, "delivered"))
            response = await post(door, f"/v1/referrals/{referral}/withdrawal")
            told: dict[str, object] = response.json()
            return told

    assert asyncio.run(scenario())["already_sent_to"] == ["Hull Locality Hub, West"]


@on_sqlite
def test_p12_a_hub_that_could_never_be_reached_is_not_said_to_have_it(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def scenario() -> object:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, stubs):
            await stubs[WEST].down()
            referral = await refer(door)
            await until(lambda: bool(rows(door.gateway, "attempt")))
            response = await post(door, f"/v1/referrals/{referral}/withdrawal")
            await stubs[WEST].up()
            return response.json()["already_sent_to"]

    assert asyncio.run(scenario()) == []


@on_sqlite
def test_p12_what_is_being_sent_is_cut_and_never_tried_again(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    async def scenario() -> tuple[int, str, object]:
        async with delivering(catalogue, tmp_path, demo_urls) as (door, stubs):
            hub: StubHub = stubs[WEST]
            hub.behaviour, hub.delay = "slow", 30.0
            referral = await refer(door)
            await until(lambda: bool(hub.arrivals))
            told = (await post(door, f"/v1/referrals/{referral}/withdrawal")).json()
            hub.behaviour = "ok"
            await until(lambda: is_in(door, referral, "held"))
            carried = [arrival for arrival in hub.arrivals if b'"kind":"notice"' not in arrival.body]
            return len(carried), await state_of(door, referral), told["already_sent_to"]

    assert asyncio.run(scenario()) == (1, "held", ["Hull Locality Hub, West"])


async def is_in(door: Door, referral: str, state: str) -> bool:
    return await state_of(door, referral) == state


@on_postgresql
def test_p9_two_processes_told_of_one_withdrawal_record_it_once(
    catalogue: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    with running(catalogue, tmp_path, demo_urls) as first, running(catalogue, tmp_path, demo_urls) as second:
        referral = Door(first).accepted()
        held, told = threading.Event(), []

        def slowly(tx: Tx) -> None:
            load(first, tx, "hull", referral)
            held.set()
            told[0].join(0.5)  # the other process has time to read what this one is about to change

        def also() -> None:
            held.wait(5)
            withdraw(Door(second), referral)

        told.append(threading.Thread(target=also))
        told[0].start()
        first.writer.run(Write(lambda tx: (slowly(tx), _withdrawn_within(first, tx, referral))))
        told[0].join(10)
        assert types(first).count("agreement.withdrawn") == 1


def _withdrawn_within(gateway: Gateway, tx: Tx, referral: str) -> None:
    row, matter = load(gateway, tx, "hull", referral)
    told = AgreementTold(agreement=Agreement(capacity="family", status=AgreementStatus.WITHDRAWN))
    agreeing.record(gateway, tx, row, matter, told, "invented_academy")
