"""The writes that accept what was sent: one transaction for each 256 records, each of which accepts all it holds.

A submission that fits into one transaction, as nearly every one does, is accepted or rejected whole. A larger one is
`running` until its last transaction, and its answer so far says which records are still `waiting`. A crash between two
transactions loses nothing and doubles nothing: its sender was told nothing yet, sends the same again under the same
key, and the records that wait go on, with the ids they would have had. Twins that run at once help each other: each
looks, inside its transaction, at what is still to do. The same holds for children confirmed later (settled 22, 55).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from contracts.evidence import Entry
from gateway.flows.decisions import filing
from gateway.flows.decisions import lineage as versions
from gateway.flows.decisions.cited import absent_in
from gateway.flows.decisions.lineage import Earlier, Link, Newer
from gateway.flows.gateway import Gateway
from gateway.flows.mapping.sources import Read
from gateway.flows.submissions import confirming, corrections, documents, receipts, standing
from gateway.flows.submissions.sent import Answer, Sent
from gateway.path.course import Course, Matter, consider, promises
from gateway.path.screening import Screening
from gateway.store.sealer import record_entry
from gateway.store.transaction import Tx
from gateway.store.versions import Lineage
from gateway.store.writer import Write

CHUNK: Final = 256
"""Records in one transaction at most (settled 26)."""

ALONE: Final = 8
"""Records from which deciding leaves the event loop, so that no other sender waits for it."""

Matters = Sequence[tuple[Read, Matter | None]]
Told = dict[str, object]
Writing = Callable[[Gateway, Write[Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records, ready to be written.

    told      record number → its receipt
    expected  which version each source record should have now; None for one that never came
    documents that came with these records: token, media type and bytes
    waiting   referral → tokens of the documents it names and that have not come
    chosen    the rows of an export that these records were made of
    follows   the version that stands, of what the sender said it corrects
    """

    filings: tuple[filing.Filing, ...]
    links: tuple[Link, ...]
    told: Mapping[int, Told]
    expected: Mapping[Lineage, Earlier | None]
    documents: tuple[tuple[str, str, bytes], ...]
    waiting: Mapping[str, frozenset[str]]
    chosen: tuple[object, ...] = ()
    follows: Earlier | None = None


async def accept(
    gateway: Gateway, sent: Sent, matters: Matters, children: Mapping[int, str], written: Writing
) -> Answer:
    """Accept every record that may be accepted. `children` are the tokens of those that need a person's word."""
    ours = confirming.confirmed(sent, dict(children)) if children else frozenset(range(len(matters)))
    told = [_first_word(read, matter, children.get(n, ""), n in ours) for n, (read, matter) in enumerate(matters)]
    known: dict[Lineage, Earlier] = {}
    clean = _clean(matters)
    while True:
        numbers = standing.left(told, ours)[:CHUNK]
        now = gateway.now()
        follows = await corrections.corrected(gateway, sent, matters)
        with gateway.traces.span("decide", council=sent.council):
            if len(numbers) < ALONE:
                batch = work_out(gateway, sent, matters, numbers, known, now, follows)
            else:
                batch = await asyncio.to_thread(work_out, gateway, sent, matters, numbers, known, now)
        turn = _turn(gateway, sent, told, batch, ours, len(children), now, clean)
        outcome = await written(gateway, turn.write(gateway))
        if isinstance(outcome, Answer):
            return outcome
        if isinstance(outcome, Newer):
            known |= await versions.earlier_ones(gateway, sent.council, outcome)
        else:
            told = outcome


def first_turn(gateway: Gateway, sent: Sent, matters: Matters) -> Turn:
    """The one transaction of a few records that need nobody's word and, as far as is known, come for the first time."""
    told = [_first_word(read, matter, "", True) for read, matter in matters]
    ours, now = frozenset(range(len(matters))), gateway.now()
    batch = work_out(gateway, sent, matters, standing.left(told, ours), {}, now)
    return _turn(gateway, sent, told, batch, ours, 0, now, _clean(matters))


