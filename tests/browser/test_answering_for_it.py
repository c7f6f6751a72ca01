"""What an IG lead answers for, in a real browser: the log from its oldest end, the register signed, a day's limit."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gateway.flows.entry import READER, write_entry
from gateway.flows.oversight.looked import PACK
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.browser.conftest import SIZES, Played, Sign, by_menu, sound
from tests.browser.test_children import child_of
from tests.browser.test_reports import made, sign_again
from tests.browser.test_rights import ASKER, written

WHY = "The monthly review with the service head"


def times(page: Page) -> list[str]:
    return [link.get_attribute("href") or "" for link in page.locator("main tbody th a").all()]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("size", SIZES)
def test_the_log_is_turned_round_and_kept_as_a_view(sign: Sign, size: str, scripts: bool) -> None:
    page = sign("tower_hamlets", "ig_lead", size=size, scripts=scripts)
    page.goto("/log")
    newest = times(page)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Order", exact=True).select_option(label="Oldest first")
    page.get_by_role("button", name="Show these").click()
    assert "order=oldest" in page.url
    assert "the oldest first" in page.inner_text("#count")
    assert page.get_by_label("Order", exact=True).input_value() == "oldest"
    if page.get_by_role("link", name="Later decisions").count() == 0:
        assert times(page) == newest[::-1]
    if scripts:  # axe is one itself
        sound(page, f"log-oldest-{size}")
    page.get_by_label("A name for this view").fill(f"From the start, {size}")
    page.get_by_role("button", name="Keep it").click()
    kept = page.get_by_role("link", name=f"From the start, {size}").get_attribute("href")
    assert kept is not None
    assert "order=oldest" in kept
    page.get_by_role("button", name=f"Delete the view From the start, {size}").click()


def test_the_register_is_made_a_report_that_two_people_sign(sign: Sign, played: Played) -> None:
    lead = sign("leicester", "ig_lead")
    child = child_of(played, 10)
    written(lead, played, child, "Complain")
    by_menu(lead, "Rights")
    lead.get_by_role("link", name="Make a report of the register").click()
    lead.get_by_role("button", name="Make the report").click()
    expect(lead.get_by_role("heading", name="Counted by right")).to_be_visible()
    assert not any(word in lead.content() for word in (ASKER, child.surname, "Everything the council keeps"))
    sound(lead, "report-rights-register")
    here = lead.url
    officer = sign("leicester", "data_protection_officer", size="phone")
    officer.goto(here)
    officer.get_by_role("button", name="I have reviewed this report").click()
    lead.reload()
    sign_again(lead, "Sign this report", "I have read this report and stand by it")
    expect(lead.get_by_text("You have signed this report.")).to_be_visible()
    officer.reload()
    sound(officer, "report-rights-register-signed-phone")
    for title in ("Disposals and what is held", "Reader report"):
        sound(made(lead, title), f"report-{title.split()[0].casefold()}")


def test_who_has_taken_out_a_days_files_is_told_until_when_and_whom_to_ask(sign: Sign, played: Played) -> None:
    gateway = played.stage.gateway
    (name,) = gateway.council("leicester").roles["ig_lead"].people
    said = {"by": name, "role": "ig_lead", "how": "signed in", "purpose": WHY}

    def work(tx: Tx) -> None:
        for _ in range(gateway.settings.exports_a_day):
            write_entry(tx, "leicester", "", PACK, said, section=READER)

    gateway.writer.run(Write(work))
    page = made(sign("leicester", "ig_lead"), "Review of sharing agreements")
    page.get_by_role("link", name="Take it out as a file").click()
    page.get_by_role("button", name="Make the file").click()
    page.get_by_role("button", name="It is me").click()
    page.get_by_label("JSON Lines").check()
    page.get_by_label("Why do you take it out?").fill(WHY)
    page.get_by_role("button", name="Make the file").click()
    refused = page.get_by_role("alert").inner_text()
    assert "You have taken out 20 files within 24 hours" in refused
    assert "If it cannot wait, ask the Data protection officer or whoever runs this gateway." in refused
    sound(page, "export-refused")
    page.goto("/exports")
    assert page.get_by_role("link", name="Review of sharing agreements").count() == 0
