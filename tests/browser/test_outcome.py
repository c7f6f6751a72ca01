"""A worker at a hub opens the link in a mail, and says what became of one message without signing in."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from gateway.flows.follow_up import answerlinks
from gateway.store.tables import DELIVERY, EVENT
from tests.browser.conftest import SIZES, Played, sound


def a_message(played: Played) -> tuple[str, str]:
    """A request that has arrived at a hub of Hull and of which nothing was told yet: its id and its hub."""
    told = select(EVENT.c.seq).where(EVENT.c.delivery == DELIVERY.c.id)
    found = (
        select(DELIVERY.c.id, DELIVERY.c.hub)
        .where(DELIVERY.c.council == "hull", DELIVERY.c.kind == "referral", DELIVERY.c.state == "delivered")
        .where(~told.exists())
        .order_by(DELIVERY.c.seq)
    )

    def read(connection: Any) -> tuple[str, str]:
        row = connection.execute(found).first()
        return row.id, row.hub

    message: tuple[str, str] = played.run(played.stage.gateway.store.ask("hull", read))
    return message


@pytest.mark.parametrize("size", SIZES)
def test_a_hub_worker_tells_an_outcome_by_the_link_in_a_mail(browser: Browser, played: Played, size: str) -> None:
    delivery, hub = a_message(played)
    link = answerlinks.path(played.stage.gateway, "hull", hub, delivery)
    context = browser.new_context(viewport=SIZES[size], java_script_enabled=size == "desktop", base_url=played.url)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("What became of it?")
    if size == "desktop":
        sound(page, "outcome-desktop")
    page.get_by_role("radio", name="Not accepted").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    problem = page.get_by_role("link", name="Write the reason, the advice or the question")
    expect(problem).to_be_visible()
    if size == "desktop":
        sound(page, "outcome-wrong")
    expect(page.get_by_role("radio", name="Not accepted")).to_be_checked()
    page.get_by_label("Words for whoever sent it").fill("The family lives in the East. Send it there, please.")
    page.get_by_role("button", name="Tell").click()
    expect(page.get_by_text("Recorded: Not accepted")).to_be_visible()
    expect(page.get_by_text("What was told already")).to_be_visible()
    if size == "desktop":
        sound(page, "outcome-told")
    else:
        page.screenshot(path="build/screenshots/outcome-phone.png", full_page=True)
        assert page.locator("html").bounding_box()["width"] <= SIZES[size]["width"]  # type: ignore[index]
    context.close()
