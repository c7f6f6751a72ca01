"""The verifier that shares no code with the gateway agrees with the one inside it, and finds every change."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import verify_evidence
from contracts.evidence import Section
from contracts.verify_evidence import NotVerified, key_in, signed
from gateway.record.bundle import Evidence, write_bundle
from gateway.record.note import Key

FILE = Path(verify_evidence.__file__)
Signing = tuple[Key, Callable[[bytes], bytes]]


@pytest.fixture
def bundle(tmp_path: Path, evidence: list[Evidence], log_key: Signing) -> Path:
    file = tmp_path / "entries.jsonl"
    file.write_bytes(b"".join(write_bundle(log_key[0], len(evidence), evidence)))
    return file


def run(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """As somebody without the gateway runs it: Python alone, in isolation, away from this checkout."""
    command = [sys.executable, "-I", "-S", str(FILE), str(file), *options]
    return subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)


def found(data: bytes, key: str, witness: str) -> str:
    """What the verifier says of a bundle's bytes: "" if it holds."""
    try:
        text = data.decode()
        if not text.endswith("\n"):
            return "cut off"
        list(verify_evidence.verify(text[:-1].split("\n"), {}, key_in(key), [key_in(witness)]))
    except (NotVerified, KeyError, UnicodeDecodeError, TypeError, AttributeError, ValueError) as fault:
        return str(fault) or "unreadable"
    return ""


def test_it_imports_nothing_but_pythons_own_library() -> None:
    tree = ast.parse(FILE.read_text(encoding="utf-8"))
    imported = {
        name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    imported |= {
        node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    assert imported <= set(sys.stdlib_module_names)


def test_a_bundle_is_verified_with_a_public_key_and_nothing_else(bundle: Path, log_key: Signing) -> None:
    done = run(bundle, "--key", log_key[0].vkey)
    assert (done.returncode, done.stdout.splitlines()[-1].split(".")[0], done.stderr) == (0, "VERIFIED", "")


def test_it_shows_what_the_opened_sections_say(bundle: Path, log_key: Signing) -> None:
    assert '"agreement":"refused"' in run(bundle, "--key", log_key[0].vkey, "--show").stdout


def test_a_witness_that_is_named_must_have_signed(bundle: Path, log_key: Signing, witness_key: Signing) -> None:
    done = run(bundle, "--key", log_key[0].vkey, "--witness", witness_key[0].vkey)
    assert "witness.example/w1, which saw it at POSIX second 1795357020" in done.stdout


def test_another_key_does_not_verify_it(bundle: Path, other_key: Signing) -> None:
    done = run(bundle, "--key", other_key[0].vkey)
    assert (done.returncode, done.stdout[:12]) == (1, "NOT verified")


def test_a_bundle_with_an_erased_section_still_verifies(
    tmp_path: Path, evidence: list[Evidence], log_key: Signing
) -> None:
    gone = tuple(Section(part.name, None, None) if part.name == "human" else part for part in evidence[3].sections)
    file = tmp_path / "erased.jsonl"
    file.write_bytes(b"".join(write_bundle(log_key[0], 1, [replace(evidence[3], sections=gone)])))
    done = run(file, "--key", log_key[0].vkey)
    assert done.returncode == 0
    assert "human: gone: its content was disposed of, its seal stays" in done.stdout


def test_a_section_that_is_left_out_is_said_to_be_there(
    tmp_path: Path, evidence: list[Evidence], log_key: Signing
) -> None:
    shown = tuple(part for part in evidence[3].sections if part.name == "outcome")
    file = tmp_path / "part.jsonl"
    file.write_bytes(b"".join(write_bundle(log_key[0], 1, [replace(evidence[3], sections=shown)])))
    assert "human: there, and not shown here" in run(file, "--key", log_key[0].vkey).stdout


def test_no_change_of_one_bit_is_verified(bundle: Path, log_key: Signing, witness_key: Signing) -> None:
    whole, chance = bundle.read_bytes(), random.Random(5)
    keys = log_key[0].vkey, witness_key[0].vkey
    assert found(whole, *keys) == ""
    for place in chance.sample(range(len(whole) * 8), 3_000):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        assert found(bytes(changed), *keys) != "", f"bit {place}"


@pytest.mark.parametrize("left_out", [0, 2, 4])
def test_a_missing_entry_is_noticed(bundle: Path, log_key: Signing, witness_key: Signing, left_out: int) -> None:
    lines = bundle.read_bytes().splitlines(keepends=True)
    del lines[1 + left_out]
    assert "5 entries; 4 were read" in found(b"".join(lines), log_key[0].vkey, witness_key[0].vkey)


def test_two_entries_that_changed_places_are_noticed(bundle: Path, log_key: Signing, witness_key: Signing) -> None:
    lines = bundle.read_bytes().splitlines(keepends=True)
    lines[2], lines[3] = lines[3], lines[2]
    assert "stands twice or out of order" in found(b"".join(lines), log_key[0].vkey, witness_key[0].vkey)


@pytest.mark.parametrize("word", ["same", "other"])
def test_the_words_of_a_policy_are_those_that_were_sealed(
    tmp_path: Path, bundle: Path, log_key: Signing, word: str
) -> None:
    digest = sha256(b"same").hexdigest()
    file = tmp_path / "evidence.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(bundle, "entries.jsonl")
        archive.writestr(f"policies/{digest}.txt", word)
    assert (run(file, "--key", log_key[0].vkey).returncode == 0) is (word == "same")


def test_what_is_no_bundle_is_refused_in_a_sentence(tmp_path: Path, log_key: Signing) -> None:
    file = tmp_path / "photo.jsonl"
    file.write_bytes(b"\xff\xd8\xff\xe0")
    done = run(file, "--key", log_key[0].vkey)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("NOT verified: ")


def test_a_file_that_is_not_there_is_misuse(tmp_path: Path, log_key: Signing) -> None:
    assert run(tmp_path / "none", "--key", log_key[0].vkey).returncode == 2


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=80), st.binary(min_size=32, max_size=32))
def test_it_believes_the_signatures_that_others_make(message: bytes, seed: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    assert signed(key.public_key().public_bytes_raw(), message, key.sign(message))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 511))
def test_it_believes_no_signature_with_another_bit(bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature = bytearray(key.sign(b"checkpoint"))
    signature[bit // 8] ^= 1 << bit % 8
    assert not signed(key.public_key().public_bytes_raw(), b"checkpoint", bytes(signature))
