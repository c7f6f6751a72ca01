"""Every word that a page may show is explained, in whole sentences."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

import pytest

from contracts.decision import Outcome
from contracts.delivery import DeliveryState, HubClass, Result
from contracts.events import EVENTS, OUTCOMES
from gateway.config.catalogue import Catalogue, load_catalogue
from gateway.doors.pages.meanings import Meaning, chapters
from gateway.settings import shipped_mappings

Known = tuple[Any, dict[str, Meaning]]
"""A council's policy, and what is explained of it by its place on the page."""

COUNCILS = ("derby", "hull", "kent", "leicester", "tower_hamlets")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(shipped_mappings())


@pytest.fixture(scope="module", params=COUNCILS)
def of_a_council(request: pytest.FixtureRequest, catalogue: Catalogue) -> Known:
    policy = catalogue.policies[request.param]
    found = chapters(policy, catalogue.councils[request.param])
    names = [one.name for chapter in found for one in chapter.meanings] + [chapter.name for chapter in found]
    assert len(names) == len(set(names)), "two things stand at one place"
    return policy, {one.name: one for chapter in found for one in chapter.meanings}


KINDS: dict[str, type[StrEnum]] = {"outcome": Outcome, "state": DeliveryState, "result": Result, "class": HubClass}


@pytest.mark.parametrize("kind", KINDS)
def test_every_outcome_state_result_and_class_has_words(of_a_council: Known, kind: str) -> None:
    assert {f"{kind}-{code}" for code in KINDS[kind]} <= set(of_a_council[1])


def test_every_hold_task_clock_and_alarm_has_words(of_a_council: Known) -> None:
    policy, known = of_a_council
    kinds = {
        "hold": policy.holds,
        "task": policy.tasks,
        "clock": policy.clocks,
        "delivery": policy.deliveries,
        "record": policy.record,
    }
    assert {f"{kind}-{code}" for kind, codes in kinds.items() for code in codes} <= set(known)


def test_every_answer_of_a_hub_has_words(of_a_council: Known) -> None:
    assert {f"answer-{code}" for code in (*EVENTS, *OUTCOMES)} <= set(of_a_council[1])


def test_every_rule_of_the_policy_has_words(of_a_council: Known) -> None:
    policy, known = of_a_council
    assert {f"rule-{rule.id}" for table in policy.tables for rule in table.rules} <= set(known)


def test_what_is_explained_is_a_title_and_whole_sentences(of_a_council: Known) -> None:
    bad = {
        name
        for name, one in of_a_council[1].items()
        if not one.title.strip() or not one.says or any(not re.fullmatch(r"[A-Z].*[.?!]", say) for say in one.says)
    }
    assert bad == set()
