"""The desk at the command line: what a hub manager reads and types, through the store and through the socket."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from gateway.config.catalogue import Catalogue
from gateway.doors.cli import app, laying
from gateway.doors.people import PATH, at_desk
from gateway.doors.socket import create_socket_app
from gateway.flows.gateway import Gateway
from tests.flows.desks import unasked
from tests.running import Door, on_sqlite, rows, running

WHO = ["--council", "hull", "--by", "bram.ellis", "--role", "hub_duty"]


@pytest.fixture
def store(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with one held referral, and nobody running on it. Its hold."""
    urls = (f"sqlite:///{tmp_path}/gateway.db", "")
    with running(catalogue, tmp_path, urls) as gateway:
        unasked(Door(gateway))
        (clock,) = [row for row in rows(gateway, "clock") if row["kind"].startswith("hold:")]
    for name, value in {"STORE": urls[0], "KEYS": tmp_path / "keys", "SECRETS": tmp_path / "secrets"}.items():
        monkeypatch.setenv(f"GATEWAY_{name}", str(value))
    monkeypatch.setenv("GATEWAY_DEMO", "true")
    return str(clock["id"])


def typed(*words: str) -> str:
    """What the terminal shows."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, (result.output, result.exception)
    return " ".join(result.output.split())


def test_a_hub_worker_lists_takes_decides_and_says_whether_it_was_needed(store: str) -> None:
    hold = store[:8]
    listed = typed("holds", "list", *WHO)
    assert re.search(rf"1 hold.*{hold} Something is missing or does not fit.*turn of: whoever sent it", listed)
    assert "Taken" not in listed
    typed("holds", "take", hold, *WHO)
    shown = typed("holds", "show", hold, *WHO)
    for words in (
        "Taken by bram.ellis",
        "--answer family_agrees",
        "Then: It would go to",
        "--answer refuse",
        "ring 999",
    ):
        assert words in shown
    told = typed("holds", "decide", hold, *WHO, "--answer", "family_agrees", "--reason", "The mother said so at 10.")
    assert told.startswith("Going to Hull Locality Hub, West.")
    assert "needed" in told
    assert "counts as needed" in typed("holds", "answer", hold, *WHO, "--needed", "yes")
    assert "No hold waits for you." in typed("holds", "list", *WHO)


def test_names_and_text_are_shown_only_when_they_are_opened(store: str) -> None:
    assert "Fernsby" not in typed("holds", "show", store, *WHO)
    opened = typed("holds", "show", store, *WHO, "--open", "--purpose", "To ring the school about it")
    assert "Surname: Fernsby" in opened
    assert "Reason: Maya is late most mornings" in opened


def test_an_error_says_what_to_do_and_changes_nothing(store: str) -> None:
    result = CliRunner().invoke(app, ["holds", "decide", store, *WHO, "--answer", "share", "--reason", "It should go."])
    assert "These are: front_door, share_anyway, family_agrees, refuse, close." in str(result.exception)


@on_sqlite
def test_the_socket_answers_as_the_store_does(gateway: Gateway) -> None:
    unasked(Door(gateway))
    asked = {"council": "hull", "by": "bram.ellis", "role": "hub_duty"}

    async def both() -> tuple[Any, Any]:
        transport = httpx2.ASGITransport(create_socket_app(gateway))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            through = (await client.post(f"{PATH}list", content=json.dumps(asked))).json()
        return through, await at_desk("list")(gateway, asked)

    through, here = asyncio.run(both())
    assert [one["id"] for one in through["told"]] == [one["id"] for one in here["told"]]


@on_sqlite
@pytest.mark.parametrize("body", [b"", b"[]", b"{", json.dumps({"council": 1}).encode()])
def test_the_socket_refuses_what_is_no_question(gateway: Gateway, body: bytes) -> None:
    async def answer() -> int:
        transport = httpx2.ASGITransport(create_socket_app(gateway))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.post(f"{PATH}list", content=body)).status_code

    assert asyncio.run(answer()) == 400


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(0, "less than a minute"), (60_000, "1 minute"), (7_200_000, "2 hours"), (86_400_000, "1 day")],
)
def test_a_length_of_time_is_said_in_its_largest_unit(milliseconds: int, said: str) -> None:
    assert laying.span(milliseconds) == said


def test_what_is_overdue_says_so_in_words() -> None:
    one = {"state": "running", "since": 0, "due": 60_000, "now": 60_000 + 7_200_000}
    assert laying.waiting(one).endswith("OVERDUE by 2 hours.")
