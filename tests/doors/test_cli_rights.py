"""The register of rights at the command line: whatever names somebody is typed, and shown only when it is opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.config.catalogue import Catalogue
from gateway.doors.cli import app
from tests.running import Door, running

WHO = ["--council", "hull", "--by", "ruth.lane", "--role", "ig_lead"]
TYPED = "Joan Quillwort, her mother\nEverything you keep about my daughter\nMaya Fernsby\n14/03/2017\n"


@pytest.fixture
def referral(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with one request for help, and nobody running on it."""
    urls = (f"sqlite:///{tmp_path}/gateway.db", "")
    with running(catalogue, tmp_path, urls) as gateway:
        sent = Door(gateway).accepted()
    for name, value in {"STORE": urls[0], "KEYS": tmp_path / "keys", "SECRETS": tmp_path / "secrets"}.items():
        monkeypatch.setenv(f"GATEWAY_{name}", str(value))
    monkeypatch.setenv("GATEWAY_DEMO", "true")
    return sent


def typed(*words: str, answers: str = "") -> str:
    result = CliRunner().invoke(app, list(words), input=answers)
    assert result.exit_code == 0, (result.output, result.exception)
    return " ".join(result.output.split())


def test_a_request_is_written_down_listed_shown_and_ended(referral: str) -> None:
    told = typed("rights", "write-down", *WHO, "--kind", "access", "--received", "2026-11-20", answers=TYPED)
    assert "Quillwort" not in told
    listed = typed("rights", "list", *WHO)
    assert "See what is kept about them due" in listed
    request = listed.split()[0]
    shown = typed("rights", "show", request, *WHO)
    assert referral in shown
    assert "--what stop@identity" in shown
    assert "Maya" not in shown
    opened = typed("rights", "show", request, *WHO, "--open", "--purpose", "To answer her letter today")
    assert "Joan Quillwort" in opened
    acted = typed("rights", "act", request, *WHO, "--what", "close@given", answers="She has it, by hand.\n")
    assert "It has ended." in acted
    assert request in typed("rights", "list", *WHO, "--ended")
