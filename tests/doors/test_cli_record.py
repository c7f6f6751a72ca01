"""`gateway record`: receipts, FHIR and decisions not to share, as somebody types them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gateway.config.catalogue import Catalogue
from tests.doors.conftest import Run, have_read
from tests.running import a_hull_referral, delivering, rows, until

HULL = ("--council", "hull", "--demo")


@pytest.fixture(autouse=True)
def read(monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue) -> None:
    have_read(monkeypatch, catalogue, "record", "receipts", "notshared", "asking")


@pytest.fixture
def delivery(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A delivery that arrived, in a demonstration's store in the folder we work in."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data" / "demo"
    folder.mkdir(parents=True)

    async def scenario() -> str:
        urls = (f"sqlite:///{folder}/gateway.db", "")
        async with delivering(catalogue, folder, urls, seal_every=0.01) as (door, _):
            await door.ask("POST", "/v1/referrals", json=a_hull_referral(), headers={"idempotency-key": "1"})
            await until(lambda: [row for row in rows(door.gateway, "delivery") if row["state"] == "delivered"])
            await until(lambda: all(row["idx"] is not None for row in rows(door.gateway, "entry")))
            return str(next(row["id"] for row in rows(door.gateway, "delivery") if row["state"] == "delivered"))

    return asyncio.run(scenario())


@pytest.mark.parametrize("form", ["full", "recipient"])
def test_a_receipt_is_written_and_proven_by_what_came_with_it(
    run: Run, delivery: str, tmp_path: Path, form: str
) -> None:
    file = tmp_path / "receipt.zip"
    code, _, err = run("record", "receipt", *HULL, "--delivery", delivery, "--form", form, "--to", file)
    assert code == 0, err
    assert file.stat().st_mode & 0o077 == 0
    key = run("record", "key", *HULL)[1].strip()
    with zipfile.ZipFile(file) as archive:
        archive.extract("verify_evidence.py", tmp_path)
    command = [sys.executable, "-I", "-S", tmp_path / "verify_evidence.py", file, "--key", key]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_receipt_of_a_delivery_nobody_knows_leaves_no_file(run: Run, delivery: str, tmp_path: Path) -> None:
    file = tmp_path / "receipt.zip"
    code, _, err = run("record", "receipt", *HULL, "--delivery", "0" * 32, "--form", "full", "--to", file)
    assert (code != 0, "no delivery of that id" in err, file.exists()) == (True, True, False)


def test_decisions_are_exported_as_fhir(run: Run, delivery: str, tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    assert run("record", "export", *HULL, "--fhir", "--to", file)[0] == 0
    found = [one["resource"] for one in json.loads(file.read_bytes())["entry"]]
    # What was decided, and then the attempt that brought it to the hub.
    assert [one["resourceType"] for one in found] == ["AuditEvent", "Provenance", "Consent", "AuditEvent"]
    assert [part["code"] for part in found[-1]["subtype"]] == ["transmit", "delivered"]


def test_an_explanation_is_printed_for_the_reader_that_was_chosen(run: Run, delivery: str) -> None:
    who = ("--by", "bram.ellis", "--role", "hub_duty", "--for", "/people/1")
    safe = ("--safe-because", "I spoke with her alone, and nobody at home is a risk.")
    code, out, err = run("record", "explain", *HULL, "--delivery", delivery, *who, *safe)
    assert code == 0, err
    assert out.startswith("What was shared about your family")
    assert "Nothing was sent." in err


def test_decisions_not_to_share_are_counted_and_written(run: Run, delivery: str, tmp_path: Path) -> None:
    days = ("--from", "2026-01-01", "--until", "2030-01-01")
    code, _, err = run("record", "not-shared", *HULL, *days)
    assert (code, "0 decisions not to share" in err) == (0, True)
    assert run("record", "not-shared", *HULL, *days, "--csv", tmp_path / "list.csv")[0] == 0
    assert (tmp_path / "list.csv").read_text("utf-8-sig").startswith("Decided on,Request,")
