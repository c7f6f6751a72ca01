"""Levels by council and label, never by number; and the council's own word for who leads."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.referral import Referral
from gateway.path.labels import labels
from tests.builders import a_referral
from tests.path.copies import body
from tests.path.deriving import COUNCILS
from tests.path.stories import SENDERS
from tests.path.test_scenarios import through

LEADS = {
    "tower_hamlets": "Lead Professional",
    "derby": "Lead Professional",
    "kent": "Early Help Worker",
    "leicester": "Lead Practitioner",
    "hull": "Lead Practitioner",
}


def at(level: dict[str, Any]) -> Referral:
    return a_referral(level=level)


@pytest.mark.parametrize("council", sorted(COUNCILS))
def test_a_councils_own_label_stands_as_it_is_rules_3_1(council: str) -> None:
    settings = COUNCILS[council].settings
    for canonical, label in settings.levels.items():
        said = labels(at({"canonical": canonical, "council_label": label.upper()}), COUNCILS[council])
        assert (said.stated, said.level) == (label.upper(), label)


@pytest.mark.parametrize(
    ("council", "level", "expected"),
    [
        pytest.param(
            "tower_hamlets",
            {"council_label": "Level 3", "canonical": "targeted.intensive"},
            "No level of Tower Hamlets (“Level 3”, as the sender wrote it)",
            id="kent to tower_hamlets X-01",
        ),
        pytest.param(
            "tower_hamlets",
            {"council_label": "Level 3", "canonical": "targeted.intensive", "council": "kent"},
            "No level of Tower Hamlets (“Level 3”, a label of Kent)",
            id="whose it is was said",
        ),
        pytest.param(
            "tower_hamlets",
            {"council_label": "Level 3"},
            "No level of Tower Hamlets (“Level 3”, as the sender wrote it)",
            id="a bare number",
        ),
        pytest.param(
            "kent",
            {"council_label": "Level 3 - Child in Need", "canonical": "child_in_need", "council": "tower_hamlets"},
            "Children's Social Work (“Level 3 - Child in Need”, a label of Tower Hamlets)",
            id="tower_hamlets to kent",
        ),
        pytest.param(
            "kent",
            {"council_label": "Level 3", "canonical": "child_in_need"},
            "Children's Social Work (“Level 3”, as the sender wrote it)",
            id="a label and a level that contradict each other",
        ),
        pytest.param("kent", {"council_label": "level 3"}, "level 3", id="nobody said the level"),
        pytest.param("kent", {"canonical": "targeted.intensive"}, "", id="no label"),
    ],
)
def test_another_label_is_never_a_bare_number_rules_3_1(council: str, level: dict[str, Any], expected: str) -> None:
    assert labels(at(level), COUNCILS[council]).stated == expected


def test_a_hub_reads_its_own_label_of_the_level_KE_E02_KE_R04() -> None:
    _, (sent,) = through("kent", SENDERS["kent"], level={"canonical": "targeted.intensive"})
    assert body(sent.payload)["labels"] == {"level": "Level 3"}


def test_a_level_the_council_does_not_have_has_no_label_of_its_own() -> None:
    _, (sent,) = through("tower_hamlets", "enquiry_form", level={"canonical": "targeted.intensive"})
    assert "labels" not in body(sent.payload)


@pytest.mark.parametrize(("council", "word"), LEADS.items(), ids=LEADS)
def test_who_leads_has_the_councils_own_name_X_17(council: str, word: str) -> None:
    named = [{"name": "Kim Ashdown", "agency": "Invented Clinic", "lead": True, "agreed_to_be_named": True}]
    asked = {"professionals": named, "family": {"locality": "Locality 1"}}
    _, (sent,) = through(council, SENDERS[council], **asked)
    assert body(sent.payload)["labels"]["lead"] == word


def test_where_nobody_leads_the_word_is_not_said_X_17() -> None:
    _, (sent,) = through("kent", SENDERS["kent"])
    assert "labels" not in body(sent.payload)
