"""The register of what people asked of their rights: listed, shown, and read with names (governance 2.2).

Everything that names somebody is sealed content. The record's entries about a request hold codes, days and ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from contracts.errors import NotFound
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.decisions import notices
from gateway.flows.decisions.timers import clock_row
from gateway.flows.entry import sections_of, write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.asked import OUTCOMES as DECISIONS
from gateway.flows.oversight.sharinglog import is_sealed
from gateway.path import rights
from gateway.store import content, register, retained
from gateway.store.register import Row
from gateway.store.tables import CLOCK, DECISION
from gateway.store.transaction import Tx
from gateway.store.writer import Write

OPENED: Final = "rights.opened"
"""Type of the entry that says that a request was written down."""
READ: Final = "rights.read"
A_PAGE: Final = 25
_NONE: Final = "There is no such request in the register of this council."

WORDS: Final[Mapping[str, str]] = {
    OPENED: "Written down",
    READ: "Read, with names",
    "rights.searched": "Searched for again",
    "rights.acknowledged": "Acknowledged",
    "rights.stopped": "Its time was stopped",
    "rights.started": "Its time goes on",
    "rights.extended": "Two months more were taken",
    "rights.noted": "Progress was written down",
    "rights.closed": "Ended",
    "rights.lifted": "The pause was lifted",
    "subject.opened": "Parts were opened for review",
    "subject.decided": "Parts were decided on",
    "subject.previewed": "What they will see was looked at",
    "subject.exported": "The pack was taken out",
}
"""Type of an entry about a request → what was done."""


async def listed(gateway: Gateway, who: Acting, *, closed: bool = False, page: int = 1) -> dict[str, Any]:
    """One page of the register, and how many there are. Nobody is named. Raises NotYourRole."""
    who.must_be_let("rights.list")
    council, now = who.council.name, gateway.now()

    def read(connection: Connection) -> dict[str, Any]:
        rows = register.listed(connection, council, closed=closed, many=A_PAGE, first=(max(1, page) - 1) * A_PAGE)
        many = register.counted(connection, council)
        return {"rows": [line(row, now) for row in rows], "open": many.get("open", 0), "closed": many.get("closed", 0)}

    return await gateway.store.ask(council, read)


def line(row: Row, now: int) -> dict[str, Any]:
    """One request without anybody's name. overdue: its day has passed."""
    due = row["due_at"] if row["state"] == "open" and not row["stopped"] else None
    right = rights.KINDS[row["kind"]]
    return {
        **{name: row[name] for name in ("id", "kind", "state", "about", "extended", "stood", "by", "stopped_at")},
        "title": right.title,
        "law": right.law,
        "received": row["received_at"],
        "acknowledged": row["acknowledged_at"],
        "due": due,
        "overdue": due is not None and due <= now,
        "stopped": rights.STOPS.get(row["stopped"], ""),
        "pauses": bool(row["pauses"]),
        "outcome": rights.outcome_words(row["kind"], row["outcome"]),
        "ended": row["ended_at"],
        "gone": not row["said"],
    }


async def show(gateway: Gateway, who: Acting, request: str) -> dict[str, Any]:
    """One request: its days, what was done, and which requests for help it is about. Raises NotYourRole, NotFound."""
    who.must_be_let("rights.list")
    council, now = who.council.name, gateway.now()

    def read(connection: Connection) -> dict[str, Any]:
        row = must_be_there(connection, council, request)
        found = referrals_of(connection, who, row["token"])
        done = retained.entries(connection, council, referral=request)
        return line(row, now) | {
            "history": [_done(connection, who, one) for one in done if one.type in WORDS],
            "referrals": [_referral(connection, who, one, row["kind"]) for one in found],
            "offers": list(_offers(row)),
        }

    return await gateway.store.ask(council, read)


async def read(gateway: Gateway, who: Acting, request: str, purpose: str) -> dict[str, Any]:
    """What names people: who asks, about whom, what, and every note. The record says so first.

    Raises NotYourRole, NotFound, NoSuchAnswer without a purpose.
    """
    who.must_be_let("rights.read")
    must_say_why(purpose)

    def work(tx: Tx) -> dict[str, Any]:
        row = must_be_there(tx, who.council.name, request)
        said = unsealed(tx, row)
        write_entry(tx, who.council.name, request, READ, who.said | {"purpose": purpose.strip()}, section="reader")
        return {name: said[name] for name in ("asker", "words", "name", "born", "log")}

    return await gateway.writer.submit(Write(work))


