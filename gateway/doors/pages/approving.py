"""Approving and publishing a policy, by people who have just shown who they are; and its change file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.errors import ConfigError, NotApproved, NotFound
from gateway.doors.pages.policies import differences, steps
from gateway.doors.pages.visit import Download, Elsewhere, Mistake, Page, Pages, Shown, Visit
from gateway.flows.access import APPROVERS
from gateway.flows.policy import changefile, policies, policybook
from gateway.flows.policy.policybook import Version


async def approve(visit: Visit) -> Shown:
    """GET /policies/{digest}/approve: what is approved, before it is."""
    one = await _waiting(visit)
    visit.must_have_stepped_up()
    return await _page(visit, one, "policy_approve.html")


async def say_approved(visit: Visit) -> Shown:
    """POST /policies/{digest}/approve."""
    one = await _waiting(visit)
    visit.must_have_stepped_up(f"/policies/{one.digest}/approve")
    try:
        await policies.approve(visit.gateway, visit.who, one.policy.text)
    except NotApproved as error:
        return await _page(visit, one, "policy_approve.html", [Mistake("approve", str(error))])
    return Elsewhere(f"/policies/{one.digest}", f"You approve version {one.policy.version}. The record keeps that.")


async def publish(visit: Visit) -> Shown:
    """GET /policies/{digest}/publish: from when it would decide."""
    one = await _waiting(visit)
    visit.must_have_stepped_up()
    return await _page(visit, one, "policy_publish.html")


async def say_published(visit: Visit) -> Shown:
    """POST /policies/{digest}/publish."""
    one, start = await _waiting(visit), visit.given("start")
    visit.must_have_stepped_up(f"/policies/{one.digest}/publish")
    if start not in ("day", "now"):
        return await _page(visit, one, "policy_publish.html", [Mistake("start", "Choose from when it decides.")])
    try:
        done = await policies.publish(visit.gateway, visit.who, one.policy.text, at_once=start == "now")
    except NotApproved as error:
        titles = {role: visit.council.roles[role].title for role in APPROVERS if role in visit.council.roles}
        return await _page(visit, one, "policy_publish.html", [Mistake("start", plain(error, titles))])
    except ConfigError as error:
        say = " ".join(f"It needs {fault.expected}. {fault.remedy}" for fault in error.faults[:1])
        return await _page(visit, one, "policy_publish.html", [Mistake("start", say)])
    return Elsewhere(f"/policies/{one.digest}", f"It decides from {changefile.when(done.starts)}.")


async def change_file(visit: Visit) -> Shown:
    """GET /policies/{digest}/change: what changed, why, tests, rehearsals and approvers, to print."""
    file = await changefile.change_file(visit.gateway, visit.who, visit.part("digest"))
    values = {"file": file, "one": file.one, "proved": changefile.PROVED}
    values |= {"rehearsed": [(act, changefile.tried(act)) for act in file.rehearsed]}
    if file.instead and file.found is not None:
        values |= differences(file.instead, file.one, file.found)
    return Page("policy_change.html", values)


async def change_text(visit: Visit) -> Shown:
    """GET /policies/{digest}/change.txt: the same, to keep outside."""
    file = await changefile.change_file(visit.gateway, visit.who, visit.part("digest"))
    text = changefile.as_text(file, visit.council.title)
    return Download(f"policy-change-{file.one.policy.version}.txt", "text/plain; charset=utf-8", text.encode())


def plain(error: NotApproved, titles: Mapping[str, str]) -> str:
    """What is missing, without the command that gives it, and with the titles of roles in place of their names."""
    say = str(error).partition(" Run: ")[0]
    for role, title in titles.items():
        say = say.replace(role, title)
    return say


async def _waiting(visit: Visit) -> Version:
    """A version that is put forward and not in force. Raises NotFound."""
    one = await policybook.version(visit.gateway, visit.who, visit.part("digest"))
    if one.state != "proposed":
        raise NotFound("Nobody has put these words forward, or they are published already.")
    return one


async def _page(visit: Visit, one: Version, template: str, mistakes: list[Mistake] | None = None) -> Page:
    file = await changefile.change_file(visit.gateway, visit.who, one.digest)
    acts = (*file.rehearsed, *file.approved)
    values = {"one": one, "file": file, "steps": steps(visit, one, acts), "typed": visit.given("start")}
    if file.instead and file.found is not None:
        values |= differences(file.instead, one, file.found)
    values |= {"rehearsed": [changefile.tried(act) for act in file.rehearsed], "mistakes": mistakes or []}
    return Page(template, values, 422 if mistakes else 200)


PAGES: Final[Pages] = (
    ("GET", "/policies/{digest}/approve", "policy.approve", approve),
    ("POST", "/policies/{digest}/approve", "policy.approve", say_approved),
    ("GET", "/policies/{digest}/publish", "policy.publish", publish),
    ("POST", "/policies/{digest}/publish", "policy.publish", say_published),
    ("GET", "/policies/{digest}/change", "policy.list", change_file),
    ("GET", "/policies/{digest}/change.txt", "policy.list", change_text),
)
