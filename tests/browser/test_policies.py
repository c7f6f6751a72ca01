"""A change of the rules on the pages, from its files to its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from gateway.config.policytext import files, redated
from tests.browser.conftest import Played, Sign, by_menu, sound
from tests.demo.test_policy_on_the_tour import COUNCIL, RULE, loosened

WHY = "A young person over 19 is to be seen by somebody before a request goes back."
AUTHOR, LEAD, PRACTICE = "data_protection_officer", "ig_lead", "practice_manager"
VERSION = "1.1.0"


def proposal(played: Played, version: str = VERSION) -> str:
    """Tower Hamlets' words with one rule loosened, from a day to come."""
    starts = datetime.now(UTC) + timedelta(days=3)
    return redated(loosened(played.stage.gateway.policy(COUNCIL).text, starts), version, starts)


def chosen(text: str, *names: str) -> list[FilePayload]:
    return [{"name": name, "mimeType": "text/yaml", "buffer": files(text)[name].encode()} for name in names]


def put_forward(page: Page, given: list[FilePayload], why: str = WHY) -> None:
    page.goto("/policies")
    page.get_by_label("The files that you changed").set_input_files(given)
    page.get_by_label("What does it change, and why?").fill(why)
    page.get_by_role("button", name="Put it forward").click()


def step_up(page: Page) -> None:
    """Confirm that it is still them, where they are asked to."""
    button = page.get_by_role("button", name="It is me")
    if button.count():
        button.click()


def rehearsed(page: Page) -> None:
    """Look again until it is done, as somebody without scripts does."""
    for _ in range(100):
        if page.get_by_role("link", name="Look again").count() == 0:
            return
        page.get_by_role("link", name="Look again").click()
    pytest.fail("the rehearsal did not end")


def test_a_change_goes_from_its_files_to_its_day(sign: Sign, played: Played) -> None:
    text = proposal(played)
    page = sign(COUNCIL, AUTHOR)
    by_menu(page, "Rules")
    sound(page, "policies-desktop")
    page.get_by_role("button", name="Put it forward").click()
    expect(page.get_by_role("link", name="Choose the files that you changed.")).to_be_visible()

    put_forward(page, chosen(text, "rules.yaml"), "Too short")
    expect(page.get_by_role("link", name="Say in a sentence what this changes")).to_be_visible()
    gap = [{"name": "t5-agreement.yaml", "mimeType": "text/yaml", "buffer": b"id: T5\n"}]
    put_forward(page, gap)  # type: ignore[arg-type]
    expect(page.get_by_role("heading", name="What is to be put right")).to_be_visible()
    assert "t5-agreement.yaml" in page.inner_text("main")
    sound(page, "policies-wrong")

    put_forward(page, chosen(text, "rules.yaml", "policy.yaml"))
    expect(page.get_by_text("It decides nothing yet.")).to_be_visible()
    assert WHY in page.inner_text("main")
    assert page.get_by_role("button", name="Approve it").count() == 0
    sound(page, "policy-proposed")
    here = page.url

    page.get_by_role("link", name="What changes from version").click()
    assert "It may be less cautious somewhere" in page.inner_text("main")
    assert page.get_by_role("heading", name="What does Tower Hamlets ask besides?").count() == 1
    sound(page, "policy-compare")

    page.goto(f"{here}/rehearse")
    page.get_by_role("button", name="Rehearse it").click()
    expect(page.get_by_role("link", name="Say in a sentence why you look")).to_be_visible()
    before = sum(len(hub.arrivals) for hub in played.stage.hubs.values())
    page.get_by_label("Why do you look at what was decided?").fill("To send fewer back to schools")
    page.get_by_role("button", name="Rehearse it").click()
    expect(page.get_by_role("heading", name="How many")).to_be_visible(timeout=60_000)
    row = page.locator("tr", has_text="Sent back").filter(has_text="Held")
    assert row.count() == 1
    assert page.locator("svg[role=img]").count() == 1
    assert sum(len(hub.arrivals) for hub in played.stage.hubs.values()) == before
    sound(page, "policy-rehearsed")
    row.get_by_role("link").click()
    assert "The hub finds out if that is so." in page.inner_text("main")
    sound(page, "policy-cases")
    approved_by_two(sign, here)
    published(sign, here)


