"""Rehearsing a proposal: counts of old by new outcome first, then the cases. Nothing is sent (governance 6.4)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from contracts.errors import NoSuchAnswer, NotFound
from gateway.doors.pages.drawing import bars
from gateway.doors.pages.visit import Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.policy import policybook, rehearsals, rulewords
from gateway.flows.policy.policybook import Version
from gateway.flows.policy.rehearsals import A_PAGE, Tried
from gateway.path.calendar import LONDON

DAYS: Final = 90
"""Days before today from which decisions are tried, unless somebody says otherwise (governance 6.3)."""


async def rehearse(visit: Visit) -> Shown:
    """GET /policies/{digest}/rehearse: what came of the newest rehearsal, how far one is, and the form for another."""
    return await _page(visit, await _one(visit))


async def begin(visit: Visit) -> Shown:
    """POST /policies/{digest}/rehearse."""
    one, purpose = await _one(visit), visit.given("purpose")
    since = _since(visit)
    if since is None:
        return await _page(visit, one, [Mistake("since-day", "Give the first day, such as 14 9 2026.")])
    try:
        await rehearsals.begin(visit.gateway, visit.who, one.digest, purpose, since)
    except NoSuchAnswer as error:
        return await _page(visit, one, [Mistake("purpose", str(error))])
    return Elsewhere(f"/policies/{one.digest}/rehearse")


async def cases(visit: Visit) -> Shown:
    """GET /policies/{digest}/cases: those that would have gone from one outcome to another."""
    one = await _one(visit)
    tried = await rehearsals.latest(visit.gateway, visit.who, one.digest)
    was, would = visit.asked("was"), visit.asked("would")
    if tried is None or tried.result is None or not {was, would} <= rulewords.SHORT.keys():
        raise NotFound("There is no rehearsal with such cases.")
    count = len(rehearsals.changed(tried, was, would))
    pages = max(1, -(-count // A_PAGE))
    number = min(max(1, int(visit.asked("page")) if visit.asked("page").isdigit() else 1), pages)
    against = visit.gateway.policy_of(visit.council.name, tried.against)
    rows = await rehearsals.cases(visit.gateway, visit.who, tried, was, would, number)
    for row in rows:
        row["asks"] = rulewords.changed_in_words(against, one.policy, row.get("asks", ()))
    values = {
        "one": one,
        "was": rulewords.SHORT[was],
        "would": rulewords.SHORT[would],
        "rows": rows,
        "count": count,
        "more": tried.result.more,
        "page": number,
        "pages": pages,
        "where": f"/policies/{one.digest}/cases?{urlencode({'was': was, 'would': would})}",
        "may_read": visit.who.may("log.show"),
    }
    return Page("policy_cases.html", values)


async def _one(visit: Visit) -> Version:
    return await policybook.version(visit.gateway, visit.who, visit.part("digest"))


async def _page(visit: Visit, one: Version, mistakes: list[Mistake] | None = None) -> Page:
    tried = await rehearsals.latest(visit.gateway, visit.who, one.digest)
    first = datetime.fromtimestamp(visit.gateway.now() / 1_000, LONDON).date() - timedelta(days=DAYS)
    typed = {
        "since-day": str(first.day),
        "since-month": str(first.month),
        "since-year": str(first.year),
        "purpose": visit.session.purpose if visit.session else "",
    } | {name: given[0] for name, given in visit.form.items()}
    versions = await policybook.versions(visit.gateway, visit.who)
    against = next((each for each in versions if tried and each.digest == tried.against), None)
    values = {
        "one": one,
        "tried": tried,
        "against": against,
        "stale": bool(tried) and against is not None and against.state not in ("in_force", "filed"),
        "typed": typed,
        "mistakes": mistakes or [],
        **(_counted(one, tried) if tried and tried.result else {}),
    }
    return Page("policy_rehearse.html", values, 422 if mistakes else 200)


def _counted(one: Version, tried: Tried) -> dict[str, Any]:
    """Old outcome by new with how many, those that differ first; and the same as a drawing."""
    assert tried.result is not None
    rows = list[dict[str, Any]]()
    for (was, would), many in sorted(tried.result.counts.items(), key=lambda one: (one[0][0] is one[0][1], -one[1])):
        changed = len(rehearsals.changed(tried, was, would))
        rows.append(
            {
                "was": rulewords.SHORT[was],
                "would": rulewords.SHORT[would],
                "many": many,
                "moved": was is not would,
                "changed": changed,
                "where": f"/policies/{one.digest}/cases?{urlencode({'was': was, 'would': would})}" if changed else "",
            }
        )
    drawn = [
        (f"{row['was']} → {row['would']}" if row["moved"] else f"{row['was']}, as before", row["many"]) for row in rows
    ]
    return {"rows": rows, "drawing": bars("Decisions by what they were and would be", drawn)}


def _since(visit: Visit) -> int | None:
    """Midnight in London of the first day, ms UTC; None where it is no day."""
    try:
        year, month, day = (int(visit.given(f"since-{name}")) for name in ("year", "month", "day"))
        first = date(year, month, day)
    except ValueError:
        return None
    return int(datetime(first.year, first.month, first.day, tzinfo=LONDON).timestamp() * 1_000)


PAGES: Final[Pages] = (
    ("GET", "/policies/{digest}/rehearse", "policy.rehearse", rehearse),
    ("POST", "/policies/{digest}/rehearse", "policy.rehearse", begin),
    ("GET", "/policies/{digest}/cases", "policy.rehearse", cases),
)
