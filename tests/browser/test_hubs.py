"""Whoever looks after hubs: how each is doing, why a message waits, and stopping one or letting it go on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SIZES, Sign, sound


@pytest.mark.parametrize("size", SIZES)
def test_each_hub_says_how_it_is_doing(sign: Sign, size: str) -> None:
    page = sign("hull", "hub_manager", size=size)
    page.goto("/hubs")
    expect(page.get_by_text("It takes messages.").first).to_be_visible()
    sound(page, f"hubs-{size}")


def test_a_hub_is_paused_with_a_reason_and_goes_on_again(sign: Sign) -> None:
    page = sign("hull", "hub_manager", scripts=False)
    page.goto("/hubs")
    page.locator("tbody a").last.click()
    page.get_by_role("button", name="Pause it").click()
    expect(page.get_by_role("link", name="Write the reason in a sentence")).to_be_visible()
    page.get_by_label("Reason").fill("Their case system is being upgraded tonight.")
    page.get_by_role("button", name="Pause it").click()
    expect(page.get_by_text("Paused").first).to_be_visible()
    page.get_by_label("Reason").fill("The upgrade is done, they say.")
    page.get_by_role("button", name="Let it go on").click()
    expect(page.get_by_text("takes messages again").first).to_be_visible()


def test_one_hub_has_a_page_of_its_own(sign: Sign) -> None:
    page = sign("hull", "hub_manager")
    page.goto("/hubs")
    page.locator("tbody a").first.click()
    sound(page, "hub")


@pytest.mark.parametrize("size", SIZES)
def test_what_has_not_arrived_is_listed_with_its_reason(sign: Sign, size: str) -> None:
    page = sign("tower_hamlets", "hub_manager", size=size)
    page.goto("/deliveries")
    assert page.locator("h1").inner_text() == "What has not arrived"
    sound(page, f"deliveries-{size}")
    page.goto("/deliveries?show=stopped")
    sound(page, f"deliveries-stopped-{size}")


def test_an_ig_lead_may_pause_a_hub_and_a_data_protection_officer_looks(sign: Sign) -> None:
    for role, many in (("ig_lead", 1), ("data_protection_officer", 0)):
        page = sign("hull", role)
        page.goto("/hubs")
        page.locator("tbody a").first.click()
        assert page.get_by_role("button", name="Pause it").count() == many


def test_a_message_of_another_council_is_not_there(sign: Sign) -> None:
    page = sign("kent", "hub_manager")
    answer = page.goto("/deliveries/0123456789abcdef")
    assert answer is not None
    assert answer.status == 404
