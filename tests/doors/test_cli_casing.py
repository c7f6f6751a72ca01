"""`gateway cases`, as whoever runs it at night types it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config.catalogue import Catalogue
from gateway.doors.cli import main
from gateway.main import build
from gateway.settings import demo_settings
from tests.flows.places.test_casetable import HEAD, a_table, today
from tests.flows.returned import sent, status
from tests.running import Door

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def known(catalogue: Catalogue) -> Catalogue:
    return replace(catalogue, cases={"hull": {"nightly": a_table()}})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], known: Catalogue, tmp_path: Path) -> Run:
    """`gateway cases …` in an empty folder: exit code, and all that it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gateway.doors.cli.casing.load_checked", lambda root: known)

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["gateway", "cases", *words, "--council", "hull", "--demo"])
        code = 0
        try:
            main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_settled_46_a_table_tells_what_came_back_and_a_row_that_fits_nothing_by_its_number(
    run: Run, known: Catalogue, tmp_path: Path
) -> None:
    with build(demo_settings(), known) as gateway:
        referral, _ = sent(Door(gateway))
        day = today(Door(gateway))
    (tmp_path / "cases.csv").write_text(f"{HEAD}1,{referral},Allocated,{day},\r\n2,Maya,Open,{day},\r\n")
    code, said = run("nightly", "cases.csv", "--report")
    assert code == 1, said
    assert "1 told, 0 told before or say nothing yet, 1 not taken." in said
    assert "row 3: expected our reference" in said
    assert "Maya" not in said
    assert "rejected" in (tmp_path / "cases.csv.report.csv").read_text(encoding="utf-8-sig")
    with build(demo_settings(), known) as gateway:
        assert [one["outcome"] for one in status(Door(gateway), referral)["outcomes"]] == ["allocated"]


@pytest.mark.parametrize(
    ("table", "content", "code", "told"),
    [
        ("weekly", HEAD, 2, "no table of that name. It has: nightly."),
        ("nightly", "Case\r\n1\r\n", 1, "a column “Outcome”"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(
    run: Run, tmp_path: Path, table: str, content: str, code: int, told: str
) -> None:
    (tmp_path / "cases.csv").write_text(content)
    ended, said = run(table, "cases.csv")
    assert ended == code
    assert told in said
