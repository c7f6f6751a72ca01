"""A council's own form: what it may ask for, and where a mistake in it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from contracts.form import NO_FORM
from gateway.config.check import check_all
from gateway.config.forms import load_form

MAPPINGS = Path(__file__).parents[2] / "mappings"
COUNCILS = ("derby", "hull", "kent", "leicester", "tower_hamlets")
HEAD = "title: A form\nsections:\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A council's folder beside our own code lists and words."""
    (tmp_path / "councils" / "testham").mkdir(parents=True)
    shutil.copytree(MAPPINGS / "codes", tmp_path / "codes")
    shutil.copy(MAPPINGS / "reading.yaml", tmp_path / "reading.yaml")
    return tmp_path / "councils" / "testham"


def faults(folder: Path, text: str) -> list[str]:
    (folder / "form.yaml").write_text(HEAD + text)
    with pytest.raises(ConfigError) as caught:
        load_form(folder)
    return [f"{Path(fault.position).name} {fault.remedy}" for fault in caught.value.faults]


@pytest.mark.parametrize("council", COUNCILS)
def test_settled_56_every_council_has_the_form_of_its_own_document(council: str) -> None:
    form = load_form(MAPPINGS / "councils" / council)
    assert form.title
    assert len(form.sections) > 5


def test_a_council_without_a_form_still_has_our_words(folder: Path) -> None:
    form = load_form(folder)
    assert form.sections == NO_FORM.sections
    assert form.words["referral/people/sex"].codes["F"] == "Female"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("/referral/raeson", "form.yaml:5:28 `/referral/raeson` leads nowhere; did you mean `/referral/reason`?"),
        ("/referral/people/gp", "form.yaml:5:28 `people` is a list: write `people/*`."),
        ("/referral/reason/*", "form.yaml:5:28 `reason` is no list: take the `*` after it away."),
        ("/safety/says", "Take it away: it always stands under “Safety and staff risk”, before the form."),
    ],
)
def test_a_pointer_that_leads_nowhere_is_named_with_its_place(folder: Path, row: str, said: str) -> None:
    assert said in faults(folder, f"  - title: Why\n    rows:\n      - {{label: Why, from: {row}}}\n")[0]


def test_what_is_asked_twice_is_named_with_both_places(folder: Path) -> None:
    row = "      - {label: Why, from: /referral/reason}\n"
    found = faults(folder, f"  - title: Why\n    rows:\n{row}{row}")
    assert found[0].startswith("form.yaml:6:28 It is already asked at ")


def test_questions_are_asked_of_each_member_of_a_list_alone(folder: Path) -> None:
    found = faults(folder, "  - title: Why\n    each: /referral/reason\n    rows: [{label: Why, from: /gp}]\n")
    assert "Name one, as `/referral/people`" in found[0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  referral/people/sexx: {label: Sex}\n", "Did you mean `referral/people/sex`?"),
        ("  referral/people/sex: {codes: nothing}\n", "There is no list `nothing`."),
    ],
)
def test_words_for_a_field_or_a_list_that_is_not_there_are_refused(folder: Path, line: str, said: str) -> None:
    (folder.parent.parent / "reading.yaml").write_text(f"fields:\n{line}")
    with pytest.raises(ConfigError) as caught:
        load_form(folder)
    assert caught.value.faults[0].remedy == said


def test_gateway_check_names_a_fault_of_a_form(tmp_path: Path) -> None:
    root = tmp_path / "mappings"
    shutil.copytree(MAPPINGS, root)
    form = root / "councils" / "hull" / "form.yaml"
    form.write_text(form.read_text().replace("from: /referral/reason", "from: /referral/raeson"))
    assert ["did you mean `/referral/reason`?" in fault.remedy for fault in check_all(root)] == [True]
