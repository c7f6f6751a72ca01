"""Break-glass looked at afterwards by somebody else: what was read, and whether it was right (governance 5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound, NotYourRole
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.entry import READER, write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.ending import stop
from gateway.flows.oversight.glass import REASONS, why_of
from gateway.flows.oversight.looked import REASONS as REASONS_READ
from gateway.flows.oversight.looked import WHAT
from gateway.store.tables import CLOCK, GLASS, READING
from gateway.store.transaction import Tx
from gateway.store.writer import Write

REVIEWED: Final = "glass.reviewed"
"""Type of the entry that says what a review found."""

FOUND: Final = {
    "justified": "It was justified",
    "training": "It was not needed: the person needs training",
    "misuse": "It was misuse",
}
"""Code of what a review finds → its words."""

MOST: Final = 500
"""Rows that a list holds at most: a year of one for every day."""


async def listed(gateway: Gateway, who: Acting) -> list[dict[str, Any]]:
    """Every break-glass of the council, the newest first, and nobody of a family. Raises NotYourRole."""
    who.must_be_let("glass.list")
    return await gateway.store.ask(who.council.name, lambda connection: rows_of(connection, who))


def rows_of(connection: Connection | Tx, who: Acting, since: int = 0, until: int | None = None) -> list[dict[str, Any]]:
    """Those that began in a time, ms UTC, the newest first: what the report of overrides takes."""
    found = select(GLASS).where(GLASS.c.council == who.council.name, GLASS.c.at >= since)
    if until is not None:
        found = found.where(GLASS.c.at < until)
    rows = connection.execute(found.order_by(GLASS.c.at.desc(), GLASS.c.id).limit(MOST)).all()
    return [_line(connection, who, row) for row in rows]


async def show(gateway: Gateway, who: Acting, name: str) -> dict[str, Any]:
    """One of them: when, by whom, what was read and done meanwhile. Takes the id of its task too.

    Raises NotYourRole, NotFound.
    """
    who.must_be_let("glass.review")

    def read(connection: Connection) -> dict[str, Any]:
        row = _row(connection, who, name)
        return _line(connection, who, row) | {"did": _did(connection, row)}

    return await gateway.store.ask(who.council.name, read)


async def reason(gateway: Gateway, who: Acting, name: str, purpose: str) -> str:
    """The words of whoever broke the glass, once the record says who reads them.

    Raises NotYourRole, NotFound, NoSuchAnswer without a purpose.
    """
    who.must_be_let("glass.review")
    must_say_why(purpose)

    def work(tx: Tx) -> str:
        row = _row(tx, who, name)
        said = who.said | {"purpose": purpose.strip(), "glass": row.id}
        write_entry(tx, row.council, row.referral, REASONS_READ, said, section=READER)
        return why_of(tx, row)

    return await gateway.writer.submit(Write(work))


async def review(gateway: Gateway, who: Acting, name: str, found: str, words: str) -> None:
    """Say what it was. It ends with that, should it still last.

    Raises NotYourRole for whoever broke it, NotFound, NoSuchAnswer, AnsweredAlready.
    """
    who.must_be_let("glass.review")

    def work(tx: Tx) -> None:
        row = _row(tx, who, name)
        if row.person == who.name:
            raise NotYourRole("Nobody reviews their own break-glass. Somebody else must.")
        if row.found:
            raise AnsweredAlready(f"{row.reviewed_by} has reviewed this already.")
        if found not in FOUND:
            raise NoSuchAnswer(f"Choose what you found: {', '.join(FOUND)}.")
        if len(words.strip()) < _LEAST:
            raise NoSuchAnswer("Write in a sentence what you found. The record keeps that.")
        now = gateway.now()
        new = {"found": found, "reviewed_by": who.name, "reviewed_at": now, "token": "", "until": min(row.until, now)}
        tx.execute(update(GLASS).where(GLASS.c.id == row.id).values(new))
        stop(tx, row.clock, who.name, found)
        said = who.said | {"glass": row.id, "choice": found, "reason": words.strip(), "of": row.person}
        write_entry(tx, row.council, row.referral, REVIEWED, said, section="human")

    await gateway.writer.submit(Write(work))


_LEAST: Final = 10


async def _listed(gateway: Gateway, who: Acting, asked: Mapping[str, str]) -> Any:
    return await listed(gateway, who)


async def _reviewed(gateway: Gateway, who: Acting, asked: Mapping[str, str]) -> Any:
    await review(gateway, who, asked.get("glass", ""), asked.get("found", ""), asked.get("words", ""))
    return {"say": "Your review is recorded. The task has ended."}


VERBS: Final = {"glass-list": _listed, "glass-review": _reviewed}
"""What the desk is asked, by its word. Only a page lets anybody break the glass: the command line proves nobody."""


def _row(connection: Connection | Tx, who: Acting, name: str) -> Row[Any]:
    which = (GLASS.c.id == name) | (GLASS.c.clock == name)
    row = connection.execute(select(GLASS).where(GLASS.c.council == who.council.name, which)).one_or_none()
    if row is None:
        raise NotFound("There is nothing of that kind here.")
    return row


def _line(connection: Connection | Tx, who: Acting, row: Row[Any]) -> dict[str, Any]:
    role = who.council.roles.get(row.role)
    clock = connection.execute(select(CLOCK.c.due_at).where(CLOCK.c.id == row.clock)).scalar()
    return {
        "id": row.id,
        "by": row.person,
        "role": role.title if role else row.role,
        "at": row.at,
        "until": row.until,
        "why": REASONS[row.code],
        "referral": row.referral,
        "due": clock,
        "found": FOUND.get(row.found, ""),
        "reviewed_by": row.reviewed_by,
        "reviewed_at": row.reviewed_at,
    }


def _did(connection: Connection, row: Row[Any]) -> list[Mapping[str, Any]]:
    """What they read while it lasted, oldest first, at whichever request: codes and times only."""
    meanwhile = select(READING.c.type, READING.c.referral, READING.c.at).where(
        READING.c.council == row.council,
        READING.c.person == row.person,
        READING.c.at >= row.at,
        READING.c.at <= row.until,
    )
    rows = connection.execute(meanwhile.order_by(READING.c.at, READING.c.entry)).all()
    return [{"at": one.at, "what": WHAT.get(one.type, one.type), "referral": one.referral} for one in rows]
