"""The operator's door: what Prometheus reads, and health with the age of the queue; never an id or a family's word."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from gateway.config.catalogue import Catalogue
from gateway.doors.operator import create_operator_app
from gateway.doors.serving import serve
from gateway.flows.evidence.restoring import find_out
from gateway.flows.gateway import Gateway
from gateway.flows.measures import LABELS, Measures
from gateway.store.heads import Head
from gateway.store.writer import Write
from tests.doors.test_canaries import MARK, planted
from tests.running import Door, delivering, on_sqlite, rows, until

ID = re.compile(r"[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-")


def asked(gateway: Gateway, path: str) -> httpx2.Response:
    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(create_operator_app(gateway))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path)

    return asyncio.run(ask())


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Name and the values of its labels → what it says."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_p20_it_says_how_many_deliveries_are_open_and_for_how_long(door: Door) -> None:
    door.accepted()
    told = samples(asked(door.gateway, "/metrics").text)
    (row,) = rows(door.gateway, "delivery")
    assert told["gateway_deliveries_open", "hull", row["hub"], "due"] == 1
    assert told["gateway_deliveries_oldest_seconds", "hull", row["hub"], "due"] >= 0


def test_it_says_how_far_each_record_is(door: Door) -> None:
    door.accepted()
    door.gateway.writer.run(door.gateway.sealer.seal_now())
    told = samples(asked(door.gateway, "/metrics").text)
    assert told["gateway_record_entries", "hull"] == len(rows(door.gateway, "entry"))
    assert told["gateway_record_unsealed_seconds", "hull"] == 0


def test_it_says_what_the_writer_does(door: Door) -> None:
    door.accepted()
    told = samples(asked(door.gateway, "/metrics").text)
    assert told["gateway_writer_commit_seconds_count",] == told["gateway_writer_batch_items_count",] > 0


def test_it_says_that_sending_is_held_after_a_restore(gateway: Gateway) -> None:
    gateway.writer.run(Write(lambda tx: find_out(tx, {"hull": Head(9, gateway.now())})))
    assert samples(asked(gateway, "/metrics").text)["gateway_sending_held",] == 1
    assert "gateway backup status" in asked_again(gateway).json()["sending"]


def asked_again(gateway: Gateway) -> httpx2.Response:
    """Another door to the same gateway, with nothing counted yet."""
    object.__setattr__(gateway, "measures", Measures())
    return asked(gateway, "/health/ready")


def test_a_store_that_does_not_answer_is_told_as_such(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.gateway.store._reading.dispose()
    monkeypatch.setattr("gateway.store.engine.Opened.read", _unavailable)
    told = samples(asked(door.gateway, "/metrics").text)
    assert told["gateway_store_up",] == 0
    assert not [key for key in told if key[0] == "gateway_deliveries_open"]


def _unavailable(*_: object) -> object:
    from contracts.errors import StoreUnavailable

    raise StoreUnavailable


@on_sqlite
def test_o11_every_label_is_a_code_and_no_id_or_word_of_a_family_is_there(
    catalogue: Catalogue, tmp_path: Path, store_urls: tuple[str, str]
) -> None:
    async def scenario() -> str:
        async with delivering(catalogue, tmp_path, store_urls) as (door, _):
            await door.ask("POST", "/v1/referrals", json=planted(), headers={"idempotency-key": "1"})
            await until(lambda: [row for row in rows(door.gateway, "delivery") if row["state"] == "delivered"])
            transport = httpx2.ASGITransport(create_operator_app(door.gateway))
            async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
                told = ""
                async with asyncio.timeout(10):
                    while '"delivered"' not in told:  # counted once the commit is told of, not before
                        told = (await client.get("/metrics")).text
                        await asyncio.sleep(0.02)
                return told

    told = asyncio.run(scenario())
    known = {*catalogue.councils, *(hub for council in catalogue.councils.values() for hub in council.hubs)}
    assert samples(told)
    assert not MARK.findall(told)
    for family in text_string_to_metric_families(told):
        for sample in family.samples:
            assert set(sample.labels) <= LABELS | {"le"}
            assert not [value for value in sample.labels.values() if ID.search(value)]
            assert {sample.labels[name] for name in ("council", "hub") if name in sample.labels} <= known
    assert [key for key in samples(told) if key[0] == "gateway_attempts_total" and key[-1] == "delivered"]


def test_health_tells_the_operator_how_long_the_oldest_delivery_waits(door: Door) -> None:
    door.accepted()
    told = asked(door.gateway, "/health/ready").json()
    assert (told["status"], told["deliveries_open"], told["oldest_seconds"] >= 0) == ("up", 1, True)


def test_nothing_else_is_answered_there(door: Door) -> None:
    assert asked(door.gateway, "/v1/referrals").status_code == 404


def test_two_processes_count_apart() -> None:
    one, other = Measures(), Measures()
    one.committed(3, 0.01)
    assert isinstance(other.registry, CollectorRegistry)
    assert other.registry.get_sample_value("gateway_writer_batch_items_count") == 0


def test_it_listens_where_the_settings_say_and_nowhere_else(gateway: Gateway) -> None:
    ports = [_free() for _ in range(2)]
    changes = {"port": ports[0], "metrics": f"127.0.0.1:{ports[1]}"}
    listening = replace(gateway, settings=gateway.settings.model_copy(update=changes))

    async def scenario() -> tuple[int, int]:
        serving = asyncio.create_task(serve(listening))
        async with httpx2.AsyncClient(trust_env=False) as client:

            async def status(port: int) -> int:
                try:
                    return (await client.get(f"http://127.0.0.1:{port}/metrics")).status_code
                except httpx2.HTTPError:
                    return 0

            found = await until(lambda: status(ports[1]))
            public = await until(lambda: status(ports[0]))
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
        return found, public

    assert asyncio.run(scenario()) == (200, 404)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
