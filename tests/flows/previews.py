"""The previews people signed, and `python -m tests.flows.previews` to write them anew after a change of words."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.flows.submissions.foreseen import in_words
from gateway.path.course import Matter, Rules
from tests.builders import NOW, a_referral
from tests.path.copies import GROUPING, SCREENS
from tests.path.deriving import COUNCILS, POLICIES
from tests.path.scenarios import SCENARIOS, Scenario

SIGNED: Final = ("S01", "S08", "S09", "S11", "S14", "S17")
FOLDER: Final = Path(__file__).with_name("previews")


def of(scenario: Scenario) -> str:
    """The preview of one scenario, as its sender would read it."""
    council = COUNCILS[scenario.council]
    rules = Rules(council, POLICIES[scenario.council], GROUPING, SCREENS)
    referral = a_referral(**({"council": scenario.council} | dict(scenario.changes)))
    return in_words(rules, Matter(referral, (), council.senders[scenario.sender], "R-1", "c" * 64), NOW)


def file_of(scenario: Scenario) -> Path:
    return FOLDER / f"{scenario.id}.txt"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for one in SCENARIOS:
        if one.id in SIGNED:
            file_of(one).write_text(of(one))
