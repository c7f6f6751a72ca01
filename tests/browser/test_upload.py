"""A school without a connected system sends a file by hand: the office prepares it, and the lead sends it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from gateway.demo.sending import zip_of
from tests.browser.conftest import Played, Sign, sound


def school_zip(played: Played, number: int, spoil: bool = False) -> FilePayload:
    """The demonstration's zip under other numbers; spoilt, one pupil cannot be found in the export."""
    read = zipfile.ZipFile(io.BytesIO(zip_of("hull_additional_support", played.stage.today)))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as changed:
        for name in read.namelist():
            text = read.read(name).decode().replace("IA-10", f"IA-{number}")
            if spoil and name == "referral.csv":
                text = text.replace("Z810999926001", "Z000000000000")
            changed.writestr(name, text)
    return {"name": "Fernsby family.zip", "mimeType": "application/zip", "buffer": written.getvalue()}


def choose(page: Page, file: FilePayload) -> None:
    page.get_by_label("A school's covering sheet").check()
    page.get_by_label("The file", exact=True).set_input_files(file)
    page.get_by_role("button", name="Look at it").click()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_office_prepares_a_file_and_the_lead_sends_it(sign: Sign, played: Played, size: str) -> None:
    file = school_zip(played, 30 if size == "desktop" else 40)
    office = sign("hull", "sender_office", size=size)
    office.goto("/sent/upload")
    office.get_by_role("button", name="Look at it").click()
    expect(office.get_by_role("alert")).to_contain_text("Choose a file")
    sound(office, f"upload-mistakes-{size}")
    choose(office, file)
    expect(office.get_by_role("heading", name="Nothing has been sent")).to_be_visible()
    assert office.get_by_role("button", name="Send it now").count() == 0
    assert "Fernsby" not in office.content()
    sound(office, f"upload-office-{size}")
    office.get_by_role("button", name="Say that it is ready to send").click()
    expect(office.locator(".govuk-notification-banner")).to_contain_text("Nothing has been sent")

    lead = sign("hull", "sender_lead", size=size)
    lead.locator("h2#files ~ table").first.get_by_role("link").first.click()
    sound(lead, f"upload-ready-{size}")
    lead.get_by_role("button", name="Send it now").click()
    expect(lead.get_by_role("alert")).to_contain_text("Choose the same file again")
    lead.get_by_label("The same file again").set_input_files(school_zip(played, 77))
    lead.get_by_role("button", name="Send it now").click()
    expect(lead.get_by_role("alert")).to_contain_text("not the file that was looked at")
    lead.get_by_label("The same file again").set_input_files(file)
    lead.get_by_role("button", name="Send it now").click()
    expect(lead.get_by_role("heading", name="What became of this file")).to_be_visible()
    assert lead.get_by_text("Taken in", exact=True).count() == 3
    sound(lead, f"upload-sent-{size}")
    with lead.expect_download() as kept:
        lead.get_by_role("link", name="These rows as a table").click()
    assert Path(kept.value.path()).read_text(encoding="utf-8-sig").startswith("position,state,reference")
    lead.locator("tbody a[href^='/sent/']").first.click()
    expect(lead.get_by_role("heading", name="What became of it")).to_be_visible()


def test_a_row_that_cannot_be_used_is_named_with_what_to_do_without_scripts(sign: Sign, played: Played) -> None:
    page = sign("hull", "sender_deputy", scripts=False)
    page.goto("/sent/upload")
    choose(page, school_zip(played, 50, spoil=True))
    row = page.locator("tr:has-text('Not taken in')")
    expect(row).to_contain_text("expected")
    page.get_by_role("button", name="Take it away unsent").click()
    expect(page.locator(".govuk-notification-banner")).to_contain_text("It is gone")
