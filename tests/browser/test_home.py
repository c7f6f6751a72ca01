"""Signing in, and the first page, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import SIZES, Played, Sign, sound

ROLES = ("hub_duty", "ig_lead", "council_admin", "practice_manager")


def test_a_page_without_sign_in_leads_to_the_sign_in_page(browser: Browser, played: Played) -> None:
    page = browser.new_page(base_url=played.url)
    page.goto("/")
    assert page.url == f"{played.url}/sign-in"
    sound(page, "sign-in")
    page.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_what_waits_for_it(sign: Sign, role: str, size: str) -> None:
    page = sign("hull", role, size=size)
    assert page.locator("h1").inner_text() == "What waits for you"
    sound(page, f"home-{role}-{size}")


def test_signing_in_and_out_works_without_scripts(sign: Sign) -> None:
    page = sign("hull", "hub_duty", scripts=False)
    page.get_by_role("button", name="Sign out").click()
    assert page.locator("h1").inner_text() == "Sign in"
    expect(page.get_by_text("You have signed out.")).to_be_visible()
    page.goto("/")
    assert page.url.endswith("/sign-in")


def test_a_form_of_another_session_changes_nothing(sign: Sign) -> None:
    one, other = sign("hull", "hub_duty"), sign("hull", "ig_lead")
    stolen = other.locator("input[name=csrf]").first.get_attribute("value")
    one.evaluate("value => { document.querySelector('input[name=csrf]').value = value }", stolen)
    one.get_by_role("button", name="Sign out").click()
    assert one.locator("h1").inner_text() == "You may not open this page"
    one.goto("/")
    assert one.locator("h1").inner_text() == "What waits for you"


def test_the_keyboard_alone_reaches_the_content(sign: Sign) -> None:
    page = sign("hull", "hub_duty")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")
