"""The sharing receipt of a delivery: made from sealed entries, proven by a stranger's verifier, silent by its form."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import update

from contracts import verify_evidence
from contracts.errors import NotFound, NotSentYet
from gateway.config.catalogue import Catalogue
from gateway.flows.evidence.sharing_receipt import Issuer, write_receipt
from gateway.flows.gateway import Gateway
from gateway.record.entries import dispose
from gateway.record.receipt import Form
from gateway.store.content import replace as replaced
from gateway.store.tables import ENTRY
from gateway.store.writer import Write
from tests.running import a_hull_referral, delivering, rows, running, until


@dataclass
class Made:
    """One delivery that arrived, and what issues its receipt."""

    gateway: Gateway
    issuer: Issuer
    delivery: str

    def zip(self, form: Form, to: Path) -> Path:
        with to.open("wb") as file:
            write_receipt(self.gateway.store, self.issuer, self.delivery, form, file)
        return to

    @property
    def key(self) -> str:
        return self.issuer.keys.record.vkey


@pytest.fixture(scope="module")
def made(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("receipt")
    urls = (f"sqlite:///{folder}/gateway.db", "")

    async def scenario() -> str:
        async with delivering(catalogue, folder, urls, seal_every=0.01) as (door, _):
            await door.ask("POST", "/v1/referrals", json=a_hull_referral(), headers={"idempotency-key": "1"})
            await until(lambda: [row for row in rows(door.gateway, "delivery") if row["state"] == "delivered"])
            await until(lambda: all(row["idx"] is not None for row in rows(door.gateway, "entry")))
            return str(next(row["id"] for row in rows(door.gateway, "delivery") if row["state"] == "delivered"))

    delivery = asyncio.run(scenario())
    with running(catalogue, folder, urls) as gateway:
        policy = catalogue.policies["hull"]
        issuer = Issuer(
            gateway.council("hull"), gateway.keys["hull"], catalogue.groups.titles, {policy.digest: policy.text}
        )
        yield Made(gateway, issuer, delivery)


def verified(file: Path, key: str, *options: str) -> subprocess.CompletedProcess[str]:
    """As somebody without the gateway checks it, with the checker that came in the zip."""
    with zipfile.ZipFile(file) as archive:
        archive.extract("verify_evidence.py", file.parent)
    command = [sys.executable, "-I", "-S", "verify_evidence.py", file.name, "--key", key, *options]
    return subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)


def page_in(file: Path) -> str:
    with zipfile.ZipFile(file) as archive:
        return archive.read("receipt.html").decode()


@pytest.mark.parametrize("form", ["full", "recipient"])
def test_settled_40_both_forms_are_verified_without_the_gateway(made: Made, tmp_path: Path, form: Form) -> None:
    done = verified(made.zip(form, tmp_path / "receipt.zip"), made.key)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "The page receipt.html was signed together with these entries." in done.stdout


def test_the_full_form_says_what_went_to_whom_on_what_basis(made: Made, tmp_path: Path) -> None:
    page = page_in(made.zip("full", tmp_path / "receipt.zip"))
    payload = next(row["digest"] for row in rows(made.gateway, "delivery") if row["id"] == made.delivery)
    for said in ("Hull Locality Hub, West", "Who the child is.", "UK GDPR Article 6(1)(e)", "Parent: agreed", payload):
        assert said in page
    assert "This does not say that the sharing was right." in page


def test_a_page_loads_nothing_and_runs_nothing(made: Made, tmp_path: Path) -> None:
    page = page_in(made.zip("full", tmp_path / "receipt.zip")).lower()
    assert not [bad for bad in ("<script", "src=", "href=", "url(", "@import", "✓", "✔") if bad in page]


def test_settled_40_the_recipient_sees_neither_rules_nor_reasons_nor_who_agreed(made: Made, tmp_path: Path) -> None:
    done = verified(made.zip("recipient", tmp_path / "receipt.zip"), made.key, "--show")
    closed = [
        line.split(":")[0].strip() for line in done.stdout.splitlines() if line.endswith("there, and not shown here")
    ]
    assert {"rules", "reasons", "withheld", "facts", "subject", "request", "agreement"} <= set(closed)


def test_the_recipient_gets_no_policy_text(made: Made, tmp_path: Path) -> None:
    names = {form: zipfile.ZipFile(made.zip(form, tmp_path / form)).namelist() for form in ("full", "recipient")}
    assert [any(name.startswith("policies/") for name in names[form]) for form in names] == [True, False]


def test_no_change_of_one_bit_in_page_signature_or_entries_is_verified(made: Made, tmp_path: Path) -> None:
    with zipfile.ZipFile(made.zip("full", tmp_path / "receipt.zip")) as archive:
        whole = {name: archive.read(name) for name in archive.namelist()}
    key, chance = verify_evidence.key_in(made.key), random.Random(7)
    for name in ("receipt.html", "receipt.sig", "entries.jsonl"):
        for place in chance.sample(range(len(whole[name]) * 8), 60):
            changed = bytearray(whole[name])
            changed[place // 8] ^= 1 << place % 8
            file = tmp_path / "changed.zip"
            with zipfile.ZipFile(file, "w") as archive:
                for one, data in (whole | {name: bytes(changed)}).items():
                    archive.writestr(one, data)
            with pytest.raises((verify_evidence.NotVerified, ValueError, KeyError)):
                verify_evidence.check_page(str(file), key)


def test_a_page_without_its_signature_is_not_verified(made: Made, tmp_path: Path) -> None:
    made.zip("full", tmp_path / "receipt.zip")
    with zipfile.ZipFile(tmp_path / "receipt.zip") as whole, zipfile.ZipFile(tmp_path / "less.zip", "w") as less:
        for name in whole.namelist():
            if name != "receipt.sig":
                less.writestr(name, whole.read(name))
    done = verified(tmp_path / "less.zip", made.key)
    assert (done.returncode, done.stdout.splitlines()[-1][:12]) == (1, "NOT verified")


def test_a_receipt_with_a_section_disposed_of_still_verifies_and_says_so(made: Made, tmp_path: Path) -> None:
    (entry,) = [row for row in rows(made.gateway, "entry") if row["type"] == "decision.machine"]
    (kept,) = [row for row in rows(made.gateway, "content") if row["id"] == entry["sections"]]

    def put(body: bytes) -> None:
        made.gateway.writer.run(Write(lambda tx: replaced(tx, kept["council"], kept["id"], "sections", body)))

    put(dispose(kept["body"], ["withheld", "agreement"]))
    try:
        file = made.zip("full", tmp_path / "receipt.zip")
    finally:
        put(kept["body"])
    assert verified(file, made.key).returncode == 0
    assert "This part has been disposed of by law." in page_in(file)


def test_what_has_not_arrived_has_no_receipt(made: Made) -> None:
    with pytest.raises(NotFound):
        write_receipt(made.gateway.store, made.issuer, "0" * 32, "full", BytesIO())


def test_what_is_not_sealed_yet_has_no_receipt(made: Made) -> None:
    attempt = [row for row in rows(made.gateway, "entry") if row["type"] == "attempt"][-1]

    def number(idx: int | None) -> None:
        change = update(ENTRY).where(ENTRY.c.rid == attempt["rid"]).values(idx=idx)
        made.gateway.writer.run(Write(lambda tx: tx.execute(change)))

    number(None)
    try:
        with pytest.raises(NotSentYet, match="sealed"):
            write_receipt(made.gateway.store, made.issuer, made.delivery, "full", BytesIO())
    finally:
        number(attempt["idx"])
