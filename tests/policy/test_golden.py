"""Every golden decision comes out as it was reviewed, and together they notice a row made wrong in almost any way."""

from __future__ import annotations

import pytest

from gateway.path.boxes import left_over
from gateway.path.claims import rows
from tests.policy.__main__ import LEAST
from tests.policy.covering import sentence
from tests.policy.decisions import agrees, decided, golden, survivors
from tests.policy.mutants import Mutant, mutants
from tests.policy.policies import POLICIES, usual

NAMES = tuple(POLICIES)
CASES = [pytest.param(name, case, id=f"{name}-{case.say}") for name in NAMES for case in golden(name)]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_golden_decision_comes_out_as_it_was_reviewed(name, case):
    assert decided(name, POLICIES[name], case.facts).model_copy(update={"say": case.say}) == case


@pytest.mark.parametrize("name", NAMES)
def test_the_golden_decisions_notice_a_row_made_wrong(name):
    alive, count = survivors(name, golden(name))
    assert count > 100
    assert 1 - len(alive) / count >= LEAST, alive
    made = {mutant.name: mutant for mutant in mutants(POLICIES[name], additional=name != "base")}
    assert [one for one in alive if not _never_shows(name, made[one])] == []


def _never_shows(name: str, mutant: Mutant) -> bool:
    """Whether wherever the changed row matches, another row is more cautious than it was and is: proved, not tried."""
    if mutant.now is None or mutant.now.when != mutant.was.when or mutant.now.obligations != mutant.was.obligations:
        return False
    limit = min(mutant.now.outcome.caution, mutant.was.outcome.caution)
    stricter = [rule for rule in rows(POLICIES[name]) if rule.outcome.caution < limit]
    return not left_over(dict(mutant.was.when), stricter, POLICIES[name].vocabulary)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_matches_in_a_golden_decision_and_is_silent_in_another(name):
    own = [rule for table in POLICIES[name].tables if table.additional == (name != "base") for rule in table.rules]
    whole = [usual(POLICIES[name]) | case.facts for case in golden(name)]
    for rule in own:
        met = [all(facts[fact] in values for fact, values in rule.when) for facts in whole]
        assert True in met, rule.id
        assert False in met, rule.id


@pytest.mark.parametrize("name", NAMES)
def test_every_golden_decision_is_about_something_else_and_says_what(name):
    told = [case.say for case in golden(name)]
    assert len(set(told)) == len(told)
    assert all(len(case.facts) <= 4 for case in golden(name))


def test_a_case_is_told_in_a_sentence():
    assert sentence({"agreement": "refused", "harm": "possible"}) == "The family refused, and harm is possible."
    assert sentence({}) == "A clean referral."


@pytest.mark.parametrize("name", NAMES)
def test_every_value_of_every_fact_can_be_told_in_a_sentence(name):
    policy = POLICIES[name]
    values = {(fact, value) for fact, known in policy.vocabulary.items() for value in known}
    told = [sentence({fact: value}) for fact, value in sorted(values) if usual(policy)[fact] != value]
    assert all(one.endswith(".") and "_" not in one for one in told)


def test_a_wrong_row_is_not_what_was_reviewed():
    refused = next(case for case in golden("base") if "G-502" in case.decide)
    wrong = [mutant for mutant in mutants(POLICIES["base"], additional=False) if mutant.name == "without G-502"]
    assert agrees("base", POLICIES["base"], refused)
    assert not agrees("base", wrong[0].policy, refused)
