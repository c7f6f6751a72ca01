"""`gateway check` finds what is wrong anywhere under `mappings/`, and ours has nothing wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.config.check import check_all
from gateway.config.codes import load_codes
from gateway.config.councils import load_councils
from gateway.config.mappings import load_mappings
from gateway.config.yamlfile import told
from gateway.path import boxes

OURS = Path(__file__).parents[2] / "mappings"
FORM = "sources/govuk_forms/tower_hamlets_enquiry.yaml"
MISTAKES = {
    "councils/hull/hubs.yaml": ("hubs:", "hubbs:", "did you mean `hubs`?"),
    "councils/leicester/rules.yaml": ("then: ", "thn: ", "did you mean `then`?"),
    "screens.yaml": ("harm:", "hram:", "did you mean `harm`?"),
    "sharing/groups.yaml": ("groups:", "grups:", "did you mean `groups`?"),
    "sharing/t5-agreement.yaml": ("then: ", "thn: ", "did you mean `then`?"),
    FORM: (
        "{to: first_name",
        "{to: frist_name",
        "A referral has no people.frist_name; did you mean people.first_name?",
    ),
}


def copy_to(folder: Path) -> Path:
    shutil.copytree(OURS, folder / "mappings", ignore=shutil.ignore_patterns("samples"))
    return folder / "mappings"


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def lines(root: Path) -> list[str]:
    return [told(fault).removeprefix(f"{root}/") for fault in check_all(root)]


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is told of our own mappings with one mistake in a file of each kind."""
    root = copy_to(tmp_path_factory.mktemp("spoilt"))
    for file, (old, new, _) in MISTAKES.items():
        spoil(root / file, old, new)
    return lines(root)


def test_what_comes_with_the_gateway_has_nothing_wrong():
    assert check_all(OURS, boxes.faults) == ()


@pytest.mark.parametrize("file", MISTAKES)
def test_a_mistake_in_any_kind_of_file_is_told_beside_those_in_others(spoilt, file):
    assert any(line.startswith(f"{file}:") and MISTAKES[file][2] in line for line in spoilt), spoilt


def test_a_misspelt_target_is_told_with_its_line_and_column(spoilt):
    rows = (OURS / FORM).read_text(encoding="utf-8").splitlines()
    number = next(number for number, row in enumerate(rows, start=1) if "{to: first_name" in row)
    column = rows[number - 1].index("first_name") + 1
    assert any(line.startswith(f"{FORM}:{number}:{column}: ") for line in spoilt)


def test_faults_are_told_once_in_the_order_of_their_files(spoilt):
    files = [line.partition(":")[0] for line in spoilt]
    assert files == sorted(files)
    assert len(spoilt) == len(set(spoilt))


def test_a_mapping_for_a_council_that_is_not_there_is_told(tmp_path):
    root = copy_to(tmp_path)
    spoil(root / FORM, "council: tower_hamlets", "council: tower_hamlet")
    (fault,) = lines(root)
    assert fault.startswith(f"{FORM}:")
    assert "expected a council of `mappings/councils/`. `tower_hamlet` is not known here" in fault
    assert "did you mean `tower_hamlets`?" in fault


@pytest.mark.parametrize(
    ("source", "why"),
    [("mis_csv", "only adds to a request"), ("govuk_forms_csv", "no mapping for Hull"), ("scholl", "misspelt")],
)
def test_a_sender_of_a_source_that_can_ask_nothing_there_is_told_at_its_word(tmp_path, source, why):
    root = copy_to(tmp_path)
    spoil(root / "councils/hull/senders.yaml", "[school, canonical, enquiry]", f"[canonical, {source}]")
    (fault,) = lines(root)
    assert fault.startswith("councils/hull/senders.yaml:"), why
    assert "expected a source that asks hull for help, canonical or enquiry" in fault


def test_every_form_can_be_tried_with_a_sender_of_the_demonstration():
    councils = load_councils(OURS / "councils")
    mappings = load_mappings(OURS / "sources", load_codes(OURS / "codes"))
    without = [
        mapping.key
        for mapping in mappings.by_key.values()
        if mapping.match is None
        and not any(
            sender.demo and mapping.source in sender.sources and mapping.purpose in sender.purposes
            for council in councils.values()
            if mapping.council in ("", council.name)
            for sender in council.senders.values()
        )
    ]
    assert without == []


def test_a_list_that_cannot_be_read_makes_no_mapping_wrong(tmp_path):
    root = copy_to(tmp_path)
    spoil(root / "codes/sex.yaml", "list: sex", "lst: sex")
    assert {line.partition(":")[0] for line in lines(root)} == {"codes/sex.yaml"}


def test_how_the_rules_fit_together_is_proved_for_every_council():
    seen = []
    check_all(OURS, lambda policy: seen.append(policy.digest) or ())
    assert len(set(seen)) == len([path for path in (OURS / "councils").iterdir() if path.is_dir()])


@pytest.mark.parametrize("part", ["codes", "sources", "sharing", "councils"])
def test_a_folder_without_its_parts_is_named(tmp_path, part):
    for name in {"codes", "sources", "sharing", "councils"} - {part}:
        (tmp_path / name).mkdir()
    (fault,) = check_all(tmp_path)
    assert fault.expected == f"a folder `{part}`"
    assert "GATEWAY_MAPPINGS" in fault.remedy
