"""Every sample beside a mapping becomes the referral written down beside it, with every leaf accounted for.

A source that is added brings its samples and needs no test of its own. What is expected of `<name>` stands in
`<name>.expected.jsonl`, one referral a line as `gateway convert` prints it, and in `<name>.faults.jsonl` where
something is wrong with it. A folder is a sample that travels as the zip of its files.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from adapters import SOURCES
from contracts.adapter import Fault, LedgerLine, SourceRecord
from contracts.errors import SenderError
from contracts.referral import Referral
from gateway.config.codes import load_codes
from gateway.config.entries import Entry
from gateway.config.mappings import FormMapping, load_mappings
from gateway.doors.cli.files import content_of
from gateway.path.leaves import flattened, spoken
from gateway.path.mapping import compile_all, to_referral

EXPECTED, FAULTS = ".expected.jsonl", ".faults.jsonl"
ANY = "tower_hamlets"
"""The council that stands for all, where any may use a mapping."""
ROOT = Path(__file__).parents[2] / "mappings"
MAPPINGS = load_mappings(ROOT / "sources", load_codes(ROOT / "codes"))
COMPILED = compile_all(MAPPINGS)
FOLDERS = sorted(path for path in (ROOT / "sources").iterdir() if path.is_dir())


def samples(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if not path.name.endswith((EXPECTED, FAULTS))]


def beside(path: Path, suffix: str) -> Path:
    """`agreed.json` and `agreed/` both have `agreed.expected.jsonl`."""
    return path.with_name(path.name.removesuffix(path.suffix) + suffix)


SAMPLES = [sample for folder in FOLDERS for sample in samples(folder / "samples")]

Mapped = tuple[SourceRecord, Referral | None, tuple[LedgerLine, ...]]


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
    for item in SOURCES[adapter].read(io.BytesIO(content_of(sample)), options):
        if isinstance(item, Fault):
            faults.append(item)
            continue
        mapping = MAPPINGS.chosen(source, item.form, council)
        assert mapping is not None
        referral, ledger, told = to_referral(COMPILED[mapping.key], item, council)
        records.append((item, referral, ledger))
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
    for record, _, ledger in mapped(sample)[0]:
        assert [line.source for line in ledger] == list(flattened(record.data)[0])


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_what_is_wrong_with_a_sample_is_written_down_beside_it(sample):
    told = [{"kind": fault.kind, "pointer": fault.pointer, "position": fault.position} for fault in mapped(sample)[1]]
    assert told == lines(beside(sample, FAULTS))


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_no_fault_repeats_what_the_family_said(sample):
    told = " ".join(f"{fault.expected} {fault.remedy}" for fault in mapped(sample)[1])
    for record, _, _ in mapped(sample)[0]:
        for pointer, leaf in flattened(record.data)[0].items():
            if isinstance(leaf, str) and len(leaf) > 8 and pointer.endswith(("NAME", "name", "reason", "REASON")):
                assert leaf not in told


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_each_of_our_families_is_invented(sample):
    for _, referral, _ in mapped(sample)[0]:
        for person in referral.people if referral else ():
            assert all(phone.number.startswith("07700 900") for phone in person.phones)
            assert all(email.endswith(".example") for email in person.emails)


def pointers(entries: tuple[Entry, ...], prefix: str = "") -> Iterator[str]:
    for entry in entries:
        yield from (prefix + source for source in entry.sources)
        yield from pointers(entry.entries, prefix if entry.each is None else f"{prefix}{entry.each}/*")


@pytest.mark.parametrize("mapping", MAPPINGS.by_key.values(), ids=lambda mapping: mapping.form)
def test_every_row_of_a_mapping_is_shown_by_a_sample(mapping: FormMapping):
    """A misspelt pointer reads nothing and says nothing: only a sample that has the answer can tell."""
    answered: set[str] = set()
    for sample in samples(ROOT / "sources" / mapping.source / "samples"):
        for record, _, _ in mapped(sample)[0]:
            answered |= {pointer for pointer, leaf in flattened(record.data)[0].items() if spoken(leaf)}
    patterns = {
        pointer: re.compile(re.escape(pointer).replace(r"/\*", "(?:/[0-9]+)?") + "(?:/[0-9]+)?")
        for pointer in pointers(mapping.entries)
    }
    unseen = [pointer for pointer, pattern in patterns.items() if not any(map(pattern.fullmatch, answered))]
    assert unseen == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_source_has_its_adapter_and_its_samples(folder):
    assert any(mapping.adapter in SOURCES for mapping in MAPPINGS.by_key.values() if mapping.source == folder.name)
    assert len(samples(folder / "samples")) > 1
