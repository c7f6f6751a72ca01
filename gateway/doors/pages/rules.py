"""Each council's rules in plain words, for everybody, with their dates and where to complain (settled 57)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from contracts.council import Council
from gateway.config.policy import Rule, Table
from gateway.doors.pages.visit import Page, Pages, Shown, Visit
from gateway.flows import policies

OUTCOMES: Final = {
    "divert": "It goes to the safeguarding front door at once",
    "refuse": "It is refused",
    "return": "It goes back to whoever sent it",
    "hold": "A person looks at it first",
    "advice_only": "It goes on without a name, as an enquiry",
    "share_minimised": "It is shared, with only what is needed",
    "share": "It is shared",
}
"""Outcome → what follows for the request, most cautious first (design 3)."""


async def councils(visit: Visit) -> Shown:
    """GET /rules."""
    return Page(
        "rules.html", {"councils": sorted(visit.gateway.catalogue.councils.values(), key=lambda one: one.title)}
    )


async def rules(visit: Visit) -> Shown:
    """GET /rules/{council}: the words in force now."""
    council = visit.gateway.council(visit.part("council"))
    policy = visit.gateway.policy(council.name)
    return Page(
        "rules_of.html",
        {
            "council": council,
            "policy": policy,
            "published": policies.is_published(visit.gateway, council.name),
            "tables": [_table(table) for table in policy.tables],
            "complain": _complain(council),
            "clocks": sorted(council.clocks.values(), key=lambda one: one.name),
        },
    )


async def accessibility(visit: Visit) -> Shown:
    """GET /accessibility."""
    return Page("accessibility.html")


def _table(table: Table) -> dict[str, Any]:
    return {"title": table.title, "rules": [_rule(rule) for rule in table.rules]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "say": rule.hit.say,
        "then": OUTCOMES[str(rule.outcome)],
        "when": list(_conditions(rule)),
        "cites": rule.cites,
        "review_by": rule.review_by,
    }


def _conditions(rule: Rule) -> Iterator[str]:
    for fact, values in rule.when:
        yield f"{_plain(fact)}: {' or '.join(map(_plain, sorted(values)))}"


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _complain(council: Council) -> str:
    """Who answers a complaint: whoever is in the role, by its title and never by name."""
    officer = council.roles.get("data_protection_officer")
    return officer.title if officer else "data protection officer"


PAGES: Final[Pages] = (
    ("GET", "/rules", "page.open", councils),
    ("GET", "/rules/{council}", "page.open", rules),
    ("GET", "/accessibility", "page.open", accessibility),
)
