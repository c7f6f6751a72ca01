"""Each council's rules in plain words, for everybody, with their dates and where to complain (settled 57)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.council import Council
from contracts.errors import NotFound
from gateway.config.policy import Policy
from gateway.doors.pages.visit import Page, Pages, Shown, Visit
from gateway.flows.policy import policybook
from gateway.flows.policy.policybook import Version
from gateway.flows.policy.rulewords import rule_in_words
from gateway.path.complaining import where_to_complain


async def councils(visit: Visit) -> Shown:
    """GET /rules."""
    return Page(
        "rules.html", {"councils": sorted(visit.gateway.catalogue.councils.values(), key=lambda one: one.title)}
    )


async def rules(visit: Visit) -> Shown:
    """GET /rules/{council}: the words in force now."""
    council = visit.gateway.council(visit.part("council"))
    return await _rules(visit, council, visit.gateway.policy(council.name), None)


async def earlier(visit: Visit) -> Shown:
    """GET /rules/{council}/{digest}: words that are or were in force, or will be from a day to come."""
    council = visit.gateway.council(visit.part("council"))
    found = await policybook.published(visit.gateway, council.name)
    one = next((one for one in found if one.digest == visit.part("digest")), None)
    if one is None:
        raise NotFound("No rules of that name were ever in force here.")
    return await _rules(visit, council, one.policy, one)


async def _rules(visit: Visit, council: Council, policy: Policy, version: Version | None) -> Page:
    found = await policybook.published(visit.gateway, council.name)
    since = policybook.since(found, policy)
    tables = [
        {"title": table.title, "rules": [rule_in_words(policy, rule) | _since(since, rule.id) for rule in table.rules]}
        for table in policy.tables
    ]
    return Page(
        "rules_of.html",
        {
            "council": council,
            "policy": policy,
            "version": version,
            "others": [one for one in found if one.digest != policy.digest],
            "published": visit.gateway.has_published(council.name),
            "tables": tables,
            "complain": where_to_complain(council),
            "clocks": sorted(council.clocks.values(), key=lambda one: one.name) if version is None else (),
        },
    )


def _since(since: Mapping[str, Version], rule: str) -> dict[str, Any]:
    """The version with which a rule came as it reads now."""
    return {"since": since.get(rule)}


async def accessibility(visit: Visit) -> Shown:
    """GET /accessibility."""
    return Page("accessibility.html")


PAGES: Final[Pages] = (
    ("GET", "/rules", "page.open", councils),
    ("GET", "/rules/{council}", "page.open", rules),
    ("GET", "/rules/{council}/{digest}", "page.open", earlier),
    ("GET", "/accessibility", "page.open", accessibility),
)
