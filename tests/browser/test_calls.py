"""A request by telephone in a real browser: from who is ringing to the reference and a letter for the caller."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Sign, sound
from tests.browser.test_enquiry import part, save, say, the_child, the_mother


def look(page: Page, name: str, scripts: bool) -> None:
    if scripts:  # axe is one itself
        sound(page, name)


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", True), ("phone", False)])
def test_an_officer_writes_down_a_mothers_call_and_hands_her_a_letter(sign: Sign, size: str, scripts: bool) -> None:
    page = sign("hull", "front_door", size=size, scripts=scripts)
    page.goto("/enquiries")
    page.get_by_role("button", name="Write down a call").click()
    expect(page.get_by_role("link", name="Choose who is ringing.")).to_be_visible()
    look(page, f"calls-{size}", scripts)
    page.get_by_label("A parent or carer, for their own family").check()
    page.get_by_role("button", name="Write down a call").click()
    expect(page.locator("#heard")).to_contain_text("by word of mouth")
    look(page, f"call-parts-{size}", scripts)
    part(page, "Safety and staff risk")
    page.get_by_label("No, nothing that I know of").check()
    save(page)
    page.get_by_label("Parenting Support").check()
    page.get_by_label("West", exact=True).check()
    save(page)
    expect(page.get_by_label("The caller’s name")).to_be_visible()
    assert page.get_by_label("A parent or carer, for their own family").is_checked()
    say(page, "The caller’s name", "Joan Fernsby")
    say(page, "Their telephone number", "07700 900123")
    look(page, f"call-caller-{size}", scripts)
    save(page)
    the_child(page)
    save(page)
    page.get_by_role("button", name="Continue", exact=True).click()
    the_mother(page)
    save(page, "Save and go back to the list")
    part(page, "Evidence and full information")
    say(page, "Reason", "She is late most mornings, and asks for help with routines.")
    save(page, "Save and go back to the list")
    page.get_by_role("button", name="Check your answers").click()
    expect(page.get_by_text("It would go to Hull Locality Hub, West.")).to_be_visible()
    look(page, f"call-check-{size}", scripts)
    page.get_by_role("button", name="Send it to Hull").click()
    expect(page.get_by_text("Tell the caller the reference:")).to_be_visible()
    reference = page.locator("strong.reference").inner_text()
    look(page, f"call-sent-{size}", scripts)
    page.get_by_role("button", name="Make a letter for the caller").focus()
    page.keyboard.press("Enter")
    expect(page.locator("strong.reference")).to_have_text(reference)
    expect(page.get_by_text("asks for help with routines")).to_be_visible()
    assert page.locator(".govuk-notification-banner").count() == 0
    look(page, f"call-letter-{size}", scripts)


def test_a_caller_whom_the_document_sends_elsewhere_is_told_so_and_turned_away_by_nobody(sign: Sign) -> None:
    page = sign("hull", "front_door")
    page.goto("/enquiries")
    page.get_by_label("A relative, a neighbour or somebody else").check()
    page.get_by_role("button", name="Write down a call").click()
    expect(page.get_by_role("heading", name="Is this the right door?")).to_be_visible()
    sound(page, "call-door-desktop")
    page.get_by_role("button", name="Write it down").click()
    expect(page.locator("#heard")).to_be_visible()


def test_a_council_that_has_not_said_who_takes_calls_says_so(sign: Sign) -> None:
    page = sign("kent", "front_door", size="phone")
    page.goto("/enquiries")
    expect(page.get_by_text(re.compile("Kent has not said who writes down what callers say"))).to_be_visible()
    sound(page, "calls-none-phone")
