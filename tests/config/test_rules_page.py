"""`docs/rules.yaml` names a place for each rule, and every place is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.config.councils import load_councils

ROOT = Path(__file__).parents[2]
MAPPINGS = ROOT / "mappings"
COUNCILS = load_councils(MAPPINGS / "councils")
PAGE: Mapping[str, Mapping[str, Any]] = yaml.safe_load((ROOT / "docs" / "rules.yaml").read_text(encoding="utf-8"))
KNOWN = {rule for section in PAGE.values() for rule in section}
TABLES = {path.name.partition("-")[0]: path for path in (MAPPINGS / "sharing").glob("t?-*.yaml")}
OWN = ("council", "hubs", "routes", "timers", "rules", "senders", "people")
RULE = re.compile(
    r"(?<![A-Z0-9])(?:TH|DE|KE|LE|HU)[-_][CRTE][0-9]{2}[a-d]?(?![0-9])|(?<![A-Z0-9])[XQ][-_][0-9]{2}(?![0-9])"
)
PLACES = [
    pytest.param(section, rule, place, id=f"{rule} {place}")
    for section, rules in PAGE.items()
    for rule, where in rules.items()
    if isinstance(where, list)
    for place in where
]


def parent(rule: str) -> str:
    """The id of the guidance's rule: a row for one locality, such as HU-R13b, is a row of HU-R13."""
    return rule if rule in KNOWN else rule.rstrip("abcd")


def named(path: Path) -> Iterator[str]:
    """Ids of rules that a file speaks of."""
    for found in RULE.findall(path.read_text(encoding="utf-8")):
        yield found.replace("_", "-")


def has(path: Path, word: str) -> bool:
    """Whether the file has this row, setting, function or class."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        tree = ast.parse(text)
        return word in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    found: Any = yaml.safe_load(text)
    for rows in ("rules", "routes"):
        if any(isinstance(row, dict) and row.get("id") == word for row in found.get(rows) or ()):
            return True
    for key in word.split("."):
        if not isinstance(found, dict) or key not in found:
            return False
        found = found[key]
    return True


@pytest.mark.parametrize(("section", "rule", "place"), PLACES)
def test_a_place_that_is_named_is_there(section: str, rule: str, place: str) -> None:
    file, _, word = place.partition(" ")
    if file == "timers":
        assert rule in COUNCILS[section].clocks[word].rules
        return
    path = TABLES.get(file) or (MAPPINGS / "councils" / section / f"{file}.yaml" if file in OWN else ROOT / file)
    assert path.is_file()
    assert not word or has(path, word)


def test_a_rule_without_a_place_says_why_in_a_sentence() -> None:
    reasons = [where for rules in PAGE.values() for where in rules.values() if not isinstance(where, list)]
    assert {len(where) for where in reasons} == {1}
    assert {key for where in reasons for key in where} == {"out", "missing"}
    assert [why for where in reasons for why in where.values() if not re.fullmatch(r"[A-Z].+\.", why)] == []


@pytest.mark.parametrize("folder", ["tests", "mappings/councils", "gateway", "contracts", "adapters"])
def test_every_rule_that_is_spoken_of_is_on_the_page(folder: str) -> None:
    files = (path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".yaml"))
    spoken = {parent(rule) for path in files for rule in named(path)}
    assert spoken - KNOWN == set()


def test_a_rule_with_a_row_of_its_own_is_on_the_page_with_it() -> None:
    rows = [
        (council, kind, row["id"])
        for council in COUNCILS
        for kind in ("rules", "routes")
        for row in yaml.safe_load((MAPPINGS / "councils" / council / f"{kind}.yaml").read_text(encoding="utf-8"))[kind]
        if RULE.match(row["id"])
    ]
    placed = {
        (section, *place.split(" ", 1))
        for section, rules in PAGE.items()
        for where in rules.values()
        if isinstance(where, list)
        for place in where
    }
    assert [row for row in rows if row not in placed] == []
