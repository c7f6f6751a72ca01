"""Sources: what each sends that nobody maps, answers in no list, what failed and what to do, and how lately."""

from __future__ import annotations

from typing import Any, Final

from gateway.doors.pages.drawing import bars
from gateway.doors.pages.visit import Download, Page, Pages, Shown, Visit
from gateway.flows.operations import sourceledger
from gateway.flows.operations.sourceledger import PARTS, Sender, SourceLedger
from gateway.flows.operations.suggesting import suggestion

MOST: Final = 50
"""Places of one kind that are shown, the most frequent first; all are counted."""

STATES: Final = {
    "mapped": "Taken as they are",
    "translated": "Translated",
    "ignored": "Left out for a written reason",
    "unmapped": "Mapped by nobody",
}
"""What became of an answer, in words (`LedgerLine`)."""

KINDS: Final = {
    "missing": "Missing, so it went back",
    "doubtful": "Doubtful",
    "advised": "Should have been there",
    "absent": "A document that has not come",
    "reworded": "The question about harm may be there in other words",
    "unreadable": "Could not be read",
}
"""Kind of a fault, in words (`Fault`)."""


async def list_sources(visit: Visit) -> Shown:
    """GET /sources."""
    found = await sourceledger.sources(visit.gateway, visit.who)
    senders = [_sender(one) for one in found.senders]
    failed = [(one.title, sum(one.rejected)) for one in found.senders if sum(one.rejected)]
    values = {
        "found": found,
        "sources": sorted(found.sources.values(), key=lambda one: (-len(one.unmapped), one.title)),
        "senders": senders,
        "newest": sourceledger.NEWEST,
        "days": sourceledger.DAYS,
        "third": sourceledger.DAYS // PARTS,
        "drawing": bars("Submissions that could not be used, by sender", failed),
    }
    return Page("sources.html", values)


async def show(visit: Visit) -> Shown:
    """GET /sources/{source}."""
    one, found = await sourceledger.source(visit.gateway, visit.who, visit.part("source"))
    return Page("source.html", {"one": one, "found": found, "days": sourceledger.DAYS, "most": MOST, **_parts(one)})


async def suggested(visit: Visit) -> Shown:
    """GET /sources/{source}/suggestion.yaml."""
    one, _ = await sourceledger.source(visit.gateway, visit.who, visit.part("source"))
    text = suggestion(one, visit.gateway, visit.council.name)
    return Download("suggestion.yaml", "application/yaml", text.encode())


def _parts(one: SourceLedger) -> dict[str, Any]:
    unmapped = sorted(one.unmapped.values(), key=lambda place: (-place.many, place.pointer))
    doubted = [(KINDS.get(kind, kind), *rest, many) for (kind, *rest), many in one.doubted.most_common(MOST)]
    return {
        "unmapped": unmapped[:MOST],
        "shares": [(STATES[state], many, share) for state, many, share in one.shares],
        "drawing": bars("Answers by what became of them", [(STATES[state], many) for state, many, _ in one.shares]),
        "codes": one.codes.most_common(MOST),
        "doubted": doubted,
        "rejected": one.rejected.most_common(MOST),
        "harm": any(kind == "reworded" for kind, *_ in one.doubted),
    }


def _sender(one: Sender) -> dict[str, Any]:
    """One sender with its rates: of how many submissions how many failed, in each third of the days."""
    return {
        "title": one.title,
        "last": one.last,
        "rates": [(bad, every) for bad, every in zip(one.rejected, one.came, strict=True)],
        "failed": sum(one.rejected),
    }


PAGES: Final[Pages] = (
    ("GET", "/sources", "sources.list", list_sources),
    ("GET", "/sources/{source}", "sources.list", show),
    ("GET", "/sources/{source}/suggestion.yaml", "sources.list", suggested),
)
