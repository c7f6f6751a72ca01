"""The printable guides: how each of the four users does their job, from signing in to the result."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from contracts.errors import NotFound
from gateway.doors.pages.look import HERE
from gateway.doors.pages.marked import marked
from gateway.doors.pages.visit import Download, Page, Pages, Shown, Visit

GUIDES: Final = {
    "hub-worker": "For a hub worker",
    "ig-lead": "For an information governance lead",
    "council": "For a council that connects",
    "school": "For a school",
}
"""File of `docs/guides/` → whom it is for."""

_HIDDEN: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def folder() -> Path:
    """Where the guides are: beside the pages once installed, in `docs/` of a checkout."""
    installed = HERE / "guides"
    return installed if installed.is_dir() else HERE.parents[2] / "docs" / "guides"


async def list_guides(visit: Visit) -> Shown:
    """GET /guides."""
    return Page("guides.html", {"guides": GUIDES})


async def guide(visit: Visit) -> Shown:
    """GET /guides/{name}: one guide, or one of its pictures."""
    name = visit.part("name")
    if name in GUIDES:
        return Page("guide.html", {"title": GUIDES[name], "body": marked(_text(name))})
    if name in _pictures():
        return Download(name, "image/png", (folder() / name).read_bytes())
    raise NotFound("There is no guide of that name.")


@cache
def _text(name: str) -> str:
    """A guide without what it says to the tests: at which page each part is."""
    return _HIDDEN.sub("", (folder() / f"{name}.md").read_text(encoding="utf-8"))


@cache
def _pictures() -> frozenset[str]:
    return frozenset(path.name for path in folder().glob("*.png"))


PAGES: Final[Pages] = (
    ("GET", "/guides", "page.open", list_guides),
    ("GET", "/guides/{name}", "page.open", guide),
)