def approved_by_two(sign: Sign, here: str) -> None:
    lead, practice = sign(COUNCIL, LEAD), sign(COUNCIL, PRACTICE, size="phone")
    for page, name in ((lead, "desktop"), (practice, "phone")):
        page.goto(here)
        page.get_by_role("button", name="Approve it").click()
        assert page.inner_text("h1") == "Sign in again"
        step_up(page)
        assert page.inner_text("h1") == f"Approve version {VERSION}"
        sound(page, f"policy-approve-{name}")
        if page is lead:
            publish(page, here, "From its own day")
            missing = "It is not approved yet by: Information governance lead, Practice manager."
            assert missing in page.inner_text("main")
            sound(page, "policy-publish-not-yet")
            page.goto(f"{here}/approve")
        page.get_by_role("button", name=f"Approve version {VERSION}").click()
        expect(page.get_by_text(f"You approve version {VERSION}")).to_be_visible()


def published(sign: Sign, here: str) -> None:
    page = sign(COUNCIL, LEAD)
    publish(page, here, "At once")
    assert "It may loosen something" in page.inner_text("main")
    publish(page, here, "From its own day")
    expect(page.get_by_text("It decides from").first).to_be_visible()
    assert page.get_by_text("From a day to come").count() == 1
    page.get_by_role("link", name="Change file").click()
    told = page.inner_text("main")
    assert [one for one in (WHY, "owen.tarn", "iris.voss", "To send fewer back to schools") if one not in told] == []
    sound(page, "policy-change")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download it as text").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert f"- {RULE} (What does Tower Hamlets ask besides?): Looser and tighter." in text
    assert "1 Sent back -> Held" in text


def publish(page: Page, here: str, start: str) -> None:
    page.goto(f"{here}/publish")
    step_up(page)
    page.get_by_label(start).check()
    page.get_by_role("button", name="Publish it").click()


def test_earlier_words_are_put_forward_again_without_scripts(sign: Sign, played: Played) -> None:
    page, digest = sign("hull", AUTHOR, size="phone", scripts=False), played.stage.gateway.policy("hull").digest
    page.goto(f"/policies/{digest}/again")
    page.get_by_role("button", name="Put it forward").click()
    expect(page.get_by_role("link", name="Write the new version as three numbers")).to_be_visible()
    page.get_by_label("Its version").fill("2.0.0")
    page.get_by_label("Why?", exact=True).fill("The change of last week went too far.")
    page.get_by_role("button", name="Put it forward").press("Enter")
    here = page.url
    page.get_by_role("link", name="What changes").press("Enter")
    assert "Nothing changes but the version and its day." in page.inner_text("main")
    page.goto(f"{here}/rehearse")
    page.get_by_label("Why do you look at what was decided?").fill("To see that nothing changes")
    page.get_by_role("button", name="Rehearse it").press("Enter")
    rehearsed(page)
    assert "0 would have been different" in page.inner_text("main")
    looked_at_on_a_phone(sign, here)
    page.goto(here)
    page.get_by_role("button", name="Put it aside").press("Enter")
    expect(page.get_by_text("These words are put aside.")).to_be_visible()


def looked_at_on_a_phone(sign: Sign, here: str) -> None:
    page = sign("hull", AUTHOR, size="phone")
    for path, name in (("", "policy"), ("/compare", "policy-compare"), ("/rehearse", "policy-rehearsed"),
                       ("/again", "policy-again"), ("/change", "policy-change")):  # fmt: skip
        page.goto(f"{here}{path}")
        sound(page, f"{name}-phone")
    page.goto("/policies")
    sound(page, "policies-phone")


def test_a_hub_worker_reads_the_rules_and_changes_nothing(sign: Sign, played: Played) -> None:
    page = sign("hull", "hub_duty")
    page.goto("/policies")
    assert page.get_by_role("button", name="Put it forward").count() == 0
    digest = played.stage.gateway.policy("hull").digest
    for path in ("rehearse", "approve", "publish", "again"):
        answer = page.goto(f"/policies/{digest}/{path}")
        assert answer is not None
        assert answer.status == 403, path


def test_words_of_another_council_are_not_there(sign: Sign, played: Played) -> None:
    page, digest = sign("kent", LEAD), played.stage.gateway.policy("hull").digest
    for path in ("", "/compare", "/rehearse", "/change", "/change.txt", "/files.zip"):
        answer = page.goto(f"/policies/{digest}{path}")
        assert answer is not None
        assert answer.status == 404, path


def test_the_public_page_links_the_version_of_each_rule(browser: Browser, played: Played) -> None:
    page = browser.new_page(base_url=played.url)
    page.goto("/rules/hull")
    page.locator("summary").first.click()
    page.get_by_role("link", name="version 1.0.0").first.click()
    assert "in force since" in page.inner_text("main")
    sound(page, "rules-version")
    page.close()
