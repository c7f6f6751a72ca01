"""The menu: few entries for any role, every page of theirs within two steps, and one marked as where they are."""

from __future__ import annotations

import pytest

from contracts.signin import SENDER_ROLES
from gateway.doors.pages.menu import MOST, SECTIONS, menu
from gateway.flows.access import PEOPLE

ROLES = sorted({role for role, _ in PEOPLE["page.home"]})
ITEMS = [one for _, items in SECTIONS for one in items]


def reached(role: str) -> set[str]:
    """Every address that stands at the top, or in a section whose entry does."""
    top = [str(one["href"]) for one in menu(role, "/").top]
    return set(top) | {str(one["href"]) for href in top for one in menu(role, href).pages}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_has_more_than_seven_entries(role: str) -> None:
    assert 1 < len(menu(role, "/").top) <= MOST


@pytest.mark.parametrize("role", ROLES)
def test_each_page_that_a_role_may_open_is_reached_and_no_other(role: str) -> None:
    mine = {one.href for one in ITEMS if any(role == allowed for allowed, _ in PEOPLE[one.operation])}
    assert reached(role) == mine


@pytest.mark.parametrize("role", ["hub_duty", "council_admin", *sorted(SENDER_ROLES)])
def test_who_has_few_pages_has_no_sections(role: str) -> None:
    assert all(menu(role, one.href).within == "" for one in ITEMS)


@pytest.mark.parametrize("role", ["ig_lead", "practice_manager", "hub_manager"])
def test_a_section_of_one_page_bears_the_name_of_the_page(role: str) -> None:
    found = menu(role, "/")
    assert [one["text"] for one in found.top][:2] == ["Home", "Held and tasks"]
    names = {one["text"] for one in found.top}
    assert ("Hubs" in names) is (role == "ig_lead")
    assert ("Reports" in names) is (role != "ig_lead")


@pytest.mark.parametrize(
    ("path", "entry", "item"),
    [
        ("/", "Home", ""),
        ("/holds/abc", "Held and tasks", "Held"),
        ("/deliveries/abc", "Hubs", ""),
        ("/exports", "Reports and rights", "Reports"),
        ("/break-glass/used/abc", "Reports and rights", "Who looked"),
        ("/retention", "Reports and rights", "Retention"),
        ("/going-live/papers", "Rules and set-up", "Going live"),
        ("/help", "", ""),
    ],
)
def test_where_one_is_is_marked_once(path: str, entry: str, item: str) -> None:
    found = menu("ig_lead", path)
    assert [one["text"] for one in found.top if one["active"]] == ([entry] if entry else [])
    assert [one["text"] for one in found.pages if one["active"]] == ([item] if item else [])


def test_only_the_page_itself_is_marked_as_this_page() -> None:
    assert [one["current"] for one in menu("ig_lead", "/retention").pages] == [False, False, False, True]
    assert not any(one["current"] for one in menu("ig_lead", "/retention/abc/request").pages)


def test_no_two_entries_share_a_name() -> None:
    names = [one.text for one in ITEMS] + [title for title, items in SECTIONS if len(items) > 1]
    assert len(names) == len(set(names))
