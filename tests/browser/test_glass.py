"""A duty worker's hour with one child, in a real browser, and the two who look at it afterwards."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIZES, Played, Sign, sound
from tests.browser.test_children import child_of

WHY = "The police are at the door of the family’s flat."


def begin(page: Page, played: Played, number: int, size: str = "") -> None:
    """From the foot of the start page to the child. size: of the pictures; "" where no script may look."""
    page.get_by_role("link", name="Break the glass").click()
    page.get_by_role("button", name="Go on, and sign in again").click()
    expect(page.get_by_role("link", name="Choose why you need to read this now.")).to_be_visible()
    sound(page, f"glass-mistakes-{size}") if size else None
    page.get_by_label("A child may be in danger now").check()
    page.get_by_label("What has happened?").fill(WHY)
    page.get_by_role("button", name="Go on, and sign in again").click()
    page.get_by_role("button", name="It is me").click()
    child = child_of(played, number)
    page.get_by_label("First name and surname").fill(f"{child.first_name} {child.surname}")
    for name in ("Day", "Month", "Year"):
        page.get_by_label(name, exact=True).fill(str(getattr(child.date_of_birth, name.lower())))
    sound(page, f"glass-child-{size}") if size else None
    page.get_by_role("button", name="Break the glass").click()


@pytest.mark.parametrize("size", SIZES)
def test_break_glass_from_a_reason_to_its_review(sign: Sign, played: Played, size: str) -> None:
    page = sign("hull", "front_door", size=size)
    child = child_of(played, 11)
    begin(page, played, 11, size)
    expect(page.get_by_text("You have broken the glass.")).to_be_visible()
    assert child.surname not in page.content()
    sound(page, f"glass-open-{size}")
    page.get_by_role("button", name="Read what was sent").first.click()
    assert child.surname in page.inner_text("main")
    assert (child.surname in page.url, child.surname in page.title()) == (False, False)
    sound(page, f"glass-read-{size}")
    page.goto("/holds")
    expect(page.get_by_text("You have broken the glass.")).to_be_visible()
    page.get_by_role("link", name="Go to the child, or end it").click()
    page.get_by_role("button", name="End it now").click()
    expect(page.get_by_text("You have broken the glass.")).to_have_count(0)
    lead = sign("hull", "ig_lead", size=size)
    expect(lead.get_by_text("AT ONCE, for Information governance lead: Somebody broke the glass").first).to_be_visible()
    lead.get_by_role("link", name="Who broke the glass").click()
    sound(lead, f"glass-used-{size}")
    lead.get_by_role("row").filter(has_text="To do").locator("a").first.click()
    lead.get_by_role("button", name="Show what they wrote").click()
    expect(lead.get_by_text(WHY)).to_be_visible()
    sound(lead, f"glass-review-{size}")
    lead.get_by_role("button", name="Record the review").click()
    expect(lead.get_by_role("link", name="Choose what you found")).to_be_visible()
    lead.get_by_label("It was justified").check()
    lead.get_by_label("Why do you find so?").fill("The police had rung, and nobody else was on duty.")
    lead.get_by_role("button", name="Record the review").click()
    expect(lead.get_by_text("Your review is recorded.")).to_be_visible()


def test_the_front_door_is_told_from_a_keyboard_alone_without_scripts(sign: Sign, played: Played) -> None:
    page = sign("hull", "front_door", scripts=False)
    begin(page, played, 11)
    page.locator("summary", has_text="Tell the front door").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("He is not safe at home tonight.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Going to Hull Early Help and Safeguarding Hub")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_a_lead_sees_who_looked_and_how_often(sign: Sign, size: str) -> None:
    page = sign("hull", "ig_lead", size=size)
    page.goto("/readers")
    page.get_by_role("button", name="Show who looked").click()
    expect(page.get_by_role("link", name="Write in a sentence why you look")).to_be_visible()
    page.get_by_label("Why do you look?").fill("The month’s look at who reads")
    page.get_by_role("button", name="Show who looked").click()
    expect(page.get_by_role("heading", name="reading")).to_be_visible()
    sound(page, f"who-looked-{size}")
    page.get_by_role("button", name="Each reading").first.click()
    expect(page.get_by_role("heading", name="Each reading, the newest first")).to_be_visible()
    sound(page, f"who-looked-each-{size}")


def test_a_page_says_beforehand_that_it_ends_and_stays_at_a_press(sign: Sign) -> None:
    page = sign("hull", "hub_manager")
    page.clock.install()
    page.goto("/holds")
    assert "or you are signed out" in page.inner_text("footer")
    page.clock.fast_forward("27:00")
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    page.clock.fast_forward("01:30")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "idle-stay"
    sound(page, "idle")
    with page.expect_response("**/account"):
        page.keyboard.press("Enter")
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    page.clock.fast_forward("10:00")
    assert page.url.endswith("/holds")


def halves(page: Page, button: str) -> list[str]:
    """Print one half of a sheet, as somebody who has proved again who they are."""
    page.goto("/break-glass/codes")
    page.get_by_role("button", name=button).click()
    page.get_by_role("button", name="It is me").click()
    page.get_by_role("button", name=button).click()
    return page.locator("main ol strong").all_inner_texts()


def test_sealed_codes_of_two_people_let_somebody_in_when_no_sign_in_answers(sign: Sign, played: Played) -> None:
    lead, officer = sign("hull", "ig_lead"), sign("hull", "data_protection_officer", size="phone")
    first = halves(lead, "Print the first halves")
    sound(lead, "paper-codes-print")
    second = halves(officer, "Print the second halves")
    sound(officer, "paper-codes-print-phone")
    assert (len(first), len(second)) == (5, 5)
    page = sign("hull", "hub_duty")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in")
    page.get_by_role("link", name="Your council’s sign-in does not answer").press("Enter")
    page.get_by_label("Council").select_option("hull")
    page.get_by_label("The role you act in").select_option("hub_duty")
    page.get_by_label("Your name").fill(played.stage.gateway.council("hull").roles["hub_duty"].people[0])
    page.get_by_label("First half").fill(first[0])
    page.get_by_label("Second half").fill(second[1])
    page.get_by_role("button", name="Come in").press("Enter")
    expect(page.get_by_role("link", name="Those two codes do not let you in.")).to_be_visible()
    sound(page, "sign-in-paper-mistakes")
    page.get_by_label("First half").fill(first[0].lower())
    page.get_by_label("Second half").fill(second[0])
    page.get_by_role("button", name="Come in").press("Enter")
    expect(page.get_by_text("You are in, for one child.")).to_be_visible()
    sound(page, "glass-on-paper")
    assert {page.request.get(path).status for path in ("/", "/holds", "/policies", "/hubs")} == {403}
    page.get_by_label("A child may be in danger now").check()
    page.get_by_label("What has happened?").fill(WHY)
    page.get_by_role("button", name="Go on, and sign in again").click()
    child = child_of(played, 10)
    page.get_by_label("First name and surname").fill(f"{child.first_name} {child.surname}")
    for part in ("Day", "Month", "Year"):
        page.get_by_label(part, exact=True).fill(str(getattr(child.date_of_birth, part.lower())))
    page.get_by_role("button", name="Break the glass").click()
    expect(page.get_by_text("You have broken the glass.")).to_be_visible()
    lead.goto("/")
    expect(lead.get_by_text("Somebody came in with sealed paper codes.").first).to_be_visible()
    lead.goto("/break-glass/codes")
    expect(lead.get_by_text("in the name of")).to_be_visible()
    lead.get_by_role("button", name="End every code that is left").click()
    expect(lead.get_by_role("link", name="Write in a sentence why they end.")).to_be_visible()
    sound(lead, "paper-codes")
