"""What anybody may read without signing in: each council's rules, and how accessible these pages are."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import SIZES, Played, sound


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/rules", "/rules/hull", "/accessibility"])
def test_settled_57_anybody_reads_it_without_signing_in(browser: Browser, played: Played, path: str, size: str) -> None:
    context = browser.new_context(viewport=SIZES[size], base_url=played.url)  # type: ignore[arg-type]
    page = context.new_page()
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200
    sound(page, f"{path.strip('/').replace('/', '-')}-{size}")
    context.close()


def test_settled_57_rule_ids_stand_under_details(browser: Browser, played: Played) -> None:
    page = browser.new_page(base_url=played.url)
    page.goto("/rules/tower_hamlets")
    assert not page.locator(".ref:has-text('S-102')").first.is_visible()
    page.locator("details:has-text('S-102')").first.locator("summary").click()
    expect(page.locator(".ref:has-text('S-102')").first).to_be_visible()
    assert "complain" in page.inner_text("main")
    page.close()


def test_a_council_that_is_not_here_has_no_rules_here(browser: Browser, played: Played) -> None:
    page = browser.new_page(base_url=played.url)
    answer = page.goto("/rules/nowhere")
    assert answer is not None
    assert answer.status == 404
    page.close()
