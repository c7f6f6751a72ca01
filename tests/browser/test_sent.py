"""A school's own people at their desk: the lead sees what became of what they sent, and says what is theirs to say."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gateway.flows.holds.opening import READ
from gateway.flows.oversight.looked import CHILD, COPY, RECEIPT
from gateway.store.tables import DELIVERY, ENTRY
from tests.browser.conftest import Played, Sign, sound

WHY = "To answer the hub about our pupil"
QUESTION = "Which mornings is he late, and who brings him?"
JOURNEYS = pytest.mark.parametrize(("size", "number"), [("desktop", 10), ("phone", 5)])


def reference(played: Played, number: int) -> str:
    return str(played.sent[number].receipt["referral"])


def entries(played: Played, referral: str) -> list[str]:
    with played.stage.gateway.store.read("hull") as connection:
        found = select(ENTRY.c.type).where(ENTRY.c.referral == referral).order_by(ENTRY.c.seq)
        return list(connection.execute(found).scalars())


def hub_tells(played: Played, number: int, what: str, said: dict[str, Any]) -> None:
    """The hub's own system says something about the message it was sent."""
    arrived = DELIVERY.c.referral == reference(played, number)
    with played.stage.gateway.store.read("hull") as connection:
        found = select(DELIVERY.c.id).where(arrived, DELIVERY.c.kind == "referral", DELIVERY.c.state == "delivered")
        delivery = connection.execute(found).scalar_one()
    answer = played.run(
        played.stage.client.post(
            f"/v1/deliveries/{delivery}/{what}",
            json=said,
            headers={"authorization": "Bearer demo-hull-hub", "idempotency-key": f"{what} {number}".replace(" ", "-")},
        )
    )
    assert answer.status_code == 202, answer.text


@JOURNEYS
def test_a_lead_answers_chases_and_disagrees_and_keeps_a_copy(
    sign: Sign, played: Played, size: str, number: int
) -> None:
    hub_tells(played, number, "events", {"event": "more_information_asked", "words": QUESTION})
    own = reference(played, number)
    page = sign("hull", "sender_lead", size=size)
    sound(page, f"sender-home-{size}")
    expect(page.locator("#ring + p + ul li").first).to_contain_text("Safeguarding Hub")
    page.locator(f"a[href='/sent/{own}#questions']").first.click()
    expect(page.locator("main")).to_contain_text("A hub asks you something")
    assert QUESTION not in page.content()
    sound(page, f"sent-asked-{size}")

    page.get_by_label("Why do you open it?").fill("why")
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("alert")).to_contain_text("Write in a sentence why you look")
    before = entries(played, own)
    page.get_by_label("Why do you open it?").fill(WHY)
    page.get_by_role("button", name="Open it").click()
    assert entries(played, own) == [*before, READ]
    expect(page.locator("main")).to_contain_text(QUESTION)
    sound(page, f"sent-opened-{size}")

    page.get_by_role("button", name="Send this answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Write your answer")
    sound(page, f"sent-answer-missing-{size}")
    page.get_by_label("Your answer").fill("Mondays and Fridays. His aunt brings him.")
    page.get_by_role("button", name="Send this answer").click()
    expect(page.locator(".govuk-notification-banner")).to_contain_text("Your answer goes to")

    chase(page)
    expect(page.locator(".govuk-notification-banner")).to_contain_text("Asked, and kept in the record")
    chase(page)
    expect(page.get_by_role("alert")).to_contain_text("The hub was asked already")
    sound(page, f"sent-asked-already-{size}")
    page.get_by_text("Say that you do not agree").click()
    page.get_by_label("What do you not agree with").fill("He needs somebody before Christmas, not after it.")
    page.get_by_role("button", name="Tell the hub’s manager").click()
    expect(page.locator("main")).to_contain_text("The sender does not agree with what was decided")
    assert {"hub.event"} <= set(entries(played, own))

    copies(page, played, own)
    page.goto(f"/sent/{own}")
    page.get_by_role("link", name="All you sent about").first.click()
    page.get_by_role("button", name="Show everything").click()
    expect(page.locator("main")).to_contain_text("In time order")
    assert CHILD in entries(played, own)
    sound(page, f"sent-child-{size}")


def chase(page: Page) -> None:
    page.get_by_text("Ask the hub what has become of it").click()
    page.get_by_role("button", name="Ask the hub", exact=True).click()


