"""Whoever looks after a council's connection sees what is left to do, and takes the papers away filled in."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SIZES, Sign, sound


@pytest.mark.parametrize("size", SIZES)
def test_settled_52_going_live_is_one_page(sign: Sign, size: str) -> None:
    page = sign("hull", "council_admin", size=size)
    page.goto("/going-live")
    expect(page.get_by_role("heading", name="The way to safety")).to_be_visible()
    expect(page.get_by_role("rowheader", name="While it is held here")).to_be_visible()
    sound(page, f"going-live-{size}")


@pytest.mark.parametrize("size", SIZES)
def test_the_papers_are_read_printed_and_taken_away(sign: Sign, size: str) -> None:
    page = sign("hull", "council_admin", size=size, scripts=False)
    page.goto("/going-live")
    page.locator("main").get_by_role("link", name="Papers", exact=True).press("Enter")
    page.get_by_role("link", name="Schedule to a sharing agreement").press("Enter")
    expect(page.get_by_role("heading", name="Hull Locality Hub, West")).to_be_visible()
    expect(page.locator("mark.gap").first).to_contain_text("the council writes:")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download this as text").press("Enter")
    assert taken.value.suggested_filename == "sharing-schedule-hull.md"
    assert "### Hull Locality Hub, West" in Path(taken.value.path()).read_text(encoding="utf-8")


@pytest.mark.parametrize("size", SIZES)
def test_the_pages_of_papers_are_sound(sign: Sign, size: str) -> None:
    page = sign("tower_hamlets", "council_admin", size=size)
    page.goto("/going-live/papers")
    sound(page, f"papers-{size}")
    for name in ("dpia", "privacy-notice-child"):
        page.goto(f"/going-live/papers/{name}")
        sound(page, f"paper-{name}-{size}")


def test_a_hub_worker_has_no_such_page(sign: Sign) -> None:
    page = sign("hull", "hub_duty")
    for address in ("/going-live", "/going-live/papers", "/going-live/papers/dpia"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 403


def test_settled_33_a_drill_is_sent_from_the_page(sign: Sign) -> None:
    page = sign("kent", "council_admin", scripts=False)
    page.goto("/going-live")
    expect(page.get_by_text("None was sent yet.")).to_be_visible()
    page.get_by_role("button", name="Send a drill to the front door").press("Enter")
    expect(page.get_by_text("A drill is on its way to Kent Front Door.")).to_be_visible()
    expect(page.get_by_text("Nobody has said that they saw it.")).to_be_visible()
    front = sign("kent", "front_door")
    expect(front.locator("main tr").filter(has_text="Say that the front door has read this")).to_contain_text("Test")
    sound(front, "home-after-drill")
