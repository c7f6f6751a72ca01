"""After a restore nothing is sent until a person has looked, and then each hub by its class (P-table, P13, E13)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.delivery import HubClass
from contracts.errors import SenderError
from gateway.config.catalogue import Catalogue
from gateway.demo.doors import Doors, on_stubs, stub_doors
from gateway.doors.serving import working
from gateway.flows.acting import acting
from gateway.flows.delivery.undelivered import waiting
from gateway.flows.evidence.restoring import find_out, lines, release, situation, witness_is_ahead
from gateway.flows.gateway import Gateway
from gateway.store import backup
from gateway.store.heads import Head
from gateway.store.restored import BEHIND_ITSELF, BEHIND_WITNESS, holds_sending, restored_in
from gateway.store.writer import Write
from tests.running import Door, a_hull_referral, as_bytes, on_sqlite, rows, running, until

LOOKED = {"by": "A. Operator", "reason": "Asked every sender and every hub by telephone."}


def states(gateway: Gateway) -> list[tuple[str, str]]:
    return sorted((row["state"], row["why"]) for row in rows(gateway, "delivery"))


def found(gateway: Gateway) -> Any:
    return gateway.writer.run(Write(restored_in))


@on_sqlite
@pytest.mark.parametrize("hub_class", [HubClass.A, HubClass.C])
def test_E13_what_was_sent_after_the_backup_follows_the_class_of_its_hub(
    catalogue: Catalogue, tmp_path: Path, store_urls: tuple[str, str], hub_class: HubClass
) -> None:
    """Backed up before it was sent, sent, restored: the hub has it, and the store does not know."""

    async def scenario() -> tuple[int, list[tuple[str, str]], list[tuple[str, str]], int]:
        async with _sending(catalogue, tmp_path, store_urls, hub_class, work=False) as (door, _):
            await door.ask("POST", "/v1/referrals", content=as_bytes(a_hull_referral()), headers=_HEADERS)
            backup.create(store_urls[0], tmp_path / "copy")
        async with _sending(catalogue, tmp_path, store_urls, hub_class) as (door, doors):
            await until(lambda: [state for state, _ in states(door.gateway) if state == "delivered"])
            before = _received(doors)
        backup.restore(tmp_path / "copy", store_urls[0])
        async with _sending(catalogue, tmp_path, store_urls, hub_class) as (door, doors):
            await asyncio.sleep(0.3)
            held = states(door.gateway)
            assert _received(doors) == 0
            await release(door.gateway, LOOKED)
            after = await until(lambda: [one for one in states(door.gateway) if one[0] not in ("due", "sending")])
            return before, held, after, _received(doors)

    before, held, after, received = asyncio.run(scenario())
    assert before == 1
    assert [state for state, _ in held] == ["due"]
    if hub_class is HubClass.A:
        assert ([state for state, _ in after], received) == (["delivered"], 1)
    else:
        assert (after, received) == ([("held", "doubtful_before")], 0)


@on_sqlite
@pytest.mark.parametrize("has_it", [True, False], ids=["the hub has it", "the hub lost it as well"])
def test_E13_a_hub_that_can_be_asked_is_asked_before_anything_is_sent_again(
    catalogue: Catalogue, tmp_path: Path, store_urls: tuple[str, str], has_it: bool
) -> None:
    """The same drill at a hub of class B: what it answers decides, and no person has to."""

    async def scenario() -> tuple[Counter[str], Counter[str], list[tuple[str, ...]]]:
        async with _sending(catalogue, tmp_path, store_urls, HubClass.B, work=False) as (door, _):
            await door.ask("POST", "/v1/referrals", content=as_bytes(a_hull_referral()), headers=_HEADERS)
            backup.create(store_urls[0], tmp_path / "copy")
        async with _sending(catalogue, tmp_path, store_urls, HubClass.B) as (door, doors):
            await until(lambda: [state for state, _ in states(door.gateway) if state == "delivered"])
            known = {name: stub.effects for name, stub in doors.items()}
        backup.restore(tmp_path / "copy", store_urls[0])
        async with _sending(catalogue, tmp_path, store_urls, HubClass.B) as (door, doors):
            for name, stub in doors.items():
                stub.effects.update(known[name] if has_it else {})
            await release(door.gateway, LOOKED)
            await until(lambda: [state for state, _ in states(door.gateway) if state == "delivered"])
            attempts = [(row["result"], row["why"]) for row in rows(door.gateway, "attempt")]
            asked = Counter(name for stub in doors.values() for name in stub.asked)
            taken = Counter(name for stub in doors.values() for name in stub.took)
            return asked, taken, attempts

    asked, taken, attempts = asyncio.run(scenario())
    assert list(asked.values()) == [1]
    assert list(taken.values()) == ([] if has_it else [1])
    assert attempts == [("delivered", "had_it" if has_it else "acknowledged")]


def test_a_store_that_has_less_than_was_signed_holds_all_sending(gateway: Gateway) -> None:
    signed = {"hull": Head(12, gateway.now())}
    gateway.writer.run(Write(lambda tx: find_out(tx, signed)))
    told = found(gateway)
    assert (told.why, told.missing, told.holds) == (BEHIND_ITSELF, {"hull": 12}, True)
    assert gateway.writer.run(Write(holds_sending))


def test_finding_it_out_again_changes_nothing(gateway: Gateway) -> None:
    signed = {"hull": Head(12, gateway.now())}
    for _ in range(2):
        gateway.writer.run(Write(lambda tx: find_out(tx, signed)))
    assert [row["type"] for row in rows(gateway, "entry")] == ["store.restored"]


def test_a_store_that_has_what_was_signed_does_not(gateway: Gateway) -> None:
    gateway.writer.run(Write(lambda tx: find_out(tx, {"hull": Head(0, gateway.now())})))
    assert found(gateway) is None


def test_once_released_what_was_signed_before_counts_for_nothing(gateway: Gateway) -> None:
    signed = {"hull": Head(12, gateway.now())}
    gateway.writer.run(Write(lambda tx: find_out(tx, signed)))
    asyncio.run(release(gateway, LOOKED))
    gateway.writer.run(Write(lambda tx: find_out(tx, signed)))
    assert found(gateway).holds is False


def test_a_second_restore_is_found_out_as_well(gateway: Gateway) -> None:
    gateway.writer.run(Write(lambda tx: find_out(tx, {"hull": Head(12, gateway.now())})))
    asyncio.run(release(gateway, LOOKED))
    gateway.writer.run(Write(lambda tx: find_out(tx, {"hull": Head(20, gateway.now() + 60_000)})))
    assert found(gateway).holds is True


def test_a_witness_that_has_signed_more_holds_all_sending(gateway: Gateway) -> None:
    gateway.writer.run(Write(lambda tx: witness_is_ahead(tx, "hull", 5)))
    told = found(gateway)
    assert (told.why, told.missing, told.holds) == (BEHIND_WITNESS, {"hull": 5}, True)


def test_who_released_it_and_why_is_in_every_record(gateway: Gateway) -> None:
    gateway.writer.run(Write(lambda tx: find_out(tx, {"hull": Head(12, gateway.now())})))
    asyncio.run(release(gateway, LOOKED))
    told = [row["council"] for row in rows(gateway, "entry") if row["type"] == "dispatch.released"]
    assert sorted(told) == sorted(gateway.keys)


@pytest.mark.parametrize(
    "asked", [{}, {"by": "A. Operator", "reason": "short"}, {"by": " ", "reason": "long enough words"}]
)
def test_nobody_releases_it_without_a_name_and_a_reason(gateway: Gateway, asked: dict[str, str]) -> None:
    gateway.writer.run(Write(lambda tx: find_out(tx, {"hull": Head(12, gateway.now())})))
    with pytest.raises(SenderError, match="Say who releases it"):
        asyncio.run(release(gateway, asked))
    assert found(gateway).holds


def test_nothing_is_released_that_is_not_held(gateway: Gateway) -> None:
    with pytest.raises(SenderError, match="Nothing is held"):
        asyncio.run(release(gateway, LOOKED))


def test_what_a_person_must_know_is_told_before_it_is_released(door: Door) -> None:
    gateway = door.gateway
    door.accepted()
    gateway.writer.run(Write(lambda tx: find_out(tx, {"hull": Head(12, gateway.now())})))
    told = "\n".join(lines(*situation(gateway.store, gateway.catalogue.councils)))
    assert "hull: 12 entries of its record" in told
    assert "under the same keys: nothing is taken twice" in told
    assert "Withdrawals and corrections" in told
    (hub,) = {row["hub"] for row in rows(gateway, "delivery")}
    assert f"hull, {hub}: 1." in told


def test_every_message_that_waits_says_why(door: Door) -> None:
    gateway = door.gateway
    door.accepted()
    gateway.writer.run(Write(lambda tx: find_out(tx, {"hull": Head(12, gateway.now())})))
    told = asyncio.run(waiting(gateway, acting(gateway.council("hull"), "bram.ellis", "hub_duty")))
    assert [one["say"] for one in told["lines"]] == ["Nothing is sent: this store was brought back from a backup."]


def test_a_store_that_was_never_restored_says_so(gateway: Gateway) -> None:
    assert lines(*situation(gateway.store, gateway.catalogue.councils)) == [
        "This store was never brought back from a backup. Sending goes on."
    ]


_HEADERS = {"idempotency-key": "one", "content-type": "application/json"}


def _received(doors: Doors) -> int:
    return sum(len(stub.arrivals) for stub in doors.values())


@asynccontextmanager
async def _sending(
    catalogue: Catalogue, folder: Path, urls: tuple[str, str], hub_class: HubClass, *, work: bool = True
) -> AsyncIterator[tuple[Door, Doors]]:
    """A gateway with stub hubs of one class, which drop no repeats, and perhaps its worker."""
    async with stub_doors(catalogue, folder / "secrets") as doors:
        standing = on_stubs(catalogue, {name: stub.url for name, stub in doors.items()})
        with running(_of_class(standing, hub_class), folder, urls) as gateway:
            if not work:
                yield Door(gateway), doors
                return
            async with working(gateway, alone=True) as worked:
                yield Door(worked), doors


def _of_class(catalogue: Catalogue, hub_class: HubClass) -> Catalogue:
    asks = {"ask": "/{id}"} if hub_class is HubClass.B else {}
    councils = {
        name: replace(
            council,
            hubs={
                name: replace(hub, hub_class=hub_class, settings={**hub.settings, **asks})
                for name, hub in council.hubs.items()
            },
        )
        for name, council in catalogue.councils.items()
    }
    return replace(catalogue, councils=councils)
