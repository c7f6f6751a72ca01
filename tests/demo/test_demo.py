"""The demonstration as somebody who has just cloned this sees it: it runs alone, tells the truth, and names nobody."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.expected import EXPECTED
from gateway.demo.sending import FAMILIES
from gateway.demo.table import DECIDED

ROOT = Path(__file__).parents[2]
TOUR = "from gateway.doors.cli import main; main()"
WRONG = """
import asyncio, sys
from dataclasses import replace
from gateway.demo.expected import EXPECTED
from gateway.demo.tour import tour
sys.exit(asyncio.run(tour(EXPECTED | {2: replace(EXPECTED[2], decided="share")})))
"""


def run(folder: Path, code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of its own in an empty folder, with next to nothing in its environment."""
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The demonstration, run once, wide enough that each sentence of the table stands on one line."""
    folder = tmp_path_factory.mktemp("empty")
    return folder, run(folder, TOUR, "demo", COLUMNS="400", TMPDIR=str(folder), NO_COLOR="1")


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The same with one expectation that is wrong, without a terminal, where nothing but ASCII can be written."""
    return run(tmp_path_factory.mktemp("wrong"), WRONG, PYTHONIOENCODING="ascii")


@pytest.fixture
def printed(demo: tuple[Path, subprocess.CompletedProcess[str]]) -> str:
    return demo[1].stdout


def rows(printed: str) -> dict[int, str]:
    """The table's rows by their number, each with the lines that continue it."""
    table = printed[printed.index("What came of everything") : printed.index("Every step above")]
    blocks = re.split(r"^(?= {0,1}\d{1,2}  \w)", table, flags=re.MULTILINE)[1:]
    return {int(block[:2]): block for block in blocks}


def test_it_exits_0_with_nothing_on_standard_error(demo: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    assert (demo[1].returncode, demo[1].stderr) == (0, "")


def test_it_ends_with_record_verified(printed: str) -> None:
    assert printed.splitlines()[-1] == "record verified"


def test_it_leaves_nothing_behind(demo: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    assert list(demo[0].iterdir()) == []


def test_it_tells_five_stories(printed: str) -> None:
    assert re.findall(r"^Story (\d) of 5", printed, re.MULTILINE) == ["1", "2", "3", "4", "5"]


def test_every_row_stands_in_the_table(printed: str) -> None:
    assert rows(printed).keys() == EXPECTED.keys()


@pytest.mark.parametrize("number", EXPECTED)
def test_a_row_says_what_was_decided_and_on_which_rule(printed: str, number: int) -> None:
    expected = EXPECTED[number]
    assert set(DECIDED[expected.decided].split()) <= set(rows(printed)[number].split())
    assert not expected.rule or f"({expected.rule})" in rows(printed)[number]


@pytest.mark.parametrize(
    "decided",
    ["share", "share_minimised", "hold", "return", "divert", "advice_only", "replayed", "key_used", "rejected"],
)
def test_each_kind_of_end_is_shown(decided: str) -> None:
    assert decided in {expected.decided for expected in EXPECTED.values()}


def test_at_least_twelve_are_decided() -> None:
    assert sum(bool(expected.rule) for expected in EXPECTED.values()) >= 12


def test_a_divert_says_whom_to_ring(printed: str) -> None:
    assert "Ring 020 7946 0106, option 3 now" in printed


def test_arriving_is_not_called_being_read(printed: str) -> None:
    assert "Nobody has confirmed reading it." in rows(printed)[1]


def test_the_hub_that_was_down_took_it_at_the_second_try(printed: str) -> None:
    assert "Arrived at try 2" in rows(printed)[5]


def test_what_was_withdrawn_was_not_sent(printed: str) -> None:
    assert "Not sent." in rows(printed)[11]


def family_words() -> set[str]:
    """Every first name, surname, street, postcode, telephone and number of the families, as their files write them."""
    found: set[str] = set()
    for file in FAMILIES.rglob("*.csv"):
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
            found |= {value for column, value in row.items() if value and re.search(PERSONAL, column, re.IGNORECASE)}
    for file in FAMILIES.rglob("*.json"):
        found |= set(personal_leaves(json.loads(file.read_text(encoding="utf-8"))))
    return {word for word in found if len(word) > 2}


PERSONAL = (
    r"forename|surname|first_?name|last_?name|full_?name|street|building|address\d|post[_ ]?code|upn$|nhs|mobile|phone"
)


def personal_leaves(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        question = str(value.get("question_id", ""))
        for key, part in value.items():
            yield from personal_leaves(part, question if key == "answer_text" else key)
    elif isinstance(value, list):
        for part in value:
            yield from personal_leaves(part, name)
    elif isinstance(value, str) and re.search(PERSONAL, name, re.IGNORECASE):
        yield value


def test_the_families_words_are_found() -> None:
    assert {"Wetherlow", "Bryony", "HU8 0AB", "Quennell", "9 Thistledown Close", "Dunmallet"} <= family_words()


def test_no_name_address_or_number_of_a_family_is_printed(
    demo: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    told = demo[1].stdout + demo[1].stderr
    assert [word for word in sorted(family_words()) if re.search(rf"\b{re.escape(word)}\b", told)] == []
    assert "Brightwater" not in told


def test_an_end_that_was_not_expected_is_named_and_fails(failed: subprocess.CompletedProcess[str]) -> None:
    assert failed.returncode == 1
    assert "2 was to be decided: share. It was: hold." in failed.stdout


def test_a_tour_that_failed_does_not_end_with_record_verified(failed: subprocess.CompletedProcess[str]) -> None:
    assert "record verified" not in failed.stdout


def test_without_a_terminal_no_line_is_wider_than_80_columns(failed: subprocess.CompletedProcess[str]) -> None:
    assert [line for line in failed.stdout.splitlines() if len(line) > 80] == []


def test_without_a_terminal_nothing_is_coloured(failed: subprocess.CompletedProcess[str]) -> None:
    assert "\x1b" not in failed.stdout


@pytest.mark.parametrize("word", ["Leicester", "minimised", "Safeguarding", "Multi-Agency", "Idempotency-Key"])
def test_at_80_columns_no_long_word_of_the_table_is_cut(failed: subprocess.CompletedProcess[str], word: str) -> None:
    assert word in failed.stdout[failed.stdout.index("What came of everything") :]
