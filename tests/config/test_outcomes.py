"""Councils' `outcomes.yaml`: what is said of each mistake in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from gateway.config.councils import load_council
from tests.running import ROOT

COUNCILS = ROOT / "mappings" / "councils"


def said(tmp_path: Path, old: str, new: str, council: str = "hull") -> str:
    """What is said of a council once `old` stands as `new` in its outcomes."""
    folder = Path(shutil.copytree(COUNCILS / council, tmp_path / council))
    path = folder / "outcomes.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_council(folder)
    return raised.value.detail.replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  allocated:", "  alocated:", "did you mean `allocated`?"),
        (
            "hubs: [ehash]",
            "hubs: [ehsh]",
            "did you mean `ehash`?",
        ),
        (
            "  declined:\n",
            "  contact:\n    code: declined\n    title: No\n  declined:\n",
            "`contact` says it for the same hub",
        ),
        ("needs: [words]", "needs: [reason]", "expected one of words, lead"),
        ("title: Stepped down", "titel: Stepped down", "did you mean `title`?"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    told = said(tmp_path, old, new)
    assert "outcomes.yaml:" in told
    assert expected in told


def test_a_council_without_its_outcomes_cannot_be_loaded(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(COUNCILS / "hull", tmp_path / "hull"))
    (folder / "outcomes.yaml").unlink()
    with pytest.raises(ConfigError, match=r"outcomes\.yaml"):
        load_council(folder)


@pytest.mark.parametrize("council", ["derby", "hull", "kent", "leicester", "tower_hamlets"])
def test_every_hub_may_answer_something_and_has_a_system_that_speaks_for_it(council: str) -> None:
    loaded = load_council(COUNCILS / council)
    for hub in loaded.hubs:
        assert [row for row in loaded.outcomes.values() if not row.hubs or hub in row.hubs]
        assert [one for one in loaded.senders.values() if hub in one.hubs]
