"""The menu of every page: at most seven entries for any role, and the pages of the section that one is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.flows.access import PEOPLE

MOST: Final = 7
"""Entries beside each other. Whoever may open more pages finds them in sections."""


@dataclass(frozen=True, slots=True)
class Item:
    """A page that the menu names, for those who may do `operation`. also: other addresses that belong to it."""

    text: str
    href: str
    operation: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """What stands at the top, and below it. within: the section one is in, "" where it lists no pages of its own."""

    top: Sequence[dict[str, Any]]
    within: str = ""
    pages: Sequence[dict[str, Any]] = ()


SECTIONS: Final[tuple[tuple[str, tuple[Item, ...]], ...]] = (
    ("Home", (Item("Home", "/", "page.home"),)),
    ("Held and tasks", (Item("Held", "/holds", "holds.list"), Item("Tasks", "/tasks", "tasks.list"))),
    (
        "Deliveries",
        (Item("Arrived", "/arrived", "arrived.list"), Item("Hubs", "/hubs", "hubs.list", ("/deliveries",))),
    ),
    ("Sharing log", (Item("Sharing log", "/log", "log.list"),)),
    ("Find a child", (Item("Find a child", "/children", "children.search"),)),
    ("Our requests", (Item("Our requests", "/sent", "sent.list"),)),
    ("Write a request", (Item("Write a request", "/enquiries", "enquiries.list"),)),
    ("Send a file", (Item("Send a file", "/sent/upload", "sent.upload"),)),
    ("What came back", (Item("What came back", "/notices", "sent.notices"),)),
    (
        "Reports and rights",
        (
            Item("Reports", "/reports", "reports.list", ("/exports",)),
            Item("Who looked", "/readers", "readers.report", ("/break-glass/used", "/break-glass/codes")),
            Item("Rights", "/rights", "rights.list"),
            Item("Retention", "/retention", "retention.list"),
        ),
    ),
    (
        "Rules and set-up",
        (
            Item("Rules", "/policies", "policy.list"),
            Item("Sources", "/sources", "sources.list"),
            Item("Going live", "/going-live", "page.going_live"),
        ),
    ),
)
"""Section → its pages. Its own name stands at the top only where it holds more than one page for this role."""


def menu(role: str, path: str) -> Menu:
    """What somebody in this role finds at the top of the page at this address."""
    mine = [(title, [one for one in items if _may(role, one)]) for title, items in SECTIONS]
    if sum(len(items) for _, items in mine) <= MOST:
        mine = [(one.text, [one]) for _, items in mine for one in items]
    here = _nearest(path, [one for _, items in mine for one in items])
    top, within = list[dict[str, Any]](), Menu(())
    for title, items in mine:
        if not items:
            continue
        if len(items) == 1:
            top.append(_told(items[0], path, here))
            continue
        top.append({"text": title, "href": items[0].href, "active": here in items})
        if here in items:
            within = Menu((), title, [_told(one, path, here) for one in items])
    return Menu(top, within.within, within.pages)


def _may(role: str, item: Item) -> bool:
    return any(role == allowed for allowed, _ in PEOPLE[item.operation])


def _told(item: Item, path: str, here: Item | None) -> dict[str, Any]:
    """current: this very page; active: it, or a page below it."""
    return {"text": item.text, "href": item.href, "active": item == here, "current": item.href == path}


def _nearest(path: str, items: Sequence[Item]) -> Item | None:
    """Which of these a page belongs to: the nearest above it, and the first page's for itself alone."""
    above = [(len(href), one) for one in items for href in (one.href, *one.also) if _is_above(href, path)]
    return max(above, key=lambda one: one[0])[1] if above else None


def _is_above(href: str, path: str) -> bool:
    return path == href or (href != "/" and path.startswith(f"{href}/"))
