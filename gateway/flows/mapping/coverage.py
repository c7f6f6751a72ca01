"""How much of what a source says its mappings take, and what a real file says that they do not know: no values."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from adapters import SOURCES
from contracts.adapter import Fault, SourceRecord
from gateway.config.entries import Entry, answers_of
from gateway.config.mappings import FormMapping
from gateway.flows.mapping.samples import Bench
from gateway.path.leaves import flattened, question, spoken
from gateway.path.mapping import to_enrichment, to_referral
from gateway.path.survey import placed

_NEAR: Final = 0.6


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the samples show of one mapping.

    states  how many answered leaves of its samples are mapped, translated, ignored or unmapped
    unseen  pointers of rows that no sample answers: a misspelt one reads nothing and says nothing
    fills   fields of the referral that at least one row fills
    """

    mapping: FormMapping
    states: Mapping[str, int]
    unseen: tuple[str, ...]
    fills: tuple[str, ...]


@dataclass(slots=True)
class Changes:
    """What a file says that a mapping does not know, and does not say that it expects.

    new       pointer → its question, the records that answer it, and the nearest row that the file lacks; "" for none
    reworded  pointers whose question the samples word in another way
    gone      pointers of rows that no record of the file has
    codes     pointer → list and how many answers are not in it
    refused   what was expected → how many records could not be read
    """

    records: int = 0
    new: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    reworded: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.new or self.reworded or self.gone or self.codes or self.refused)


def coverage(bench: Bench, mapping: FormMapping) -> Coverage:
    """What its samples show of a mapping."""
    states: Counter[str] = Counter()
    answered: set[str] = set()
    for shown in bench.showing(mapping):
        spoke = {pointer for pointer, leaf in flattened(shown.data)[0].items() if spoken(leaf)}
        states.update(line.state for line in shown.ledger if line.source in spoke)
        answered |= spoke
    fills = dict.fromkeys(entry.path for entry in answers_of(mapping.entries))
    return Coverage(mapping, states, tuple(unseen(mapping, answered)), tuple(fills))


def unseen(mapping: FormMapping, answered: Iterable[str]) -> list[str]:
    """The pointers of rows that none of these answered leaves is at; `*` stands for an element of a list."""
    said = list(answered)
    return [pointer for pointer in pointers(mapping.entries) if not any(map(_pattern(pointer).fullmatch, said))]


def pointers(entries: tuple[Entry, ...], prefix: str = "") -> Iterator[str]:
    """Where the rows of a mapping read, each once."""
    yield from dict.fromkeys(_pointers(entries, prefix))


def _pointers(entries: tuple[Entry, ...], prefix: str) -> Iterator[str]:
    for entry in entries:
        yield from (prefix + source for source in entry.sources)
        yield from _pointers(entry.entries, prefix if entry.each is None else f"{prefix}{entry.each}/*")


def _pattern(pointer: str) -> re.Pattern[str]:
    return re.compile(re.escape(pointer).replace(r"/\*", "(?:/[0-9]+)?") + "(?:/[0-9]+)?")


def changes(bench: Bench, source: str, council: str, file: BinaryIO) -> Changes:
    """What this file says that the council's mapping of the source does not know.

    Raises UnknownSource, and UnreadablePayload where nothing in the file can be read.
    """
    adapter, options = bench.mappings.reading(source, council)
    found, seen = Changes(), _Seen()
    for item in SOURCES[adapter].read(file, options):
        if isinstance(item, Fault):
            found.refused[item.expected] += item.kind == "unreadable"
        elif (mapping := bench.mappings.chosen(source, item.form, council)) is None:
            found.refused["a form that has a mapping for this council"] += 1
        else:
            seen.used[mapping.form] = mapping
            _look(bench, mapping, item, council, found, seen)
    found.refused += Counter()  # what was only doubted is counted as nothing
    _compare(bench, found, seen)
    return found


@dataclass(slots=True)
class _Seen:
    """What was seen of a file: pointer → question, the records that answer what nobody mapped, the mappings used."""

    there: dict[str, str] = field(default_factory=dict)
    unmapped: Counter[str] = field(default_factory=Counter)
    used: dict[str, FormMapping] = field(default_factory=dict)


def _look(bench: Bench, mapping: FormMapping, record: SourceRecord, council: str, found: Changes, seen: _Seen) -> None:
    found.records += 1
    compiled = bench.compiled[mapping.key]
    leaves, counts = flattened(record.data)
    for pointer in leaves:
        seen.there.setdefault(placed(pointer, counts), question(leaves, pointer))
    made = to_enrichment(compiled, record, council) if mapping.match else to_referral(compiled, record, council)
    seen.unmapped.update({placed(line.source, counts) for line in made[1] if line.state == "unmapped"})
    for fault in made[2]:
        if fault.kind == "unknown_code":
            found.codes[placed(fault.pointer, counts), fault.expected] += 1


def _compare(bench: Bench, found: Changes, seen: _Seen) -> None:
    """What the rows and the samples of these mappings know, beside what the file has."""
    shown: dict[str, str] = {}
    for mapping in seen.used.values():
        for one in bench.showing(mapping):
            leaves, counts = flattened(one.data)
            shown |= {placed(pointer, counts): question(leaves, pointer) for pointer in leaves}
    rows = [row for mapping in seen.used.values() for row in pointers(mapping.entries)]
    there = [pointer.replace("/*", "/0") for pointer in seen.there]
    found.gone = tuple(row for row in dict.fromkeys(rows) if not any(map(_pattern(row).fullmatch, there)))
    found.reworded = tuple(pointer for pointer, asked in seen.there.items() if shown.get(pointer, asked) != asked)
    missing = {shown.get(row, row.rpartition("/")[2]): row for row in found.gone}
    for pointer, count in seen.unmapped.items():
        if pointer not in shown:
            near = difflib.get_close_matches(seen.there[pointer], missing, n=1, cutoff=_NEAR)
            found.new[pointer] = (seen.there[pointer], count, missing[near[0]] if near else "")
