"""Text that waits in a copy of the least: somebody is asked to read it, and once it is read it goes (settled 35)."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.council_settings import AgreementTerms
from contracts.recorded import PersonFact
from tests.builders import NOW, a_child, a_mother, an_agreement
from tests.path.deriving import COUNCILS, decided, fact, flags, with_settings

CONTENT = "c" * 64
SOME: dict[str, Any] = {"agreements": [an_agreement(scope={"categories": ["child_identity", "narrative"]})]}
NO_TEXT: dict[str, Any] = {"agreements": [an_agreement(scope={"categories": ["child_identity", "request"]})]}
NO: dict[str, Any] = {"agreements": [an_agreement(status="refused")]}
BY_SENDER = {
    "override": {
        "decided_by": "Rhea Quill",
        "decided_on": "2026-11-01",
        "reason": "Without help the child will miss the rest of the year.",
        "agreement_state": "refused",
        "recipient": "early_help",
    }
}


def recorded(fact: str, was: str, value: str) -> PersonFact:
    return PersonFact(fact, was, value, "child", "early_help", CONTENT, "kit", "hub_duty", "I read it.", NOW - 1)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "free", id="all of it was agreed"),
        pytest.param(SOME, "needs_reading", id="part of it, with the text"),
        pytest.param(NO_TEXT, "free", id="part of it, without the text: there is nothing to read"),
        pytest.param(NO | BY_SENDER, "needs_reading", id="a practitioner decided"),
        pytest.param(SOME | {"reason": None}, "free", id="no text at all"),
        pytest.param(
            {"people": [a_child(), a_mother(), a_child(id="tolly", roles=["sibling"], health="ADHD")]},
            "needs_reading",
            id="more about others than is needed",
        ),
    ],
)
def test_text_waits_where_only_the_least_goes_and_text_is_in_it(changes: dict[str, Any], expected: str) -> None:
    assert fact("narrative", **changes) == expected


def test_text_waits_where_the_council_needs_no_agreement_for_the_purpose_G_515() -> None:
    free = with_settings(agreement={"any": AgreementTerms(required=False)})
    assert fact("narrative", council=free, agreements=[]) == "needs_reading"


def test_a_duty_that_releases_no_text_gives_nobody_something_to_read_TH_C02() -> None:
    attendance: dict[str, Any] = {"statutory_duties": [{"code": "school_attendance"}], "agreements": []}
    assert fact("narrative", council=COUNCILS["tower_hamlets"], **attendance) == "free"


def test_a_person_who_decided_to_share_is_asked_to_read_and_what_they_read_goes() -> None:
    share = recorded("human", "refused", "recorded")
    asked = fact("narrative", persons=[share], content=CONTENT, **NO)
    assert asked == "needs_reading"
    read = recorded("narrative", "needs_reading", "read")
    assert fact("narrative", persons=[share, read], content=CONTENT, **NO) == "read"
    assert fact("narrative", persons=[read, share], content=CONTENT, **NO) == "read"
    assert fact("narrative", persons=[read], content=CONTENT, **NO) == "free"  # nothing goes, and nothing was asked


@pytest.mark.parametrize("council", sorted(COUNCILS))
def test_every_council_asks_somebody_to_read_it(council: str) -> None:
    verdict = decided(council, **SOME)
    tasks = {each.code for each in verdict.obligations if each.kind == "task"}
    assert "narrative_to_follow" in flags(verdict)
    assert "read_narrative" in tasks
