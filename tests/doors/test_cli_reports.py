"""`gateway report` as it is typed: printed, taken out to a file, and refused in words."""

from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.errors import NoSuchAnswer
from gateway.config.catalogue import Catalogue
from gateway.doors.cli import app
from gateway.flows.reports import exporting, terminal
from tests.flows.desks import unasked
from tests.running import Door, running

LEAD = ["--council", "hull", "--by", "ruth.lane", "--role", "ig_lead"]
OFFICER = ["--council", "hull", "--by", "kit.moor", "--role", "data_protection_officer"]
WHY = ["--purpose", "The monthly review of what was shared"]


@pytest.fixture
def store(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one held referral, and nobody running on it."""
    urls = (f"sqlite:///{tmp_path}/gateway.db", "")
    with running(catalogue, tmp_path, urls) as gateway:
        unasked(Door(gateway))
    for name, value in {"STORE": urls[0], "KEYS": tmp_path / "keys", "SECRETS": tmp_path / "secrets"}.items():
        monkeypatch.setenv(f"GATEWAY_{name}", str(value))
    monkeypatch.setenv("GATEWAY_DEMO", "true")
    return tmp_path


def typed(*words: str) -> str:
    """What the terminal shows."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, (result.output, result.exception)
    return " ".join(result.output.split())


def test_a_report_is_printed_with_its_filter_and_taken_out_as_it_is_signed(store: Path) -> None:
    told = typed("report", "disclosure-log", *LEAD, "--where", "outcome=hold")
    assert "When | Reference | Child" in told
    assert "| Held |" in told
    assert "version 1, draft, 1 rows" in told
    digest = told.rpartition(" ")[2]
    file = store / "log.jsonl"
    typed("report", "disclosure-log", *LEAD, "--where", "outcome=hold", "--to", str(file), *WHY)
    assert sha256(file.read_bytes()).hexdigest() == digest
    assert file.stat().st_mode & 0o077 == 0


def test_a_large_export_waits_for_a_second_person(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ALONE", 0)
    file = store / "log.csv"
    told = typed("report", "disclosure-log", *LEAD, "--to", str(file), *WHY)
    assert not file.exists()
    export = told.partition("--confirm ")[2].split()[0]
    typed("report", "disclosure-log", *OFFICER, "--confirm", export)
    typed("report", "disclosure-log", *LEAD, "--export", export, "--to", str(file))
    assert next(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))[0] == "When"


def test_a_filter_that_a_report_does_not_know_is_refused(store: Path) -> None:
    result = CliRunner().invoke(app, ["report", "statistics", *LEAD, "--where", "hub=locality_west"])
    assert isinstance(result.exception, NoSuchAnswer)
    assert "cannot be asked for hub" in str(result.exception)


def test_a_report_and_an_export_that_take_longer_go_on_while_it_is_asked_how_far_they_are(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "_A_WHILE", 0.0)
    file = store / "log.csv"
    told = typed("report", "disclosure-log", *LEAD, "--to", str(file), *WHY)
    assert "is written. SHA-256" in told
    assert file.read_bytes().count(b"Held") == 1
