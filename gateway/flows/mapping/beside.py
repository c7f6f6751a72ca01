"""The files beside a request: which mapping each is for, and which of its rows are about the request's children."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import islice
from typing import BinaryIO, Final

from adapters import enriching
from adapters.formats.zip import MAGIC
from contracts.adapter import Fault, Plain, SourceRecord
from contracts.errors import UnreadablePayload
from contracts.referral import Referral
from gateway.config.mappings import Key, Mappings
from gateway.config.matching import Match
from gateway.path.enriching import Row
from gateway.path.mapping import CompiledMapping
from gateway.path.matching import Known, contradiction, match_in, may_be_wanted, of_person, of_record, unmatched, where

HEAD: Final = 1 << 16
"""Bytes by which a file is known."""

ALIKE: Final = 20
"""Rows of one file that may fit what is said of one child, before the rest cannot matter: two are too many."""

JOINED: Final = 2_000
"""Rows of one file that are joined to one child: the marks of two years, and room."""

TOLD: Final = 20
"""Broken rows of one file that are told one by one."""

Child = tuple[int, str]
"""Number of the request, and the id of the child in it."""


@dataclass(slots=True)
class Told:
    """What is found while files are read: faults of single rows, and how many rows each file has."""

    faults: list[Fault] = field(default_factory=list)
    counts: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Beside:
    """One file, and the mapping that it is for.

    match       where its rows say whose they are
    on_request  what a form has to ask for before this is read; "" for what is always read
    """

    number: int
    position: str
    stream: BinaryIO
    compiled: CompiledMapping
    match: Match
    on_request: str = ""

    def rows(self, told: Told) -> Iterator[tuple[SourceRecord, list[Fault]]]:
        """Its rows as the adapter gives them, each with the doubts about it.

        Raises UnreadablePayload, with the file in each position.
        """
        mapping = self.compiled.mapping
        adapter = enriching(mapping.adapter)
        last: tuple[SourceRecord, list[Fault]] | None = None
        broken = 0
        try:
            for item in adapter.read(self.stream, mapping.options) if adapter else ():
                if isinstance(item, SourceRecord):
                    told.counts[self.number] += 1
                    if last is not None:
                        yield last
                    last = (item, [])
                    continue
                placed = replace(item, position=_within(self.position, item.position))
                if placed.kind == "doubtful" and last is not None:
                    last[1].append(placed)
                elif (broken := broken + 1) <= TOLD:
                    told.faults.append(placed)
        except UnreadablePayload as error:
            inside = tuple(replace(fault, position=_within(self.position, fault.position)) for fault in error.faults)
            raise UnreadablePayload(f"Not readable: {self.position}.", inside) from None
        if last is not None:
            yield last

    def placed(self, record: SourceRecord) -> SourceRecord:
        """The row with the file in its position."""
        return replace(record, position=_within(self.position, record.position))

    def count(self, most: int) -> int:
        """How many rows it has, or `most` of them."""
        return sum(1 for _ in islice(self.rows(Told()), most))

    def digest(self) -> str:
        """SHA-256 of its bytes."""
        summed = sha256()
        self.stream.seek(0)
        while chunk := self.stream.read(HEAD):
            summed.update(chunk)
        return summed.hexdigest()


@dataclass(slots=True)
class Choice:
    """The rows about one request's children, or the Faults that say why there are none."""

    rows: list[Row] = field(default_factory=list)
    faults: tuple[Fault, ...] = ()
    files: list[dict[str, Plain]] = field(default_factory=list)


def beside(
    stream: BinaryIO, number: int, mappings: Mappings, compiled: Mapping[Key, CompiledMapping], council: str
) -> Beside | Fault:
    """The file with the first mapping it fits, the council's own first; a doubt where it fits none."""
    position = f"file {number} of the zip"
    head = stream.read(HEAD)
    for mapping in mappings.enrichments(council):
        adapter = enriching(mapping.adapter)
        if adapter is not None and mapping.match is not None and adapter.fits(head, mapping.options):
            asked = str(mapping.options.settings.get("on_request", ""))
            return Beside(number, position, stream, compiled[mapping.key], mapping.match, asked)
    return Fault(position, "", "an export of a system that is known here", _why_unread(head), "doubtful")


