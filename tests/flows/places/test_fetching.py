"""Every place at its own pace: taken while the gateway runs, tried again after trouble, one process at a time."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from gateway.config.pickups import FolderPart, Pickup
from gateway.flows.gateway import Gateway
from gateway.flows.places import fetching
from gateway.flows.places.place import Unreachable
from gateway.flows.places.turn import has_turn
from gateway.main import place_secrets
from gateway.store.tables import META
from gateway.store.writer import Write
from tests.flows.dropping import a_file, a_pickup, submissions
from tests.running import on_sqlite, until


def drop(tmp_path: Path, **changes: object) -> tuple[Path, Pickup]:
    path = tmp_path / "drop"
    return path, replace(a_pickup(FolderPart(path=str(path))), **changes)  # type: ignore[arg-type]


def with_pickups(gateway: Gateway, *pickups: Pickup) -> Gateway:
    return replace(gateway, catalogue=replace(gateway.catalogue, pickups=pickups))


def secret(name: str) -> str:
    raise AssertionError(name)


@on_sqlite
def test_what_is_left_while_it_runs_is_taken(gateway: Gateway, tmp_path: Path) -> None:
    path, pickup = drop(tmp_path, every=0.01)
    path.mkdir()
    (path / "one.json").write_bytes(a_file())

    async def scenario() -> None:
        async with fetching.fetching(with_pickups(gateway, pickup), secret):
            await until(lambda: len(list(path.glob("done/*"))) == 2)

    asyncio.run(scenario())
    assert submissions(gateway) == 1


@on_sqlite
def test_a_place_that_comes_back_is_used_again_and_each_is_said_once(
    gateway: Gateway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, pickup = drop(tmp_path, every=0.01)

    async def scenario() -> None:
        async with fetching.fetching(with_pickups(gateway, pickup), secret):
            await until(lambda: "cannot be used" in caplog.text)
            await asyncio.sleep(0.1)
            path.mkdir()
            await until(lambda: "can be used again" in caplog.text)

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert [record.message for record in caplog.records] == ["A place cannot be used", "A place can be used again"]


@on_sqlite
def test_a_missing_secret_is_told_by_a_code(gateway: Gateway) -> None:
    with pytest.raises(Unreachable, match="secret_missing"):
        place_secrets(gateway.settings)("nobodys")


@on_sqlite
def test_a_demonstration_sender_is_fetched_for_in_a_demonstration_only(gateway: Gateway, tmp_path: Path) -> None:
    _, pickup = drop(tmp_path)
    live = replace(gateway, settings=gateway.settings.model_copy(update={"demo": False}))
    fetching.check(gateway, [pickup])
    with pytest.raises(ConfigError, match="for a demonstration only"):
        fetching.check(live, [pickup])


def test_one_process_fetches_at_a_time(gateway: Gateway, tmp_path: Path) -> None:
    _, pickup = drop(tmp_path)

    async def scenario() -> list[bool]:
        return [await has_turn(gateway, pickup, owner) for owner in ("first", "second", "first")]

    shared = gateway.store.kind == "postgresql"  # of a SQLite store there is one process anyway
    assert asyncio.run(scenario()) == [True, not shared, True]


def test_the_turn_of_a_process_that_died_ends(gateway: Gateway, tmp_path: Path) -> None:
    _, pickup = drop(tmp_path)
    ended = {"name": f"pickup {pickup.key}", "value": "first 1"}
    gateway.writer.run(Write(lambda tx: tx.insert(META, ended)))
    assert asyncio.run(has_turn(gateway, pickup, "second"))


def test_a_process_that_has_looked_leaves_the_next_its_turn(gateway: Gateway, tmp_path: Path) -> None:
    path, pickup = drop(tmp_path)
    path.mkdir()

    async def scenario() -> list[int]:
        return [sum((await fetching.once(gateway, pickup, secret)).values()) for _ in range(2)]

    assert asyncio.run(scenario()) == [0, 0]
