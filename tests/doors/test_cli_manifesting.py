"""`gateway manifest` and `gateway drill`, as the council's people type them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.config.catalogue import Catalogue
from gateway.main import build
from gateway.path.calendar import day_of
from gateway.record.manifest import open_manifest
from gateway.settings import demo_settings
from tests.doors.conftest import Run, have_read
from tests.running import Door

HUB = ("--by", "bram.ellis", "--role", "hub_duty")


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue, tmp_path: Path) -> Run:
    """`gateway … --council hull --demo` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    have_read(monkeypatch, catalogue, "manifesting", "asking")
    return lambda *words: run(*words, "--council", "hull", "--demo")


@pytest.fixture
def yesterday(run: Run, catalogue: Catalogue) -> tuple[str, str]:
    """The day, and the referral that came on it."""
    with build(demo_settings(), catalogue) as gateway:
        before = gateway.now() - 24 * 3_600_000
        referral = Door(replace(gateway, now=lambda: before)).accepted()
    return day_of(before).isoformat(), referral


def test_a_senders_day_is_told_in_sums_that_close_and_by_reference(run: Run, yesterday: tuple[str, str]) -> None:
    told = run("manifest", "--sender", "invented_academy", "--day", yesterday[0])
    said = told.said
    assert told.code == 0, said
    assert "Decisions: 1 = 0 delivered + 0 denied + 0 cancelled + 1 open" in said
    assert f"referrals: {yesterday[1]}  locality_west open" in said


def test_the_file_it_writes_is_what_the_council_signed(
    run: Run, yesterday: tuple[str, str], catalogue: Catalogue, tmp_path: Path
) -> None:
    code, *_ = run("manifest", "--to", tmp_path / "hull.manifest")
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
    told = run(*asked)
    said = told.said
    assert told.code == 1
    assert f"they list it, and we do not have it: {'f' * 32}" in said
    assert f"we have it, and they do not list it: {yesterday[1]}" in said
    council = run("manifest", "--day", yesterday[0])
    assert "nobody has said why: sender:invented_academy" in council.said


def test_a_day_that_is_not_over_and_a_sender_there_is_not_are_refused_in_words(run: Run) -> None:
    today = run("manifest", "--day", (day_of(4_000_000_000_000) + timedelta(days=1)).isoformat())
    nobody = run("manifest", "--sender", "nobody")
    assert (today[0], "not over" in today.said) == (1, True)
    assert (nobody[0], "It has:" in nobody.said) == (2, True)


def test_a_drill_is_sent_and_seen_at_the_command_line(run: Run) -> None:
    assert run("drill", "last", *HUB)[0] == 1
    told = run("drill", "divert", *HUB)
    assert (told.code, "gateway tasks acknowledge" in told.said) == (0, True)
    referral = told.said.split("acknowledge ")[1].split()[0]
    assert run("tasks", "acknowledge", referral, "--by", "ines.pike", "--role", "front_door")[0] == 0
    told = run("drill", "last", *HUB)
    assert (told.code, "It has not arrived" in told.said, "ines.pike" in told.said) == (1, True, True)
