"""A hub worker's job: find what waits, read it, decide with a reason."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIZES, Sign, sound


def opened(page: Page, title: str = "What the family or young person wants") -> Page:
    page.get_by_role("link", name="Held", exact=True).click()
    page.get_by_role("link", name=title).first.click()
    return page


@pytest.mark.parametrize("size", SIZES)
def test_a_hold_says_why_it_waits_and_what_each_answer_would_do(sign: Sign, size: str) -> None:
    page = sign("hull", "hub_duty", size=size)
    if size == "phone":
        page.goto("/holds")
        sound(page, "holds-phone")
        page.get_by_role("link", name="What the family").first.click()
    else:
        opened(page)
    expect(page.get_by_role("heading", name="Why it waits")).to_be_visible()
    assert page.locator("input[name=answer]:checked").count() == 0
    sound(page, f"hold-{size}")


def test_nobody_is_named_until_somebody_says_why_they_open_it(sign: Sign) -> None:
    page = opened(sign("hull", "hub_duty", scripts=False))
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("link", name="Write in a sentence why you open it")).to_be_visible()
    page.get_by_label("Why do you open it?").fill("To decide this hold with the school")
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("heading", name="What the sender wrote")).to_be_visible()
    assert "You read names for: To decide this hold" in page.inner_text("header")


def test_a_decision_without_a_reason_is_asked_for_one_at_its_field(sign: Sign) -> None:
    page = opened(sign("hull", "hub_duty"))
    page.get_by_label("Decide not to share").check()
    page.get_by_role("button", name="Record the decision").click()
    sound(page, "hold-mistakes")
    page.get_by_role("link", name="Write the reason in a sentence").click()
    assert page.evaluate("document.activeElement.id") == "reason"
    assert page.get_by_label("Decide not to share").is_checked()


def test_a_hub_worker_decides_not_to_share_and_says_whether_the_hold_was_needed(sign: Sign) -> None:
    page = opened(sign("hull", "hub_duty"))
    address = page.url
    page.get_by_label("Decide not to share").check()
    page.get_by_label("Reason").fill("The young person wants no help now, and knows where to ask.")
    for name, value in (("Day", "14"), ("Month", "1"), ("Year", "2027")):
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Record the decision").click()
    assert page.url == address
    sound(page, "hold-decided")
    page.get_by_label("Yes, a person had to look").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This hold counts as needed.")).to_be_visible()


def test_a_task_is_taken_and_done(sign: Sign) -> None:
    page = sign("hull", "hub_duty")
    page.get_by_role("link", name="Tasks", exact=True).click()
    page.get_by_role("link", name="Read narrative").first.click()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("It is yours.")).to_be_visible()
    sound(page, "task")
    page.get_by_label("What you did").fill("Read it against the limits: nothing more goes.")
    page.get_by_role("button", name="It is done").click()
    expect(page.get_by_text("Done. It rings no more.")).to_be_visible()


def test_an_ig_lead_sees_the_envelope_and_decides_no_case(sign: Sign) -> None:
    page = sign("hull", "ig_lead")
    page.goto("/holds?show=all")
    page.get_by_role("link", name="What the family").first.click()
    assert page.get_by_role("button", name="Open it").count() == 0
    assert page.get_by_role("button", name="Record the decision").count() == 0


def test_another_councils_hold_is_not_there(sign: Sign) -> None:
    page = opened(sign("hull", "hub_duty"))
    path = page.url.removeprefix(page.url.split("/holds")[0])
    other = sign("kent", "hub_duty")
    answer = other.goto(path)
    assert answer is not None
    assert answer.status == 404
    assert "Hull" not in other.content()
