"""Everything about one child, found by a search that leaves nothing of its terms behind."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gateway.flows.decisions.filed import read_filed
from gateway.flows.oversight.children import SEARCHED
from gateway.store import content
from gateway.store.evidence import entry_of
from gateway.store.tables import ENTRY, REFERRAL
from tests.browser.conftest import SIZES, Played, Sign, sound

WHY = "A parent asks where her son's data went"


def child_of(played: Played, number: int, council: str = "hull") -> Any:
    """The child of a request that the demonstration sent."""
    return next(person for person in people_of(played, number, council) if "child" in person.roles)


def others_of(played: Played, number: int, council: str = "hull") -> list[Any]:
    """Everybody else in it."""
    return [person for person in people_of(played, number, council) if "child" not in person.roles]


def people_of(played: Played, number: int, council: str) -> Any:
    """Everybody in a request that the demonstration sent."""
    with played.stage.gateway.store.read(council) as connection:
        own = played.sent[number].receipt["referral"]
        filed = connection.execute(select(REFERRAL.c.filed).where(REFERRAL.c.id == own)).scalar_one()
        body = content.get(connection, council, filed)
    assert body is not None
    return read_filed(body)[0].people


def find(page: Page, child: Any, why: str = WHY) -> Page:
    page.goto("/children")
    page.get_by_label("First name and surname").fill(f"{child.first_name.upper()}  {child.surname}")
    for name in ("Day", "Month", "Year"):
        page.get_by_label(name, exact=True).fill(str(getattr(child.date_of_birth, name.lower())))
    page.get_by_label("Why do you look?").fill(why)
    page.get_by_role("button", name="Find", exact=True).click()
    return page


@pytest.mark.parametrize("size", SIZES)
def test_a_child_is_found_by_name_and_birth_and_their_history_is_told(sign: Sign, played: Played, size: str) -> None:
    child = child_of(played, 11)
    page = find(sign("hull", "ig_lead", size=size), child)
    sound(page, f"children-{size}")
    page.get_by_role("button", name="Show everything in time order").click()
    labels = page.locator("tbody .govuk-tag").all_inner_texts()
    assert labels[0] == "Received"
    assert {"Held", "Withdrawn"} <= set(labels)
    assert child.surname not in page.content()
    assert child.surname not in page.url
    sound(page, f"child-{size}")


def test_who_looked_stands_in_the_history_the_next_time(sign: Sign, played: Played) -> None:
    page = find(sign("hull", "data_protection_officer", scripts=False), child_of(played, 10))
    page.get_by_role("button", name="Show everything in time order").click()
    assert "Looked" in page.locator("tbody .govuk-tag").all_inner_texts()
    assert "Sent" in page.locator("tbody .govuk-tag").all_inner_texts()


def test_a_search_keeps_who_and_why_and_how_many_and_never_for_whom(sign: Sign, played: Played) -> None:
    child = child_of(played, 10)
    find(sign("hull", "practice_manager"), child)
    with played.stage.gateway.store.read("hull") as connection:
        rids = (
            select(ENTRY.c.rid).where(ENTRY.c.council == "hull", ENTRY.c.type == SEARCHED).order_by(ENTRY.c.seq.desc())
        )
        entry = entry_of(connection, "hull", connection.execute(rids).scalars().first() or "")
    assert entry is not None
    said = next(part.value for part in entry.sections if part.name == "reader") or b""
    assert b'"count":1' in said
    assert WHY.encode() in said
    assert child.surname.encode() not in said
    assert child.first_name.encode() not in said


def test_what_is_missing_is_asked_for_at_its_field(sign: Sign) -> None:
    page = sign("hull", "ig_lead")
    page.goto("/children")
    page.get_by_label("First name and surname").fill("Kester Dunmallet")
    page.get_by_role("button", name="Find", exact=True).click()
    sound(page, "children-mistakes")
    page.get_by_role("link", name="Give the date of birth").click()
    assert page.evaluate("document.activeElement.id") == "born-day"
    assert page.get_by_label("First name and surname").input_value() == "Kester Dunmallet"


def test_another_council_finds_nobody(sign: Sign, played: Played) -> None:
    page = find(sign("kent", "ig_lead"), child_of(played, 10))
    expect(page.get_by_role("heading", name="0 requests")).to_be_visible()


def test_an_address_of_a_history_shows_nothing_without_a_reason(sign: Sign, played: Played) -> None:
    found = find(sign("hull", "ig_lead"), child_of(played, 10))
    token = found.locator("form[action^='/children/']").get_attribute("action")
    page = sign("hull", "practice_manager")
    page.goto(str(token))
    assert page.locator("tbody").count() == 0
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()


def test_the_keyboard_alone_sends_a_search(sign: Sign) -> None:
    page = sign("hull", "ig_lead")
    page.goto("/children")
    page.get_by_label("First name and surname").focus()
    page.keyboard.type("Nobody Atall")
    for part in ("4", "12", "2015"):
        page.keyboard.press("Tab")
        page.keyboard.type(part)
    page.get_by_label("Why do you look?").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("An audit sample for November")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found")
    assert page.inner_text("#found") == "0 requests"
