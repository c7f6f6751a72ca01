"""The record as a whole: how far it is proven, what rings about it, and a slip to keep outside (settled 39)."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection

from contracts.errors import NotFound
from gateway.config.policy import Policy
from gateway.doors.pages.visit import Download, Page, Pages, Shown, Visit
from gateway.flows.evidence.slips import newest_slip
from gateway.flows.evidence.standstill import ringing, standing
from gateway.path.telling import awaited
from gateway.record.note import BadNote


async def show(visit: Visit) -> Shown:
    """GET /record."""
    gateway, council = visit.gateway, visit.council
    policy, key = gateway.policy(council.name), gateway.keys[council.name].record

    def read(connection: Connection) -> dict[str, Any]:
        codes = ringing(connection, council.name)
        return {
            "stands": standing(connection, council.name),
            "rings": [f"{awaited(f'record:{code}', policy, council)} {_do(policy, code)}" for code in codes],
            "slip": _slip(visit, connection),
        }

    values = {"key": key.vkey, "night": gateway.settings.self_check, "witnesses": bool(gateway.settings.witnesses)}
    return Page("record.html", values | await gateway.store.ask(council.name, read))


def _do(policy: Policy, code: str) -> str:
    """What is to be done about it; nothing where the words in force were published before there was such a row."""
    return policy.record[code].say if code in policy.record else ""


async def slip(visit: Visit) -> Shown:
    """GET /record/slip.txt: the same slip as a file, as `gateway record verify --held` reads it."""
    text = await visit.gateway.store.ask(visit.council.name, lambda connection: _slip(visit, connection))
    if not text:
        raise NotFound("There is no slip yet: nothing is sealed, or the newest checkpoint must not be believed.")
    return Download(f"slip-{visit.council.name}.txt", "text/plain; charset=utf-8", text.encode())


def _slip(visit: Visit, connection: Connection) -> str | None:
    """The slip; None before the first checkpoint, "" where the newest one must not be believed."""
    gateway, council = visit.gateway, visit.council
    try:
        return newest_slip(connection, council, gateway.keys[council.name].record, gateway.now())
    except BadNote:
        return ""


PAGES: Final[Pages] = (
    ("GET", "/record", "page.record", show),
    ("GET", "/record/slip.txt", "page.record", slip),
)
