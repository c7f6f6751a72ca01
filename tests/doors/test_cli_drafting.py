"""`gateway source new` and `gateway map` in this process: what they write, say and refuse."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.adapters.conftest import VALID
from tests.doors.conftest import Run
from tests.flows.mapping.test_drafting import ANSWERS, TABLE
from tests.running import ROOT


@pytest.fixture(autouse=True)
def mappings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The shipped mappings, copied to where they may be written to."""
    copied = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", copied)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATEWAY_MAPPINGS", str(copied))
    (tmp_path / "real.csv").write_text(TABLE, encoding="utf-8")
    return copied


@pytest.fixture
def pantry(run: Run, mappings: Path) -> Path:
    """A drafted source."""
    assert run("source", "new", "pantry", "--from", "real.csv", "--council", "hull")[0] == 0
    return mappings / "sources" / "pantry"


def test_a_draft_and_its_sample_are_written_and_the_next_commands_told(run: Run, mappings: Path) -> None:
    code, _, err = run("source", "new", "pantry", "--from", "real.csv", "--council", "hull")
    folder = mappings / "sources" / "pantry"
    assert code == 0
    assert (folder / "pantry.yaml").exists()
    assert (folder / "samples" / "pantry.csv").exists()
    assert "gateway convert --source pantry --council hull" in err


def test_what_is_told_of_a_file_repeats_no_answer(run: Run) -> None:
    _, out, err = run("source", "new", "pantry", "--from", "real.csv", "--council", "hull")
    assert [answer for answer in ANSWERS if answer in out + err] == []


def test_the_draft_passes_the_check(run: Run, pantry: Path) -> None:
    assert run("check")[0] == 0


def test_a_draft_is_never_written_over(run: Run, pantry: Path) -> None:
    before = (pantry / "pantry.yaml").read_bytes()
    code, _, err = run("source", "new", "pantry", "--from", "real.csv", "--council", "hull")
    assert (code, "is there already" in err) == (2, True)
    assert (pantry / "pantry.yaml").read_bytes() == before


@pytest.mark.parametrize("name", ["Pantry", "../pantry", "1pantry", "a b"])
def test_a_name_that_is_no_folder_is_refused(run: Run, mappings: Path, name: str) -> None:
    assert run("source", "new", name, "--from", "real.csv", "--council", "hull")[0] == 2


def test_a_council_nobody_knows_is_refused_with_the_nearest(run: Run) -> None:
    code, _, err = run("source", "new", "pantry", "--from", "real.csv", "--council", "hul")
    assert (code, "`hull`" in err) == (2, True)


def test_an_export_that_is_mapped_already_is_named_and_nothing_written(run: Run, mappings: Path) -> None:
    Path("transfer.xml").write_bytes(VALID["ctf"])
    code, _, err = run("source", "new", "our_school", "--from", "transfer.xml", "--council", "hull")
    assert (code, "ctf/pupil" in err) == (1, True)
    assert not (mappings / "sources" / "our_school").exists()


def test_a_file_that_no_adapter_reads_is_refused_and_nothing_written(run: Run, mappings: Path) -> None:
    Path("page.html").write_text("<html></html>", encoding="utf-8")
    code, _, err = run("source", "new", "pantry", "--from", "page.html", "--council", "hull")
    assert (code, "docs/sources.md" in err) == (1, True)
    assert not (mappings / "sources" / "pantry").exists()


# map test, diff and coverage -----------------------------------------------------------------------------------------


def test_samples_that_become_what_is_written_down_pass(run: Run, mappings: Path) -> None:
    code, out, err = run("map", "test", "moj_forms")
    assert (code, out) == (0, "")
    assert "samples become what is written down" in err


def test_a_difference_is_told_by_pointer_and_never_by_its_value(run: Run, mappings: Path) -> None:
    expected = mappings / "sources" / "family_hubs" / "samples" / "new.expected.jsonl"
    document = json.loads(expected.read_text(encoding="utf-8"))
    reason = document.pop("reason")
    document["people"][0]["notes"] = "Never said"
    expected.write_text(json.dumps(document) + "\n", encoding="utf-8")
    code, out, err = run("map", "test", "family_hubs")
    assert code == 1
    assert "family_hubs/new.json: 1: /reason is there, and nobody expects it." in err
    assert "/people/0/notes is expected, and is not there." in err
    assert reason not in out + err


