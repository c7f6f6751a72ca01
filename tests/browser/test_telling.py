"""Somebody at the desk says what became of a message, that a family says no, and that they cannot decide a hold."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIZES, Played, Sign, sound
from tests.running import HULL, a_hull_referral


def a_message(page: Page) -> None:
    page.goto("/arrived")
    page.get_by_role("link", name="Request for help").last.click()


@pytest.mark.parametrize("size", SIZES)
def test_settled_46_a_hub_worker_says_what_became_of_what_arrived(sign: Sign, size: str) -> None:
    page = sign("hull", "hub_duty", size=size, scripts=size == "desktop")
    a_message(page)
    page.get_by_role("link", name="Say what became of it").click()
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("link", name="Choose what became of it.")).to_be_visible()
    page.get_by_role("radio", name="Advice and guidance").check()
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("link", name="Write the reason, the advice or the question.")).to_be_visible()
    expect(page.get_by_role("radio", name="Advice and guidance")).to_be_checked()
    if size == "desktop":
        sound(page, "became-mistakes")
    page.get_by_label("Words for whoever sent it").fill("Ring the family hub in your own street first.")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text("Recorded: Advice and guidance")).to_be_visible()
    page.get_by_role("link", name="Say what became of it").click()
    expect(page.get_by_text("What was told already")).to_be_visible()
    if size == "desktop":
        sound(page, "became-told")


def to_a_hold(page: Page, played: Played, once: str) -> str:
    """Open the page of a hold that nobody else touches: a request of whose family nothing shows that it was asked."""
    headers = {"authorization": f"Bearer {HULL}", "idempotency-key": f"telling-{once}"}
    sent = played.stage.client.post("/v1/referrals", json=a_hull_referral(agreements=[]), headers=headers)
    referral: str = played.run(sent).json()["receipts"][0]["referral"]
    page.goto("/holds?show=all")
    page.get_by_role("link", name=referral[:8]).click()
    return referral


@pytest.mark.parametrize("size", SIZES)
def test_governance_1_8_2_a_family_says_no_to_whoever_answers_the_telephone(
    sign: Sign, played: Played, size: str
) -> None:
    page = sign("hull", "hub_duty", size=size, scripts=size == "desktop")
    to_a_hold(page, played, f"no-{size}")
    here = page.url
    page.get_by_role("link", name="The family no longer agrees").click()
    page.get_by_role("button", name="Stop sharing this").click()
    expect(page.get_by_role("link", name="Write how you know")).to_be_visible()
    if size == "desktop":
        sound(page, "withdraw-mistakes")
        page.get_by_role("link", name="Back", exact=True).click()
        assert page.url == here
        return
    page.get_by_label("How do you know?").fill("Her mother rang at ten and said so.")
    page.get_by_role("button", name="Stop sharing this").click()
    expect(page.get_by_text("The family no longer agrees. Nothing more goes to anyone.").first).to_be_visible()
    assert page.url == here


def test_a_hold_is_let_go_and_passed_on_with_its_reason(sign: Sign, played: Played) -> None:
    page = sign("hull", "hub_duty", size="phone", scripts=False)
    to_a_hold(page, played, "pass")
    page.get_by_role("button", name="Take it").click()
    page.locator("summary", has_text="I cannot decide this").click()
    page.get_by_role("button", name="Let it go").click()
    expect(page.get_by_text("It is nobody’s now.")).to_be_visible()
    page.locator("summary", has_text="I cannot decide this").click()
    page.get_by_role("button", name="Pass it on").click()
    expect(page.get_by_role("link", name="Write in a sentence why you pass it on")).to_be_visible()
    page.get_by_label("Why do you pass it on?").fill("I know this family from church, so somebody else should look.")
    page.get_by_role("button", name="Pass it on").click()
    expect(page.get_by_text("and they hear of it")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_settled_39_the_slip_is_printed_from_its_page_and_taken_as_text(sign: Sign, size: str) -> None:
    page = sign("tower_hamlets", "ig_lead", size=size, scripts=size == "desktop")
    page.get_by_role("link", name="The whole record").click()
    slip = page.locator(".slip").inner_text()
    assert "CHECKPOINT SLIP" in slip
    if size == "desktop":
        sound(page, "record")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download the slip as text").click()
    assert taken.value.suggested_filename == "slip-tower_hamlets.txt"
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="To check it from outside")).to_be_hidden()
    expect(page.locator(".slip")).to_be_visible()


def test_what_was_not_shared_is_looked_at_again_with_its_reason_and_done(sign: Sign, played: Played) -> None:
    page = sign("hull", "hub_manager")
    referral = to_a_hold(page, played, "review")
    page.get_by_label("Decide not to share").check()
    page.get_by_label("Reason").fill("Her school helps the family already.")
    for part, value in (("Day", "14"), ("Month", "1"), ("Year", "2030")):
        page.get_by_label(part, exact=True).fill(value)
    page.get_by_role("button", name="Record the decision").click()
    other = sign("hull", "practice_manager")
    other.goto("/tasks?show=all")
    other.get_by_role("link", name=f"Look again at what was not shared {referral[:8]}").click()
    expect(other.get_by_text("A reason is kept: open what the sender wrote to read it too.")).to_be_visible()
    other.get_by_label("Why do you open it?").fill("To look at this decision again")
    other.get_by_role("button", name="Open it").click()
    expect(other.get_by_text("Her school helps the family already.")).to_be_visible()
    sound(other, "review")
    other.get_by_role("button", name="It is done").click()
    expect(other.get_by_text("Done").first).to_be_visible()