def work_out(
    gateway: Gateway,
    sent: Sent,
    matters: Matters,
    numbers: Sequence[int],
    known: Mapping[Lineage, Earlier],
    now: int,
    follows: Earlier | None = None,
) -> Batch:
    """Everything about these records that can be worked out before, so that the writer only writes. `now` in ms UTC."""
    rules = gateway.rules[sent.council]
    filings, links, told, expected = [], list[Link](), dict[int, Told](), dict[Lineage, Earlier | None]()
    enclosed, waiting = list[tuple[str, str, bytes]](), dict[str, frozenset[str]]()
    newest = dict(known)
    for number in numbers:
        read, matter = _left(matters, number)
        row = _referral_row(sent, matter, now)
        # What the sender names counts for more than a record number, which may be another system's.
        lineage = versions.lineage_of(gateway, row, matter.referral) if follows is None else None
        earlier = follows or (newest.get(lineage) if lineage else None)
        if lineage:
            expected.setdefault(lineage, earlier)
        if earlier is not None:
            if len(matters) > 1 and earlier.sent == matter.content:
                told[number] = receipts.unchanged(read, earlier.referral)
                continue
            read, matter = _linked(gateway, row, earlier, read, matter, links, named=follows is not None)
        courses, screening = consider(matter, rules, now)
        promised = promises(matter, courses, rules, screening, now)
        done = filing.file(gateway, matter, courses, promised, referral=row, ledger=read.ledger, lineage=lineage)
        filings.append(done)
        enclosed += documents.of(gateway, sent.council, read)
        if absent := absent_in(gateway.keys[sent.council], matter.referral, matter.faults):
            waiting[matter.reference] = absent
        told[number] = _told(read, matter, courses, screening, row, [one.entry.rid for one in done.decided])
        if lineage and len(matters) > 1:
            newest[lineage] = versions.newest_now(gateway, row, matter)
    kept = _kept(matters, numbers)
    return Batch(tuple(filings), tuple(links), told, expected, tuple(enclosed), waiting, kept, follows)


def _told(
    read: Read, matter: Matter, courses: Sequence[Course], screening: Screening, row: dict[str, Any], entries: list[str]
) -> Told:
    """One record's receipt, and where an enquiry without a name must be rewritten."""
    told = receipts.receipt(read, matter, courses, entries, row["version"], row["supersedes"])
    return told | receipts.marked(courses, screening)


def _kept(matters: Matters, numbers: Sequence[int]) -> tuple[object, ...]:
    """The rows of an export that these records were made of."""
    return tuple(kept for number in numbers if (kept := matters[number][0].kept) is not None)


def _left(matters: Matters, number: int) -> tuple[Read, Matter]:
    read, matter = matters[number]
    assert matter is not None, "only what can be accepted is left to be accepted"
    return read, matter


def _linked(
    gateway: Gateway, row: filing.Row, earlier: Earlier, read: Read, matter: Matter, links: list[Link], *, named: bool
) -> tuple[Read, Matter]:
    """The matter as the version that follows another, with its row and its link; apart, if it is of other people."""
    linked, matter = versions.link(gateway, row["council"], earlier, matter, named=named)
    if linked is not None:
        links.append(linked)
        row.update(version=linked.version, supersedes=linked.earlier, epoch=matter.epoch)
    return replace(read, faults=matter.faults), matter


