"""Answers the ten questions about a decision that was drawn: by somebody who had no part in it (governance 2.4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from contracts.errors import NoSuchAnswer, NotFound
from gateway.flows.acting import Acting
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.reports.lines import Row, read_rows
from gateway.flows.reports.making import definition_of
from gateway.flows.reports.pieces import found, pieces_of
from gateway.flows.reports.results import ANSWERS, answers_of
from gateway.flows.reports.sample import CHECKLIST, NAME
from gateway.record.canonical import canonical
from gateway.store import content
from gateway.store.evidence import entry_of
from gateway.store.tables import CLOCK, DECISION, ENTRY, SAMPLED
from gateway.store.transaction import Tx
from gateway.store.writer import Write

REVIEWED: Final = "sample.reviewed"
_ACTS: Final = ("decision.human", "decision.proposed", "hold.taken", "glass.broken", "task.done")


@dataclass(frozen=True, slots=True)
class Item:
    """One drawn decision. mine: what this person answered already; many: how many people answered, of how many.

    refused  why this person may not answer, "" where they may
    """

    row: Row
    mine: Mapping[str, str]
    many: int
    wanted: int
    refused: str


async def item(gateway: Gateway, who: Acting, report: str, number: int) -> Item:
    """One decision of a sample, as this reviewer has it. Raises NotYourRole, NotFound."""
    definition_of(who, NAME, "reports.sample")
    return await gateway.store.ask(who.council.name, lambda connection: _item(connection, who, report, number))


async def progress(gateway: Gateway, who: Acting, report: str) -> dict[int, tuple[int, bool]]:
    """Number in the sample → how many people answered, and whether this one did."""
    council = who.council.name
    given = await gateway.store.ask(council, lambda connection: answers_of(connection, council, report))
    return {number: (len(answers), any(by == who.name for by, _ in answers)) for number, answers in given.items()}


async def answer(
    gateway: Gateway, who: Acting, report: str, number: int, answers: Mapping[str, str], note: str
) -> None:
    """Keep what one reviewer says, once. Raises NotYourRole, NotFound, NoSuchAnswer.

    note  what they found, in their words; it is kept sealed, and in the record only that there is one
    """
    definition_of(who, NAME, "reports.sample")
    if {code for code, _ in CHECKLIST} != answers.keys() or not set(answers.values()) <= ANSWERS.keys():
        raise NoSuchAnswer("Answer each of the ten questions.")
    if "no" in answers.values() and not note.strip():
        raise NoSuchAnswer("Write what is not right, and what is to be done about it.")
    council = who.council.name

    def work(tx: Tx) -> None:
        case = _item(tx, who, report, number)
        if case.refused:
            raise NoSuchAnswer(case.refused)
        said = who.said | {"report": report, "number": number, "decision": case.row.decision, "answers": dict(answers)}
        beside = {"human": {"note": note.strip()}} if note.strip() else {}
        entry = write_entry(tx, council, case.row.referral, REVIEWED, said, section="review", beside=beside)
        row = {"report": report, "row": number, "by": who.name, "council": council, "at": tx.now, "entry": entry}
        kept = content.put(tx, council, "said", note.strip().encode()) if note.strip() else ""
        tx.insert(SAMPLED, row | {"answers": canonical(dict(answers)).decode(), "note": kept})

    await gateway.writer.submit(Write(work))


def deciders(connection: Connection | Tx, council: str, referral: str) -> frozenset[str]:
    """Everybody who had a part in what became of a referral."""
    clocks = select(CLOCK.c.taken_by, CLOCK.c.ended_by).where(CLOCK.c.council == council, CLOCK.c.referral == referral)
    by = select(DECISION.c.by).where(DECISION.c.council == council, DECISION.c.referral == referral)
    names = {name for row in connection.execute(clocks) for name in row}
    names |= set(connection.execute(by).scalars())
    acts = select(ENTRY.c.rid).where(ENTRY.c.council == council, ENTRY.c.referral == referral, ENTRY.c.type.in_(_ACTS))
    for rid in connection.execute(acts).scalars().all():
        entry = entry_of(connection, council, rid)
        for part in entry.sections if entry else ():
            said: Any = json.loads(part.value) if part.value else {}
            names |= {str(said.get(name, "")) for name in ("by", "second_person")}
    return frozenset(names - {"", "machine"})


def _item(connection: Connection | Tx, who: Acting, report: str, number: int) -> Item:
    council = who.council.name
    found(connection, council, report, NAME)
    row = _drawn(connection, council, report, number)
    given = answers_of(connection, council, report)[number]
    mine = next((answers for by, answers in given if by == who.name), {})
    wanted = int(row.cells[7] or 1)
    refused = ""
    if not row.decision:
        refused = "A sealed file is looked at by those who are named for it, outside this page."
    elif mine:
        refused = "You have answered."
    elif len(given) >= wanted:
        refused = "As many people as it takes have answered."
    elif who.name in deciders(connection, council, row.referral):
        refused = "You had a part in this decision. Somebody else reviews it."
    return Item(row, mine, len(given), wanted, refused)


def _drawn(connection: Connection | Tx, council: str, report: str, number: int) -> Row:
    if number > 0:
        for first, piece in pieces_of(connection, council, report, number - 1, number):
            for place, row in enumerate(read_rows(piece), first + 1):
                if place == number and row.sheet == 0:
                    return row
    raise NotFound("There is no decision of that number in this sample.")
