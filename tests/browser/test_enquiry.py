"""Writing a referral by hand in a real browser: a lead from first question to reference, an office that prepares."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Sign, sound


def save(page: Page, button: str = "Save and continue") -> None:
    page.get_by_role("button", name=button).click()


def say(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).first.fill(text)


def day_of(page: Page, group: str, day: str, month: str, year: str) -> None:
    fields = page.get_by_role("group", name=group).first
    for label, text in (("Day", day), ("Month", month), ("Year", year)):
        fields.get_by_label(label).fill(text)


def part(page: Page, title: str) -> None:
    page.get_by_role("link", name=title, exact=True).click()


def the_child(page: Page) -> None:
    """Maya, aged 9, who lives with her mother."""
    page.get_by_role("button", name=re.compile("Add somebody")).click()
    say(page, "First name", "Maya")
    say(page, "Family name", "Fernsby")
    day_of(page, "Date of birth", "14", "3", "2017")
    say(page, "Postcode", "HU5 1AA")
    page.get_by_label("Help is asked for this child").check()


def the_mother(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Add somebody")).click()
    say(page, "First name", "Joan")
    say(page, "Family name", "Fernsby")
    say(page, "The safe way to reach them", "By text message, in the morning")
    page.get_by_label("A parent or carer").check()


def look(page: Page, name: str, scripts: bool) -> None:
    """What every page must be; a page without scripts cannot be asked, and is the same page."""
    if scripts:
        sound(page, name)


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", True), ("phone", False)])
def test_a_lead_writes_a_request_in_the_councils_own_parts_and_sends_it(sign: Sign, size: str, scripts: bool) -> None:
    page = sign("hull", "sender_lead", size=size, scripts=scripts)
    page.goto("/enquiries")
    page.get_by_role("button", name="Start a new request").click()
    assert page.locator("h1").inner_text() == "Early Help Requests for Additional Support"
    look(page, f"enquiry-parts-{size}", scripts)
    part(page, "Safety and staff risk")
    expect(page.get_by_text(re.compile("ring Hull Early Help and Safeguarding Hub now"))).to_be_visible()
    look(page, f"enquiry-danger-{size}", scripts)
    page.get_by_label("No, nothing that I know of").check()
    save(page)
    page.get_by_label("Parenting Support").check()
    page.get_by_label("West", exact=True).check()
    save(page, "Save and go back to the list")
    part(page, "The child or young person")
    look(page, f"enquiry-people-{size}", scripts)
    the_child(page)
    day_of(page, "Date of birth", "31", "2", "2017")
    save(page)
    expect(page.get_by_role("link", name="Date of birth must be a real date, such as 27 3 2015.")).to_be_visible()
    assert page.get_by_label("First name", exact=True).input_value() == "Maya"
    assert page.get_by_label("Year").first.input_value() == "2017"
    look(page, f"enquiry-mistake-{size}", scripts)
    day_of(page, "Date of birth", "14", "3", "2017")
    save(page)
    expect(page.get_by_text("Maya Fernsby", exact=True)).to_be_visible()
    page.get_by_role("button", name="Continue", exact=True).click()
    the_mother(page)
    look(page, f"enquiry-person-{size}", scripts)
    save(page)
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_label("What is Joan Fernsby to Maya Fernsby?").select_option("Mother")
    save(page)
    say(page, "Reason", "Maya is late most mornings, and her mother asks for help with routines.")
    page.get_by_label("Need", exact=True).first.select_option("Poor attendance")
    page.get_by_label("Whose need is it?").first.select_option("Maya Fernsby")
    look(page, f"enquiry-needs-{size}", scripts)
    save(page)
    page.get_by_label("Who was asked?").first.select_option("Joan Fernsby")
    page.get_by_label("They were asked as").first.select_option("Parent")
    page.get_by_label("What did they say to support and to sharing?").first.select_option("Given")
    page.get_by_label("How did they say it?").first.select_option("Signed")
    today = datetime.now(UTC).date()
    day_of(page, "When did they say it?", str(today.day), str(today.month), str(today.year))
    say(page, "What were they told before they answered?", "What Early Help is, and who will see this.")
    look(page, f"enquiry-agreement-{size}", scripts)
    save(page, "Save and go back to the list")
    page.get_by_role("button", name="Check your answers").click()
    expect(page.get_by_text("Nothing has been sent.", exact=True)).to_be_visible()
    expect(page.get_by_text("It would go to Hull Locality Hub, West.")).to_be_visible()
    expect(page.get_by_role("link", name="Change Evidence and full information")).to_be_visible()
    look(page, f"enquiry-check-{size}", scripts)
    page.get_by_role("button", name="Send it to Hull").click()
    assert page.locator("h1").inner_text() == "The gateway has your request"
    assert "Maya" not in page.title() + page.url
    look(page, f"enquiry-sent-{size}", scripts)
    page.get_by_role("button", name="Start a request for another child of this family").click()
    part(page, "The family")
    expect(page.get_by_text("Joan Fernsby", exact=True)).to_be_visible()


def test_the_office_prepares_and_the_lead_finds_it_on_the_first_page_reads_it_and_sends_it(sign: Sign) -> None:
    office = sign("tower_hamlets", "sender_office", size="phone")
    office.goto("/enquiries")
    office.get_by_role("button", name="Start a new request").click()
    part(office, "Safety and staff risk")
    office.get_by_label("Yes: significant harm has happened").check()
    save(office)
    expect(office.get_by_text(re.compile("Do not wait for this form"))).to_be_visible()
    sound(office, "enquiry-in-danger-phone")
    office.get_by_role("link", name="Agreement form to print and sign").click()
    sound(office, "enquiry-agreement-form-phone")
    office.get_by_role("link", name="All parts of this request").click()
    office.get_by_role("button", name="Check your answers").click()
    assert office.get_by_role("button", name=re.compile("Send it to")).count() == 0
    office.get_by_role("button", name="It is ready to be sent").click()
    sound(office, "enquiries-office-phone")
    lead = sign("tower_hamlets", "sender_lead")
    lead.get_by_role("link", name=re.compile("ready to be sent")).click()
    lead.get_by_role("button", name=re.compile("Open it")).first.click()
    expect(lead.get_by_text("The record says that you opened it.")).to_be_visible()
    lead.get_by_role("button", name="Check your answers").click()
    expect(lead.get_by_text(re.compile("prepared this. The record says that you sent it"))).to_be_visible()
    sound(lead, "enquiry-check-office-desktop")
    lead.keyboard.press("End")
    lead.get_by_role("button", name=re.compile("Send it to")).focus()
    lead.keyboard.press("Enter")
    lead.wait_for_url(re.compile("/sent$"))
    expect(lead.get_by_text(re.compile("ring .* now"))).to_be_visible()
    sound(lead, "enquiry-sent-divert-desktop")


def test_somebody_who_saves_later_sees_both_and_keeps_what_they_choose(sign: Sign) -> None:
    first, second = sign("kent", "sender_lead"), sign("kent", "sender_lead")
    first.goto("/enquiries")
    first.get_by_role("button", name="Start a new request").click()
    where = f"{first.url}/part-2"
    first.goto(where)
    second.goto(where)
    say(first, "Presenting problem", "The first words.")
    save(first)
    say(second, "Presenting problem", "The second words.")
    save(second)
    expect(second.get_by_role("heading", name=re.compile("saved here"))).to_be_visible()
    expect(second.get_by_text("The first words.")).to_be_visible()
    assert second.get_by_label("Presenting problem", exact=True).input_value() == "The second words."
    sound(second, "enquiry-both-desktop")
    save(second)
    second.goto(where)
    assert second.get_by_label("Presenting problem", exact=True).input_value() == "The second words."
