"""What each council has published of its numbers, for everybody: charts beside their tables, and a file to take away.

A visitor who is not signed in gets the same bytes as any other, and their caches may hold them for `KEPT`.
"""

from __future__ import annotations

from typing import Final

from contracts.errors import NoSuchAnswer
from gateway.doors.pages.reports import shown_with, tables
from gateway.doors.pages.visit import Download, Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.reports import publishing
from gateway.flows.reports.defined import DEFINITIONS

KEPT: Final = 300
"""Seconds that a copy may be kept: what is taken back is gone everywhere after them."""


async def of_council(visit: Visit) -> Shown:
    """GET /statistics/{council}."""
    council = visit.gateway.council(visit.part("council"))
    found = await publishing.standing(visit.gateway, council)
    return Page("statistics.html", {"council": council, "found": found}, keep=KEPT)


async def one(visit: Visit) -> Shown:
    """GET /statistics/{council}/{id}."""
    council = visit.gateway.council(visit.part("council"))
    found = await publishing.one(visit.gateway, council, visit.part("id"))
    definition = DEFINITIONS[found.row.name]
    values = {
        "council": council,
        "found": found,
        "definition": definition,
        "tables": tables(definition, found.lines),
        "all": len(found.lines) == found.row.rows,
    }
    return Page("statistics_of.html", values, keep=KEPT)


async def as_file(visit: Visit) -> Shown:
    """GET /statistics/{council}/{id}/csv."""
    council = visit.gateway.council(visit.part("council"))
    name, body = await publishing.file(visit.gateway, council, visit.part("id"))
    return Download(name, "text/csv", body, keep=KEPT)


async def publish(visit: Visit) -> Shown:
    """POST /reports/{name}/{id}/publish, by somebody who has just signed in again."""
    name, report = visit.part("name"), visit.part("id")
    visit.must_have_stepped_up(f"/reports/{name}/{report}")
    try:
        await publishing.publish(visit.gateway, visit.who, name, report)
    except NoSuchAnswer as error:
        return await shown_with(visit, [Mistake("publish", str(error))])
    return Elsewhere(f"/reports/{name}/{report}", "It is published. Anybody may read it now.")


async def take_back(visit: Visit) -> Shown:
    """POST /reports/{name}/{id}/take-back."""
    name, report = visit.part("name"), visit.part("id")
    try:
        await publishing.take_back(visit.gateway, visit.who, name, report, visit.given("reason"))
    except NoSuchAnswer as error:
        return await shown_with(visit, [Mistake("reason", str(error))])
    return Elsewhere(f"/reports/{name}/{report}", "Nobody outside can read it any more. Copies may last five minutes.")


PAGES: Final[Pages] = (
    ("GET", "/statistics/{council}", "page.open", of_council),
    ("GET", "/statistics/{council}/{id}", "page.open", one),
    ("GET", "/statistics/{council}/{id}/csv", "page.open", as_file),
    ("POST", "/reports/{name}/{id}/publish", "reports.publish", publish),
    ("POST", "/reports/{name}/{id}/take-back", "reports.publish", take_back),
)