def told_apart(files: Sequence[Beside]) -> list[Beside]:
    """The files under names that people know them by: what each holds, and its number where two hold the same.

    The name that a sender gave a file is never told: it can be a child's.
    """
    kinds = Counter(_kind(file) for file in files)
    alone = {kind for kind, count in kinds.items() if count == 1}
    names = [kind if (kind := _kind(file)) in alone else f"{kind} ({file.position})" for file in files]
    return [replace(file, position=name) for file, name in zip(files, names, strict=True)]


def _kind(file: Beside) -> str:
    return f"{file.compiled.mapping.form.replace('_', ' ')} file"


def _why_unread(head: bytes) -> str:
    """What to do with a file that fits no mapping, as far as its beginning tells."""
    if head.startswith(MAGIC):
        return "It was left unread: it is a workbook or a zip. Save it as CSV UTF-8, and put that into the zip instead."
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "It was left unread: it is UTF-16. Save it as CSV UTF-8."
    if b"<!doctype" in head.lower():
        return "It was left unread: it has a DOCTYPE, which is never read. Export it again without one."
    return "It was left unread. Leave it out, or have an analyst add its headings or its mapping."


def chosen_rows(asked: Sequence[tuple[str, Referral]], files: Sequence[Beside]) -> tuple[list[Choice], list[Fault]]:
    """For each request the rows that are about its children, those that name them first; and faults of single rows."""
    told = Told()
    children: dict[Child, Known] = {}
    for number, (position, referral) in enumerate(asked):
        children |= {(number, child.id): of_person(child, position) for child in referral.children}
    matched, stopped = _matched(children, [file for file in files if file.match.names], told)
    chosen = _joined(children, matched, [file for file in files if not file.match.names], told)
    used = {one.file.number: one.file for one in chosen}
    digests = {number: file.digest() for number, file in used.items()}
    choices = [Choice(faults=stops) for stops in _of_each(len(asked), stopped)]
    for one in chosen:
        number = one.file.number
        row = Row(one.child[1], number, digests[number], one.record, one.file.compiled, one.doubts)
        choices[one.child[0]].rows.append(row)
    for choice in choices:
        counts = Counter(row.file for row in choice.rows)
        choice.files = [
            {"digest": digests[number], "rows": told.counts[number], "matched": count}
            for number, count in counts.items()
        ]
    return choices, told.faults


def _of_each(requests: int, stopped: Mapping[Child, tuple[Fault, ...]]) -> Iterator[tuple[Fault, ...]]:
    for number in range(requests):
        yield tuple(fault for (request, _), faults in stopped.items() if request == number for fault in faults)


@dataclass(frozen=True, slots=True)
class _Chosen:
    child: Child
    file: Beside
    record: SourceRecord
    known: Known
    doubts: tuple[Fault, ...]


def _matched(
    children: Mapping[Child, Known], files: Iterable[Beside], told: Told
) -> tuple[list[_Chosen], dict[Child, tuple[Fault, ...]]]:
    """The row of each child in each file that names pupils, and the Faults of whom no row, or no one row, is about."""
    chosen: list[_Chosen] = []
    stopped: dict[Child, tuple[Fault, ...]] = {}
    near: dict[Child, list[Known]] = defaultdict(list)
    for file in files:
        hits = _hits(file, children.values(), told)
        records = [known for known, _, _ in hits]
        for child, known in children.items():
            found = match_in(known, records)
            near[child] += found.near
            if found.record is None:
                stopped[child] = stopped.get(child, ()) + found.faults
                continue
            record, doubts = next((record, doubts) for one, record, doubts in hits if one is found.record)
            chosen.append(_Chosen(child, file, record, found.record, (*doubts, *found.faults)))
    for child, known in children.items():
        rows = [one.known for one in chosen if one.child == child]
        if not rows and not stopped.get(child):
            stopped[child] = (unmatched(known, near[child]),)
        elif any(contradiction(one, other) for one in rows for other in rows):
            remedy = f"These say different things of who it is: {where(rows)}. Leave one of them in the export."
            stopped[child] = (Fault(known.position, "", "exactly one pupil of the export", remedy),)
    _once(chosen, children, stopped)
    stopped = {child: told for child, told in stopped.items() if told}
    return [one for one in chosen if one.child not in stopped], stopped


