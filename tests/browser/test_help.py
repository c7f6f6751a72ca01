"""Somebody who meets a word they do not know is led to what it means."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIZES, Played, Sign, sound

LOOKED_AT = {"hub_duty": ("/holds", "/tasks", "/hubs", "/deliveries"), "ig_lead": ("/log", "/holds?show=all")}


def places(page: Page) -> set[str]:
    """Where the links on this page to a meaning lead."""
    links = page.locator("a[href^='/help#']").evaluate_all("them => them.map(one => one.getAttribute('href'))")
    return {str(link).partition("#")[2] for link in links}


def on_pages(page: Page, addresses: tuple[str, ...]) -> set[str]:
    """All of them on these pages and on the first thing that each lists."""
    found: set[str] = set()
    for address in addresses:
        page.goto(address)
        found |= places(page)
        row = page.locator("main table th a").first
        if row.count():
            row.click()
            found |= places(page)
    return found


def test_every_tag_leads_to_what_it_means(sign: Sign) -> None:
    led: set[str] = set()
    for role, addresses in LOOKED_AT.items():
        page = sign("hull", role)
        led |= on_pages(page, addresses)
    assert {"messages", "decided"} <= led
    page.goto("/help")
    there = set(page.locator("[id]").evaluate_all("them => them.map(one => one.id)"))
    assert led - there == set()


@pytest.mark.parametrize("size", SIZES)
def test_a_stranger_reads_the_words_of_any_council(sign: Sign, played: Played, size: str) -> None:
    page = sign("hull", "hub_duty", size=size, scripts=False)
    page.goto("/help#hold-wishes")
    expect(page.get_by_text("What the family or young person wants")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{played.url}/help")
    page.get_by_role("link", name="Kent", exact=True).click()
    expect(page.get_by_text("What Kent asks besides.").first).to_be_visible()
    page.get_by_role("link", name="Tasks and alarms").press("Enter")
    assert page.url.endswith("#tasks")


@pytest.mark.parametrize("size", SIZES)
def test_the_page_of_meanings_is_sound(sign: Sign, size: str) -> None:
    page = sign("hull", "ig_lead", size=size)
    page.goto("/help")
    sound(page, f"help-{size}")
