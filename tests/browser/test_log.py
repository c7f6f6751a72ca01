"""The sharing log in a real browser: what an IG lead asks of it, and what it never shows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SIZES, Sign, sound

FAMILY = ("Thistledown", "Brightwater", "E2 0AD")
"""Names and a place of the families whose requests the demonstration's form sends."""


@pytest.mark.parametrize("size", SIZES)
def test_the_log_lists_decisions_the_newest_first_and_names_nobody(sign: Sign, size: str) -> None:
    page = sign("tower_hamlets", "ig_lead", size=size)
    page.goto("/log")
    assert "Nobody is named here." in page.inner_text("#count")
    assert page.locator("tbody tr").count() > 3
    assert not any(name in page.content() for name in FAMILY)
    sound(page, f"log-{size}")


def test_a_filter_holds_codes_only_and_says_how_many_it_finds_without_scripts(sign: Sign) -> None:
    page = sign("tower_hamlets", "ig_lead", scripts=False)
    page.goto("/log")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Decision", exact=True).select_option(label="Share, trimmed")
    page.get_by_label("Protection", exact=True).select_option(label="Secret address")
    page.get_by_role("button", name="Show these").click()
    assert "outcome=share_minimised" in page.url
    assert "protect=address" in page.url
    shown = page.locator("tbody tr")
    assert shown.count() >= 1
    assert page.inner_text("#count").startswith(f"{shown.count()} decision")
    assert page.get_by_label("Decision", exact=True).input_value() == "share_minimised"


def test_what_is_listed_becomes_a_report_of_the_same_question(sign: Sign) -> None:
    page = sign("tower_hamlets", "ig_lead", scripts=False)
    page.goto("/log?outcome=share_minimised")
    many = page.locator("tbody tr").count()
    page.get_by_role("button", name="Make a report of these").click()
    while page.get_by_role("link", name="Look again").count():
        page.get_by_role("link", name="Look again").click()
    assert page.inner_text("h1").startswith("Disclosure log")
    assert page.locator("main table").last.locator("tbody tr").count() == many


def test_a_day_that_is_none_is_asked_for_again_at_its_field(sign: Sign) -> None:
    page = sign("hull", "ig_lead")
    page.goto("/log?from-day=31&from-month=2&from-year=2026&hub=nowhere")
    sound(page, "log-mistakes")
    page.get_by_role("link", name="Give a day, a month and a year").click()
    assert page.evaluate("document.activeElement.id") == "from-day"
    expect(page.get_by_role("link", name="Choose one from the list.")).to_be_visible()


def test_a_view_is_kept_for_one_person_and_deleted(sign: Sign) -> None:
    page = sign("hull", "ig_lead")
    page.goto("/log?outcome=hold")
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("link", name="Give this view a name").click()
    page.get_by_label("A name for this view").fill("What is held")
    page.get_by_role("button", name="Keep it").click()
    assert page.get_by_role("link", name="What is held").get_attribute("href") == "/log?outcome=hold"
    sound(page, "log-views")
    other = sign("hull", "practice_manager")
    other.goto("/log")
    assert other.get_by_role("link", name="What is held").count() == 0
    page.get_by_role("button", name="Delete the view What is held").click()
    assert page.get_by_role("link", name="What is held").count() == 0


def test_a_filter_is_set_by_the_keyboard_alone(sign: Sign) -> None:
    page = sign("hull", "data_protection_officer")
    page.goto("/log")
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Decision", exact=True).focus()
    page.keyboard.press("H")
    page.get_by_role("button", name="Show these").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**outcome=hold**")


@pytest.mark.parametrize("role", ["hub_duty", "council_admin"])
def test_other_roles_do_not_see_the_log(sign: Sign, role: str) -> None:
    page = sign("hull", role)
    answer = page.goto("/log")
    assert answer is not None
    assert answer.status == 403
    assert page.get_by_role("link", name="Sharing log").count() == 0
