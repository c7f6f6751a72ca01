"""One source put through many inputs: what is counted, and what is wrong."""

from __future__ import annotations

import io
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Final

from adapters import SOURCES, enriching
from contracts.adapter import Fault, ReadOptions, SourceRecord
from contracts.errors import GatewayError
from gateway.config.codes import load_codes
from gateway.config.mappings import FormMapping, Mappings, load_mappings
from gateway.doors.cli.files import content_of
from gateway.path.leaves import flattened
from gateway.path.mapping import CompiledMapping, compile_all, to_referral
from tests.mutations.operators import mutated

ROOT: Final = Path(__file__).parents[2] / "mappings"
PAST: Final = 0.4
PARSERS: Final = ("json.py", "json_stream.py", "csv.py", "xml.py", "zip.py", "text.py", "xlsx.py", "workbook.py")
SLOW: Final = 2.0
GROWTH: Final = 64 * 1024  # KiB, as ru_maxrss counts
SETTLED: Final = 1_000
"""Inputs after which memory should not grow any more."""


@dataclass
class Tally:
    """What became of the inputs of one source. `slowest` in seconds, `grew` in KiB."""

    source: str
    past: int = 0
    records: int = 0
    faults: int = 0
    refused: int = 0
    slowest: float = 0.0
    grew: int = 0
    broken: list[str] = field(default_factory=list)

    def wrong(self, each: int) -> Iterator[str]:
        yield from (f"{self.source}: {line}" for line in self.broken)
        if self.past < PAST * each and each >= SETTLED:
            yield f"{self.source}: only {self.past} of {each} got past the outer parser"
        if self.grew > GROWTH:
            yield f"{self.source}: memory grew by {self.grew // 1024} MiB"


@dataclass(frozen=True)
class Seed:
    """One sample, with the mapping that reads it."""

    content: bytes
    mapping: FormMapping
    options: ReadOptions


def loaded() -> Mappings:
    return load_mappings(ROOT / "sources", load_codes(ROOT / "codes"))


def sources() -> list[str]:
    """Every adapter that has a sample to start from, by name."""
    return sorted({seed.mapping.adapter for seed in _seeds(loaded())})


def _seeds(mappings: Mappings) -> Iterator[Seed]:
    for mapping in mappings.by_key.values():
        # What enriches stands in the packages of other sources.
        where = "*" if enriching(mapping.adapter) else mapping.source
        for sample in sorted((ROOT / "sources").glob(f"{where}/samples/*")):
            if sample.suffix != ".jsonl":
                yield from _of_sample(sample, mapping)


def _of_sample(sample: Path, mapping: FormMapping) -> Iterator[Seed]:
    """The sample as it travels; for an adapter whose files lie beside a sheet, each of the files it knows."""
    parts = sorted(sample.iterdir()) if sample.is_dir() else []
    contents = [content_of(sample, 1 << 30), *(part.read_bytes() for part in parts if part.is_file())]
    options, adds = replace(mapping.options, form=""), enriching(mapping.adapter)
    for content in contents:
        if adds is not None and not adds.fits(content[:65_536], options):
            continue
        try:
            first = next(iter(SOURCES[mapping.adapter].read(io.BytesIO(content), options)), None)
        except GatewayError:
            continue
        if first is not None:
            yield Seed(content, mapping, options)


def trial(source: str, start: int, count: int) -> Tally:
    """`count` inputs of one source from number `start` on; the same number is always the same input."""
    mappings = loaded()
    compiled = compile_all(mappings)
    seeds = [seed for seed in _seeds(mappings) if seed.mapping.adapter == source]
    tally = Tally(source)
    settled = 0
    for number in range(start, start + count):
        random = Random(f"{source} {number}")
        seed = random.choice(seeds)
        content = mutated(seed.content, random)
        began = time.perf_counter()
        try:
            _read(seed, content, compiled[seed.mapping.key], tally)
        except Exception as error:  # whatever it is, it is the finding
            tally.broken.append(f"input {number}: {type(error).__name__} {error if isinstance(error, Wrong) else ''}")
        took = time.perf_counter() - began
        tally.slowest = max(tally.slowest, took)
        if took > SLOW:
            tally.broken.append(f"input {number}: took {took:.1f} s")
        if number - start == SETTLED:
            settled = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if settled:
        tally.grew = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - settled
    return tally


def _read(seed: Seed, content: bytes, compiled: CompiledMapping, tally: Tally) -> None:
    past = False
    refusal: GatewayError | None = None
    try:
        for item in SOURCES[seed.mapping.adapter].read(io.BytesIO(content), seed.options):
            past = True
            if isinstance(item, SourceRecord):
                tally.records += 1
                _map(item, seed, compiled)
            else:
                tally.faults += 1
                _check(item)
    except GatewayError as error:
        refusal = error
    if refusal is not None:
        tally.refused += not past
        past = past or _beyond_the_parser(refusal)
        if not refusal.faults:
            raise Wrong("a refusal without a fault")
        for fault in refusal.faults:
            _check(fault)
            if not (fault.position or fault.pointer):
                raise Wrong(f"a refusal without a place: expected {fault.expected}")
    tally.past += past


def _beyond_the_parser(refusal: GatewayError) -> bool:
    """Whether the bytes were parsed, and what they say was refused."""
    last = refusal.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and Path(last.tb_frame.f_code.co_filename).name not in PARSERS


class Wrong(Exception):
    """What a source did that none may do."""


def _map(record: SourceRecord, seed: Seed, compiled: CompiledMapping) -> None:
    _, ledger, faults = to_referral(compiled, record, seed.mapping.council or "hull")
    if [line.source for line in ledger] != list(flattened(record.data)[0]):
        raise Wrong("a ledger that does not have each leaf once")
    for fault in faults:
        _check(fault)


def _check(fault: Fault) -> None:
    if not fault.expected or not fault.remedy.endswith("."):
        raise Wrong("a fault without an expectation or a remedy")
