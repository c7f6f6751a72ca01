"""Who read how much in a month, and what the rules found in it, for those who watch (governance 5.5).

To read this is itself one entry, so that it ends. The data protection officer sees the information governance lead's
reading, the lead everybody else's. It grows with what was read in one month, and with nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, select

from contracts.council import Council
from contracts.errors import NoSuchAnswer
from gateway.flows.acting import Acting, must_say_why
from gateway.flows.entry import READER, sections_of, write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.oversight.looked import READERS, WHAT
from gateway.flows.oversight.watching import OFFICER, overseer
from gateway.path.calendar import add_months, day_of, start_of
from gateway.path.watching import TITLES
from gateway.store.queries import tests
from gateway.store.tables import READING
from gateway.store.transaction import Tx
from gateway.store.writer import Write

MOST: Final = 200
"""Readings that are told one by one, the newest."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One person in one role in a month. what, found: words → how often."""

    person: str
    role: str
    total: int
    requests: int
    what: Mapping[str, int]
    found: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Watched:
    """A month. lines: readings one by one, the newest first: those a rule found, or all of one person."""

    month: date
    of_lead: bool
    person: str
    total: int
    readers: tuple[Reader, ...]
    lines: tuple[dict[str, Any], ...]
    more: bool


async def report(gateway: Gateway, who: Acting, month: date, purpose: str, person: str = "") -> Watched:
    """The month that a day is in, once the record says who asks and why.

    person  "" for everybody, with the readings that a rule found; or somebody, with each of theirs
    Raises NotYourRole, NoSuchAnswer without a purpose.
    """
    who.must_be_let("readers.report")
    must_say_why(purpose)
    first = month.replace(day=1)

    def work(tx: Tx) -> Watched:
        rows = [row for row in _read(tx, who.council.name, first) if _is_theirs(who, row)]
        mine = [row for row in rows if row.person == person] if person else rows
        shown = mine if person else [row for row in rows if row.flags]
        marked = tests(tx, who.council.name, {row.referral for row in shown[:MOST]})
        lines = tuple(_line(tx, who.council, row) | {"test": row.referral in marked} for row in shown[:MOST])
        said = who.said | {"purpose": purpose.strip(), "month": f"{first:%Y-%m}", "count": len(mine)}
        write_entry(tx, who.council.name, "", READERS, said, section=READER)
        readers = tuple(_readers(who.council, mine))
        of_lead = who.role == OFFICER
        return Watched(first, of_lead, person, len(mine), readers, lines, len(shown) > MOST)

    return await gateway.writer.submit(Write(work))


def months(gateway: Gateway, many: int = 12) -> list[date]:
    """This month and those before it."""
    first = day_of(gateway.now()).replace(day=1)
    return [add_months(first, -back) for back in range(many)]


def month_of(text: str) -> date:
    """2026-11 as its first day. Raises NoSuchAnswer."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NoSuchAnswer("Give the month as 2026-11.") from None


def _read(tx: Tx, council: str, first: date) -> Sequence[Row[Any]]:
    since, until = start_of(first), start_of(add_months(first, 1))
    found = select(READING).where(READING.c.council == council, READING.c.at >= since, READING.c.at < until)
    return tx.execute(found.order_by(READING.c.at.desc(), READING.c.entry)).all()


def _is_theirs(who: Acting, row: Row[Any]) -> bool:
    """Whether whoever asks is the one who watches this reader."""
    return overseer(who.council, row.person, row.role) == who.role


def _readers(council: Council, rows: Sequence[Row[Any]]) -> list[Reader]:
    of: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        of.setdefault((row.person, row.role), []).append(row)
    told = [
        Reader(
            person,
            _title(council, role),
            len(theirs),
            len({row.referral for row in theirs if row.referral}),
            dict(Counter(WHAT.get(row.type, row.type) for row in theirs).most_common()),
            dict(Counter(TITLES.get(code, code) for row in theirs for code in _codes(row)).most_common()),
        )
        for (person, role), theirs in of.items()
    ]
    return sorted(told, key=lambda one: (-sum(one.found.values()), -one.total, one.person))


def _line(tx: Tx, council: Council, row: Row[Any]) -> dict[str, Any]:
    said = sections_of(tx, council.name, row.entry).get(READER, {})
    return {
        "at": row.at,
        "person": row.person,
        "role": _title(council, row.role),
        "what": WHAT.get(row.type, row.type),
        "referral": row.referral,
        "purpose": said.get("purpose") or said.get("reason") or "",
        "found": [TITLES.get(code, code) for code in _codes(row)],
    }


def _codes(row: Row[Any]) -> list[str]:
    return [code for code in (row.flags or "").split(",") if code]


def _title(council: Council, role: str) -> str:
    known = council.roles.get(role)
    return known.title if known else role.replace("_", " ")


async def _told(gateway: Gateway, who: Acting, asked: Mapping[str, str]) -> Any:
    found = await report(
        gateway, who, month_of(asked.get("month", "")), asked.get("purpose", ""), asked.get("person", "")
    )
    readers = [
        {"person": one.person, "role": one.role, "total": one.total, "requests": one.requests}
        | {"what": dict(one.what), "found": dict(one.found)}
        for one in found.readers
    ]
    return {"month": f"{found.month:%Y-%m}", "total": found.total, "readers": readers, "lines": list(found.lines)}


VERBS: Final = {"readers": _told}
"""What the desk is asked, by its word."""