@dataclass(frozen=True, slots=True)
class Turn:
    """One transaction of a submission.

    row    of the submission, as it is if nothing stands at its key yet
    told   every record's receipt, as it is then
    ours   records that this sender has confirmed, or need not
    clean  no scanner found anything in any record
    """

    sent: Sent
    row: filing.Row
    told: list[Told]
    batch: Batch
    ours: frozenset[int]
    confirmed: Entry | None
    clean: bool

    def write(self, gateway: Gateway) -> Write[Answer | Newer | list[Told]]:
        """The write that does this."""
        key = (self.row["council"], self.row["sender"], self.row["key"])
        return Write(lambda tx: self.work(gateway, tx), (key,), tuple(self.batch.expected))

    def work(self, gateway: Gateway, tx: Tx) -> Answer | Newer | list[Told]:
        """The answer, once all is done; else the receipts so far, or versions nobody knew of. Writes all or nothing."""
        row, told = self.row, self.told
        before = tx.submission((row["council"], row["sender"], row["key"]))
        settled = standing.answer(gateway, tx, self.sent, row, before, self.ours) if before is not None else None
        if isinstance(settled, Answer):
            return settled
        if settled is not None and standing.left(settled, self.ours)[:CHUNK] != list(self.batch.told):
            return settled
        if (newer := versions.unknown_to(tx, self.batch.expected)) is not None:
            return newer
        if self.batch.follows is not None and not versions.stands(tx, row["council"], self.batch.follows):
            return Newer({})
        if before is None or settled is None:
            standing.insert(tx, gateway, self.sent, row, self.clean, self.batch.chosen, before)
        else:
            told = [self.batch.told.get(number, one) for number, one in enumerate(settled)]
            row = standing.gone_on(before, told)
            if not tx.resubmit(row, before):
                return settled  # another process went on with it in this moment: look again
        self._write(gateway, tx)
        return told if standing.left(told, self.ours) else Answer(202, row["answer"])

    def insert(self, gateway: Gateway, tx: Tx) -> None:
        """Write it all where nothing stands at its key yet."""
        standing.insert(tx, gateway, self.sent, self.row, self.clean, self.batch.chosen)
        self._write(gateway, tx)

    def _write(self, gateway: Gateway, tx: Tx) -> None:
        own = documents.whose(self.sent.caller)
        documents.take_enclosed(gateway, tx, own, self.batch.documents)
        for done in self.batch.filings:
            filing.write(tx, done, self.row["id"])
        versions.supersede(gateway, tx, self.sent.council, self.batch.links)
        if self.confirmed is not None:
            record_entry(tx, self.confirmed)
        if self.batch.waiting:
            documents.arrived(gateway, tx, own, self.batch.waiting)


def _turn(
    gateway: Gateway,
    sent: Sent,
    told: list[Told],
    batch: Batch,
    ours: frozenset[int],
    asked: int,
    now: int,
    clean: bool,
) -> Turn:
    council = gateway.council(sent.council)
    whole = [batch.told.get(number, one) for number, one in enumerate(told)]
    body = receipts.as_json({"received_at": now, "receipts": whole, "emergency": council.emergency})
    row = standing.row(gateway, sent, now, 202, body) | {"state": standing.state_of(whole)}
    confirmed = None
    if asked:
        confirmed = confirming.entry(gateway, sent, row["id"], "submission.confirmed", len(batch.told), asked, now)
    return Turn(sent, row, whole, batch, ours, confirmed, clean)


def _clean(matters: Matters) -> bool:
    """Whether no scanner found anything in any record."""
    return not any(read.unclean for read, _ in matters)


def _first_word(read: Read, matter: Matter | None, token: str, ours: bool) -> Told:
    if matter is None:
        return receipts.rejected(read)
    return receipts.waiting(read) if ours else receipts.not_confirmed(read, token)


def _referral_row(sent: Sent, matter: Matter, now: int) -> filing.Row:
    return {
        "id": matter.reference,
        "council": sent.council,
        "sender": sent.caller.registration.sender,
        "source": sent.source,
        "version": 1,
        "epoch": matter.epoch,
        "purpose": str(matter.referral.purpose),
        "test": int(sent.caller.test or matter.referral.source.test),
        "at": now,
        "supersedes": None,
    }
