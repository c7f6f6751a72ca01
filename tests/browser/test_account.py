"""One's own sign-in in a real browser: another role, other sign-ins, and proving again who one is."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SIZES, Sign, sound


@pytest.mark.parametrize("size", SIZES)
def test_somebody_with_several_roles_goes_on_in_another_without_scripts(sign: Sign, size: str) -> None:
    page = sign("hull", "hub_manager", size=size, scripts=False)
    page.get_by_role("link", name="sunny.vale").click()
    page.get_by_label("EHASH duty social worker").check()
    page.get_by_role("button", name="Act in this role").click()
    expect(page.get_by_text("You act as EHASH duty social worker now.")).to_be_visible()
    assert "EHASH duty social worker" in page.locator(".who").inner_text()


@pytest.mark.parametrize("size", SIZES)
def test_a_person_sees_where_they_are_signed_in_and_ends_it(sign: Sign, size: str) -> None:
    here, there = sign("leicester", "hub_manager", size=size), sign("leicester", "hub_manager")
    here.goto("/account")
    sound(here, f"account-{size}")
    here.get_by_role("button", name="End it").first.click()
    expect(here.get_by_text("That sign-in has ended.")).to_be_visible()
    there.goto("/")
    assert there.url.endswith("/sign-in")
    here.get_by_role("button", name="Sign out everywhere").click()
    assert here.locator("h1").inner_text() == "Sign in"


@pytest.mark.parametrize("size", SIZES)
def test_a_demonstrations_step_up_asks_to_confirm_and_comes_back(sign: Sign, size: str) -> None:
    page = sign("hull", "ig_lead", size=size)
    page.goto("/step-up?then=/tasks")
    sound(page, f"step-up-{size}")
    page.get_by_role("button", name="It is me, ruth.lane").click()
    assert page.url.endswith("/tasks")
    assert page.locator("h1").inner_text() == "Tasks"
