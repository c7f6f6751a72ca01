"""Evidence that leaves the gateway can be checked with only a public key."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.evidence import Section
from gateway.record.bundle import (
    BadBundle,
    Evidence,
    evidence_document,
    proof_text,
    read_evidence,
    read_proof,
    write_bundle,
)
from gateway.record.entries import dispose, pack, unpack
from gateway.record.findings import DISPOSED, NOT_SHOWN, OPENED, Kind
from gateway.record.note import read_checkpoint, sign_checkpoint
from gateway.record.tree import leaf_hash
from gateway.record.verify import verify_bundle, verify_entry

ORIGIN = "gateway.example/t/0001/decisions"
PUBLISHED = """\
c2sp.org/tlog-proof@v1
index 3
WrRwFSymtwfOA5cJRPImgk25I5Bh391KKMcpVr4iMSI=
JudMQjlXJ29TB5yT/lNbdp6BHqnOh2QhMJbznerGUyU=
Z3iesJXX+xwiIPjp2Jpfzxf6YUnL+up12A4xPxJz1WQ=

gateway.example/t/0001/decisions
5
EmQXhmpZ68YOMAfbld7Di/FIwmOnFw3N81cIupKq754=

— gateway.example/t/0001/decisions \
iZuaS/SCBo6ZhWwqUNo3c9U+ng/3KdUgJmrtOSq38+qEabA6YIjyt62mWE65V1E5IrcPvph8iaxPUaglPVu5QTwu2wc=
— witness.example/w1 \
ZJpJKgAAAABrAvlcoTnd1mdXfRQ5zzuOUk3JyBNS5Vx3sZeq8Ru474qxGLMrY47pNtyZe2FBQ8uPgtW0paLI29SHQPblQvTpHky2BQ==
"""


@pytest.fixture
def lines(evidence: list[Evidence], log_key) -> list[bytes]:
    return list(write_bundle(log_key[0], len(evidence), evidence))


def test_the_published_proof_is_written_byte_for_byte(evidence: list[Evidence]) -> None:
    assert proof_text(evidence[3].proof) == PUBLISHED


def test_a_written_proof_is_read_back(evidence: list[Evidence]) -> None:
    assert read_proof(PUBLISHED) == evidence[3].proof


def test_extra_data_in_a_proof_is_passed_over(evidence: list[Evidence]) -> None:
    assert read_proof(PUBLISHED.replace("index", "extra AAAA\nindex")) == evidence[3].proof


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"),
        ("index 3", "index 03"),
        ("index 3", "index -3"),
        ("WrRw", "Wr w"),
        ("MSI=", "MSJ="),
        ("WrRwFSymtwfOA5cJRPImgk25I5Bh391KKMcpVr4iMSI=", "AAAA"),
        ("\n5\n", "\nfive\n"),
        ("\n\n", "\n"),
    ],
)
def test_a_proof_of_the_wrong_form_is_refused(old: str, new: str) -> None:
    with pytest.raises(BadBundle):
        read_proof(PUBLISHED.replace(old, new))


def test_an_entry_is_proven_with_only_the_public_key(evidence: list[Evidence], log_key) -> None:
    checked = verify_entry(evidence[3], log_key[0], ORIGIN)
    assert (checked.index, checked.rid, checked.ts) == (
        3,
        "0192f1c2-0000-7000-8000-000000000003",
        "2026-11-22T14:16:03.000Z",
    )
    assert (set(checked.sections.values()), checked.findings) == ({OPENED}, ())


def test_an_entry_shown_in_part_is_proven(evidence: list[Evidence], log_key) -> None:
    shown = tuple(part for part in evidence[3].sections if part.name in ("policy", "outcome"))
    checked = verify_entry(replace(evidence[3], sections=shown), log_key[0], ORIGIN)
    assert checked.sections == {"facts": NOT_SHOWN, "human": NOT_SHOWN, "outcome": OPENED, "policy": OPENED}
    assert checked.findings == ()


def test_a_section_disposed_of_reads_so_and_the_rest_is_proven(evidence: list[Evidence], log_key) -> None:
    left = unpack(dispose(pack(evidence[3].sections), {"human"}))
    checked = verify_entry(replace(evidence[3], sections=left), log_key[0], ORIGIN)
    assert checked.sections["human"] == DISPOSED == "present, content lawfully disposed"
    assert (checked.sections["outcome"], checked.findings) == (OPENED, ())


def test_a_section_gone_without_a_disposal_entry_is_named(evidence: list[Evidence], log_key) -> None:
    left = unpack(dispose(pack(evidence[3].sections), {"human"}))
    checked = verify_entry(replace(evidence[3], sections=left), log_key[0], ORIGIN, lambda rid, section: False)
    assert [(one.kind, one.first) for one in checked.findings] == [(Kind.ERASED, 3)]


def test_a_changed_outcome_is_named(evidence: list[Evidence], log_key) -> None:
    changed = tuple(
        replace(part, value=b'{"code":"SHARE"}') if part.name == "outcome" else part for part in evidence[3].sections
    )
    (finding,) = verify_entry(replace(evidence[3], sections=changed), log_key[0], ORIGIN).findings
    assert (finding.kind, finding.first) == (Kind.EDITED, 3)
    assert finding.say == "outcome of entry 3 (0192f1c2-0000-7000-8000-000000000003) was changed after it was sealed"


def test_sections_that_changed_places_are_named(evidence: list[Evidence], log_key) -> None:
    facts, policy, *rest = evidence[3].sections
    swapped = (replace(facts, name="policy"), replace(policy, name="facts"), *rest)
    found = verify_entry(replace(evidence[3], sections=swapped), log_key[0], ORIGIN).findings
    assert [one.kind for one in found] == [Kind.EDITED, Kind.EDITED]


def test_a_section_of_another_entry_is_named(evidence: list[Evidence], log_key) -> None:
    found = verify_entry(replace(evidence[3], sections=evidence[2].sections), log_key[0], ORIGIN).findings
    assert [one.kind for one in found] == [Kind.EDITED] * 4


def test_a_section_that_was_never_sealed_is_named(evidence: list[Evidence], log_key) -> None:
    more = (*evidence[3].sections, Section("delivery", b"s" * 32, b"{}"))
    found = verify_entry(replace(evidence[3], sections=more), log_key[0], ORIGIN).findings
    assert [one.kind for one in found] == [Kind.INSERTED]


def test_the_proof_of_another_entry_proves_nothing(evidence: list[Evidence], log_key) -> None:
    found = verify_entry(replace(evidence[3], proof=evidence[2].proof), log_key[0], ORIGIN).findings
    assert [(one.kind, one.first) for one in found] == [(Kind.UNPROVEN, 2)]


def test_evidence_signed_by_another_key_is_forged(evidence: list[Evidence], other_key) -> None:
    found = verify_entry(evidence[3], other_key[0], ORIGIN).findings
    assert [one.kind for one in found] == [Kind.FORGED]


def test_evidence_of_another_record_is_named(evidence: list[Evidence], log_key) -> None:
    found = verify_entry(evidence[3], log_key[0], "gateway.example/t/0002/decisions").findings
    assert [one.kind for one in found] == [Kind.OTHER_RECORD]


def test_evidence_goes_through_json_and_back(evidence: list[Evidence]) -> None:
    read = read_evidence(json.loads(json.dumps(evidence_document(evidence[3]))))
    assert (read.leaf, read.proof, set(read.sections)) == (
        evidence[3].leaf,
        evidence[3].proof,
        set(evidence[3].sections),
    )


def test_a_bundle_is_proven_with_only_the_public_key(lines: list[bytes], log_key) -> None:
    report = verify_bundle(lines, log_key[0], ORIGIN)
    assert report.sound
    assert (report.entries, report.proven, report.checkpoints, report.opened) == (5, 5, 1, 20)


@given(line=st.integers(1, 5), place=st.integers(0, 2000), flip=st.integers(1, 255))
@settings(max_examples=50, deadline=None)
def test_any_one_byte_edit_of_an_entry_in_a_bundle_is_named(
    line: int, place: int, flip: int, evidence: list[Evidence], log_key
) -> None:
    lines = list(write_bundle(log_key[0], 5, evidence))
    row = lines[line]
    place %= len(row) - 1
    lines[line] = row[:place] + bytes([row[place] ^ flip]) + row[place + 1 :]
    assert not verify_bundle(lines, log_key[0], ORIGIN).sound


def test_a_bundle_that_lost_a_line_is_truncated(lines: list[bytes], log_key) -> None:
    report = verify_bundle([*lines[:2], *lines[3:]], log_key[0], ORIGIN)
    assert [one.kind for one in report.findings] == [Kind.TRUNCATED]


def test_a_bundle_that_gained_a_line_says_so(lines: list[bytes], log_key) -> None:
    report = verify_bundle([*lines, lines[-1]], log_key[0], ORIGIN)
    assert [one.kind for one in report.findings] == [Kind.RENUMBERED, Kind.INSERTED]


def test_a_bundle_proven_against_two_checkpoints_is_a_fork(evidence: list[Evidence], log_key) -> None:
    other = read_checkpoint(sign_checkpoint(*log_key, 5, leaf_hash(b"another history")).note)
    split = [*evidence[:4], replace(evidence[4], proof=replace(evidence[4].proof, checkpoint=other))]
    report = verify_bundle(write_bundle(log_key[0], 5, split), log_key[0], ORIGIN)
    assert (report.proven, Kind.FORKED in {one.kind for one in report.findings}) == (4, True)


def test_no_entry_of_a_forged_bundle_is_proven(evidence: list[Evidence], other_key, log_key) -> None:
    report = verify_bundle(write_bundle(other_key[0], 5, evidence), other_key[0], ORIGIN)
    assert (report.proven, [one.kind for one in report.findings]) == (0, [Kind.FORGED])


@pytest.mark.parametrize("line", [0, 1, 3, 5])
@pytest.mark.parametrize(
    "bytes_", [b"", b"[]\n", b"{}\n", b"\xff\n", b"[" * 200_000, b'{"leaf":1,"proof":2,"sections":3}']
)
def test_a_line_that_cannot_be_read_is_named(line: int, bytes_: bytes, lines: list[bytes], log_key) -> None:
    lines[line] = bytes_
    report = verify_bundle(lines, log_key[0], ORIGIN)
    assert report.findings[0].say.startswith(f"line {line + 1} of the bundle cannot be read")


def test_an_empty_file_is_no_bundle(log_key) -> None:
    assert not verify_bundle([], log_key[0], ORIGIN).sound