def test_a_sample_with_nothing_written_down_fails_and_says_what_to_do(run: Run, pantry: Path) -> None:
    code, _, err = run("map", "test", "pantry")
    assert (code, "--write" in err) == (1, True)


def test_what_an_analyst_has_read_is_written_down_and_passes_from_then_on(run: Run, pantry: Path) -> None:
    assert run("map", "test", "pantry", "--write")[0] == 0
    assert (pantry / "samples" / "pantry.expected.jsonl").read_text(encoding="utf-8").count("\n") == 2
    assert run("map", "test", "pantry")[0] == 0


def test_a_source_nobody_mapped_is_misuse(run: Run) -> None:
    assert run("map", "test", "nobody")[0] == 2


def test_a_file_that_the_mapping_knows_has_no_difference(run: Run, pantry: Path) -> None:
    assert run("map", "diff", "pantry", "real.csv") == (
        0,
        "",
        "2 records were looked at.\nThe mapping knows all of it.\n",
    )


@pytest.fixture
def changed(run: Run, pantry: Path) -> tuple[int, str, str]:
    """What is told of a file in which a question is reworded, one is new, and a spelling is in no list."""
    text = TABLE.replace("Why are you asking for help?", "Why do you ask for help?").replace("Pets", "Shoe size")
    Path("later.csv").write_text(text.replace(",Male,", ",Qwx,"), encoding="utf-8")
    told: tuple[int, str, str] = run("map", "diff", "pantry", "later.csv")
    return told


TOLD = [
    "/answers/Why do you ask for help?: new: “Why do you ask for help?”, answered by 2; nobody mapped it. "
    "It may be /answers/Why are you asking for help?, reworded.",
    "/answers/Shoe size: new: “Shoe size”, answered by 1; nobody mapped it.",
    "/answers/Why are you asking for help?: a row reads it, and no record of the file has it",
    "/answers/Child's sex: 1 answers, expected a value of the list sex",
]


def test_what_a_real_file_says_that_the_mapping_does_not_know_is_told_line_by_line(
    changed: tuple[int, str, str],
) -> None:
    assert changed[0] == 1
    assert [line for line in TOLD if line not in changed[1].splitlines()] == []
    # In the same run, since to draft and to compare takes seconds: none of it repeats an answer.
    assert [answer for answer in (*ANSWERS, "Qwx") if answer in changed[1] + changed[2]] == []


def test_a_reworded_question_with_an_id_of_its_own_is_told(run: Run, mappings: Path) -> None:
    sample = mappings / "sources" / "govuk_forms" / "samples" / "agreed.json"
    document = json.loads(sample.read_text(encoding="utf-8"))
    asked = next(answer for answer in document["answers"] if answer.get("answer_text"))
    asked["question_text"] = "Asked in quite another way"
    Path("later.json").write_text(json.dumps(document), encoding="utf-8")
    code, out, _ = run("map", "diff", "govuk_forms", "later.json", "--council", "tower_hamlets")
    assert code == 1
    assert f"/answers/{asked['question_id']}" in out
    assert "worded in another way" in out


def test_a_source_of_several_councils_asks_which(run: Run, mappings: Path) -> None:
    sample = mappings / "sources" / "govuk_forms" / "samples" / "agreed.json"
    code, _, err = run("map", "diff", "govuk_forms", sample)
    assert (code, "hull, tower_hamlets" in err) == (2, True)


def test_coverage_says_what_the_samples_show_of_a_mapping(run: Run, pantry: Path) -> None:
    code, out, _ = run("map", "coverage", "pantry")
    assert code == 0
    assert out.startswith("pantry/pantry for hull: ")
    assert "% unmapped" in out
    assert "no sample answers" not in out


def test_coverage_names_a_row_that_no_sample_shows(run: Run, pantry: Path) -> None:
    mapping = pantry / "pantry.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("Home postcode", "Home postcoed"), encoding="utf-8")
    _, out, _ = run("map", "coverage", "pantry")
    assert "pantry/pantry for hull: no sample answers /answers/Home postcoed" in out.splitlines()
