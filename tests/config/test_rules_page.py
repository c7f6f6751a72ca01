"""Every rule of the guidance has words, a place and a test, and the page that says so is current."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from gateway.config.councils import load_councils
from gateway.config.placing import RULE, faults, is_there, load_placing, parent
from gateway.config.rulespage import page

ROOT = Path(__file__).parents[2]
MAPPINGS = ROOT / "mappings"
PLACING = load_placing(ROOT)
ONE, TWO = "-".join(("HU", "C01")), "-".join(("HU", "C02"))  # so that this page carries none of them
KNOWN = frozenset(rule for section in PLACING.rules.values() for rule in section)


def test_every_rule_has_words_a_place_and_a_test() -> None:
    assert [fault.position for fault in faults(PLACING)] == []


def test_the_published_page_is_current() -> None:
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == page(PLACING)


@pytest.mark.parametrize("folder", ["tests", "mappings/councils", "gateway", "contracts", "adapters"])
def test_every_rule_that_is_spoken_of_is_on_the_page(folder: str) -> None:
    files = (path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".yaml") and path != Path(__file__))
    spoken = {parent(rule, KNOWN) for path in files for rule in _named(path)}
    assert spoken - KNOWN == set()


def test_a_rule_with_a_row_of_its_own_is_on_the_page_with_it() -> None:
    rows = [
        (council, kind, row["id"])
        for council in load_councils(MAPPINGS / "councils")
        for kind in ("rules", "routes")
        for row in yaml.safe_load((MAPPINGS / "councils" / council / f"{kind}.yaml").read_text(encoding="utf-8"))[kind]
        if RULE.match(row["id"])
    ]
    placed = {
        (section, *place.split(" ", 1))
        for section, rules in PLACING.rules.items()
        for where in rules.values()
        if isinstance(where, list)
        for place in where
    }
    assert [row for row in rows if row not in placed] == []


def test_every_rule_is_in_the_table_of_its_council() -> None:
    rows = [line.split("`")[1] for line in page(PLACING).splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(KNOWN)


@pytest.mark.parametrize(
    ("place", "there"),
    [
        ("rules TH-COMPLETE", True),
        ("rules TH-NOWHERE", False),
        ("council agreement.young_alone", True),
        ("council agreement.young_together", False),
        ("t5 G-506", True),
        ("t7 G-506", False),
        ("timers assessment_review", True),
        ("timers signed_form", False),  # a timer of another rule
        ("gateway/path/routing.py choose", True),
        ("gateway/path/routing.py chosen", False),
        ("gateway/flows/submissions/intake.py receive", True),
        ("contracts/referral.py StepDown", True),
        ("docs/nowhere.md", False),
    ],
)
def test_a_place_is_looked_for(place: str, there: bool) -> None:
    assert is_there(ROOT, "tower_hamlets", "-".join(("TH", "T04")), place) is there


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A root with one rule, one named thing, one test and one file to point at."""
    for folder in ("docs", "tests"):
        (tmp_path / folder).mkdir()
    put(tmp_path, "docs/rules.yaml", "hull:\n  @1: [docs/there.yaml word]\n")
    put(tmp_path, "docs/guidance.yaml", 'hull:\n  @1: {line: "10", says: A rule.}\n')
    put(tmp_path, "docs/named.yaml", "systems:\n  hull:\n    A form: {out: A letter.}\n")
    put(tmp_path, "docs/there.yaml", "word: 1\n")
    put(tmp_path, "tests/test_one.py", "def test_it_@_1() -> None:\n    assert True\n")
    return tmp_path


def put(root: Path, file: str, text: str) -> None:
    (root / file).write_text(text.replace("@_1", ONE.replace("-", "_")).replace("@1", ONE).replace("@2", TWO))


def told(root: Path) -> list[str]:
    return [fault.expected for fault in faults(load_placing(root))]


def test_a_small_page_is_right(small: Path) -> None:
    assert told(small) == []
    assert f"| `{ONE}` | 10 | A rule. | `docs/there.yaml` `word` | `test_one.py` |" in page(load_placing(small))


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("docs/rules.yaml", "hull:\n  @1: [docs/there.yaml worm]\n", "a place that is there"),
        ("docs/rules.yaml", "hull:\n  @1: []\n", "a place, or why there is none"),
        ("docs/rules.yaml", "hull:\n  @1: {out: nobody}\n", "`out` or `missing`, and why in a sentence"),
        ("docs/rules.yaml", "hull:\n  @1: {never: Not ours.}\n", "`out` or `missing`, and why in a sentence"),
        ("docs/guidance.yaml", "hull: {}\n", "what the rule says"),
        ("docs/named.yaml", "forms:\n  hull:\n    A form: [docs/nowhere.yaml]\n", "a place that is there"),
        ("tests/test_one.py", "def test_it() -> None:\n    assert True\n", "a test that names the rule"),
        ("tests/test_one.py", "# @1\n", "a test that names the rule"),
        ("tests/test_one.py", 'def test_it() -> None:\n    """@1."""\n', "a test that names the rule"),
        ("tests/test_one.py", "def a_builder_@_1() -> None:\n    pass\n", "a test that names the rule"),
    ],
)
def test_what_is_wrong_is_told(small: Path, file: str, text: str, expected: str) -> None:
    put(small, file, text)
    assert told(small) == [expected]


@pytest.mark.parametrize("why", ["out", "missing"])
def test_a_rule_that_is_not_here_needs_no_test(small: Path, why: str) -> None:
    put(small, "docs/rules.yaml", f"hull:\n  @1: {{{why}: Somebody else's work.}}\n")
    (small / "tests" / "test_one.py").unlink()
    assert told(small) == []
    assert ("To come. Somebody" in page(load_placing(small))) == (why == "missing")


def test_words_for_a_rule_that_is_not_there_are_told(small: Path) -> None:
    put(small, "docs/guidance.yaml", "hull:\n  @1: {says: A rule.}\n  @2: {says: Another.}\n")
    assert told(small) == ["a rule of rules.yaml"]


def _named(path: Path) -> Iterator[str]:
    """Ids of rules that a file speaks of."""
    for found in RULE.findall(path.read_text(encoding="utf-8")):
        yield found.replace("_", "-")
