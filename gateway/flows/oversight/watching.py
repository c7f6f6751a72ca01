"""Asks the rules about each reading, once a working day has passed since (governance 5.5).

Each reading is judged once. What was found of an information governance lead is told to the data protection officer;
of anybody else, to the lead.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from contracts.council import Council
from gateway.flows.access import person_may
from gateway.flows.decisions.filed import read_filed
from gateway.flows.decisions.timers import clock_row
from gateway.flows.entry import READER, write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.held import about
from gateway.flows.holds.tasks import READERS as TASK
from gateway.path import watching
from gateway.path.calendar import day_of, is_open, next_working_day, start_of
from gateway.path.clocks import due
from gateway.path.watching import Seen
from gateway.store import content
from gateway.store.evidence import entry_of
from gateway.store.tables import CLOCK, ENTRY, GLASS, READING, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

LEAD: Final = "ig_lead"
OFFICER: Final = "data_protection_officer"
TOGETHER: Final = 200
"""Readings judged in one go."""

_BEFORE: Final = timedelta(days=28)
_NAME: Final = "watching"


async def nightly(gateway: Gateway) -> int:
    """Judge what has not been judged and is old enough. Returns how many readings were."""
    judged = 0
    for name in sorted(gateway.catalogue.councils):
        while many := await _some(gateway, gateway.council(name)):
            judged += many
    return judged


def overseer(council: Council, person: str, role: str) -> str:
    """The duty role that watches what this person reads: nobody watches themselves."""
    lead = council.roles.get(LEAD)
    is_lead = role == LEAD or (lead is not None and person in lead.people)
    return OFFICER if is_lead and OFFICER in council.roles else LEAD


async def _some(gateway: Gateway, council: Council) -> int:
    now = gateway.now()
    found = await gateway.store.ask(council.name, lambda connection: _judged(gateway, connection, council, now))
    if not found:
        return 0
    return await gateway.writer.submit(Write(lambda tx: _kept(gateway, tx, council, found)))


def _judged(gateway: Gateway, connection: Connection, council: Council, now: int) -> list[tuple[Any, tuple[str, ...]]]:
    today = day_of(now)
    new = select(READING).where(
        READING.c.council == council.name, READING.c.flags.is_(None), READING.c.at < start_of(today)
    )
    rows = connection.execute(new.order_by(READING.c.at, READING.c.entry).limit(TOGETHER)).all()
    ripe = [row for row in rows if next_working_day(day_of(row.at), council.hours) < today]
    return [(row, watching.flags(_seen(connection, council, row))) for row in ripe]


def _seen(connection: Connection, council: Council, row: Row[Any]) -> Seen:
    """One reading, with what the store knows around it."""
    read = row.type == "content.read"
    return Seen(
        row.type,
        row.person,
        row.role,
        surnames=_surnames(connection, row) if row.referral else (),
        that_day=len(_days(connection, row, start_of(day_of(row.at)), start_of(day_of(row.at) + timedelta(days=1)))),
        usual=watching.usual(
            day_of(at) for at in _days(connection, row, start_of(day_of(row.at) - _BEFORE), start_of(day_of(row.at)))
        ),
        acted=not read or _acted(connection, row),
        linked=not read or _linked(connection, row),
        in_hours=is_open(row.at, council.hours),
    )


def _surnames(connection: Connection, row: Row[Any]) -> tuple[str, ...]:
    stored = select(REFERRAL.c.filed).where(REFERRAL.c.council == row.council, REFERRAL.c.id == row.referral)
    filed = connection.execute(stored).scalar()
    body = content.get(connection, row.council, filed) if filed else None
    if body is None:
        return ()
    return tuple(person.surname for person in read_filed(body)[0].people if person.surname)


def _days(connection: Connection, row: Row[Any], since: int, until: int) -> Sequence[int]:
    theirs = select(READING.c.at).where(
        READING.c.council == row.council, READING.c.at >= since, READING.c.at < until, READING.c.person == row.person
    )
    return connection.execute(theirs).scalars().all()


def _acted(connection: Connection, row: Row[Any]) -> bool:
    """Whether an entry about the request, later than the reading, tells of something that its reader did."""
    later = select(ENTRY.c.rid).where(
        ENTRY.c.council == row.council, ENTRY.c.referral == row.referral, ENTRY.c.ts >= row.at
    )
    for rid in connection.execute(later).scalars().all():
        entry = entry_of(connection, row.council, rid)
        parts = [part for part in entry.sections if part.name != READER and part.value] if entry else []
        if any(row.person in (told.get("by"), told.get("second_person")) for told in map(_said, parts)):
            return True
    return False


def _said(part: Any) -> dict[str, Any]:
    told = json.loads(part.value)
    return told if isinstance(told, dict) else {}


def _linked(connection: Connection, row: Row[Any]) -> bool:
    """Whether a hold or a task of the request was one that the reader may take, or they had broken the glass."""
    waits = select(CLOCK.c.kind).where(CLOCK.c.council == row.council, CLOCK.c.referral == row.referral)
    kinds = connection.execute(waits.distinct()).scalars().all()
    if any(person_may(_taking(kind), row.role, about({"kind": kind})) for kind in kinds):
        return True
    broke = select(GLASS.c.id).where(
        GLASS.c.council == row.council,
        GLASS.c.person == row.person,
        GLASS.c.at <= row.at,
        GLASS.c.until >= row.at,
    )
    return connection.execute(broke.limit(1)).first() is not None


def _taking(kind: str) -> str:
    return "holds.take" if kind.startswith("hold:") else "tasks.take"


def _kept(gateway: Gateway, tx: Tx, council: Council, found: list[tuple[Any, tuple[str, ...]]]) -> int:
    """Keep what was found, once; and have those look who watch the readers it is about."""
    if not tx.alone(_NAME):
        return 0
    told: dict[str, Counter[str]] = {}
    for row, codes in found:
        mine = (READING.c.council == council.name, READING.c.entry == row.entry, READING.c.flags.is_(None))
        changed = tx.execute(update(READING).where(*mine).values(flags=",".join(codes))).rowcount
        if changed and codes:
            told.setdefault(overseer(council, row.person, row.role), Counter()).update(codes)
    said = {"judged": len(found), "found": {role: dict(counts) for role, counts in sorted(told.items())}}
    write_entry(tx, council.name, "", "readers.judged", said, section="readers")
    for role in sorted(told):
        _has_looked_at(gateway, tx, council, role)
    return len(found)


def _has_looked_at(gateway: Gateway, tx: Tx, council: Council, role: str) -> None:
    """A task for whoever watches, unless one runs already."""
    kind, now = f"task:{TASK}", gateway.now()
    runs = (CLOCK.c.council == council.name, CLOCK.c.kind == kind, CLOCK.c.owner == role, CLOCK.c.state == "running")
    if tx.execute(select(CLOCK.c.id).where(*runs)).first() is not None:
        return
    task = gateway.policy(council.name).tasks.get(TASK)
    until = due(task.within if task else "5 working days", now, council.hours)
    tx.insert(CLOCK, clock_row(council.name, kind, "", "", role, now, until, times=f"{council.name} {role} {now}"))
