"""Policies: which words decide and since when, what waits, what changed between two, and putting words forward."""

from __future__ import annotations

import asyncio
import io
import zipfile
from datetime import datetime, timedelta
from typing import Any, Final

from contracts.adapter import Fault
from contracts.errors import ConfigError, NoSuchAnswer, NotFound
from gateway.config.policytext import files
from gateway.doors.pages.visit import Download, Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.access import APPROVERS
from gateway.flows.policy import policybook, proposing, rulewords
from gateway.flows.policy.policybook import Act, Version
from gateway.path.calendar import LONDON, day_of
from gateway.path.versus import Versus

MOST_FAULTS: Final = 20


async def list_policies(visit: Visit) -> Shown:
    """GET /policies."""
    return await _list(visit)


async def propose(visit: Visit) -> Shown:
    """POST /policies: files that somebody changed, put forward with the reason."""
    chosen = [(one.name, one.body) for one in visit.files.get("files", ())]
    council = visit.council.name
    try:
        text = await asyncio.to_thread(proposing.changed, visit.gateway, council, chosen)
        done = await proposing.propose(visit.gateway, visit.who, text, visit.given("why"))
    except NoSuchAnswer as error:
        return await _list(visit, [Mistake("why", str(error))])
    except ConfigError as error:
        return await _list(visit, [Mistake("files", _wrong(error))], error.faults)
    return Elsewhere(f"/policies/{done.digest}", done.say)


async def show(visit: Visit) -> Shown:
    """GET /policies/{digest}: every table in words, and where these words stand."""
    one, found = await _one(visit)
    acts = await policybook.acts(visit.gateway, visit.who, one.digest)
    instead = policybook.before(found, one)
    values = {
        "one": one,
        "state": rulewords.STATES[one.state],
        "instead": instead if instead and instead.digest != one.digest else None,
        "steps": steps(visit, one, acts),
        "tables": [
            {"title": table.title, "rules": [rulewords.rule_in_words(one.policy, rule) for rule in table.rules]}
            for table in one.policy.tables
        ],
        "answers": one.policy.answers.values(),
        "overdue": policybook.overdue(one, day_of(visit.gateway.now())),
        "may": may(visit, one),
    }
    return Page("policy.html", values)


async def compare(visit: Visit) -> Shown:
    """GET /policies/{digest}/compare: row by row against the version it replaces, or the one named by `with`."""
    one, found = await _one(visit)
    other = policybook.before(found, one)
    if named := visit.asked("with"):
        other = next((each for each in found if each.digest == named), None)
        if other is None:
            raise NotFound("There is no policy of that name here.")
    others = [each for each in found if each.digest != one.digest]
    if other is None or other.digest == one.digest:
        return Page("policy_compare.html", {"one": one, "other": None, "others": others})
    found_between = await policybook.compared(visit.gateway, visit.who, other.policy, one.policy)
    return Page(
        "policy_compare.html", {"one": one, "other": other, "others": others} | differences(other, one, found_between)
    )


async def put_aside(visit: Visit) -> Shown:
    """POST /policies/{digest}/aside."""
    await proposing.put_aside(visit.gateway, visit.who, visit.part("digest"))
    return Elsewhere("/policies", "These words are put aside. Nothing of them decides.")


async def again(visit: Visit) -> Shown:
    """GET /policies/{digest}/again: these words once more, under a new version and from a day to come."""
    one, _ = await _one(visit)
    return await _again(visit, one)


async def put_forward_again(visit: Visit) -> Shown:
    """POST /policies/{digest}/again."""
    one, _ = await _one(visit)
    starts = _day(visit)
    if starts is None:
        return await _again(
            visit, one, [Mistake("starts-day", "Give the day from which it decides, such as 14 1 2027.")]
        )
    try:
        text = proposing.again(visit.gateway, one.policy.text, visit.given("version"), starts)
        done = await proposing.propose(visit.gateway, visit.who, text, visit.given("why"))
    except NoSuchAnswer as error:
        said = str(error)
        name = "why" if "sentence" in said else "starts-day" if "day to come" in said else "version"
        return await _again(visit, one, [Mistake(name, said)])
    except ConfigError as error:
        return await _again(visit, one, [Mistake("version", _wrong(error))], error.faults)
    return Elsewhere(f"/policies/{done.digest}", done.say)


async def download(visit: Visit) -> Shown:
    """GET /policies/{digest}/files.zip: the files as they are signed, to change and put forward again."""
    one, _ = await _one(visit)
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files(one.policy.text).items():
            own = f"councils/{visit.council.name}/{name}" if name == "rules.yaml" else f"sharing/{name}"
            archive.writestr(zipfile.ZipInfo(own, (1980, 1, 1, 0, 0, 0)), text)
    return Download(f"policy-{one.policy.version}.zip", "application/zip", body.getvalue())


# What is shown --------------------------------------------------------------------------------------------------------


