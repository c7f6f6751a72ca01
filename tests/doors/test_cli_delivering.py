"""`gateway hubs`, `hub`, `waiting`, `dead`, `replay`, `cancel` and `skip` as somebody at a council types them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from gateway.config.catalogue import Catalogue
from gateway.doors.cli import app
from gateway.store.tables import DELIVERY
from gateway.store.writer import Write
from tests.running import Door, rows, running

WHO = ["--council", "hull", "--by", "sunny.vale", "--role", "hub_manager"]
WHY = ["--reason", "The hub has put its form right since."]


@pytest.fixture
def store(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A store with one message that the hub refused, and nobody running on it. Its row."""
    urls = (f"sqlite:///{tmp_path}/gateway.db", "")
    with running(catalogue, tmp_path, urls) as gateway:
        Door(gateway).accepted()
        values = {"state": "dead", "why": "http_422", "attempts": 1, "rungs": 1}
        gateway.writer.run(Write(lambda tx: tx.execute(update(DELIVERY).values(**values)) and None))
        (row,) = rows(gateway, "delivery")
    for name, value in {"STORE": urls[0], "KEYS": tmp_path / "keys", "SECRETS": tmp_path / "secrets"}.items():
        monkeypatch.setenv(f"GATEWAY_{name}", str(value))
    monkeypatch.setenv("GATEWAY_DEMO", "true")
    return row


def typed(*words: str) -> str:
    """What the terminal shows."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, (result.output, result.exception)
    return " ".join(result.output.split())


def test_a_manager_finds_a_dead_letter_looks_at_the_preview_and_sends_it_again(store: dict[str, Any]) -> None:
    name = store["id"][:8]
    listed = typed("dead", *WHO)
    assert re.search(rf"{name} referral for .*, for a person .*The hub cannot use what it says\. Ask the hub", listed)
    shown = typed("replay", *WHO)
    assert f"Nothing has been sent. 1 would be: 1 to {store['hub']}." in shown
    mark = re.search(r"--confirm ([0-9a-f]{8})", shown)
    assert mark is not None
    assert "1 are sent again" in typed("replay", *WHO, *WHY, "--confirm", mark[1])
    assert "Nothing waits for a person." in typed("dead", *WHO)
    assert "It is its turn" in typed("waiting", *WHO)


def test_one_message_is_sent_again_and_cancelled_by_the_beginning_of_its_id(store: dict[str, Any]) -> None:
    name = store["id"][:8]
    assert "sent again, under the same reference" in typed("replay", name, *WHO, *WHY)
    assert "waits to be sent already" in typed("replay", name, *WHO, *WHY)
    assert "It is cancelled" in typed("cancel", name, *WHO, *WHY)
    assert "Nothing waits." in typed("waiting", *WHO)


def test_a_hub_is_paused_shown_drained_and_let_go_on(store: dict[str, Any]) -> None:
    hub = store["hub"]
    assert "Paused: nothing goes to it but safeguarding contacts" in typed("hub", "pause", hub, *WHO, *WHY)
    assert "sunny.vale: The hub has put its form right since." in typed("hubs", *WHO)
    typed("replay", store["id"][:8], *WHO, *WHY)
    assert "The hub is paused, until somebody lets it go on." in typed("waiting", *WHO, "--hub", hub)
    assert "Draining: only what was promised before now" in typed("hub", "drain", hub, *WHO, *WHY)
    assert "takes messages again, from now" in typed("hub", "resume", hub, *WHO, *WHY)
    assert "Paused" not in typed("hubs", *WHO)


def test_no_list_names_anybody(store: dict[str, Any]) -> None:
    for words in (["waiting"], ["dead"], ["hubs"], ["replay"]):
        assert not re.search("Fernsby|Maya|Okoro", typed(*words, *WHO))


@pytest.mark.parametrize("words", [["skip", "abcdef"], ["cancel", "abcdef"], ["hub", "pause", "nowhere"]])
def test_what_there_is_not_is_said_and_nothing_else_happens(store: dict[str, Any], words: list[str]) -> None:
    result = CliRunner().invoke(app, [*words, *WHO, *WHY])
    assert result.exit_code != 0
    assert "abcdef" in str(result.exception.detail) or "nowhere" in str(result.exception.detail)  # type: ignore[union-attr]


def test_a_hub_that_is_tried_out_and_found_wanting_ends_with_1_and_a_remedy(
    store: dict[str, Any], catalogue: Catalogue, tmp_path: Path
) -> None:
    """Its address is an invented one, so nobody is there."""
    (tmp_path / "secrets").mkdir(mode=0o700, exist_ok=True)
    for name in catalogue.councils["hull"].hubs[store["hub"]].secrets:
        (tmp_path / "secrets" / name).write_text("whsec_" + "c2VjcmV0" * 4)
    result = CliRunner().invoke(app, ["hub", "test", store["hub"], *WHO])
    shown = " ".join(result.output.split())
    assert result.exit_code == 1
    assert "It is not ready: 1 to put right, 0 right. WRONG." in shown
    assert "Not tried. The rest was not tried" in shown


def test_messages_of_which_the_same_is_to_be_said_share_a_paragraph(
    catalogue: Catalogue, tmp_path: Path, store: dict[str, Any]
) -> None:
    with running(catalogue, tmp_path, (f"sqlite:///{tmp_path}/gateway.db", "")) as gateway:
        door = Door(gateway)
        for once in ("second", "third"):
            door.accepted(once=once)
        values = {"state": "dead", "why": "http_422", "attempts": 1, "rungs": 1}
        gateway.writer.run(Write(lambda tx: tx.execute(update(DELIVERY).values(**values)) and None))
        names = [row["id"][:8] for row in rows(gateway, "delivery")]
    listed = typed("dead", *WHO)
    assert "3 alike: referral for" in listed
    assert listed.count("The hub cannot use what it says.") == 1
    assert all(f"{name} Referral " in listed for name in names)


def test_the_hub_whose_messages_wait_is_listed_first(store: dict[str, Any]) -> None:
    listed = typed("hubs", *WHO)
    assert listed.startswith(f"Hull: 8 hubs. {store['hub']} ")
    assert "1 for a person. The oldest has waited" in listed