def _once(chosen: Iterable[_Chosen], children: Mapping[Child, Known], stopped: dict[Child, tuple[Fault, ...]]) -> None:
    """A row that two requests mean is the first one's: nobody asks twice for one child in one package."""
    taken: dict[str, Child] = {}
    for one in chosen:
        first = taken.setdefault(one.record.position, one.child)
        if first != one.child and not stopped.get(one.child):
            remedy = f"{children[first].position} is about the same pupil. Put the whole request into one row."
            stopped[one.child] = (Fault(children[one.child].position, "", "each pupil once", remedy),)


def _hits(file: Beside, children: Iterable[Known], told: Told) -> list[tuple[Known, SourceRecord, list[Fault]]]:
    """The rows that have a number, or the names and date of birth, of a child. Every other row is let go at once."""
    wanted = list(children)
    numbers = frozenset(number for child in wanted for number in child.numbers.values())
    surnames = frozenset(name for child in wanted if child.named for name in child.surnames)
    hits: list[tuple[Known, SourceRecord, list[Fault]]] = []
    alike: Counter[int] = Counter()
    for record, doubts in file.rows(told):
        if not may_be_wanted(record.data, file.match, numbers, surnames):
            continue
        record = file.placed(record)
        known = of_record(record.data, file.match, record.position)
        for place, child in enumerate(wanted):
            fits = any(known.numbers.get(kind) == number for kind, number in child.numbers.items())
            if (fits or child.is_called_as(known)) and alike[place] < ALIKE:
                alike[place] += 1
                hits.append((known, record, doubts))
                break
    return hits


def _joined(
    children: Mapping[Child, Known], matched: Sequence[_Chosen], files: Iterable[Beside], told: Told
) -> list[_Chosen]:
    """The matched rows, and the rows of other tables that have a number or the key of one of them."""
    owners: dict[tuple[str, str], set[Child]] = defaultdict(set)
    found = {one.child for one in matched}
    for child, known in [*((one.child, one.known) for one in matched), *children.items()]:
        for number in known.numbers.items() if child in found else ():
            owners[number].add(child)
    for one in matched:
        if one.known.key:
            owners[f"key of {one.file.compiled.mapping.source}", one.known.key].add(one.child)
    return [*matched, *(one for file in files for one in _joined_from(file, owners, told))]


def _joined_from(file: Beside, owners: Mapping[tuple[str, str], set[Child]], told: Told) -> Iterator[_Chosen]:
    of_child: Counter[Child] = Counter()
    key = f"key of {file.compiled.mapping.source}"
    for record, doubts in file.rows(told):
        known = of_record(record.data, file.match, record.position)
        own = set(owners.get((key, known.key), ())).union(*(owners.get(one, ()) for one in known.numbers.items()))
        if own:
            record = file.placed(record)
        if len(own) > 1:
            remedy = "Its numbers are those of two pupils, so it was taken for neither. Correct it."
            told.faults.append(Fault(record.position, "", "a row about one pupil", remedy, "doubtful"))
        for child in own if len(own) == 1 else ():
            of_child[child] += 1
            if of_child[child] <= JOINED:
                yield _Chosen(child, file, record, known, tuple(doubts))
            elif of_child[child] == JOINED + 1:
                remedy = "The rows after it were left out. Send a shorter period."
                told.faults.append(Fault(record.position, "", f"at most {JOINED:,} rows", remedy, "doubtful"))


def _within(file: str, place: str) -> str:
    return f"{file}, {place}" if place else file
