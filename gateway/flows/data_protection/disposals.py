"""What a page tells of retention: one record with its holds, each list with what became of it, and its certificate."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection

from contracts.errors import NotFound
from contracts.retention import RECORDED
from gateway.flows.acting import Acting
from gateway.flows.data_protection.keeping import (
    CONFIRMED,
    DONE,
    EVERY,
    PROPOSED,
    RECORDS,
    due_besides,
    due_of,
    is_here,
    state,
    today_of,
)
from gateway.flows.data_protection.retaining import told_of
from gateway.flows.entry import sections_of
from gateway.flows.gateway import Gateway
from gateway.store import retained
from gateway.store.evidence import entry_of
from gateway.store.queries import tests

SHOWN: Final = 25
"""Lists that are shown, the newest first."""


async def one(gateway: Gateway, who: Acting, referral: str, record: str) -> dict[str, Any]:
    """One kind of record of one request, or a report: whether it is due, gone or held, and by whom.

    Raises NotYourRole, NotFound.
    """
    who.must_be_let("retention.list")
    name, today = who.council.name, today_of(gateway)

    def read(store: Connection) -> dict[str, Any]:
        if record not in EVERY or not is_here(store, name, referral, record):
            raise NotFound("There is no such record here.")
        standing, place = state(store, name, [referral]), (referral, record)
        found = (
            due_of(gateway, store, name, today, [referral], held=True)
            if record in RECORDS
            else due_besides(gateway, store, name, today, held=True)
        )
        due = [item for item in found if (item.referral, item.record) == place]
        return {
            "referral": referral,
            "record": record,
            "say": RECORDED[record],
            "test": referral in tests(store, name, [referral]),
            "due": told_of(due[0]) if due else None,
            "gone": standing.gone.get(place),
            "holds": [
                {"id": rid, "reason": held.reason, "by": held.by, "review": held.review}
                for rid, held in standing.holds.get(place, {}).items()
            ],
        }

    return await gateway.store.ask(name, read)


async def lists(gateway: Gateway, who: Acting) -> list[dict[str, Any]]:
    """The newest lists: id, when and by whom each was made, how many are on it, and when it was confirmed."""
    who.must_be_let("retention.list")
    name = who.council.name

    def read(store: Connection) -> list[dict[str, Any]]:
        rows = retained.entries(store, name, (PROPOSED, CONFIRMED))
        confirmed = {_said(store, name, row)["list"]: row for row in rows if row.type == CONFIRMED}
        made = [row for row in rows if row.type == PROPOSED][-SHOWN:]
        return [_line(store, name, row, confirmed.get(row.rid)) for row in reversed(made)]

    return await gateway.store.ask(name, read)


def unconfirmed(store: Connection, council: str) -> list[dict[str, Any]]:
    """Lists that nobody has confirmed, made since the newest that somebody has: what is still due of older ones is on
    a newer."""
    rows = retained.entries(store, council, (PROPOSED, CONFIRMED))
    done = {str(_said(store, council, row)["list"]) for row in rows if row.type == CONFIRMED}
    made = [row for row in rows if row.type == PROPOSED]
    last = max((place for place, row in enumerate(made) if row.rid in done), default=-1)
    return [_line(store, council, row, None) for row in made[last + 1 :]]


async def list_of(gateway: Gateway, who: Acting, listed: str) -> dict[str, Any]:
    """One list: what is on it, who made and who confirmed it, and of each thing that went its tombstone.

    Raises NotYourRole, NotFound.
    """
    who.must_be_let("retention.list")
    name = who.council.name

    def read(store: Connection) -> dict[str, Any]:
        entry = entry_of(store, name, listed)
        if entry is None or entry.type != PROPOSED:
            raise NotFound("There is no such list.")
        rows = retained.entries(store, name, (PROPOSED, CONFIRMED, DONE))
        made = next(row for row in rows if row.rid == listed)
        wanted = [tuple(one) for one in _said(store, name, made)["items"]]
        confirmed = next(
            (row for row in rows if row.type == CONFIRMED and _said(store, name, row)["list"] == listed), None
        )
        about = {referral for referral, _ in wanted}
        # A second person confirms a list once, and its disposals are entries of the same moment.
        went = [
            row for row in rows if row.type == DONE and confirmed and row.ts == confirmed.ts and row.referral in about
        ]
        gone = {(row.referral, said["record"]): (row, said) for row in went if (said := _said(store, name, row))}
        marked = tests(store, name, about)
        return _line(store, name, made, confirmed) | {
            "items": [
                {
                    "referral": referral,
                    "record": record,
                    "say": RECORDED[record],
                    "test": referral in marked,
                    **_gone(gone.get((referral, record))),
                }
                for referral, record in wanted
            ]
        }

    return await gateway.store.ask(name, read)


def _line(store: Connection, council: str, made: Any, confirmed: Any) -> dict[str, Any]:
    said = _said(store, council, made)
    then = _said(store, council, confirmed) if confirmed is not None else {}
    return {
        "id": made.rid,
        "at": made.ts,
        "by": said["by"],
        "many": len(said["items"]),
        "confirmed": confirmed.ts if confirmed is not None else None,
        "confirmed_by": then.get("by", ""),
        "entry": confirmed.rid if confirmed is not None else "",
        "disposed": then.get("disposed", 0),
        "kept": then.get("kept", 0),
    }


def _gone(found: tuple[Any, dict[str, Any]] | None) -> dict[str, Any]:
    if found is None:
        return {"tombstone": "", "formula": "", "code": "", "due": ""}
    row, said = found
    return {"tombstone": row.rid, "formula": said["formula"], "code": said["code"], "due": said["due"]}


def _said(store: Connection, council: str, row: Any) -> dict[str, Any]:
    found: dict[str, Any] = sections_of(store, council, row.rid)["disposal"]
    return found
