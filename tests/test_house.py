"""The house keeps its own rules: where imports may run, how long files and functions get, what the README may say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = sorted(path for top in ("contracts", "adapters", "gateway") for path in (ROOT / top).rglob("*.py"))
LONG_FILES: dict[str, str] = {
    "contracts/verify_evidence.py": "one file to read whole and to carry away",
    "gateway/store/revisions/r0001.py": "every table of the first release",
    "gateway/store/tables.py": "every table on one page",
}
"""File → why it may be longer than 300 lines."""
LONG_FUNCTIONS: dict[str, str] = {}
"""file:function → why it may be longer than 40 lines."""
TOP = {
    "gateway", "adapters", "mappings", "contracts", "tests", "docker", "docs", "pyproject.toml", "Makefile",
    "README.md", "CHANGELOG.md", "DECISIONS.md", "SECURITY.md", "LICENSE", "requirements.lock",
    "requirements-dev.lock",
}  # fmt: skip


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> list[tuple[str, int]]:
    """Name and length in lines of every function in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(node.name, (node.end_lineno or 0) - node.lineno + 1) for node in found]


def test_imports_run_one_way() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert checked.returncode == 0, checked.stdout


def test_no_file_is_longer_than_300_lines() -> None:
    long = {name(path) for path in OURS if len(path.read_text(encoding="utf-8").splitlines()) > 300}
    assert long == set(LONG_FILES)


def test_no_function_is_longer_than_40_lines() -> None:
    long = {f"{name(path)}:{function}" for path in OURS for function, lines in functions(path) if lines > 40}
    assert long == set(LONG_FUNCTIONS)


def test_every_module_opens_with_what_it_is_for() -> None:
    assert [name(path) for path in OURS if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))] == []


def test_no_file_is_named_for_a_drawer_of_odds_and_ends() -> None:
    drawers = {"utils", "helpers", "common", "base", "manager", "service", "handler", "misc"}
    assert [name(path) for path in OURS if path.stem in drawers] == []


def test_the_top_level_is_what_a_newcomer_expects() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("Not a git checkout: nothing says which files belong to the project.")
    tops = {line.partition("/")[0] for line in tracked.stdout.splitlines()}
    assert {top for top in tops if not top.startswith(".")} <= TOP


def test_the_readme_names_only_targets_the_makefile_has() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)\b", code(ROOT / "README.md")))
    assert named <= targets


def test_the_readme_names_only_verbs_the_command_line_has() -> None:
    from typer.main import get_command

    from gateway.doors.cli import app

    verbs = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"\bgateway ([a-z]+)\b", code(ROOT / "README.md")))
    assert named <= verbs


def code(path: Path) -> str:
    """What a Markdown file prints as code: fenced blocks and spans."""
    text = path.read_text(encoding="utf-8")
    fenced = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return "\n".join((*fenced, *spans))
