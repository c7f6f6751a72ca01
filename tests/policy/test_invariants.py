"""Every policy keeps every promise: proved over all cases, tried on 200,000, and a broken one is found by both."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.decision import Facts, Outcome
from gateway.config.policy import Policy, Rule
from gateway.path import proving
from gateway.path.deciding import evaluate
from gateway.path.invariants import INVARIANTS, Invariant
from gateway.path.loosening import loosened
from tests.policy.columns import Asked, Columns, ask, breaking, draw
from tests.policy.policies import COUNCILS, POLICIES, USUAL

SETS = 200_000
LOOKED_AT = 400
NAMES = tuple(POLICIES)


@cache
def drawn(size: int = SETS) -> Columns:
    """The same sets for every policy, with the facts of all of them."""
    known: dict[str, frozenset[str]] = {}
    for policy in POLICIES.values():
        known |= {fact: known.get(fact, frozenset()) | values for fact, values in policy.vocabulary.items()}
    return draw(known, USUAL, size, seed=4)


@cache
def said(name: str) -> Asked:
    return ask(POLICIES[name], drawn())


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_is_proved_to_keep_every_promise(name: str):
    assert [f"{one.invariant.name}: {one.case}" for one in proving.broken(POLICIES[name])] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_keeps_every_promise_on_200_000_sets_of_facts(name: str):
    policy, columns = POLICIES[name], drawn()
    assert columns.size == SETS
    found = {
        invariant.name: columns.read(bits.bit_length() - 1)
        for invariant in INVARIANTS
        for claim in invariant.claims
        if (bits := breaking(policy, claim, columns, said(name)))
    }
    assert found == {}


@pytest.mark.parametrize("name", NAMES)
def test_the_sets_of_facts_come_to_every_outcome_and_match_every_rule(name: str):
    policy, answers = POLICIES[name], said(name)
    outcomes = {rule.outcome for table in policy.tables for rule in table.rules}
    reached, before = set(), 0
    for outcome, column in answers.at_least.items():
        reached |= {outcome} if column & ~before else set()
        before = column
    assert reached == outcomes
    assert [rule for rule, column in answers.matches.items() if not column] == []


def every_so_often(count: int = LOOKED_AT) -> Iterator[int]:
    return iter(range(0, SETS, SETS // count))


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_themselves_say_the_same_of_these_sets(name: str):
    policy, columns, answers = POLICIES[name], drawn(), said(name)
    for place in every_so_often():
        verdict = evaluate(policy, Facts(columns.read(place)))
        assert {hit.rule for hit in verdict.hits} == {
            rule for rule, column in answers.matches.items() if column >> place & 1
        }
        assert verdict.outcome is next(outcome for outcome, column in answers.at_least.items() if column >> place & 1)


@pytest.mark.parametrize("name", NAMES)
def test_a_look_at_single_sets_breaks_no_promise_either(name: str):
    policy, columns = POLICIES[name], drawn()
    for place in every_so_often(40):
        assert proving.breaches(policy, columns.read(place)) == ()


@pytest.mark.parametrize("council", COUNCILS)
def test_settled_7_a_councils_rows_only_tighten_and_take_no_duty_away(council: str):
    assert loosened(POLICIES["base"], POLICIES[council]) == ()


@pytest.mark.parametrize("council", COUNCILS)
def test_settled_7_a_councils_rows_only_tighten_on_200_000_sets_of_facts(council: str):
    base, ours = said("base"), said(council)
    assert [outcome for outcome in Outcome if base.at_least[outcome] & ~ours.at_least[outcome]] == []
    assert [name for name, column in base.asked.items() if column & ~ours.asked[name]] == []


@pytest.mark.parametrize("name", NAMES)
@given(place=st.integers(0, SETS - 1), data=st.data())
@settings(max_examples=30, deadline=None)
def test_the_order_of_rules_and_tables_changes_no_answer(name: str, place: int, data: st.DataObject):
    policy, facts = POLICIES[name], Facts(drawn().read(place))
    tables = [
        dataclasses.replace(table, rules=tuple(data.draw(st.permutations(table.rules)))) for table in policy.tables
    ]
    other = dataclasses.replace(policy, tables=tuple(data.draw(st.permutations(tables))))
    one, two = evaluate(policy, facts), evaluate(other, facts)
    assert one.outcome is two.outcome
    assert set(one.deciding) == set(two.deciding)
    assert set(one.obligations) == set(two.obligations)


# --- a policy that breaks a promise is found out ---


def with_row(rule: str, name: str = "base", **changes: Any) -> Policy:
    """A policy with one row changed."""
    base = POLICIES[name]
    assert any(row.id == rule for table in base.tables for row in table.rules)
    return dataclasses.replace(
        base,
        tables=tuple(
            dataclasses.replace(
                table, rules=tuple(_changed(row, changes) if row.id == rule else row for row in table.rules)
            )
            for table in base.tables
        ),
    )


def _changed(row: Rule, changes: dict[str, Any]) -> Rule:
    outcome = changes.get("outcome", row.outcome)
    return dataclasses.replace(row, **changes, hit=dataclasses.replace(row.hit, outcome=outcome))


def when(**facts: str) -> dict[str, Any]:
    return {"when": tuple((fact, frozenset(values.split())) for fact, values in facts.items())}


BREAKS = {
    "safety first": with_row("S-103", outcome=Outcome.HOLD),
    "more harm never loosens": with_row("S-105", outcome=Outcome.HOLD),
    "possible harm is looked at": with_row("S-105", obligations=()),
    "nobody asked is never none": with_row("S-106", obligations=()),
    "a divert is followed until somebody has it": with_row("S-104", obligations=()),
    "nobody unregistered gets through": with_row("A-201", outcome=Outcome.SHARE_MINIMISED),
    "only to those with a part in it": with_row("A-205", outcome=Outcome.SHARE),
    "nameless stays nameless": with_row("I-302", outcome=Outcome.ADVICE_ONLY),
    "no sharing without a basis": with_row("B-403", outcome=Outcome.SHARE),
    "a no is a no": with_row("G-503", outcome=Outcome.SHARE_MINIMISED),
    "silence is no agreement": with_row("G-504", outcome=Outcome.SHARE_MINIMISED),
    "a silent young person is asked": with_row("G-509", obligations=()),
    "less agreement never loosens": with_row("G-501", outcome=Outcome.SHARE),
    "what needs no full agreement is trimmed": with_row("G-514", outcome=Outcome.SHARE),
    "a person overrides an agreement and nothing else": with_row("A-203", **when(recipient="no_role", human="none")),
    "a withdrawal reaches everybody": with_row("G-501", obligations=()),
    "sealed stays sealed": with_row("M-601", outcome=Outcome.SHARE_MINIMISED),
    "others are protected": with_row("M-604", outcome=Outcome.SHARE),
    "no family reads what is kept from it": with_row("HU-PANEL", "hull", outcome=Outcome.SHARE),
    "protection travels": with_row("M-605", obligations=()),
    "unknown is never the better answer": with_row("G-506", outcome=Outcome.SHARE_MINIMISED),
    "learning something worse never loosens": with_row("M-602", outcome=Outcome.SHARE),
}


def test_there_is_a_policy_that_breaks_each_promise():
    assert BREAKS.keys() == {invariant.name for invariant in INVARIANTS}


def invariant(name: str) -> Invariant:
    return next(one for one in INVARIANTS if one.name == name)


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_promise_is_proved_and_told_as_a_row_to_read(name: str):
    told = [fault for fault in proving.faults(BREAKS[name]) if invariant(name).say in fault.expected]
    assert len(told) == 1
    assert " is " in told[0].remedy


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_promise_is_seen_in_the_200_000_sets_and_in_one_of_them(name: str):
    policy, columns = BREAKS[name], drawn()
    answers = ask(policy, columns)
    seen = [bits for claim in invariant(name).claims if (bits := breaking(policy, claim, columns, answers))]
    assert seen
    facts = columns.read(seen[0].bit_length() - 1)
    assert name in {one.name for one in proving.breaches(policy, facts)}


def test_proof_and_look_agree_on_every_broken_policy():
    for policy in BREAKS.values():
        columns = drawn()
        answers = ask(policy, columns)
        proved = {one.invariant.name for one in proving.broken(policy)}
        seen = {
            one.name for one in INVARIANTS if any(breaking(policy, claim, columns, answers) for claim in one.claims)
        }
        assert seen == proved


def test_a_promise_reads_as_a_sentence_and_has_a_name_of_its_own():
    assert len({one.name for one in INVARIANTS}) == len(INVARIANTS)
    assert all(one.say.endswith(".") and len(one.say) > 40 for one in INVARIANTS)
