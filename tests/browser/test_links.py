"""Links that were mailed for a hub's messages, in a real browser: found by the reference in the mail, and ended."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from gateway.flows.follow_up import answerlinks
from gateway.store.tables import DELIVERY
from tests.browser.conftest import Played, Sign, sound


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
def test_a_worker_finds_the_message_of_a_mail_that_went_astray_and_ends_its_links(
    sign: Sign, played: Played, size: str, scripts: bool
) -> None:
    gateway = played.stage.gateway
    left = select(DELIVERY).where(DELIVERY.c.council == "hull", DELIVERY.c.state == "delivered")
    left = left.order_by(DELIVERY.c.seq.desc())
    message = played.run(gateway.store.ask("hull", lambda connection: connection.execute(left).first()))
    link = answerlinks.path(gateway, "hull", message.hub, message.id)
    page = sign("hull", "hub_manager", size=size, scripts=scripts)
    page.goto(f"/hubs/{message.hub}")
    page.get_by_role("link", name="Links mailed for its messages").click()
    if scripts:
        sound(page, "links-desktop")
    page.get_by_label("Find one message").fill("abc")
    page.get_by_role("button", name="Find it").click()
    expect(page.get_by_role("link", name="Write the first 8 characters or more.")).to_be_visible()
    page.get_by_label("Find one message").fill(message.referral[:10])
    page.get_by_role("button", name="Find it").click()
    page.locator(f"a[href$='{message.id}']").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="End its links").click()
    expect(page.get_by_role("link", name="Write the reason in a sentence")).to_be_visible()
    if scripts:
        sound(page, "link-end-desktop")
    page.get_by_label("Reason").fill("The mail went to the mailbox of another team.")
    page.get_by_role("button", name="End its links").click()
    expect(page.get_by_text("No link to this message that was mailed until now counts any more")).to_be_visible()
    gone = page.goto(link)
    assert gone is not None
    assert gone.status == 404
