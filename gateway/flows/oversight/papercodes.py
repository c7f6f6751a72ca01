"""Sealed paper codes: the way in to break the glass when the council's own sign-in does not answer (governance 5.4).

A sheet has five pairs of codes. One of those who oversee prints the first halves, another the second; nobody ever sees
both, and nothing but their digests is kept. Two halves let one person in once, to break the glass for one child and
for nothing else. That they did is in the record, and rings, before anything is shown.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotAllowed, NotYourRole
from gateway.flows.acting import PAPER, Acting, acting
from gateway.flows.decisions.timers import clock_row
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.path.clocks import due
from gateway.store.chance import new_id
from gateway.store.tables import ALARM, CLOCK, PAPER_CODE
from gateway.store.transaction import Tx
from gateway.store.writer import Write

_LOG: Final = logging.getLogger(__name__)

MADE: Final = "glass.codes.made"
ENDED: Final = "glass.codes.ended"
USED: Final = "glass.code.used"
TASK: Final = "paper_code_used"
PAIRS: Final = 5
"""Pairs of one sheet."""

_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""None that looks like another on paper."""
_GROUPS: Final = 4
_OF: Final = 5
_NO: Final = (
    "Those two codes do not let you in. Each is used once, they belong together, and the name must be one that the "
    "council lists in that role."
)


@dataclass(frozen=True, slots=True)
class Printed:
    """One half of a sheet, to print: shown once, and kept nowhere."""

    sheet: str
    half: int
    codes: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """How one sheet stands. Times are ms UTC.

    second  "" while only the first halves are made; used: number of a pair, when, and in whose name
    """

    id: str
    at: int
    first: str
    second: str
    left: int
    used: tuple[tuple[int, int, str], ...]


async def sheets(gateway: Gateway, who: Acting) -> list[Sheet]:
    """Every sheet of which anything is left or was used, the newest first. Raises NotYourRole."""
    who.must_be_let("glass.codes")
    return await gateway.store.ask(who.council.name, lambda connection: _sheets(connection, who.council.name))


async def begin(gateway: Gateway, who: Acting) -> Printed:
    """Make the first halves of a new sheet. One that was begun and not completed goes. Raises NotYourRole."""
    who.must_be_let("glass.codes")

    def work(tx: Tx) -> Printed:
        for one in _sheets(tx, who.council.name):
            if not one.second:
                _drop(tx, who.council.name, one.id)
        return _print(tx, who, new_id(), 1)

    return await gateway.writer.submit(Write(work))


async def complete(gateway: Gateway, who: Acting, sheet: str) -> Printed:
    """Make the second halves, as another person. What is left of any sheet before it lets nobody in any more.

    Raises NotYourRole for whoever made the first halves, AnsweredAlready.
    """
    who.must_be_let("glass.codes")

    def work(tx: Tx) -> Printed:
        standing = {one.id: one for one in _sheets(tx, who.council.name)}
        mine = standing.get(sheet)
        if mine is None or mine.second:
            raise AnsweredAlready("That sheet is complete, or is there no more.")
        if mine.first == who.name:
            raise NotYourRole("You printed the first halves. Somebody else prints the second.")
        for one in standing.values():
            if one.id != sheet:
                _drop(tx, who.council.name, one.id)
        return _print(tx, who, sheet, 2)

    return await gateway.writer.submit(Write(work))


async def end(gateway: Gateway, who: Acting, reason: str) -> None:
    """Have every code that is left let nobody in any more: a sheet was lost, or opened. Raises NoSuchAnswer."""
    who.must_be_let("glass.codes")
    if len(reason.strip()) < _LEAST:
        raise NoSuchAnswer("Write in a sentence why they end. The record keeps that.")

    def work(tx: Tx) -> None:
        for one in _sheets(tx, who.council.name):
            _drop(tx, who.council.name, one.id)
        write_entry(tx, who.council.name, "", ENDED, who.said | {"reason": reason.strip()}, section="human")

    await gateway.writer.submit(Write(work))


