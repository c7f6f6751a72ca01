"""Whoever looks after a council's connection sees what is left to do."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SIZES, Sign, sound


@pytest.mark.parametrize("size", SIZES)
def test_settled_52_going_live_is_one_page(sign: Sign, size: str) -> None:
    page = sign("hull", "council_admin", size=size)
    page.goto("/going-live")
    expect(page.get_by_role("heading", name="The way to safety")).to_be_visible()
    sound(page, f"going-live-{size}")


def test_a_hub_worker_has_no_such_page(sign: Sign) -> None:
    page = sign("hull", "hub_duty")
    answer = page.goto("/going-live")
    assert answer is not None
    assert answer.status == 403
