"""A task that is about no one request, such as a list that differs from ours: what it asks, and saying it is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from contracts.council import Council
from contracts.errors import NotFound
from gateway.doors.pages.visit import Download, Mistake, Page, Pages, Shown, Visit
from gateway.flows.evidence import comparing, manifests
from gateway.flows.holds import held, showing


async def of_no_referral(visit: Visit, task: Mapping[str, Any], mistakes: list[Mistake] | None = None) -> Page:
    """The page of such a task, as `showing.alone` tells of it."""
    differs = await _differs(visit, task)
    values = {
        "task": task,
        "may_do": visit.who.may("tasks.done", held.about(task)) and task["state"] == "running",
        "mine": task["taken_by"] == visit.who.name,
        "whose": _title(visit.council, differs["for"]) if differs else "",
        "day": differs["day"] if differs else "",
        "typed": visit.given("note"),
        "mistakes": mistakes or [],
    }
    return Page("task.html", values, 422 if mistakes else 200)


async def ours(visit: Visit) -> Shown:
    """POST /tasks/{id}/manifest: our signed manifest of the day in which their list differs. It names nobody."""
    task = await showing.alone(visit.gateway, visit.who, visit.part("id"))
    differs = await _differs(visit, task) if task else None
    if differs is None:
        raise NotFound("This task is about no list.")
    day = date.fromisoformat(differs["day"])
    kept = await manifests.manifest(visit.gateway, visit.council.name, differs["for"], day)
    return Download(f"manifest-{day}.txt", "text/plain; charset=utf-8", kept.note.encode())


async def _differs(visit: Visit, task: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Whose list of which day differs, where that is what the task is about."""
    council = visit.council.name
    found = await visit.gateway.store.ask(council, lambda connection: comparing.open_differences(connection, council))
    return next((one for one in found if one["task"] == task["id"]), None)


def _title(council: Council, whose: str) -> str:
    kind, _, name = whose.partition(":")
    known = council.senders.get(name) if kind == "sender" else council.hubs.get(name)
    return known.title if known else name


PAGES: Final[Pages] = (("POST", "/tasks/{id}/manifest", "tasks.show", ours),)
