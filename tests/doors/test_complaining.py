"""Where families complain: as the council entered it, and never a way that was made up (DPA 2018, section 164A)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.complaints import COMMISSIONER, Complaints
from contracts.errors import ConfigError
from gateway.config.catalogue import Catalogue
from gateway.config.councils import load_council
from gateway.doors.papers import GAP, write
from gateway.flows.data_protection import papers
from gateway.path.complaining import where_to_complain
from gateway.settings import shipped_mappings
from tests.doors.test_papers import TODAY, catalogue, matter_of

__all__ = ["catalogue"]

WAYS = Complaints("Complaints, 1 Invented Street", "complaints@hull.example", "01632 960155")


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        (WAYS, ": write to Complaints, 1 Invented Street, mail complaints@hull.example or ring 01632 960155."),
        (Complaints(mail=WAYS.mail, telephone=WAYS.telephone), f": mail {WAYS.mail} or ring {WAYS.telephone}."),
        (Complaints(telephone=WAYS.telephone), f": ring {WAYS.telephone}."),
        (Complaints(), "."),
    ],
    ids=["all", "two", "one", "none"],
)
def test_s164a_the_ways_to_complain_are_those_that_the_council_entered(
    catalogue: Catalogue, entered: Complaints, said: str
) -> None:
    council = replace(catalogue.councils["hull"], complaints=entered)
    told = where_to_complain(council)
    assert told.startswith(f"You may complain to the data protection officer of Hull{said} ")
    assert told.endswith(f"{COMMISSIONER}.")


def test_the_privacy_notice_says_them_and_leaves_a_gap_where_there_are_none(catalogue: Catalogue) -> None:
    matter = matter_of(catalogue, "hull")
    told = replace(matter, council=replace(matter.council, complaints=WAYS))
    with_ways, without = (write("privacy-notice", papers.facts(one, TODAY)) for one in (told, matter))
    assert f"complain to us: {WAYS.in_words}." in with_ways
    assert without.count(GAP) == with_ways.count(GAP) + 1
    assert COMMISSIONER in with_ways
    assert COMMISSIONER in without


def test_they_are_read_from_the_councils_file_and_a_mailbox_that_is_none_is_named(tmp_path: Path) -> None:
    folder = shutil.copytree(shipped_mappings() / "councils/hull", tmp_path / "hull")
    file = folder / "council.yaml"
    words = file.read_text(encoding="utf-8")
    entry = f"complaints: {{address: {WAYS.address!r}, mail: {WAYS.mail}, telephone: {WAYS.telephone}}}\n"
    file.write_text(words + entry, encoding="utf-8")
    assert load_council(folder).complaints == WAYS
    file.write_text(words + entry.replace("@", " at "), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"council.yaml:[0-9]+:[0-9]+: expected text"):
        load_council(folder)
