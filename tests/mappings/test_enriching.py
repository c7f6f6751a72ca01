"""What is wrong with a sample that enriches stands beside it, and a sample shows every pointer it is matched by.

What a sample adds to a request is compared where the samples of every source are.
"""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from adapters import SOURCES
from contracts.adapter import Fault, SourceRecord
from gateway.config.codes import load_codes
from gateway.config.mappings import FormMapping, load_mappings
from gateway.doors.cli.files import content_of
from gateway.path.leaves import flattened
from gateway.path.mapping import compile_all, to_enrichment

EXPECTED, FAULTS = ".expected.jsonl", ".faults.jsonl"
ROOT = Path(__file__).parents[2] / "mappings"
MAPPINGS = load_mappings(ROOT / "sources", load_codes(ROOT / "codes"))
COMPILED = compile_all(MAPPINGS)
SOURCES_OF_ALL = [mapping.source for mapping in MAPPINGS.by_key.values()]
ENRICHING = [
    mapping for mapping in MAPPINGS.by_key.values() if mapping.match and SOURCES_OF_ALL.count(mapping.source) == 1
]
"""Where a source has one mapping, each of its samples is one file that this mapping reads."""

Mapped = tuple[SourceRecord, dict[str, Any]]


def samples(mapping: FormMapping) -> list[Path]:
    folder = ROOT / "sources" / mapping.source / "samples"
    return [path for path in sorted(folder.iterdir()) if not path.name.endswith((EXPECTED, FAULTS))]


SAMPLES = [(mapping, sample) for mapping in ENRICHING for sample in samples(mapping)]


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name.removesuffix(path.suffix) + suffix)


def name(value: object) -> str:
    return value.stem if isinstance(value, Path) else getattr(value, "source", "")


@cache
def mapped(sample: Path) -> tuple[list[Mapped], list[Fault]]:
    mapping = next(mapping for mapping, path in SAMPLES if path == sample)
    records: list[Mapped] = []
    faults: list[Fault] = []
    for item in SOURCES[mapping.adapter].read(io.BytesIO(content_of(sample, 1 << 30)), mapping.options):
        if isinstance(item, Fault):
            faults.append(item)
            continue
        made, _, told = to_enrichment(COMPILED[mapping.key], item, "tower_hamlets")
        records.append((item, made))
        faults += told
    return records, faults


def lines(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


@pytest.mark.parametrize(("mapping", "sample"), SAMPLES, ids=name)
def test_what_is_wrong_with_a_sample_is_written_down_beside_it(mapping, sample):
    told = [{"kind": fault.kind, "pointer": fault.pointer, "position": fault.position} for fault in mapped(sample)[1]]
    assert told == lines(beside(sample, FAULTS))


@pytest.mark.parametrize(("mapping", "sample"), SAMPLES, ids=name)
def test_the_source_knows_its_own_samples(mapping, sample):
    assert SOURCES[mapping.adapter].fits(content_of(sample, 1 << 30)[: 1 << 16], mapping.options)


@pytest.mark.parametrize(("mapping", "sample"), SAMPLES, ids=name)
def test_each_of_our_families_is_invented(mapping, sample):
    for _, made in mapped(sample)[0]:
        for person in made.get("people", ()):
            assert all(phone["number"].startswith("07700 900") for phone in person.get("phones", ()))
            assert all(email.endswith(".example") for email in person.get("emails", ()))


@pytest.mark.parametrize("mapping", ENRICHING, ids=name)
def test_every_pointer_of_its_match_is_shown_by_a_sample(mapping):
    answered = {p for sample in samples(mapping) for record, _ in mapped(sample)[0] for p in flattened(record.data)[0]}
    match = mapping.match
    wanted = {*match.upn, *match.admission_number, *match.surname, *match.forename, *match.date_of_birth, *match.key}
    assert wanted <= answered
