"""`gateway rules`: what it says of a folder whose rules have their places, and of one whose have not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.doors.cli import main


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one rule, out of scope, so that it needs neither place nor test."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "docs" / "rules.yaml").write_text("hull:\n  A-1: {out: A letter.}\n")
    (tmp_path / "docs" / "guidance.yaml").write_text("hull:\n  A-1: {says: A rule.}\n")
    (tmp_path / "docs" / "named.yaml").write_text("systems: {}\n")
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr("sys.argv", ["gateway", "rules", *map(str, words)])
    try:
        main()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def test_the_page_is_printed(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--root", root) == 0
    assert "| `A-1` |  | A rule. | Out. A letter. |  |" in capsys.readouterr().out


def test_a_page_that_was_written_is_current_until_a_rule_changes(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--root", root, "--check") == 2
    assert run(monkeypatch, "--root", root, "--write", root / "docs" / "rules.md") == 0
    assert run(monkeypatch, "--root", root, "--check") == 0
    capsys.readouterr()
    (root / "docs" / "guidance.yaml").write_text("hull:\n  A-1: {says: Another rule.}\n")
    assert run(monkeypatch, "--root", root, "--check") == 2
    assert "gateway rules --write docs/rules.md" in capsys.readouterr().err


def test_a_rule_without_a_place_is_told_and_nothing_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "docs" / "rules.yaml").write_text("hull:\n  A-1: []\n")
    assert run(monkeypatch, "--root", root, "--write", root / "docs" / "rules.md") == 2
    assert "a place, or why there is none" in capsys.readouterr().err
    assert not (root / "docs" / "rules.md").exists()
