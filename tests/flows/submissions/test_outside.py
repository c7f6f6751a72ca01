"""What others published, given to every source: each record becomes a referral or has a reason, and nothing is lost."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from adapters import SOURCES
from contracts.adapter import ReadOptions, SourceRecord
from contracts.errors import GatewayError
from gateway.config.codes import load_codes
from gateway.config.mappings import load_mappings
from gateway.flows.mapping.read import Read
from gateway.flows.mapping.sources import Reader
from gateway.path.leaves import flattened
from gateway.path.mapping import compile_all

ROOT = Path(__file__).parents[3] / "mappings"
MAPPINGS = load_mappings(ROOT / "sources", load_codes(ROOT / "codes"))
READER = Reader(MAPPINGS, compile_all(MAPPINGS))
ASKED = sorted({(source, council or "hull") for source, _, council in MAPPINGS.by_key})
PARTS = ("annex-a", "cin-census", "ctf-atf-xml", "dfe-csc-api", "dfe-family-hubs", "digital-form-builder",
         "govuk-forms", "liquidlogic-ssd", "moj-forms", "school-census-csv", "wonde")  # fmt: skip


def reads(source: str, council: str, path: Path) -> list[Read]:
    """What the source makes of a file; one record with the reasons where it is refused whole."""
    try:
        return list(READER.read(source, council, io.BytesIO(path.read_bytes()), path.name))
    except GatewayError as error:
        return [Read(path.name, None, (), tuple(fault for fault in error.faults if fault.expected and fault.remedy))]


@pytest.mark.parametrize("part", PARTS)
def test_every_record_of_an_outside_file_is_a_referral_or_has_a_reason(outside: Path, part: str) -> None:
    files = [path for path in sorted((outside / part).iterdir()) if path.name != "SOURCES.tsv"]
    assert files
    for path in files:
        for source, council in ASKED:
            for read in reads(source, council, path):
                assert read.referral is not None or read.faults, (path.name, source)
                assert read.ledger or read.referral is None, (path.name, source)


def test_the_one_published_referral_becomes_one_and_every_leaf_of_it_is_accounted_for(outside: Path) -> None:
    path = outside / "dfe-family-hubs" / "create_referral_request.json"
    (read,) = reads("family_hubs", "derby", path)
    (record,) = SOURCES["family_hubs"].read(io.BytesIO(path.read_bytes()), ReadOptions())
    assert read.referral is not None
    assert isinstance(record, SourceRecord)
    assert [line.source for line in read.ledger] == list(flattened(record.data)[0])
    assert {line.state for line in read.ledger} <= {"mapped", "translated", "ignored", "unmapped"}
