"""Every sample beside a mapping becomes what is written down beside it, with every leaf accounted for.

A source that is added brings its samples and needs no test of its own. What is expected stands as
`gateway/flows/mapping/samples.py` says, and `gateway map test` compares it for analysts in the same way.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters import SOURCES
from contracts.referral import Referral
from gateway.config.codes import load_codes
from gateway.config.mappings import FormMapping, load_mappings
from gateway.flows.mapping.coverage import unseen
from gateway.flows.mapping.samples import EXPECTED, FAULTS, Bench, Proof, Shown, beside, written
from gateway.path.differing import differences
from gateway.path.leaves import flattened, spoken

ANY = "tower_hamlets"
"""The council that stands for all, where any may use a mapping."""
ROOT = Path(__file__).parents[2] / "mappings"
BENCH = Bench(ROOT / "sources", load_mappings(ROOT / "sources", load_codes(ROOT / "codes")), ANY)
SOURCES_WITH_SAMPLES = [source for source in BENCH.sources if BENCH.samples(source)]
SAMPLES = [sample for source in SOURCES_WITH_SAMPLES for sample in BENCH.samples(source)]
REQUESTS = [sample for sample in SAMPLES if not BENCH.enriches(sample.parents[1].name)]


def name(path: Path) -> str:
    return f"{path.parents[1].name}/{path.stem}"


def proof(sample: Path) -> Proof:
    return BENCH.prove(sample.parents[1].name, sample)


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_a_sample_becomes_what_stands_beside_it(sample: Path) -> None:
    assert list(differences(written(beside(sample, EXPECTED)), proof(sample).made)) == []
    assert proof(sample).made, "a sample of which nothing is made shows nothing"


@pytest.mark.parametrize("sample", REQUESTS, ids=name)
def test_what_is_expected_is_a_referral(sample: Path) -> None:
    for line in beside(sample, EXPECTED).read_text(encoding="utf-8").splitlines():
        assert Referral.model_validate_json(line).council == proof(sample).council


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_the_ledger_accounts_for_every_leaf(sample: Path) -> None:
    for shown in proof(sample).shown:
        assert [line.source for line in shown.ledger] == list(flattened(shown.data)[0])


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_what_is_wrong_with_a_sample_is_written_down_beside_it(sample: Path) -> None:
    assert proof(sample).told == written(beside(sample, FAULTS))


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_no_fault_repeats_what_the_family_said(sample: Path) -> None:
    told = " ".join(f"{fault.expected} {fault.remedy}" for fault in proof(sample).faults)
    for shown in proof(sample).shown:
        for pointer, leaf in flattened(shown.data)[0].items():
            if isinstance(leaf, str) and len(leaf) > 8 and pointer.endswith(("NAME", "name", "reason", "REASON")):
                assert leaf not in told


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_each_of_our_families_is_invented(sample: Path) -> None:
    for document in proof(sample).made:
        for person in document.get("people", ()):
            assert all(phone["number"].startswith("07700 900") for phone in person.get("phones", ()))
            assert all(email.endswith(".example") for email in person.get("emails", ()))


@pytest.mark.parametrize("mapping", BENCH.mappings.by_key.values(), ids=lambda mapping: mapping.form)
def test_every_row_of_a_mapping_is_shown_by_a_sample(mapping: FormMapping) -> None:
    """A misspelt pointer reads nothing and says nothing: only a sample that has the answer can tell."""
    others = BENCH.of(mapping.source) if mapping.match is None else (mapping,)
    answered = {
        pointer
        for other in others
        for shown in BENCH.showing(other)
        for pointer, leaf in flattened(shown.data)[0].items()
        if spoken(leaf)
    }
    assert unseen(mapping, answered) == []


@pytest.mark.parametrize("source", BENCH.sources)
def test_a_source_has_its_adapter_and_its_samples(source: str) -> None:
    assert any(mapping.adapter in SOURCES for mapping in BENCH.of(source))
    packaged = [
        item.mapping
        for sample in REQUESTS
        for item in BENCH.additions(sample)
        if isinstance(item, Shown) and item.mapping.source == source
    ]
    assert len(BENCH.samples(source)) + len(packaged) > 1
