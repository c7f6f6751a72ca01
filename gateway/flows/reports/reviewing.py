"""Answers the ten questions about a decision that was drawn: by somebody who had no part in it (governance 2.4).

What was drawn of a sealed file is answered by those named for it, and by nobody else: of such decisions every one is
drawn, so none can take its place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, select

from contracts.errors import NoSuchAnswer, NotFound
from gateway.flows.acting import Acting
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.reports.defined import DEFINITIONS
from gateway.flows.reports.lines import Row, read_rows
from gateway.flows.reports.making import definition_of
from gateway.flows.reports.pieces import found, pieces_of, rows_of
from gateway.flows.reports.question import question_of
from gateway.flows.reports.results import ANSWERS, answers_of
from gateway.flows.reports.sample import CHECKLIST, NAME, SEED
from gateway.path.sampling import mark
from gateway.record.canonical import canonical
from gateway.store import content, log
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
    definition_of(who, NAME)
    return await gateway.store.ask(who.council.name, lambda connection: _item(gateway, connection, who, report, number))


async def progress(gateway: Gateway, who: Acting, report: str) -> dict[int, tuple[int, bool]]:
    """Number in the sample → how many people answered, and whether this one did."""
    council = who.council.name
    given = await gateway.store.ask(council, lambda connection: answers_of(connection, council, report))
    return {number: (len(answers), any(by == who.name for by, _ in answers)) for number, answers in given.items()}


def left(connection: Connection, who: Acting, report: str) -> int:
    """How many decisions of a sample wait for answers of this role, and have none of this person's."""
    given = answers_of(connection, who.council.name, report)
    return sum(
        len(given[place]) < int(row.cells[7] or 1) and who.name not in {by for by, _ in given[place]}
        for place, row in enumerate(rows_of(connection, who.council.name, report), 1)
        if row.sheet == 0 and _may(who, row)
    )


async def answer(
    gateway: Gateway, who: Acting, report: str, number: int, answers: Mapping[str, str], note: str
) -> None:
    """Keep what one reviewer says, once. Raises NotYourRole, NotFound, NoSuchAnswer.

    note  what they found, in their words; it is kept sealed, and in the record only that there is one
    """
    definition_of(who, NAME)
    if {code for code, _ in CHECKLIST} != answers.keys() or not set(answers.values()) <= ANSWERS.keys():
        raise NoSuchAnswer("Answer each of the ten questions.")
    if "no" in answers.values() and not note.strip():
        raise NoSuchAnswer("Write what is not right, and what is to be done about it.")
    council = who.council.name

    def work(tx: Tx) -> None:
        case = _item(gateway, tx, who, report, number)
        who.must_be_let("reports.sample", _about(case.row))
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


def _about(row: Row) -> str:
    return "sealed" if row.sealed else DEFINITIONS[NAME].audience


def _may(who: Acting, row: Row) -> bool:
    return who.may("reports.sample", _about(row))


def _item(gateway: Gateway, connection: Connection | Tx, who: Acting, report: str, number: int) -> Item:
    council = who.council.name
    kept, row = found(connection, council, report, NAME), _drawn(connection, council, report, number)
    if row.sealed and _may(who, row):
        row = _opened(gateway, connection, who, kept, row)
    given = answers_of(connection, council, report)[number]
    mine = next((answers for by, answers in given if by == who.name), {})
    wanted = int(row.cells[7] or 1)
    refused = ""
    if not _may(who, row):
        refused = _NAMED if row.sealed else "Those who review decisions answer this one."
    elif not row.decision:
        refused = "What is kept of it has been disposed of. Nobody can answer any more."
    elif mine:
        refused = "You have answered."
    elif len(given) >= wanted:
        refused = "As many people as it takes have answered."
    elif who.name in deciders(connection, council, row.referral):
        refused = _SOMEBODY_ELSE + (_IF_NOBODY if row.sealed else "")
    return Item(row, mine, len(given), wanted, refused)


_NAMED: Final = "It is about a sealed file. Those who are named for sealed files answer it, in that role."
_SOMEBODY_ELSE: Final = "You had a part in this decision. Somebody else reviews it."
_IF_NOBODY: Final = " If everybody named for sealed files had one, the council names another person for it."


def _opened(gateway: Gateway, connection: Connection | Tx, who: Acting, kept: Any, row: Row) -> Row:
    """The line of a sealed file with what it stands for: the sealed decision of those days that has its mark."""
    council = who.council.name
    how = (one.cells for one in rows_of(connection, council, kept.id) if one.sheet == 1)
    seed = bytes.fromhex(next(str(value) for name, value in how if name == SEED))
    definition, policy = DEFINITIONS[NAME], gateway.policy(council)
    asked = question_of(kept.query, definition.filters, definition.period, who.council, policy, gateway.now())
    sealed = log.chosen(council, replace(asked.which, protect="sealed"))
    for one in connection.execute(sealed.with_only_columns(DECISION.c.id, DECISION.c.referral)).all():
        if mark(seed, one.id) == row.sealed:
            return replace(row, decision=one.id, referral=one.referral)
    return row


def _drawn(connection: Connection | Tx, council: str, report: str, number: int) -> Row:
    if number > 0:
        for first, piece in pieces_of(connection, council, report, number - 1, number):
            for place, row in enumerate(read_rows(piece), first + 1):
                if place == number and row.sheet == 0:
                    return row
    raise NotFound("There is no decision of that number in this sample.")
