"""`gateway tick` and `gateway alarms`, alone and through the gateway that runs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.config.catalogue import Catalogue
from gateway.doors.serving import working
from gateway.doors.socket import create_socket_app
from gateway.flows.gateway import Gateway
from gateway.main import build
from gateway.settings import demo_settings
from tests.doors.conftest import Run, have_read
from tests.running import Door, a_hull_referral, rows, until

HOUR = 3_600_000
DANGER = a_hull_referral(purpose="safeguarding")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue, tmp_path: Path) -> None:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    have_read(monkeypatch, catalogue, "ringing")


def an_hour_ago(gateway: Gateway) -> str:
    """A contact that came an hour ago, and that nobody has acknowledged."""
    earlier = gateway.now() - HOUR
    return Door(replace(gateway, now=lambda: earlier)).accepted(DANGER)


def test_what_rang_is_listed_for_those_who_hear_it(run: Run, catalogue: Catalogue) -> None:
    with build(demo_settings(), catalogue) as gateway:
        referral = an_hour_ago(gateway)
    ticked, listed = run("tick", "--demo"), run("alarms", "--council", "hull", "--role", "front_door", "--demo")
    assert (ticked.code, listed.code) == (0, 0)
    assert ticked.said.startswith("Looked at ")
    assert listed.said.startswith("AT ONCE, for EHASH duty social worker:")
    assert referral in listed.said


def test_a_council_where_nothing_rings_says_so(run: Run) -> None:
    told = run("alarms", "--council", "kent", "--demo")
    assert (told.code, told.said) == (0, "Nothing rings.\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("--council", "rutland"), "no council of that name", id="council"),
        pytest.param(("--council", "hull", "--role", "hub_dutty"), "It has: council_admin", id="role"),
    ],
)
def test_what_there_is_not_is_said_with_what_there_is(run: Run, words: tuple[str, ...], says: str) -> None:
    told = run("alarms", *words, "--demo")
    assert (told.code, says in told.said) == (2, True)


def through_the_socket(gateway: Gateway, path: str, **how: Any) -> httpx2.Response:
    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(create_socket_app(gateway))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post(path, **how)

    return asyncio.run(ask())


def test_the_gateway_that_runs_answers_the_same(gateway: Gateway) -> None:
    an_hour_ago(gateway)
    assert through_the_socket(gateway, "/tick", json={}).json()["told"] >= 2
    (first, *_) = through_the_socket(gateway, "/alarms", json={"council": "hull"}).json()["lines"]
    assert first.startswith("AT ONCE")


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff"])
def test_what_is_no_json_object_is_refused(gateway: Gateway, content: bytes) -> None:
    assert through_the_socket(gateway, "/alarms", content=content).status_code == 400


def test_a_gateway_that_works_looks_at_its_clocks_by_itself(gateway: Gateway) -> None:
    an_hour_ago(gateway)
    quick = replace(gateway, settings=gateway.settings.model_copy(update={"tick": 0.05}))

    async def scenario() -> None:
        async with working(quick, alone=True):
            await until(lambda: asyncio.to_thread(lambda: rows(gateway, "alarm")))

    asyncio.run(scenario())
    assert {row["role"] for row in rows(gateway, "alarm")} >= {"front_door", "hub_manager"}
