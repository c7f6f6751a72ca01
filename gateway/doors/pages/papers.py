"""The papers a council needs before it goes live, filled in from its configuration, to read, print or download."""

from __future__ import annotations

from typing import Final

from contracts.errors import NotFound
from gateway.doors.pages.marked import marked
from gateway.doors.pages.visit import Download, Page, Pages, Shown, Visit
from gateway.doors.papers import GAP, PAPERS, write
from gateway.flows.data_protection import papers
from gateway.path.calendar import day_of


async def list_papers(visit: Visit) -> Shown:
    """GET /going-live/papers."""
    rows = [(name, *PAPERS[name], _text(visit, name).count(GAP) - 1) for name in PAPERS]
    return Page("papers.html", {"rows": rows})


async def paper(visit: Visit) -> Shown:
    """GET /going-live/papers/{name}."""
    name = _name(visit)
    text = _text(visit, name)
    return Page("paper.html", {"name": name, "title": PAPERS[name][0], "body": marked(text)})


async def download(visit: Visit) -> Shown:
    """GET /going-live/papers/{name}/text: the same as Markdown, to go on with in a word processor."""
    name = _name(visit)
    return Download(f"{name}-{visit.council.name}.md", "text/markdown; charset=utf-8", _text(visit, name).encode())


def _name(visit: Visit) -> str:
    name = visit.part("name")
    if name not in PAPERS:
        raise NotFound("There is no paper of that name.")
    return name


def _text(visit: Visit, name: str) -> str:
    gateway, council = visit.gateway, visit.council.name
    published = gateway.has_published(council)
    matter = papers.about(gateway.catalogue, council, gateway.policy(council), published, gateway.settings)
    return write(name, papers.facts(matter, day_of(gateway.now())))


PAGES: Final[Pages] = (
    ("GET", "/going-live/papers", "page.going_live", list_papers),
    ("GET", "/going-live/papers/{name}", "page.going_live", paper),
    ("GET", "/going-live/papers/{name}/text", "page.going_live", download),
)
