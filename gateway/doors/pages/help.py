"""What the words on these pages mean: every state, hold, task, answer and rule, for everybody."""

from __future__ import annotations

from typing import Final

from gateway.doors.pages.meanings import chapters
from gateway.doors.pages.visit import Page, Pages, Shown, Visit


async def explained(visit: Visit) -> Shown:
    """GET /help: in the words of one's own council, or of the one asked for; else of the first."""
    gateway = visit.gateway
    names = sorted(gateway.catalogue.councils)
    asked = visit.council.name if visit.session else visit.asked("council") or names[0]
    council = gateway.council(asked)
    others = [] if visit.session else [gateway.council(name) for name in names if name != council.name]
    found = chapters(gateway.policy(council.name), council)
    return Page("help.html", {"council": council, "others": others, "chapters": found})


PAGES: Final[Pages] = (("GET", "/help", "page.open", explained),)
