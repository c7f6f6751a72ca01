"""Who audits a council from outside, as its `people.yaml` writes it: with bounds, and apart from everybody."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from contracts.audits import Audit
from contracts.errors import ConfigError
from gateway.config.councils import load_council

HULL = Path(__file__).parents[2] / "mappings" / "councils" / "hull"
ROLE = "  auditor: {title: External auditor, people: [vera.quill]}\n"
BOUNDS = "  vera.quill: {until: 2099-12-31, from: 2026-01-01, to: 2099-12-31}\n"


@pytest.fixture
def hull(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HULL, tmp_path / "hull"))


def said(hull: Path, old: str, new: str, file: str = "people.yaml") -> list[str]:
    """What is said of Hull once `old` stands as `new`."""
    path = hull / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError) as raised:
        load_council(hull)
    return [line.replace(f"{hull}/", "") for line in raised.value.detail.splitlines()]


def test_bounds_are_read_as_days_that_are_all_included(hull: Path) -> None:
    path = hull / "people.yaml"
    path.write_text(path.read_text().replace(BOUNDS, BOUNDS.replace("to: 2099-12-31", "to: 2026-06-30")))
    assert load_council(hull).audits == {"vera.quill": Audit(date(2099, 12, 31), date(2026, 1, 1), date(2026, 6, 30))}


@pytest.mark.parametrize(
    ("old", "new", "at", "expected"),
    [
        pytest.param(f"audits:\n{BOUNDS}", "", ROLE, "Add `audits: {vera.quill: {until: ", id="no bounds"),
        pytest.param("  vera.quill: {until", "  ruth.lane: {until", "  ruth.lane: {until", "`auditor`", id="no such"),
        pytest.param("to: 2099-12-31", "to: 2025-12-31", "  vera.quill: {until", "not before `from`", id="to"),
        pytest.param("until: 2099-12-31", "until: 2025-12-31", "  vera.quill: {until", "not before `from`", id="until"),
        pytest.param("until: 2099-12-31, ", "", "  vera.quill: {from", "until", id="no last day"),
        pytest.param("to: 2099-12-31", "to: 9999-12-31", "  vera.quill: {until", "2199-12-31", id="for ever"),
        pytest.param("people: [nell.gray]", "people: [vera.quill]", ROLE, "the role `service_head`", id="a colleague"),
        pytest.param("[vera.quill]", "[vera.quill], cover: ig_lead", "  auditor:", "covers for nobody", id="covered"),
        pytest.param("[dale.frost],", "[dale.frost], cover: auditor,", "  practice_m", "for nobody", id="covers"),
    ],
)
def test_what_would_let_an_auditor_do_more_is_refused_at_its_line(
    hull: Path, old: str, new: str, at: str, expected: str
) -> None:
    lines = said(hull, old, new)
    number = next(n for n, line in enumerate((hull / "people.yaml").read_text().splitlines(), 1) if at.rstrip() in line)
    assert any(line.startswith(f"people.yaml:{number}:") and expected in line for line in lines), lines


def test_an_auditor_acts_for_no_sender(hull: Path) -> None:
    (line,) = said(hull, "people: {sender_lead: [", "people: {sender_lead: [vera.quill, ", "senders.yaml")
    assert line.startswith("people.yaml:")
    assert "Take them out of the sender `" in line
