"""Every sample beside a mapping becomes the referral written down beside it, with every leaf accounted for.

A source that is added brings its samples and needs no test of its own. What is expected of `<name>` stands in
`<name>.expected.jsonl`, one referral a line as `gateway convert` prints it, and in `<name>.faults.jsonl` where
something is wrong with it. A folder is a sample that travels as the zip of its files. What a file that only enriches
adds stands in the same way beside it, one record a line; or a package of another source holds such a file.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from adapters import SOURCES, enriching
from adapters.formats.zip import members
from adapters.sources import covering_sheet
from contracts.adapter import Fault, LedgerLine, Plain, SourceRecord
from contracts.errors import SenderError
from contracts.referral import Referral
from gateway.config.codes import load_codes
from gateway.config.entries import Entry
from gateway.config.mappings import FormMapping, load_mappings
from gateway.doors.cli.files import content_of
from gateway.flows.sources import Reader
from gateway.path.leaves import flattened, spoken
from gateway.path.mapping import compile_all, to_enrichment, to_referral

EXPECTED, FAULTS = ".expected.jsonl", ".faults.jsonl"
ANY = "tower_hamlets"
"""The council that stands for all, where any may use a mapping."""
ROOT = Path(__file__).parents[2] / "mappings"
MAPPINGS = load_mappings(ROOT / "sources", load_codes(ROOT / "codes"))
COMPILED = compile_all(MAPPINGS)
FOLDERS = sorted(path for path in (ROOT / "sources").iterdir() if path.is_dir())


ENRICHING = {mapping.source for mapping in MAPPINGS.by_key.values() if mapping.match}


def samples(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if not path.name.endswith((EXPECTED, FAULTS))]


def beside(path: Path, suffix: str) -> Path:
    """`agreed.json` and `agreed/` both have `agreed.expected.jsonl`."""
    return path.with_name(path.name.removesuffix(path.suffix) + suffix)


SAMPLES = [sample for folder in FOLDERS if folder.name not in ENRICHING for sample in samples(folder / "samples")]
ADDITIONS = [sample for folder in FOLDERS if folder.name in ENRICHING for sample in samples(folder / "samples")]

Data = Mapping[str, Plain]
Mapped = tuple[Data, Referral | None, tuple[LedgerLine, ...]]


def name(path: Path) -> str:
    return f"{path.parents[1].name}/{path.stem}"


def council_of(sample: Path) -> str:
    """The council whose mapping reads this sample: a source for several keeps a sample folder to each."""
    source = sample.parents[1].name
    for mapping in MAPPINGS.by_key.values():
        if mapping.source == source:
            adapter, options = MAPPINGS.reading(source, mapping.council)
            try:
                found = list(SOURCES[adapter].read(io.BytesIO(content_of(sample)), options))
            except SenderError:
                continue
            if any(isinstance(item, SourceRecord) for item in found):
                return mapping.council or ANY
    raise AssertionError(f"no mapping reads {sample.name}")


@cache
def mapped(sample: Path) -> tuple[list[Mapped], list[Fault]]:
    source, council = sample.parents[1].name, council_of(sample)
    adapter, options = MAPPINGS.reading(source, council)
    records: list[Mapped] = []
    faults: list[Fault] = []
    if adapter == covering_sheet.NAME:
        for read in Reader(MAPPINGS, COMPILED).read(source, council, io.BytesIO(content_of(sample))):
            faults += read.faults
            kept = {name: value for name, value in (read.kept or {}).items() if name != "files"}
            records += [(kept, read.referral, read.ledger)] if read.referral else []
        return records, faults
    for item in SOURCES[adapter].read(io.BytesIO(content_of(sample)), options):
        if isinstance(item, Fault):
            faults.append(item)
            continue
        mapping = MAPPINGS.chosen(source, item.form, council)
        assert mapping is not None
        referral, ledger, told = to_referral(COMPILED[mapping.key], item, council)
        records.append((item.data, referral, ledger))
        faults += told
    return records, faults


def lines(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_a_sample_becomes_the_referral_beside_it(sample):
    made = [
        json.loads(referral.model_dump_json(exclude_defaults=True)) for _, referral, _ in mapped(sample)[0] if referral
    ]
    assert made == lines(beside(sample, EXPECTED))
    assert made, "a sample without any referral shows nothing"


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_what_is_expected_is_a_referral(sample):
    for line in beside(sample, EXPECTED).read_text(encoding="utf-8").splitlines():
        assert Referral.model_validate_json(line).council == council_of(sample)


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_the_ledger_accounts_for_every_leaf(sample):
    for data, _, ledger in mapped(sample)[0]:
        assert [line.source for line in ledger] == list(flattened(data)[0])


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_what_is_wrong_with_a_sample_is_written_down_beside_it(sample):
    told = [{"kind": fault.kind, "pointer": fault.pointer, "position": fault.position} for fault in mapped(sample)[1]]
    assert told == lines(beside(sample, FAULTS))


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_no_fault_repeats_what_the_family_said(sample):
    told = " ".join(f"{fault.expected} {fault.remedy}" for fault in mapped(sample)[1])
    for data, _, _ in mapped(sample)[0]:
        for pointer, leaf in flattened(data)[0].items():
            if isinstance(leaf, str) and len(leaf) > 8 and pointer.endswith(("NAME", "name", "reason", "REASON")):
                assert leaf not in told


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_each_of_our_families_is_invented(sample):
    for _, referral, _ in mapped(sample)[0]:
        for person in referral.people if referral else ():
            assert all(phone.number.startswith("07700 900") for phone in person.phones)
            assert all(email.endswith(".example") for email in person.emails)


def answers_to(mapping: FormMapping) -> Iterator[Data]:
    """Every record of a sample that this mapping reads; those that enrich stand in any sample."""
    if mapping.match is None:
        for sample in samples(ROOT / "sources" / mapping.source / "samples"):
            yield from (data for data, _, _ in mapped(sample)[0])
        return
    for sample in (*ADDITIONS, *SAMPLES):
        for found, records in additions(sample):
            if found.key == mapping.key:
                yield from (record.data for record in records)


@cache
def additions(sample: Path) -> list[tuple[FormMapping, list[SourceRecord]]]:
    """What stands in a sample that enriches: the whole, or any file in it, with the mapping it is for."""
    content = content_of(sample)
    bodies = [content] if not sample.is_dir() else [content, *(body for _, body in members(io.BytesIO(content)))]
    found: list[tuple[FormMapping, list[SourceRecord]]] = []
    for body in bodies:
        for mapping in MAPPINGS.enrichments(ANY):
            adapter = enriching(mapping.adapter)
            if adapter is not None and adapter.fits(body[:65536], mapping.options):
                items = adapter.read(io.BytesIO(body), mapping.options)
                found.append((mapping, [item for item in items if isinstance(item, SourceRecord)]))
                break
    return found


@pytest.mark.parametrize("sample", ADDITIONS, ids=name)
def test_a_sample_that_enriches_adds_what_stands_beside_it_and_accounts_for_every_leaf(sample):
    made = []
    for mapping, records in additions(sample):
        for record in records:
            addition, ledger, _ = to_enrichment(COMPILED[mapping.key], record, ANY)
            assert [line.source for line in ledger] == list(flattened(record.data)[0])
            made.append(addition)
    assert made == lines(beside(sample, EXPECTED))
    assert made, "a sample that adds nothing shows nothing"


def pointers(entries: tuple[Entry, ...], prefix: str = "") -> Iterator[str]:
    for entry in entries:
        yield from (prefix + source for source in entry.sources)
        yield from pointers(entry.entries, prefix if entry.each is None else f"{prefix}{entry.each}/*")


@pytest.mark.parametrize("mapping", MAPPINGS.by_key.values(), ids=lambda mapping: mapping.form)
def test_every_row_of_a_mapping_is_shown_by_a_sample(mapping: FormMapping):
    """A misspelt pointer reads nothing and says nothing: only a sample that has the answer can tell."""
    answered: set[str] = set()
    for data in answers_to(mapping):
        answered |= {pointer for pointer, leaf in flattened(data)[0].items() if spoken(leaf)}
    patterns = {
        pointer: re.compile(re.escape(pointer).replace(r"/\*", "(?:/[0-9]+)?") + "(?:/[0-9]+)?")
        for pointer in pointers(mapping.entries)
    }
    unseen = [pointer for pointer, pattern in patterns.items() if not any(map(pattern.fullmatch, answered))]
    assert unseen == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_source_has_its_adapter_and_its_samples(folder):
    assert any(mapping.adapter in SOURCES for mapping in MAPPINGS.by_key.values() if mapping.source == folder.name)
    own = len(samples(folder / "samples"))
    packaged = [found for sample in SAMPLES for found, _ in additions(sample) if found.source == folder.name]
    assert own + len(packaged) > 1
