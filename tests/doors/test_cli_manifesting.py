"""`gateway manifest` and `gateway drill`, as the council's people type them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.config.catalogue import Catalogue
from gateway.doors.cli import main
from gateway.main import build
from gateway.path.calendar import day_of
from gateway.record.manifest import open_manifest
from gateway.settings import demo_settings
from tests.running import Door

Run = Callable[..., tuple[int, str]]
HUB = ("--by", "bram.ellis", "--role", "hub_duty")


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], catalogue: Catalogue, tmp_path: Path
) -> Run:
    """`gateway …` in an empty folder: exit code, and all that it said."""
    monkeypatch.chdir(tmp_path)
    for module in ("manifesting", "asking"):
        monkeypatch.setattr(f"gateway.doors.cli.{module}.load_checked", lambda root: catalogue)

    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["gateway", *map(str, words), "--council", "hull", "--demo"])
        code = 0
        try:
            main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


@pytest.fixture
def yesterday(run: Run, catalogue: Catalogue) -> tuple[str, str]:
    """The day, and the referral that came on it."""
    with build(demo_settings(), catalogue) as gateway:
        before = gateway.now() - 24 * 3_600_000
        referral = Door(replace(gateway, now=lambda: before)).accepted()
    return day_of(before).isoformat(), referral


def test_a_senders_day_is_told_in_sums_that_close_and_by_reference(run: Run, yesterday: tuple[str, str]) -> None:
    code, said = run("manifest", "--sender", "invented_academy", "--day", yesterday[0])
    assert code == 0, said
    assert "Decisions: 1 = 0 delivered + 0 denied + 0 cancelled + 1 open" in said
    assert f"referrals: {yesterday[1]}  locality_west open" in said


def test_the_file_it_writes_is_what_the_council_signed(
    run: Run, yesterday: tuple[str, str], catalogue: Catalogue, tmp_path: Path
) -> None:
    code, _ = run("manifest", "--to", tmp_path / "hull.manifest")
    with build(demo_settings(), catalogue) as gateway:
        key = gateway.keys["hull"].record
    assert code == 0
    assert open_manifest((tmp_path / "hull.manifest").read_text(), key)["for"] == "council"


def test_a_list_of_lines_is_laid_beside_ours(run: Run, yesterday: tuple[str, str], tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text(f"{yesterday[1]}\n")
    asked = ("manifest", "--sender", "invented_academy", "--day", yesterday[0], "--check", mine)
    assert run(*asked)[0] == 0
    mine.write_text("f" * 32 + "\n")
    code, said = run(*asked)
    assert code == 1
    assert f"they list it, and we do not have it: {'f' * 32}" in said
    assert f"we have it, and they do not list it: {yesterday[1]}" in said
    _, council = run("manifest", "--day", yesterday[0])
    assert "nobody has said why: sender:invented_academy" in council


def test_a_day_that_is_not_over_and_a_sender_there_is_not_are_refused_in_words(run: Run) -> None:
    today = run("manifest", "--day", (day_of(4_000_000_000_000) + timedelta(days=1)).isoformat())
    nobody = run("manifest", "--sender", "nobody")
    assert (today[0], "not over" in today[1]) == (1, True)
    assert (nobody[0], "It has:" in nobody[1]) == (2, True)


def test_a_drill_is_sent_and_seen_at_the_command_line(run: Run) -> None:
    assert run("drill", "last", *HUB)[0] == 1
    code, said = run("drill", "divert", *HUB)
    assert (code, "gateway tasks acknowledge" in said) == (0, True)
    referral = said.split("acknowledge ")[1].split()[0]
    assert run("tasks", "acknowledge", referral, "--by", "ines.pike", "--role", "front_door")[0] == 0
    code, said = run("drill", "last", *HUB)
    assert (code, "It has not arrived" in said, "ines.pike" in said) == (1, True, True)