def copies(page: Page, played: Played, own: str) -> None:
    """Three papers, each only after they have just proved who they are."""
    for name in ("A copy to print (HTML)", "A copy for a system (JSON)"):
        page.get_by_label("Why do you take a copy out?").fill("For the child’s own file here")
        with page.expect_download() as kept:
            page.get_by_role("button", name=name).click()
            if "/step-up" in page.url:
                page.get_by_role("button", name="It is me").click()
                page.get_by_role("button", name=name).click()
        body = kept.value.path().read_text(encoding="utf-8")
        assert "Dunmallet" in body or "Castellane" in body
    played.run(played.stage.gateway.writer.submit(played.stage.gateway.sealer.seal_now()))
    with page.expect_download() as kept:
        page.get_by_role("button", name="Sharing receipt").first.click()
    assert "receipt.html" in zipfile.ZipFile(BytesIO(kept.value.path().read_bytes())).namelist()
    assert {COPY, RECEIPT} <= set(entries(played, own))


def test_what_came_back_is_listed_until_somebody_marks_it_as_read(sign: Sign, played: Played) -> None:
    hub_tells(played, 6, "outcome", {"outcome": "allocated"})
    office = sign("hull", "sender_office", size="phone", scripts=False)
    office.goto("/notices")
    expect(office.get_by_role("heading", name="Not read yet")).to_be_visible()
    assert office.get_by_role("button", name="Mark as read").count() == 0
    page = sign("hull", "sender_deputy")
    page.goto("/notices")
    sound(page, "notices-desktop")
    own = reference(played, 6)
    row = page.locator(f"tr:has(a[href^='/sent/{own}'])")
    many = row.count()
    row.first.get_by_role("button", name="Mark as read").click()
    expect(page.locator(".govuk-notification-banner")).to_contain_text("Marked as read")
    expect(row).to_have_count(many - 1)
    assert "word.read" in entries(played, own)
    page.goto(f"/sent/{own}")
    expect(page.locator("#outcomes + ul")).to_be_visible()
    sound(page, "sent-answered-desktop")


def test_without_scripts_and_by_the_keyboard_a_request_is_opened_and_corrected(sign: Sign, played: Played) -> None:
    own = reference(played, 7)
    page = sign("hull", "sender_deputy", size="phone", scripts=False)
    page.goto("/sent")
    page.locator(f"a[href='/sent/{own}']").last.focus()
    page.keyboard.press("Enter")
    # Whether it still waits for an answer depends on what other tests decided; it can be corrected either way.
    page.get_by_role("link", name="Correct it and send it again").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Why do you open it?").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("The name is spelt wrongly")
    page.keyboard.press("Enter")
    expect(page.get_by_text("everything else goes again as it was sent")).to_be_visible()
    page.get_by_role("link", name="The child or young person", exact=True).click()
    page.get_by_role("link", name=re.compile("Ottilie")).first.click()
    first = page.get_by_label("First name", exact=True)
    assert first.input_value() == "Ottilie"
    born = page.get_by_role("group", name="Date of birth").first
    day, month = (born.get_by_label(name).input_value() for name in ("Day", "Month"))
    for name, value in (("Day", "31"), ("Month", "2")):
        born.get_by_label(name).fill(value)
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("alert")).to_contain_text("must be a real date")
    for name, value in (("Day", day), ("Month", month)):
        born.get_by_label(name).fill(value)
    first.fill("Ottoline")
    page.get_by_role("button", name="Save and go back to the list").click()
    page.get_by_role("button", name="Check your answers").click()
    expect(page.get_by_role("heading", name="What you change")).to_be_visible()
    changes = page.locator("#changes + dl")
    expect(changes).to_contain_text("It was: Ottilie")
    expect(changes).to_contain_text("It is now: Ottoline")
    assert changes.locator(".govuk-summary-list__row").count() == 1
    page.get_by_role("link", name="All parts of this request").click()
    page.get_by_text("Leave the request as it is").click()
    page.get_by_role("button", name="Delete it for good").click()
    expect(page.get_by_text("It is deleted. Nothing of it was sent.")).to_be_visible()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_corrected_request_takes_the_place_of_the_earlier_one(sign: Sign, played: Played, size: str) -> None:
    page = sign("hull", "sender_lead", size=size)
    page.goto("/sent")
    page.locator(f"tr:has-text('IA-{105 if size == 'desktop' else 103}') a[href^='/sent/']").last.click()
    page.get_by_role("link", name="Correct it and send it again").click()
    page.get_by_label("Why do you open it?").fill(WHY)
    page.get_by_role("button", name="Open it to correct it").click()
    sound(page, f"correct-{size}")
    page.get_by_role("button", name="Check your answers").click()
    expect(page.get_by_text("What is not changed is not sent again.")).to_be_visible()
    page.get_by_role("button", name="Send the corrected request").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is changed yet")
    page.get_by_role("link", name=re.compile("^Change Evidence")).click()
    page.get_by_label("Reason", exact=True).fill("The mornings are hard, and the family asks for help with them.")
    page.get_by_role("button", name="Save and go back to the list").click()
    page.get_by_role("button", name="Check your answers").click()
    sound(page, f"correct-look-{size}")
    page.get_by_role("button", name="Send the corrected request").click()
    expect(page.locator(".govuk-notification-banner")).to_contain_text("The corrected request is sent")
