"""Two people of a council dispose of what is past its date, and a practitioner explains to a family what was shared."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import select

from gateway.store.tables import CONTENT
from tests.browser.conftest import Played, Sign, by_menu, sound
from tests.browser.later import Later, later
from tests.browser.test_children import others_of

__all__ = ["later"]

COUNCIL = "leicester"


def kinds(later: Later) -> list[str]:
    with later.gateway.store.read(COUNCIL) as connection:
        return list(connection.execute(select(CONTENT.c.kind).where(CONTENT.c.council == COUNCIL)).scalars())


def held(page: Page) -> None:
    """Hold the first record of the list until a day that is named."""
    page.locator("tbody th a").first.click()
    page.get_by_role("button", name="Hold it").click()
    expect(page.get_by_role("link", name="Give the day to look at it again")).to_be_visible()
    page.get_by_label("Why it must be kept").fill("An inquiry has asked for it.")
    for name, value in (("Day", "30"), ("Month", "11"), ("Year", "2029")):
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Hold it").click()
    expect(page.get_by_text("It is held: it stays on no list")).to_be_visible()
    sound(page, "kept-held")


def test_what_is_due_goes_by_two_people_and_what_is_held_stays_until_it_is_released(sign: Sign, later: Later) -> None:
    lead = sign(COUNCIL, "ig_lead", url=later.url)
    by_menu(lead, "Retention")
    sound(lead, "retention")
    held(lead)
    before = kinds(later).count("filed")
    lead.get_by_role("link", name="Kept past its date").click()
    expect(lead.get_by_text("An inquiry has asked for it.")).to_be_visible()
    lead.get_by_role("button", name="Make a list").click()
    expect(lead.get_by_text("You made this list: a second person confirms it.")).to_be_visible()
    assert lead.get_by_role("button", name="Dispose of it").count() == 0
    assert kinds(later).count("filed") == before
    officer = sign(COUNCIL, "data_protection_officer", size="phone", url=later.url)
    officer.goto(lead.url)
    officer.get_by_role("button", name="Dispose of it").click()
    expect(officer.get_by_role("link", name="Say that you have read the list.")).to_be_visible()
    sound(officer, "disposal-phone")
    officer.get_by_label("I have read the list").check()
    officer.get_by_role("button", name="Dispose of it").click()
    officer.get_by_role("button", name="It is me").click()  # and they come back to the list
    officer.get_by_label("I have read the list").check()
    officer.get_by_role("button", name="Dispose of it").click()
    expect(officer.get_by_text("Disposed of:")).to_be_visible()
    # What is held is kept, with whatever other tests have touched since; the rest is gone.
    assert 1 <= kinds(later).count("filed") < before
    officer.get_by_role("link", name="The certificate, to print").click()
    assert officer.inner_text("h1") == "Certificate of disposal"
    sound(officer, "certificate-phone")


def test_settled_40_a_practitioner_says_that_it_is_safe_and_chooses_who_reads_it(sign: Sign, played: Played) -> None:
    page = sign("hull", "hub_duty")
    parent = others_of(played, 10)[0]
    page.goto(f"/arrived?reference={played.sent[10].receipt['referral'][:12]}")
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="Explain to the family what was shared").click()
    assert parent.first_name not in page.content()
    page.get_by_label("Why do you look?").fill("Her mother asked me what we told the hub")
    page.get_by_role("button", name="Choose who is to read it").click()
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_role("link", name="Choose who is to read it.")).to_be_visible()
    sound(page, "explaining-mistakes")
    page.get_by_label(parent.first_name).check()
    page.get_by_label("Why is it safe for them to have this?").fill(
        "I spoke with her alone, and nobody there is a risk."
    )
    page.get_by_role("button", name="Write it").click()
    assert page.inner_text("h1") == "What was shared about your family"
    assert parent.first_name not in page.inner_text("main")
    sound(page, "explanation")
