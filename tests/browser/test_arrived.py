"""A hub worker keys in again what arrived: the council's own form, a button beside each value, and a page to print."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIZES, Sign, sound


def opened(page: Page) -> Page:
    page.goto("/arrived")
    page.get_by_role("link", name="Request for help").first.click()
    page.get_by_label("Why do you open it?").fill("To key it into the case system")
    page.get_by_role("button", name="Open it to key it in").click()
    return page


@pytest.mark.parametrize("size", SIZES)
def test_settled_56_the_form_is_the_councils_own_with_safety_first(sign: Sign, size: str) -> None:
    page = sign("hull", "hub_duty", size=size)
    page.goto("/arrived")
    sound(page, f"arrived-{size}")
    opened(page)
    headings = page.locator("main h3").all_inner_texts()
    assert headings[0] == "Safety and staff risk"
    assert "About this message" in headings
    expect(page.get_by_text("You read names for: To key it into the case system")).to_be_visible()
    sound(page, f"arrived-open-{size}")


def test_each_value_is_copied_by_its_button(sign: Sign) -> None:
    page = sign("hull", "hub_duty")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page)
    value = page.locator(".copies").filter(has=page.locator("bdi", has_text="Parenting")).first
    value = value if value.count() else page.locator(".copies").nth(4)
    value.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".copied")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == value.locator("bdi").inner_text()
    values, buttons = page.locator(".copies bdi").count(), page.get_by_role("button", name="Cop").count()
    assert values == buttons > 10


def test_without_a_script_the_values_stand_there_and_no_button_does_nothing(sign: Sign) -> None:
    page = opened(sign("hull", "hub_duty", scripts=False))
    assert page.locator(".copies bdi").count() > 10
    assert page.get_by_role("button", name="Copy").count() == 0


def test_a_purpose_is_asked_for_and_a_reference_that_is_none_is_said_to_be(sign: Sign) -> None:
    page = sign("hull", "hub_duty", scripts=False)
    page.goto("/arrived")
    page.get_by_label("Our reference").fill("??")
    page.get_by_role("button", name="Find it").click()
    expect(page.get_by_role("link", name="Give at least 6 letters")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    page.get_by_role("link", name="Request for help").first.click()
    page.get_by_role("button", name="Open it to key it in").click()
    expect(page.get_by_role("link", name="Write in a sentence why you look")).to_be_visible()


def test_what_is_printed_is_the_form_without_what_a_screen_needs(sign: Sign) -> None:
    page = opened(sign("hull", "hub_duty"))
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Safety and staff risk")).to_be_visible()
    expect(page.get_by_role("button", name="Copy").first).to_be_hidden()
    expect(page.get_by_role("link", name="What has arrived")).to_be_hidden()
