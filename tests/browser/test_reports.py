"""Reports in a real browser: an IG lead's from sign-in to signed, an export, statistics, and a sample reviewed."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import insert, select

from gateway.flows.reports import exporting
from gateway.path.calendar import add_months, day_of, start_of
from gateway.store.chance import next_id
from gateway.store.tables import DECISION
from gateway.store.transaction import Tx
from gateway.store.writer import Write
from tests.browser.conftest import SIZES, Played, Sign, by_menu, sound
from tests.browser.test_log import FAMILY

WHY = "The monthly review of what was shared"
HOUR = 3_600_000


@pytest.fixture(scope="module")
def earlier(played: Played) -> date:
    """Decisions of the demonstration again, as if made in each month of the last quarter. Its first day."""
    gateway = played.stage.gateway
    today = day_of(gateway.now())
    quarter = add_months(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), -3)

    def work(tx: Tx) -> None:
        rows = tx.execute(select(DECISION).where(DECISION.c.council == "tower_hamlets")).mappings().all()
        for month in range(3):
            for many, row in enumerate(rows):
                _again(tx, dict(row), start_of(add_months(quarter, month)) + many * HOUR, 2 + 3 * many)

    gateway.writer.run(Write(work))
    return quarter


def _again(tx: Tx, row: dict[str, Any], at: int, many: int) -> None:
    for one in range(many):
        tx.execute(insert(DECISION).values(row | {"id": next_id(), "at": at + one * 1_000}))


def opened(page: Page, title: str) -> Page:
    """From the start to one report's page."""
    by_menu(page, "Reports")
    page.get_by_role("link", name=title, exact=True).click()
    return page


def made(page: Page, title: str) -> Page:
    opened(page, title)
    page.get_by_role("button", name="Make the report").click()
    expect(ready(page).get_by_text("Days", exact=True)).to_be_visible()
    return page


def ready(page: Page) -> Page:
    """A report that was asked for, once it is made: a busy machine takes its time, and the page says so."""
    for _ in range(100):
        if page.get_by_role("heading", name="This report is being made").count() == 0:
            break
        page.wait_for_timeout(100)
        page.get_by_role("link", name="Look again").click()
    return page


@pytest.mark.parametrize(
    ("size", "council", "scripts"),
    [("desktop", "tower_hamlets", True), ("phone", "hull", True), ("desktop", "leicester", False)],
    ids=["desktop", "phone", "without scripts"],
)
def test_a_report_from_sign_in_to_signed(sign: Sign, size: str, council: str, scripts: bool) -> None:
    """The IG lead makes it, the data protection officer reviews it, the IG lead signs in again and signs it."""

    def looked_at(page: Page, name: str) -> None:
        if scripts:  # axe is one itself
            sound(page, f"{name}-{size}")

    lead = sign(council, "ig_lead", size=size, scripts=scripts)
    lead.goto("/reports")
    looked_at(lead, "reports")
    lead.get_by_role("link", name="Disclosure log", exact=True).click()
    looked_at(lead, "report-ask")
    lead.get_by_role("button", name="Make the report").click()
    assert ready(lead).locator("tbody tr").count() >= 1
    assert not any(name in lead.content() for name in FAMILY)
    assert "Somebody else reviews it." in lead.inner_text("main")
    looked_at(lead, "report-draft")
    officer = sign(council, "data_protection_officer", size=size)
    officer.goto(lead.url)
    officer.get_by_role("button", name="I have reviewed this report").click()
    expect(officer.get_by_text("It is recorded that you have reviewed this report.")).to_be_visible()
    assert "Somebody else signs it." in officer.inner_text("main")
    lead.reload()
    lead.get_by_role("button", name="Sign this report").click()
    lead.get_by_role("button", name="It is me").click()
    lead.get_by_role("button", name="Sign this report").click()
    assert "Say that you have read this report" in lead.inner_text(".govuk-error-summary")
    looked_at(lead, "report-sign")
    lead.get_by_label("I have read this report and stand by it").check()
    lead.get_by_role("button", name="Sign this report").click()
    assert "You have signed this report" in lead.inner_text("main")
    looked_at(lead, "report-signed")
    lead.get_by_role("link", name="Page to print").click()
    assert "It does not say that the sharing was right." in lead.inner_text("main")
    looked_at(lead, "report-print")


def test_what_is_wrong_in_a_question_is_said_at_its_field(sign: Sign) -> None:
    page = opened(sign("hull", "ig_lead"), "Breach: how far it reaches")
    page.get_by_label("Our reference of one request").fill("no reference")
    page.get_by_label("When somebody became aware of it").fill("yesterday")
    page.get_by_role("button", name="Make the report").click()
    sound(page, "report-mistakes")
    page.get_by_role("link", name="Give the day and the time").click()
    assert page.evaluate("document.activeElement.id") == "aware"
    assert page.get_by_label("When somebody became aware of it").input_value() == "yesterday"


