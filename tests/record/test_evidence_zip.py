"""A zip of evidence is checked alone in a folder, and NOT verified after a change of any of its parts."""

from __future__ import annotations

import io
import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from contracts import verify_evidence
from gateway.flows.evidence.proving import export, export_zip
from gateway.record.bundle import read_line
from gateway.record.verify import verify_bundle
from tests.record.tampering import HELD, SIZE, Stand, standing

WORDS = "--- policy.yaml\nthe words of a policy\n"
POLICY = f"policies/{sha256(WORDS.encode()).hexdigest()}.txt"


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("evidence")) as stand:
        yield stand


@pytest.fixture(scope="module")
def parts(stand: Stand) -> dict[str, bytes]:
    """What the zip of one referral holds, by name, and the words of a policy beside it."""
    made = io.BytesIO()
    export_zip(stand.opened, "hull", stand.own.record, made, "r")
    with zipfile.ZipFile(made) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    return found | {POLICY: WORDS.encode()}


def said(folder: Path, parts: dict[str, bytes], key: str) -> tuple[int, str]:
    """What the verifier says of a zip of these, with nothing else in its folder and no path to the gateway."""
    shutil.copy(verify_evidence.__file__, folder / "verify_evidence.py")
    with zipfile.ZipFile(folder / "evidence.zip", "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    command = [sys.executable, "-I", "verify_evidence.py", "evidence.zip", "--key", key]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()[-1]


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_evidence_of_one_referral_is_verified_alone_in_a_folder(
    stand: Stand, parts: dict[str, bytes], tmp_path: Path
) -> None:
    code, words = said(tmp_path, parts, stand.own.record.vkey)
    assert (code, words.split(".")[0]) == (0, "VERIFIED")


@pytest.mark.parametrize("name", ["entries.jsonl", "checkpoint.txt", POLICY])
@pytest.mark.parametrize("place", [0.0, 0.31, 0.62, 0.93])
def test_one_bit_of_any_part_is_not_verified(
    name: str, place: float, stand: Stand, parts: dict[str, bytes], tmp_path: Path
) -> None:
    changed = parts | {name: flipped(parts[name], int(place * len(parts[name])))}
    code, words = said(tmp_path, changed, stand.own.record.vkey)
    assert (code, words.split(":")[0]) == (1, "NOT verified")


@pytest.mark.parametrize("part", ["leaf", "proof", "sections"])
def test_one_letter_of_a_leaf_a_proof_or_a_section_is_not_verified(
    part: str, stand: Stand, parts: dict[str, bytes], tmp_path: Path
) -> None:
    head, first, *rest = parts["entries.jsonl"].decode().splitlines(keepends=True)
    document = json.loads(first)
    if part == "sections":
        document["sections"]["about"]["value"] = '{"referral":"s"}'
    else:
        document[part] = document[part].replace("A", "B", 1)
    changed = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    code, words = said(
        tmp_path, parts | {"entries.jsonl": (head + changed + "".join(rest)).encode()}, stand.own.record.vkey
    )
    assert (code, words.split(":")[0]) == (1, "NOT verified")


def test_another_key_is_not_verified(stand: Stand, parts: dict[str, bytes], tmp_path: Path) -> None:
    name, _, _ = stand.own.record.vkey.partition("+")
    other = stand.way(random.Random(1)).old[0].vkey
    assert other.partition("+")[0] == name
    assert said(tmp_path, parts, other)[0] == 1


def test_a_whole_record_is_proven_against_one_checkpoint_though_a_witness_signed_an_earlier_one(stand: Stand) -> None:
    key, lines = stand.own.record, list(export(stand.opened, "hull", stand.own.record))
    notes = {read_line(line).proof.checkpoint.note for line in lines[1:]}
    assert (len(lines) - 1, len(notes)) == (SIZE, 1)
    assert HELD < SIZE == read_line(lines[1]).proof.checkpoint.size
    assert verify_bundle(lines, key, key.name).sound


def test_what_a_witness_signed_is_proven_against_the_checkpoint_that_it_signed(stand: Stand) -> None:
    lines = list(export(stand.opened, "hull", stand.own.record, "r"))
    assert {read_line(line).proof.checkpoint.size for line in lines[1:]} == {HELD}
    assert verify_bundle(lines, stand.own.record, stand.own.record.name, witnesses=(stand.witness,)).sound