async def use(gateway: Gateway, council: str, name: str, role: str, codes: Sequence[str]) -> Acting:
    """Let somebody in with two halves of a pair. Raises NotAllowed, in the same words whatever is wrong."""
    who = _claimed(gateway, council, name, role)
    if who is None:
        raise NotAllowed(_NO)
    digests = [_digest(council, code) for code in codes]

    def work(tx: Tx) -> bool:
        pair = tx.execute(select(PAPER_CODE).where(_of(council), PAPER_CODE.c.id.in_(digests))).all()
        if {row.half for row in pair} != {1, 2} or len({(row.sheet, row.n) for row in pair}) != 1:
            return False
        spent = update(PAPER_CODE).where(PAPER_CODE.c.id.in_(digests), PAPER_CODE.c.used_at.is_(None))
        if tx.execute(spent.values(used_at=tx.now, used_by=who.name)).rowcount != len(pair):
            return False  # both were used before: a pair is spent as one
        said = who.said | {"sheet": pair[0].sheet, "number": pair[0].n}
        entry = write_entry(tx, council, "", USED, said, section="human")
        _ring(gateway, tx, who, f"{pair[0].sheet} {pair[0].n}", entry)
        return True

    if not await gateway.writer.submit(Write(work)):
        _LOG.warning("Paper codes let nobody in", extra={"council": council})
        raise NotAllowed(_NO)
    gateway.wake()
    return who


_LEAST: Final = 10


def _claimed(gateway: Gateway, council: str, name: str, role: str) -> Acting | None:
    """Whoever they say they are, if that is somebody who may break the glass."""
    if council not in gateway.catalogue.councils:
        return None
    try:
        who = acting(gateway.council(council), name, role, how=PAPER)
    except NotYourRole:
        return None
    return who if who.may("glass.break") else None


def _ring(gateway: Gateway, tx: Tx, who: Acting, times: str, entry: str) -> None:
    """A task for whoever oversees, and an alarm at once for each role that hears of it."""
    council, now = who.council, gateway.now()
    task = gateway.policy(council.name).tasks.get(TASK)
    owner, within = (task.owner, task.within) if task else ("ig_lead", "1 working day")
    until = due(within, now, council.hours)
    clock = clock_row(council.name, f"task:{TASK}", "", "", owner, now, until, times=times)
    tx.insert(CLOCK, clock)
    alarm = {name: clock[name] for name in ("council", "referral", "kind", "delivery")}
    told = {"why": "began", "interrupts": 1, "at": now, "tell_at": now, "entry": entry}
    for role in dict.fromkeys((owner, *(task.tells if task else ("data_protection_officer",)))):
        tx.insert(ALARM, {"id": new_id(), "role": role} | alarm | told)


def _print(tx: Tx, who: Acting, sheet: str, half: int) -> Printed:
    council, codes = who.council.name, tuple(_code() for _ in range(PAIRS))
    for n, code in enumerate(codes, 1):
        row = {"id": _digest(council, code), "council": council, "sheet": sheet, "n": n, "half": half}
        tx.insert(PAPER_CODE, row | {"made_by": who.name, "at": tx.now, "used_at": None, "used_by": ""})
    said = who.said | {"sheet": sheet, "half": half, "count": len(codes)}
    write_entry(tx, council, "", MADE, said, section="human")
    return Printed(sheet, half, codes)


def _drop(tx: Tx, council: str, sheet: str) -> None:
    """What of a sheet was used stays listed; the rest is gone."""
    tx.execute(delete(PAPER_CODE).where(_of(council), PAPER_CODE.c.sheet == sheet, PAPER_CODE.c.used_at.is_(None)))


def _sheets(store: Connection | Tx, council: str) -> list[Sheet]:
    rows: dict[str, list[Any]] = {}
    for row in store.execute(select(PAPER_CODE).where(_of(council)).order_by(PAPER_CODE.c.at.desc())):
        rows.setdefault(row.sheet, []).append(row)
    return [_sheet(name, found) for name, found in rows.items()]


def _sheet(name: str, rows: Sequence[Any]) -> Sheet:
    makers = {row.half: row.made_by for row in rows}
    whole = {row.n for row in rows if row.half == 1} & {row.n for row in rows if row.half == 2}
    used = sorted({(row.n, row.used_at, row.used_by) for row in rows if row.used_at is not None})
    left = len(whole) - len({n for n, _, _ in used})
    return Sheet(name, min(row.at for row in rows), makers.get(1, ""), makers.get(2, ""), left, tuple(used))


def _of(council: str) -> Any:
    return PAPER_CODE.c.council == council


def _code() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_OF)) for _ in range(_GROUPS))


def _digest(council: str, code: str) -> str:
    """However it is typed: small letters, spaces and hyphens do not matter. A code has over 98 bits of chance."""
    return sha256(f"{council} {''.join(filter(str.isalnum, code)).upper()}".encode()).hexdigest()