def test_an_export_waits_for_a_second_person_and_comes_as_csv(sign: Sign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ALONE", 1)
    lead = made(sign("tower_hamlets", "ig_lead"), "Overrides and break-glass")
    lead.goto("/reports")
    made(lead, "Disclosure log")
    lead.get_by_role("link", name="Take it out as a file").click()
    lead.get_by_role("button", name="Make the file").click()
    lead.get_by_role("button", name="It is me").click()
    lead.get_by_role("button", name="Make the file").click()
    sound(lead, "export-mistakes")
    lead.get_by_label("CSV for a spreadsheet (UTF-8 with its mark)").check()
    lead.get_by_label("Why do you take it out?").fill(WHY)
    lead.get_by_role("button", name="Make the file").click()
    expect(lead.get_by_text("a second person who may take reports out confirms it")).to_be_visible()
    sound(lead, "export-waiting")
    officer = sign("tower_hamlets", "data_protection_officer")
    officer.goto("/exports")
    sound(officer, "exports")
    officer.locator("tbody th a").first.click()
    officer.get_by_role("button", name="Confirm this export").click()
    officer.get_by_role("button", name="It is me").click()
    officer.get_by_role("button", name="Confirm this export").click()
    assert "Only" in officer.inner_text("#take")
    lead.reload()
    with lead.expect_download() as coming:
        lead.get_by_role("button", name="Download the file").click()
    text = coming.value.path().read_text(encoding="utf-8-sig")
    assert next(csv.reader(text.splitlines()))[:3] == ["When", "Reference", "Child"]
    assert not any(name in text for name in FAMILY)
    sound(lead, "export-ready")


@pytest.mark.parametrize("size", SIZES)
def test_statistics_stand_beside_their_bars_and_show_no_small_number(sign: Sign, earlier: date, size: str) -> None:
    page = sign("tower_hamlets", "ig_lead", size=size)
    page.goto("/reports/statistics")
    for name, value in (("Day", 1), ("Month", earlier.month), ("Year", earlier.year)):
        page.get_by_role("group", name="First day").get_by_label(name, exact=True).fill(str(value))
    page.get_by_role("button", name="Make the report").click()
    page.get_by_role("link", name="Page to print").click()
    assert page.locator("svg.bars").count() >= 3
    counts = page.locator("tbody td:last-child").all_inner_texts()
    numbers = [int(text.replace(",", "")) for text in counts if text.replace(",", "").isdecimal()]
    assert numbers
    assert not [number for number in numbers if 0 < number < 5]
    assert "not shown" in counts
    sound(page, f"statistics-{size}")


def test_signed_statistics_are_published_for_everybody_and_taken_back(
    sign: Sign, browser: Browser, played: Played, earlier: date
) -> None:
    """Made by one, reviewed by another, signed and published; a visitor reads it on a phone without scripts."""
    lead = sign("tower_hamlets", "ig_lead")
    lead.goto("/reports/statistics")
    for name, value in (("Day", 1), ("Month", earlier.month), ("Year", earlier.year)):
        lead.get_by_role("group", name="First day").get_by_label(name, exact=True).fill(str(value))
    lead.get_by_role("button", name="Make the report").click()
    report = lead.url
    officer = sign("tower_hamlets", "data_protection_officer")
    officer.goto(report)
    officer.get_by_role("button", name="I have reviewed this report").click()
    lead.goto(report)
    sign_again(lead, "Sign this report", "I have read this report and stand by it")
    sound(lead, "statistics-publish")
    sign_again(lead, "Publish this report")
    expect(lead.get_by_text("It is published. Anybody may read it now.")).to_be_visible()
    public = lead.get_by_role("link", name="the page for everybody").get_attribute("href") or ""
    for size, scripts in (("desktop", True), ("phone", True), ("phone", False)):
        context = browser.new_context(viewport=SIZES[size], java_script_enabled=scripts, base_url=played.url)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto("/rules/tower_hamlets")
        page.get_by_role("link", name="Tower Hamlets’s numbers").click()
        if scripts:
            sound(page, f"statistics-listed-{size}")
        page.locator(f"a[href='{public}']").click()
        assert page.locator("svg.bars").count() >= 3
        if scripts:
            sound(page, f"statistics-public-{size}")
        with page.expect_download() as got:
            page.get_by_role("link", name="Take all of it as CSV").click()
        assert got.value.suggested_filename.startswith("tower_hamlets-statistics-")
        page.goto("/statistics/hull")
        expect(page.get_by_text("Hull has published no numbers here.")).to_be_visible()
        if scripts:
            sound(page, f"statistics-none-{size}")
        context.close()
    lead.get_by_role("button", name="Take it back").click()
    expect(lead.get_by_role("link", name="Write the reason in a sentence")).to_be_visible()
    lead.get_by_label("Reason").fill("The month is to be counted again.")
    lead.get_by_role("button", name="Take it back").click()
    expect(lead.get_by_text("Nobody outside can read it any more")).to_be_visible()
    gone = lead.goto(public)
    assert gone is not None
    assert gone.status == 404


def sign_again(page: Page, button: str, tick: str = "") -> None:
    """Press it, signing in once more where that is asked first."""
    where = page.url
    for _ in range(2):
        if tick:
            page.get_by_label(tick).check()
        page.get_by_role("button", name=button).click()
        if "/step-up" not in page.url:
            return
        page.get_by_role("button", name="It is me").click()
        page.goto(where)


def test_a_drawn_decision_is_reviewed_by_somebody_who_did_not_decide_it(sign: Sign, earlier: date) -> None:
    page = made(sign("tower_hamlets", "ig_lead"), "Assurance sample")
    sound(page, "sample")
    page.get_by_role("link", name="Review decision 1", exact=True).click()
    page.get_by_role("button", name="Keep my answers").click()
    sound(page, "sample-mistakes")
    for group in page.get_by_role("group").all():
        group.get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Keep my answers").click()
    expect(page.get_by_text("Your answers about decision 1 are kept.")).to_be_visible()
    page.get_by_role("link", name="Review decision 1", exact=True).click()
    assert "You have answered." in page.inner_text("main")
    sound(page, "sample-answered")
    page.goto("/reports")
    made(page, "Results of the assurance sample")
    sound(page, "sample-results")


@pytest.mark.parametrize("role", ["hub_duty", "council_admin"])
def test_other_roles_see_no_reports(sign: Sign, role: str) -> None:
    page = sign("hull", role)
    answer = page.goto("/reports")
    assert answer is not None
    assert answer.status == 403
    assert page.get_by_role("link", name="Reports", exact=True).count() == 0