def may(visit: Visit, one: Version) -> dict[str, bool]:
    """What whoever looks may do with this version now."""
    waits = one.state == "proposed"
    author = one.proposed_by == visit.who.name
    return {
        "propose": visit.who.may("policy.propose"),
        "rehearse": one.state in ("proposed", "filed") and visit.who.may("policy.rehearse"),
        "approve": waits and not author and visit.who.may("policy.approve"),
        "author": waits and author,
        "publish": waits and visit.who.may("policy.publish"),
        "aside": waits and visit.who.may("policy.propose"),
    }


def steps(visit: Visit, one: Version, acts: tuple[Act, ...]) -> list[dict[str, Any]]:
    """What is done of the way to publishing, and what waits for whom. An approval by whoever put it forward is none."""
    roles = visit.council.roles
    found = [{"say": "Rehearsed on what came before", "acts": [act for act in acts if act.kind == "rehearsed"]}]
    for role in APPROVERS:
        title = roles[role].title if role in roles else role
        approved = [a for a in acts if (a.kind, a.role) == ("approved", role) and a.by != one.proposed_by]
        found.append({"say": f"Approved as {title}", "acts": approved})
    return found


def differences(old: Version, new: Version, found: Versus) -> dict[str, Any]:
    """What is another, in words."""
    return {
        "counts": rulewords.counts(found),
        "rows": [rulewords.row_in_words(old.policy, new.policy, row) for row in found.rows],
        "parts": [rulewords.part_in_words(part) for part in found.parts],
        "groups": found.groups,
        "loosened": [rulewords.case_in_words(say) for say in found.loosened],
        "same": not found,
    }


async def _one(visit: Visit) -> tuple[Version, tuple[Version, ...]]:
    """The version of the address, and every other. Raises NotFound."""
    found = await policybook.versions(visit.gateway, visit.who)
    one = next((each for each in found if each.digest == visit.part("digest")), None)
    if one is None:
        raise NotFound("There is no policy of that name here.")
    return one, found


async def _list(visit: Visit, mistakes: list[Mistake] | None = None, faults: tuple[Fault, ...] = ()) -> Page:
    found = await policybook.versions(visit.gateway, visit.who)
    now = next((one for one in found if one.state == "in_force"), None)
    values = {
        "now": now,
        "filed": next((one for one in found if one.state == "filed"), None),
        "rows": [
            {"one": one, "state": rulewords.STATES[one.state], "may": may(visit, one)}
            for one in found
            if one is not now and one.state != "filed"
        ],
        "overdue": policybook.overdue(now, day_of(visit.gateway.now())) if now else (),
        "may_propose": visit.who.may("policy.propose"),
        "why": visit.given("why"),
        "faults": faults[:MOST_FAULTS],
        "more_faults": max(0, len(faults) - MOST_FAULTS),
        "mistakes": mistakes or [],
    }
    return Page("policies.html", values, 422 if mistakes else 200)


async def _again(
    visit: Visit, one: Version, mistakes: list[Mistake] | None = None, faults: tuple[Fault, ...] = ()
) -> Page:
    tomorrow = datetime.fromtimestamp(visit.gateway.now() / 1_000, LONDON) + timedelta(days=1)
    first = {
        "version": one.policy.version if one.state == "filed" else "",
        "starts-day": str(tomorrow.day),
        "starts-month": str(tomorrow.month),
        "starts-year": str(tomorrow.year),
    }
    typed = first | {name: given[0] for name, given in visit.form.items()}
    values = {"one": one, "typed": typed, "faults": faults[:MOST_FAULTS], "mistakes": mistakes or []}
    return Page("policy_again.html", values, 422 if mistakes else 200)


def _wrong(error: ConfigError) -> str:
    """What to do about files that cannot be used; where there is more than one thing, it is listed on the page."""
    many = len(error.faults)
    if not many:
        return error.detail
    return (
        error.faults[0].remedy if many == 1 else f"Put right the {many} things that are listed, and choose them again."
    )


def _day(visit: Visit) -> datetime | None:
    """Midnight in London of the day that was given; None for none."""
    try:
        year, month, day = (int(visit.given(f"starts-{name}")) for name in ("year", "month", "day"))
        return datetime(year, month, day, tzinfo=LONDON)
    except ValueError:
        return None


PAGES: Final[Pages] = (
    ("GET", "/policies", "policy.list", list_policies),
    ("POST", "/policies", "policy.propose", propose),
    ("GET", "/policies/{digest}", "policy.list", show),
    ("GET", "/policies/{digest}/compare", "policy.list", compare),
    ("POST", "/policies/{digest}/aside", "policy.propose", put_aside),
    ("GET", "/policies/{digest}/again", "policy.propose", again),
    ("POST", "/policies/{digest}/again", "policy.propose", put_forward_again),
    ("GET", "/policies/{digest}/files.zip", "policy.list", download),
)
