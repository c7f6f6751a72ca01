"""The papers name what the configuration names, and invent nothing besides."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.controllers import Controllers
from contracts.retention import read_formula
from gateway.config.catalogue import Catalogue, load_catalogue
from gateway.doors.cli import app
from gateway.doors.pages.marked import marked
from gateway.doors.papers import GAP, PAPERS, write
from gateway.flows.data_protection import papers
from gateway.settings import Settings, shipped_mappings

COUNCILS = ("derby", "hull", "kent", "leicester", "tower_hamlets")
FULL = ("dpia", "ropa", "sharing-schedule", "article-28", "policy-document", "atrs")
"""Papers that list all of it; a notice for a family names whom it goes to, and no codes."""
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(shipped_mappings())


def matter_of(catalogue: Catalogue, council: str) -> papers.About:
    return papers.about(catalogue, council, catalogue.policies[council], False, Settings())


@pytest.mark.parametrize("council", COUNCILS)
def test_every_group_hub_source_and_kind_of_record_is_named(catalogue: Catalogue, council: str) -> None:
    known = catalogue.councils[council]
    formula = read_formula("DOB+25y")
    schedule = replace(
        catalogue.schedules[council],
        after={**catalogue.schedules[council].after, "decision": formula},
        codes={"request": "EH-01", "decision": "EH-02", "access": "EH-03"},
    )
    facts = papers.facts(replace(matter_of(catalogue, council), schedule=schedule), TODAY)
    senders = [one for one in known.senders.values() if not one.hubs]
    wanted = {
        *(f"| {group} |" for group in catalogue.groups.titles),
        *(hub.title for hub in known.hubs.values()),
        *(source for one in senders for source in one.sources),
        *(papers.RECORDS.values()),
        *("EH-01", "EH-02", "EH-03", "25 years after the youngest child was born"),
    }
    for name in FULL:
        text = write(name, facts)
        assert {one for one in wanted if one not in text} == set(), name
    for name in ("privacy-notice", "privacy-notice-child"):
        text = write(name, facts)
        assert [hub.title for hub in known.hubs.values() if hub.title not in text] == []
        assert known.emergency in text


@pytest.mark.parametrize("council", COUNCILS)
def test_the_schedule_gives_each_hub_what_the_gateway_would_give_it_and_no_more(
    catalogue: Catalogue, council: str
) -> None:
    known, text = (
        catalogue.councils[council],
        write("sharing-schedule", papers.facts(matter_of(catalogue, council), TODAY)),
    )
    for hub in known.hubs.values():
        part = text.partition(f"### {hub.title}\n")[2].partition("\n#")[0]
        listed = re.search(r"\* When it is shared: (.*)\.", part)
        assert listed is not None
        allowed = catalogue.groups.most("share") & set(hub.groups.get("share", catalogue.groups.given["share"]))
        expected = (allowed | catalogue.groups.always) & catalogue.groups.at_the_table(hub.members)
        assert set(listed[1].split(", ")) == expected
        assert ("safeguarding contact" in part) is (hub.name == known.front_door)


@pytest.mark.parametrize("name", PAPERS)
def test_what_the_council_has_not_entered_is_a_gap(catalogue: Catalogue, name: str) -> None:
    matter = matter_of(catalogue, "kent")
    empty = replace(matter, council=replace(matter.council, controllers=Controllers()))
    said, unsaid = (write(name, papers.facts(one, TODAY)).count(GAP) for one in (matter, empty))
    assert said > 1
    assert unsaid > said or "_controllers" not in Path(f"gateway/doors/papers/{name}.md").read_text(encoding="utf-8")


def paper(catalogue: Catalogue, name: str, **changes: object) -> str:
    return write(name, papers.facts(replace(matter_of(catalogue, "kent"), **changes), TODAY))  # type: ignore[arg-type]


def test_the_note_for_joint_controllers_is_needed_where_somebody_answers_jointly(catalogue: Catalogue) -> None:
    council = catalogue.councils["kent"]
    alone = replace(council, controllers=Controllers(received="sender", held="council", sent="council"))
    joint = replace(council, controllers=Controllers(received="sender", held="joint", sent="council"))
    assert "does not say that anybody answers jointly" in paper(catalogue, "joint-controllers", council=alone)
    said = paper(catalogue, "joint-controllers", council=joint)
    assert "says that somebody answers jointly" in said
    assert "| held here | the sender and the council together |" in said


@pytest.mark.parametrize(
    ("name", "principles"),
    [
        ("caf", [*(f"A{n}" for n in range(1, 5)), *(f"B{n}" for n in range(1, 7)), "C1", "C2", "D1", "D2"]),
        ("cloud", [f"{n}." for n in range(1, 15)]),
        ("dspt", [f"{n}." for n in range(1, 11)]),
    ],
)
def test_every_principle_has_a_row_that_leaves_the_councils_part_to_the_council(
    catalogue: Catalogue, name: str, principles: list[str]
) -> None:
    text = paper(catalogue, name)
    rows = {line.split()[1]: line for line in text.splitlines() if line.startswith("| ")}
    assert [one for one in principles if one not in rows or GAP not in rows[one]] == []
    assert "Nobody has assessed this gateway" in text or name == "cloud"


def test_a_mapping_says_only_what_is_set_up(catalogue: Catalogue) -> None:
    none, all_ = Settings(), Settings(scanner="scan", witnesses=("one", "two"), store="postgresql://h/d")
    council = replace(catalogue.councils["kent"], sign_in=None)
    before = {name: paper(catalogue, name, settings=none, council=council) for name in ("caf", "cloud", "dspt")}
    after = {name: paper(catalogue, name, settings=all_) for name in ("caf", "cloud", "dspt")}
    assert "no scanner is set here" in before["caf"]
    assert "a scanner is set." in after["caf"]
    assert "none is set here, so print the daily slip" in before["caf"]
    assert "2 outside witnesses" in after["caf"]
    assert "none is entered yet" in before["caf"]
    assert "one SQLite file" in before["cloud"]
    assert "row security" in after["cloud"]
    assert "Documents are scanned." in after["dspt"]


def test_no_name_of_a_person_stands_in_a_paper(catalogue: Catalogue) -> None:
    for council in COUNCILS:
        facts = papers.facts(matter_of(catalogue, council), TODAY)
        people = {name for duty in catalogue.councils[council].roles.values() for name in duty.people}
        for name in PAPERS:
            text = write(name, facts)
            assert [one for one in people if one in text] == []


def test_as_a_page_a_paper_has_its_gaps_marked_and_lets_no_html_through() -> None:
    html = marked(f"# A <b>title</b>\n\n{GAP}its name]\n\n| a |\n|---|\n| <script>x</script> |\n")
    assert '<mark class="gap">[the council writes: its name]</mark>' in html
    assert "<script>" not in html
    assert "<b>" not in html
    assert '<th class="govuk-table__header" scope="col">' in html


def test_the_command_prints_a_paper_and_names_the_nearest_right_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_STORE", f"sqlite:///{tmp_path / 'none.db'}")
    told = CliRunner().invoke(app, ["paper", "ropa", "hull"])
    assert told.exit_code == 0
    assert "# Rows for the record of processing" in told.stdout
    wrong = CliRunner().invoke(app, ["paper", "ropaa", "hull"])
    assert "did you mean `ropa`" in str(wrong.exception)