# What the other flows of the register share ---------------------------------------------------------------------------


def must_be_there(store: Connection | Tx, council: str, request: str) -> Row:
    """Its row. Raises NotFound for another council's, and for none."""
    row = register.one(store, council, request)
    if row is None:
        raise NotFound(_NONE)
    return row


def sealed(tx: Tx, council: str, said: Mapping[str, Any]) -> str:
    """Keep what names people. Returns its content's id."""
    return content.put(tx, council, "said", orjson.dumps(said))


def unsealed(store: Connection | Tx, row: Row) -> dict[str, Any]:
    """What names people. Raises NotFound once it was disposed of."""
    body = content.get(store, row["council"], row["said"]) if row["said"] else None
    if body is None:
        raise NotFound("What named people in it has been disposed of.")
    found: dict[str, Any] = orjson.loads(body)
    return found


def ring(tx: Tx, council: str, request: str, code: str, until: int) -> None:
    """Start the clock that tells the IG lead and the data protection officer once its day has passed."""
    kind = f"{rights.CLOCK}:{code}"
    tx.insert(
        CLOCK,
        clock_row(council, kind, "", "", rights.OWNER, tx.now, until, delivery=request, times=f"{tx.now} {until}"),
    )


def referrals_of(store: Connection | Tx, who: Acting, token: str) -> list[Any]:
    """Requests for help that name this person; a sealed file only for those who are named for it."""
    found = register.about(store, who.council.name, token)
    if who.may("holds.open", "sealed"):
        return found
    return [row for row in found if not _sealed(store, who.council.name, row.id)]


def _sealed(store: Connection | Tx, council: str, referral: str) -> bool:
    facts = DECISION.select().where(DECISION.c.council == council, DECISION.c.referral == referral)
    return any(is_sealed({"facts": row.facts}) for row in store.execute(facts))


def _referral(connection: Connection, who: Acting, row: Any, kind: str) -> dict[str, Any]:
    council = who.council
    sender = council.senders.get(row.sender)
    asked = DECISION.select().where(DECISION.c.council == council.name, DECISION.c.referral == row.id)
    decisions = connection.execute(asked.order_by(DECISION.c.at)).all()
    told = notices.standing(connection, (row.id,)) if kind in ("rectification", "erasure", "restriction") else ()
    return {
        "id": row.id,
        "at": row.at,
        "sender": sender.title if sender else row.sender,
        "decisions": [{"id": one.id, "at": one.at, "title": DECISIONS[one.outcome]} for one in decisions],
        "notices": [
            {
                "hub": council.hubs[one.hub].title if one.hub in council.hubs else one.hub,
                "state": one.state,
                "by": one.by,
            }
            for one in told
        ],
    }


def _offers(row: Row) -> Iterator[tuple[str, str]]:
    """What may be done to it now: act, or act and choice as `stop@identity`, and what that is in words."""
    if row["state"] == "closed":
        if row["pauses"]:
            yield "lift", "Lift the pause: what waits is sent"
        return
    right = rights.KINDS[row["kind"]]
    if row["acknowledged_at"] is None:
        yield "acknowledge", "I have acknowledged it"
    yield "note", "I have told them how it goes, or something happened"
    if row["stopped"]:
        yield "start", "What was missing has come: its time goes on"
    else:
        yield from ((f"stop@{code}", f"Stop its time. {rights.STOPS[code]}") for code in right.stops)
    if row["kind"] != "complaint" and not row["extended"]:
        yield "extend", "Take two months more: it is complex, or there are many"
    yield from ((f"close@{code}", f"End it. {words}") for code, words in right.outcomes.items())


def _done(connection: Connection, who: Acting, entry: Any) -> dict[str, Any]:
    parts = sections_of(connection, who.council.name, entry.rid)
    said = parts.get("rights") or parts.get("reader") or {}
    role = who.council.roles.get(said.get("role", ""))
    why = rights.STOPS.get(said.get("why", ""), "")
    return {
        "at": entry.ts,
        "what": WORDS[entry.type],
        "by": said.get("by", "somebody whose name was disposed of"),
        "role": role.title if role else said.get("role", ""),
        "more": why or said.get("outcome_words", ""),
    }
