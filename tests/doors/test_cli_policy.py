"""`gateway policy`: a proposal compared, put forward and looked up, as somebody types it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from gateway.config.catalogue import Catalogue
from tests.doors.conftest import Run, have_read
from tests.running import ROOT

HULL = ("--council", "hull", "--demo")
OFFICER = ("--by", "kit.moor", "--role", "data_protection_officer")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue, tmp_path: Path) -> None:
    """A folder of its own to work in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "demo").mkdir(parents=True)
    have_read(monkeypatch, catalogue, "policy")


@pytest.fixture
def proposal(tmp_path: Path) -> Path:
    """A copy of the mappings with one row of Hull's that says more, under a new version."""
    copied = tmp_path / "proposal"
    for name in ("sharing", "councils/hull"):
        shutil.copytree(ROOT / "mappings" / name, copied / name)
    for path, old, new in (
        (copied / "councils/hull/rules.yaml", "flags: [confirm_informed]", "flags: [confirm_informed, unknown_code]"),
        (copied / "sharing/policy.yaml", "version: 1.0.0", "version: 1.1.0"),
        (copied / "sharing/policy.yaml", "2026-09-30T00", "2099-09-30T00"),
    ):
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
    return copied


def test_a_proposal_is_laid_beside_what_is_in_force_row_by_row(run: Run, proposal: Path) -> None:
    code, out, _ = run("policy", "compare", *HULL, "--proposal", proposal)
    assert code == 0
    assert ": Tighter." in out
    assert "It loosens nothing." in out


def test_words_put_forward_have_a_change_file_that_says_why_and_by_whom(run: Run, proposal: Path) -> None:
    why = "Somebody must look at codes that no list has."
    code, _, err = run("policy", "propose", *HULL, "--proposal", proposal, *OFFICER, "--why", why)
    assert code == 0
    found = re.search(r"SHA-256 ([0-9a-f]{64})", err)
    assert found is not None
    code, out, _ = run("policy", "file", *HULL, "--sha256", found[1], *OFFICER)
    assert code == 0
    assert (why in out, "Put forward by kit.moor." in out, "Nobody has rehearsed it." in out) == (True, True, True)


def test_the_author_approves_nothing_at_the_command_line_either(run: Run, proposal: Path) -> None:
    lead = ("--by", "kit.moor", "--role", "ig_lead")
    why = "Somebody must look at codes that no list has."
    assert run("policy", "propose", *HULL, "--proposal", proposal, *OFFICER, "--why", why)[0] == 0
    code, _, err = run("policy", "approve", *HULL, "--proposal", proposal, *lead)
    assert code != 0
    assert "put it forward" in err


def test_a_version_that_nobody_knows_has_no_change_file(run: Run) -> None:
    assert run("policy", "file", *HULL, "--sha256", "0" * 64, *OFFICER)[0] != 0
