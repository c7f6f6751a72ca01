"""What a person may record, as data: every answer fits the engine, a class of hold or a task, and a rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.decision import VOCABULARY
from gateway.config.answers import ROUTE, Answer, load_answers
from gateway.path.answered import PERSONS_MAY
from tests.path.deriving import POLICIES

ROOT = Path(__file__).parents[2]
ANSWERS = load_answers(ROOT / "mappings" / "sharing" / "answers.yaml")
FACTS = [answer for answer in ANSWERS.values() if answer.fact != ROUTE]


@pytest.mark.parametrize("answer", FACTS, ids=lambda answer: answer.code)
def test_the_engine_takes_what_an_answer_records(answer: Answer) -> None:
    may = PERSONS_MAY[answer.fact][answer.value]
    assert not may or set(answer.instead) <= set(may)
    assert answer.value not in answer.instead


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=lambda answer: answer.code)
def test_an_answer_names_classes_and_tasks_that_there_are(answer: Answer) -> None:
    for policy in POLICIES.values():
        assert set(answer.holds) <= set(policy.holds)
        assert set(answer.tasks) <= set(policy.tasks)
    assert answer.holds or answer.tasks


def test_every_value_a_person_may_record_has_its_answer() -> None:
    recorded = {(answer.fact, answer.value) for answer in FACTS}
    may = {(fact, value) for fact, values in PERSONS_MAY.items() for value in values}
    assert may - recorded == {("harm", "immediate")}


def test_an_answer_changes_what_some_rule_of_its_class_asks_for() -> None:
    for answer in FACTS:
        asks = [
            rule
            for policy in POLICIES.values()
            for table in policy.tables
            for rule in table.rules
            if any(answer.answers(f"{o.kind}:{o.code}") for o in rule.obligations)
            and any(fact == answer.fact and answer.value not in values for fact, values in rule.when)
        ]
        assert asks or answer.always, answer.code


@pytest.mark.parametrize("answer", FACTS, ids=lambda answer: answer.code)
def test_governance_1_7_only_two_people_lower_a_harm_or_overrule_a_family(answer: Answer) -> None:
    harm = VOCABULARY["harm"]
    lowers = answer.fact == "harm" and any(harm.index(was) > harm.index(answer.value) for was in answer.instead)
    assert answer.second or not (lowers or answer.fact == "human")


def test_to_raise_harm_takes_nobody_else() -> None:
    assert not ANSWERS["front_door"].second
