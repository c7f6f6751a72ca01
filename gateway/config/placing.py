"""Where each rule of the councils' documents lives, and which tests carry it; and what is wrong with that.

Three files say it: `rules.yaml` (rule → places), `guidance.yaml` (rule → what it says) and `named.yaml` (systems,
forms, roles, outcomes, gaps → places). Tests carry a rule by naming it in their own name or in a value.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from contracts.adapter import Fault
from gateway.config.yamlfile import plainly

Where = list[str] | dict[str, str]
"""Places, each `file` or `file word`; or `{out: why}`, or `{missing: what}`."""

RULE: Final = re.compile(
    r"(?<![A-Z0-9])(?:TH|DE|KE|LE|HU)[-_][CRTE][0-9]{2}[a-d]?(?![0-9])|(?<![A-Z0-9])[XQ][-_][0-9]{2}(?![0-9])"
)
OWN: Final = ("council", "hubs", "routes", "timers", "outcomes", "rules", "senders", "people")
TITLES: Final = {
    "tower_hamlets": "Tower Hamlets",
    "derby": "Derby",
    "kent": "Kent",
    "leicester": "Leicester",
    "hull": "Hull",
    "between_councils": "Where councils differ",
    "questions": "Where a document contradicts itself",
    "all": "All councils",
}
_NAMED: Final = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_WHY: Final = re.compile(r"[A-Z].+\.")


@dataclass(frozen=True, slots=True)
class Placing:
    """The three files as they stand, and what tests carry.

    root     the folder that holds `docs`, `mappings`, `tests` and the code
    rules    section → rule → where; says: the same rules → line and words
    named    kind → council → name → where
    carried  rule → files under `tests/` that name it
    """

    root: Path
    rules: Mapping[str, Mapping[str, Where]]
    says: Mapping[str, Mapping[str, Mapping[str, str]]]
    named: Mapping[str, Mapping[str, Mapping[str, Where]]]
    carried: Mapping[str, tuple[str, ...]]


def load_placing(root: Path) -> Placing:
    """The files under `root`, and the tests beside them, as they are now."""
    _read.cache_clear()
    rules, says, named = (_read(root / "docs" / f"{name}.yaml") for name in ("rules", "guidance", "named"))
    return Placing(root, rules, says, named, _carried(root / "tests", frozenset(_ids(rules))))


def parent(rule: str, known: frozenset[str]) -> str:
    """The id of the guidance's rule: a row for one locality, such as HU-R13b, is a row of HU-R13."""
    return rule if rule in known else rule.rstrip("abcd")


def faults(placing: Placing) -> Iterator[Fault]:
    """Rules without words, a place or a test; places that are not there; reasons that are no sentence."""
    for section, rules in placing.rules.items():
        said = placing.says.get(section, {})
        for rule, where in rules.items():
            if rule not in said:
                yield Fault(f"docs/guidance.yaml {rule}", "", "what the rule says", "Add it.")
            if isinstance(where, list) and rule not in placing.carried:
                yield Fault(f"docs/rules.yaml {rule}", "", "a test that names the rule", "Write one.")
            yield from _where_faults(placing.root, f"docs/rules.yaml {rule}", section, rule, where)
        for rule in said.keys() - rules.keys():
            yield Fault(f"docs/guidance.yaml {rule}", "", "a rule of rules.yaml", "Say there where it lives.")
    for kind, councils in placing.named.items():
        for council, names in councils.items():
            for name, where in names.items():
                yield from _where_faults(placing.root, f"docs/named.yaml {kind} {council} {name}", council, "", where)


def _where_faults(root: Path, at: str, section: str, rule: str, where: Where) -> Iterator[Fault]:
    if isinstance(where, dict):
        if len(where) != 1 or not {"out", "missing"} >= where.keys() or not all(map(_WHY.fullmatch, where.values())):
            yield Fault(at, "", "`out` or `missing`, and why in a sentence", "Write it so.")
        return
    if not where:
        yield Fault(at, "", "a place, or why there is none", "Add one.")
    for place in where:
        if not is_there(root, section, rule, place):
            yield Fault(at, "", "a place that is there", f"Nothing stands at `{place}`. Put it right.")


def is_there(root: Path, section: str, rule: str, place: str) -> bool:
    """Whether the file of a place has the word: a row's id, a dotted setting, a function or a class.

    A timer must name the rule itself, and so must one of the sentences of guidance beside the timers.
    """
    file, _, word = place.partition(" ")
    path = _path(root, section, file)
    if not path.is_file():
        return False
    if (file, word) == ("timers", "guidance"):
        return any(rule in row["rules"] for row in _read(path).get("guidance", ()))
    found = _has(path, word) if word else True
    if file == "timers" and found and rule:
        return rule in _read(path)["clocks"][word]["rules"]
    return found


def _path(root: Path, section: str, file: str) -> Path:
    if re.fullmatch("t[1-6]", file):
        return next((root / "mappings" / "sharing").glob(f"{file}-*.yaml"), root / file)
    return root / "mappings" / "councils" / section / f"{file}.yaml" if file in OWN else root / file


def _has(path: Path, word: str) -> bool:
    if path.suffix == ".py":
        tree = ast.parse(path.read_text(encoding="utf-8"))
        return word in {node.name for node in tree.body if isinstance(node, _NAMED)}
    found: Any = _read(path)
    if any(isinstance(row, dict) and row.get("id") == word for row in _rows(found)):
        return True
    for key in (f"clocks.{word}" if path.name == "timers.yaml" else word).split("."):
        if not isinstance(found, dict) or key not in found:
            return False
        found = found[key]
    return True


def _rows(found: Any) -> Iterator[Any]:
    """Rows of a table or of routes."""
    for kind in ("rules", "routes"):
        rows = found.get(kind) if isinstance(found, dict) else None
        yield from rows if isinstance(rows, list) else ()


def _carried(tests: Path, known: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Rules that tests name: in the name of a test, or in a value that is no docstring."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(tests.rglob("*.py")):
        for text in _values(ast.parse(path.read_text(encoding="utf-8"))):
            for rule in RULE.findall(text):
                found[parent(rule.replace("_", "-"), known)].add(str(path.relative_to(tests)))
    return {rule: tuple(sorted(files)) for rule, files in found.items()}


def _values(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name.upper()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Constant) and isinstance(child.value, str) and not isinstance(node, ast.Expr):
                yield child.value


def _ids(rules: Mapping[str, Mapping[str, Where]]) -> Iterator[str]:
    for section in rules.values():
        yield from section


@cache
def _read(path: Path) -> Any:
    """A file's data: a page asks one file many times."""
    return plainly(path)
