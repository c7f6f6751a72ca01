"""`gateway source new` and `gateway map` in this process: what they write, say and refuse."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from gateway.doors.cli import main
from tests.adapters.conftest import VALID
from tests.flows.test_drafting import ANSWERS, TABLE
from tests.running import ROOT

Run = Any


@pytest.fixture(autouse=True)
def mappings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The shipped mappings, copied to where they may be written to."""
    copied = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", copied)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATEWAY_MAPPINGS", str(copied))
    (tmp_path / "real.csv").write_text(TABLE, encoding="utf-8")
    return copied


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`gateway …`: exit code, standard output and standard error."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["gateway", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return code, told.out, told.err

    return run


@pytest.fixture
def pantry(run: Run, mappings: Path) -> Path:
    """A drafted source."""
    assert run("source", "new", "pantry", "--from", "real.csv", "--council", "hull")[0] == 0
    return mappings / "sources" / "pantry"


def test_a_draft_and_its_sample_are_written_and_the_next_commands_told(run: Run, mappings: Path) -> None:
    code, _, err = run("source", "new", "pantry", "--from", "real.csv", "--council", "hull")
    folder = mappings / "sources" / "pantry"
    assert code == 0
    assert (folder / "pantry.yaml").exists()
    assert (folder / "samples" / "pantry.csv").exists()
    assert "gateway convert --source pantry --council hull" in err


def test_what_is_told_of_a_file_repeats_no_answer(run: Run) -> None:
    _, out, err = run("source", "new", "pantry", "--from", "real.csv", "--council", "hull")
    assert [answer for answer in ANSWERS if answer in out + err] == []


def test_the_draft_passes_the_check(run: Run, pantry: Path) -> None:
    assert run("check")[0] == 0


def test_a_draft_is_never_written_over(run: Run, pantry: Path) -> None:
    before = (pantry / "pantry.yaml").read_bytes()
    code, _, err = run("source", "new", "pantry", "--from", "real.csv", "--council", "hull")
    assert (code, "is there already" in err) == (2, True)
    assert (pantry / "pantry.yaml").read_bytes() == before


@pytest.mark.parametrize("name", ["Pantry", "../pantry", "1pantry", "a b"])
def test_a_name_that_is_no_folder_is_refused(run: Run, mappings: Path, name: str) -> None:
    assert run("source", "new", name, "--from", "real.csv", "--council", "hull")[0] == 2


def test_a_council_nobody_knows_is_refused_with_the_nearest(run: Run) -> None:
    code, _, err = run("source", "new", "pantry", "--from", "real.csv", "--council", "hul")
    assert (code, "`hull`" in err) == (2, True)


def test_an_export_that_is_mapped_already_is_named_and_nothing_written(run: Run, mappings: Path) -> None:
    Path("transfer.xml").write_bytes(VALID["ctf"])
    code, _, err = run("source", "new", "our_school", "--from", "transfer.xml", "--council", "hull")
    assert (code, "ctf/pupil" in err) == (1, True)
    assert not (mappings / "sources" / "our_school").exists()


def test_a_file_that_no_adapter_reads_is_refused_and_nothing_written(run: Run, mappings: Path) -> None:
    Path("page.html").write_text("<html></html>", encoding="utf-8")
    code, _, err = run("source", "new", "pantry", "--from", "page.html", "--council", "hull")
    assert (code, "docs/sources.md" in err) == (1, True)
    assert not (mappings / "sources" / "pantry").exists()
