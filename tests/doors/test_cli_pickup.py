"""`gateway pickup`, and the report that `gateway receive --report` leaves beside a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.config.catalogue import Catalogue
from gateway.config.pickups import FolderPart
from gateway.main import build
from gateway.settings import demo_settings
from tests.doors.conftest import Run, have_read
from tests.flows.dropping import a_file, a_pickup, reported


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    path = tmp_path / "drop"
    path.mkdir()
    return path


@pytest.fixture(autouse=True)
def fetching(monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue, tmp_path: Path, drop: Path) -> Catalogue:
    """The catalogue with one drop folder in it, and an empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    read = replace(catalogue, pickups=(a_pickup(FolderPart(path=str(drop), whole="renamed")),))
    have_read(monkeypatch, read, "fetching", "receiving")
    return read


def test_one_round_takes_what_is_whole(run: Run, drop: Path) -> None:
    (drop / "one.json").write_bytes(a_file())
    told = run("pickup", "--once", "--demo")
    assert (told.code, told.err) == (0, "hull/drop: 1 done, 0 quarantine, 0 waiting, 0 left.\n")
    assert len(list((drop / "done").iterdir())) == 2


def test_a_second_look_takes_what_stood_still(run: Run, drop: Path, fetching: Catalogue) -> None:
    still = a_pickup(FolderPart(path=str(drop)), every=0)
    (drop / "one.json").write_bytes(a_file())
    object.__setattr__(fetching, "pickups", (still,))
    assert run("pickup", "hull/drop", "--once", "--demo").err.startswith("hull/drop: 1 done")


def test_something_in_quarantine_exits_1(run: Run, drop: Path) -> None:
    (drop / "one.json").write_bytes(b"?")
    assert run("pickup", "--once", "--demo")[0] == 1


def test_a_place_that_cannot_be_used_exits_1_and_is_told(run: Run, drop: Path) -> None:
    drop.rmdir()
    code, _, told = run("pickup", "--once", "--demo")
    assert (code, told) == (1, "hull/drop: cannot be used just now (folder_missing). Everything stays where it is.\n")


def test_an_unknown_pickup_is_misuse_and_those_there_are_are_named(run: Run) -> None:
    code, _, told = run("pickup", "hull/drip", "--once", "--demo")
    assert (code, "There are: hull/drop." in told) == (2, True)


def test_beside_a_running_gateway_it_says_who_fetches(run: Run, catalogue: Catalogue) -> None:
    with build(demo_settings(), catalogue):
        code, _, told = run("pickup", "--once", "--demo")
    assert (code, "fetches by itself" in told) == (2, True)


def test_a_live_gateway_fetches_for_no_demonstration_sender(run: Run) -> None:
    code, _, told = run("pickup", "--once")
    assert (code, "for a demonstration only" in told) == (2, True)


RECEIVE: tuple[Any, ...] = ("receive", "--demo", "--report", "--council", "hull", "--sender", "invented_academy")


def test_receive_writes_a_report_beside_the_file(run: Run, drop: Path) -> None:
    (drop / "one.json").write_bytes(a_file())
    assert run(*RECEIVE, "--source", "canonical", drop / "one.json")[0] == 0
    assert [line["state"] for line in reported((drop / "one.json.report.csv").read_bytes())] == ["accepted"]


def test_receive_reports_what_cannot_be_read(run: Run, drop: Path) -> None:
    (drop / "one.json").write_bytes(b"?")
    assert run(*RECEIVE, "--source", "canonical", drop / "one.json")[0] == 1
    assert [line["state"] for line in reported((drop / "one.json.report.csv").read_bytes())] == ["rejected"]


def test_receive_reports_of_many_files_one_each(run: Run, drop: Path) -> None:
    for name in ("one", "two"):
        (drop / f"{name}.json").write_bytes(a_file(name))
    run(*RECEIVE, "--source", "canonical", drop / "one.json", drop / "two.json")
    assert len(list(drop.glob("*.report.csv"))) == 2
