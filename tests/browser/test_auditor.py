"""Somebody from outside audits a council: they sign in, read the log and a decision, and take proofs home to check."""

from __future__ import annotations

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from contracts import verify_evidence
from tests.browser.conftest import SIZES, Played, Sign, sound
from tests.browser.test_children import people_of

WHY = "The audit of this year: does what is kept match what was sealed?"


@pytest.mark.parametrize("size", SIZES)
def test_an_auditor_reads_some_days_and_takes_proofs_that_a_stranger_verifies(
    sign: Sign, played: Played, size: str
) -> None:
    gateway = played.stage.gateway

    async def seal() -> None:
        await gateway.writer.submit(gateway.sealer.seal_now())

    played.run(seal())
    page = sign("hull", "auditor", size=size)
    assert page.inner_text("h1") == "What you may read"
    expect(page.get_by_text("from 1 January 2026")).to_be_visible()
    seen = [page.content()]
    sound(page, f"auditor-home-{size}")
    page.locator("main").get_by_role("link", name="Sharing log").click()
    seen.append(page.content())
    sound(page, f"auditor-log-{size}")
    page.locator("tbody th a").first.click()
    expect(page.get_by_role("heading", name="Proof", exact=True)).to_be_visible()
    assert page.get_by_role("button", name="Read").count() == 0
    seen.append(page.content())
    sound(page, f"auditor-decision-{size}")
    page.get_by_label("Why do you look?").fill(WHY)
    page.get_by_role("button", name="Download the proofs").click()
    page.get_by_role("button", name="It is me").click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download the proofs").click()
    key = gateway.keys["hull"].record.vkey
    command = [sys.executable, "-I", verify_evidence.__file__, str(coming.value.path()), "--key", key, "--show"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stdout
    names = {one.surname for number in (10, 11) for one in people_of(played, number, "hull")}
    assert not any(name in text for name in names for text in (*seen, told.stdout))
    for path in ("/children", "/holds", "/readers", "/exports"):
        assert page.request.get(path).status == 403
