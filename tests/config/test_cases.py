"""`cases.yaml`: what it loads to, and what is said of each mistake, at which line and column."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from gateway.config.cases import load_cases
from gateway.config.check import check_all
from gateway.config.codes import load_codes
from gateway.config.councils import load_councils
from gateway.config.mappings import load_mappings
from gateway.config.pickups import load_pickups

MAPPINGS = Path(__file__).parents[2] / "mappings"
TABLE = """
cases:
  early_help_cases:
    system: hub_system
    reference: Gateway reference
    said: Outcome
    on: Outcome date
    words: Reason
    means:
      Open: event:opened
      Allocated to a worker: outcome:allocated
      Advice given: outcome:advice_given
      Awaiting triage: nothing
"""
SPEAKS = "a registration of senders.yaml with `hubs`, that may deliveries.outcome"
PICKUP = """
pickups:
  nightly_cases:
    cases: early_help_cases
    tell: routing_desk
    folder: {path: /srv/drops/cases}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Hull's folder, and a table in it."""
    shutil.copytree(MAPPINGS / "councils" / "hull", tmp_path / "hull")
    (tmp_path / "hull" / "cases.yaml").write_text(TABLE)
    return tmp_path


def faults(folder: Path, table: str = TABLE) -> list[tuple[str, str]]:
    """Where, and what was expected."""
    (folder / "hull" / "cases.yaml").write_text(table)
    try:
        load_cases(folder, load_councils(folder))
    except ConfigError as error:
        return [(fault.position.rpartition("/")[2], fault.expected) for fault in error.faults]
    return []


def test_settled_46_a_word_of_the_case_system_is_turned_into_one_of_ours(folder: Path) -> None:
    table = load_cases(folder, load_councils(folder))["hull"]["early_help_cases"]
    assert table.means["allocated to a worker"] == "outcome:allocated"
    assert table.columns == ("Gateway reference", "Outcome", "Outcome date", "Reason")


def test_a_council_need_not_have_one(tmp_path: Path) -> None:
    assert load_cases(MAPPINGS / "councils", load_councils(MAPPINGS / "councils")) == {}


@pytest.mark.parametrize(
    ("wrong", "right", "line", "expected"),
    [
        (
            "hub_system",
            "invented_academy",
            4,
            "a registration of senders.yaml with `hubs`, that may deliveries.outcome",
        ),
        ("event:opened", "event:opend", 10, "an event that a hub tells"),
        ("event:opened", "event:more_information_given", 10, "an event that a hub tells"),
        ("outcome:allocated", "outcome:taken_on", 11, "an outcome of outcomes.yaml for these hubs"),
        ("    words: Reason\n", "", 11, "the column of what must come with it, in `words`"),
        ("Awaiting triage: nothing", "OPEN: nothing", 13, "one meaning for each word"),
    ],
)
def test_a_mistake_is_told_at_its_line(folder: Path, wrong: str, right: str, line: int, expected: str) -> None:
    (found,) = faults(folder, TABLE.replace(wrong, right))
    assert found[1] == expected
    assert found[0].startswith(f"cases.yaml:{line}:")


def test_a_nightly_table_is_fetched_like_anything_else(folder: Path) -> None:
    (folder / "hull" / "pickups.yaml").write_text(PICKUP)
    councils = load_councils(folder)
    mappings = load_mappings(MAPPINGS / "sources", load_codes(MAPPINGS / "codes"))
    (pickup,) = load_pickups(folder, councils, mappings, load_cases(folder, councils))
    assert (pickup.cases, pickup.sender) == ("early_help_cases", "hub_system")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (("cases: early_help_cases", "cases: another"), "a table of cases.yaml"),
        (("tell:", "source: canonical\n    tell:"), "a place for the table alone"),
    ],
)
def test_a_pickup_of_a_table_that_cannot_be_meant_is_told(folder: Path, more: tuple[str, str], expected: str) -> None:
    (folder / "hull" / "pickups.yaml").write_text(PICKUP.replace(*more))
    councils = load_councils(folder)
    mappings = load_mappings(MAPPINGS / "sources", load_codes(MAPPINGS / "codes"))
    with pytest.raises(ConfigError) as error:
        load_pickups(folder, councils, mappings, load_cases(folder, councils))
    assert [fault.expected for fault in error.value.faults] == [expected]


def test_gateway_check_reads_it_too(tmp_path: Path) -> None:
    shutil.copytree(MAPPINGS, tmp_path / "mappings")
    (tmp_path / "mappings" / "councils" / "hull" / "cases.yaml").write_text(TABLE.replace("event:opened", "event:x"))
    assert [fault.expected for fault in check_all(tmp_path / "mappings")] == ["an event that a hub tells"]
