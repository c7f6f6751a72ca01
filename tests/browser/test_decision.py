"""One decision of the sharing log in a real browser: from the list to the proof, and what each role may open."""

from __future__ import annotations

import io
import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIZES, Played, Sign, sound
from tests.browser.test_log import FAMILY

WHY = "An audit sample for November"


def opened(page: Page, query: str = "outcome=share_minimised") -> Page:
    page.goto(f"/log?{query}")
    page.locator("tbody th a").first.click()
    return page


@pytest.mark.parametrize("size", SIZES)
def test_a_decision_begins_with_one_plain_sentence_and_ends_with_its_proof(sign: Sign, size: str) -> None:
    page = opened(sign("tower_hamlets", "ig_lead", size=size))
    assert page.inner_text("h1").startswith("Shared with Tower Hamlets Early Help Hub, trimmed, because: An address")
    proof = page.locator("#proof ~ p").first.inner_text()
    assert "Unaltered since" in proof
    assert "this does not say that the sharing was right" in proof
    assert not any(name in page.content() for name in FAMILY)
    sound(page, f"decision-{size}")


def test_what_was_withheld_stands_beside_what_was_sent(sign: Sign) -> None:
    page = opened(sign("tower_hamlets", "ig_lead"))
    expect(page.get_by_role("heading", name="Withheld from Tower Hamlets Early Help Hub")).to_be_visible()
    expect(page.get_by_text("A protection flag covers this.")).to_be_visible()
    rule = page.locator("details", has_text="Every rule that matched").locator(".ref", has_text="M-604")
    expect(rule).to_be_hidden()
    page.emulate_media(media="print")
    expect(rule).to_be_visible()


def test_nothing_further_is_shown_without_a_reason(sign: Sign) -> None:
    page = opened(sign("tower_hamlets", "ig_lead", scripts=False))
    page.get_by_role("button", name="Who has looked").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Why do you look?").fill(WHY)
    page.get_by_role("button", name="Who has looked").click()
    assert page.inner_text("h1") == "Who has looked"
    assert f"You read names for: {WHY}" in page.inner_text("header")


def test_who_has_looked_says_so_of_the_one_before(sign: Sign) -> None:
    page = opened(sign("tower_hamlets", "ig_lead"), "outcome=advice_only")
    address = page.url
    page.get_by_label("Why do you look?").fill(WHY)
    page.get_by_role("button", name="Read the reasons").click()
    expect(page.get_by_text("Nobody wrote a reason.")).to_be_visible()
    sound(page, "decision-reasons")
    other = sign("tower_hamlets", "data_protection_officer")
    other.goto(address)
    other.get_by_label("Why do you look?").fill("A look at the readers, as every month")
    other.get_by_role("button", name="Who has looked").click()
    row = other.locator("tbody tr").first.inner_text()
    assert "Read the reasons that people wrote" in row
    assert WHY in row
    sound(other, "readers")


def test_practice_reads_what_the_sender_wrote_and_information_governance_does_not(sign: Sign) -> None:
    lead = opened(sign("tower_hamlets", "ig_lead"))
    assert lead.get_by_role("button", name="Read what the sender wrote").count() == 0
    page = sign("tower_hamlets", "practice_manager")
    page.goto(lead.url)
    page.get_by_label("Why do you look?").fill("A complaint about this decision")
    page.get_by_role("button", name="Read what the sender wrote").click()
    expect(page.get_by_role("heading", name="What the sender wrote")).to_be_visible()
    assert any(name in page.content() for name in FAMILY)
    assert page.get_by_role("button", name="Download the evidence").count() == 0
    sound(page, "decision-content")


def test_evidence_and_receipt_come_as_zips_once_the_record_says_why(sign: Sign, played: Played) -> None:
    gateway = played.stage.gateway

    async def seal() -> None:
        await gateway.writer.submit(gateway.sealer.seal_now())

    played.run(seal())
    page = opened(sign("tower_hamlets", "ig_lead"))
    page.get_by_label("Why do you look?").fill(WHY)
    page.get_by_role("button", name="Download the evidence").click()
    page.get_by_role("button", name="It is me").click()
    assert page.get_by_label("Why do you look?").input_value() == WHY
    for button, inside in (
        ("Download the evidence", "checkpoint.txt"),
        ("Download the sharing receipt", "receipt.html"),
    ):
        with page.expect_download() as coming:
            page.get_by_role("button", name=button).click()
        with zipfile.ZipFile(io.BytesIO(coming.value.path().read_bytes())) as archive:
            assert {inside, "verify_evidence.py"} <= set(archive.namelist())
    page.reload()
    expect(page.get_by_text("Took the evidence out.").first).to_be_visible()


def test_what_is_held_says_who_it_waits_for(sign: Sign) -> None:
    page = opened(sign("hull", "practice_manager"), "outcome=hold&agreement=refused")
    assert page.inner_text("h1").startswith("Held, because: The family said no.")
    assert "Whose turn:" in page.inner_text("main")
    sound(page, "decision-held")


def test_another_councils_decision_and_none_look_the_same(sign: Sign) -> None:
    path = opened(sign("tower_hamlets", "ig_lead")).url
    other = sign("hull", "ig_lead")
    answers = [other.request.get(address) for address in (path, "/log/" + "0" * 32)]
    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].body() == answers[1].body()
