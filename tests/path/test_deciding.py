"""The six base tables decide every case as its story asks, and stay cautious whatever the facts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.decision import VOCABULARY, Facts, Obligation, Outcome
from gateway.config.policy import Policy, Rule, Table
from gateway.path.deciding import evaluate
from tests.path.vectors import CLEAN, POLICY, VECTORS, asks, decide, passes

RULES = {rule.id: rule for table in POLICY.tables for rule in table.rules}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector.id}-{'-'.join(vector.decide)}")
def test_a_case_is_decided_by_the_rules_its_story_asks_for(vector):
    verdict = decide(**vector.facts)
    assert (verdict.outcome, verdict.deciding) == (vector.outcome, vector.decide)
    assert asks(verdict) == vector.asks


def test_there_are_the_45_rules_of_the_paper_and_those_of_settled_7_31_33_and_42():
    assert len(RULES) == 45 + len({"G-515", "S-106", "I-307", "I-308", "A-207"})


def test_every_rule_is_hit_by_a_case():
    hit = {hit.rule for vector in VECTORS for hit in decide(**vector.facts).hits}
    assert hit == RULES.keys()


# Rules that no case can show deciding: on these paths another table is always more cautious.
ALWAYS_OVERTAKEN = {"G-519"}


def test_every_rule_decides_a_case():
    deciding = {rule for vector in VECTORS for rule in decide(**vector.facts).deciding}
    assert deciding == RULES.keys() - ALWAYS_OVERTAKEN


def mutants(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """The policy without one rule, or with one rule made less cautious, in every way there is."""
    for place, table in enumerate(policy.tables):
        for index, rule in enumerate(table.rules):
            yield f"without {rule.id}", _with(policy, place, table, index)
            for outcome in Outcome:
                if outcome.caution > rule.outcome.caution:
                    yield f"{rule.id} as {outcome}", _with(policy, place, table, index, _loosened(rule, outcome))


def _loosened(rule: Rule, outcome: Outcome) -> Rule:
    return dataclasses.replace(rule, outcome=outcome, hit=dataclasses.replace(rule.hit, outcome=outcome))


def _with(policy: Policy, place: int, table: Table, index: int, *instead: Rule) -> Policy:
    rules = (*table.rules[:index], *instead, *table.rules[index + 1 :])
    tables = (*policy.tables[:place], dataclasses.replace(table, rules=rules), *policy.tables[place + 1 :])
    return dataclasses.replace(policy, tables=tables)


def test_leaving_out_or_loosening_any_rule_is_noticed_by_a_case():
    made = dict(mutants(POLICY))
    survivors = [name for name, policy in made.items() if all(passes(policy, vector) for vector in VECTORS)]
    assert survivors == [], f"{len(survivors)} of {len(made)}"


@pytest.mark.parametrize("fact", VOCABULARY)
def test_a_missing_fact_holds_and_is_a_defect_of_the_policy(fact):
    facts = {name: value for name, value in CLEAN.items() if name != fact}
    verdict = evaluate(POLICY, Facts(facts))
    rule = f"UNKNOWN-{fact.upper()}"
    assert verdict.outcome is Outcome.HOLD
    assert rule in verdict.deciding
    assert Obligation("hold", "policy_defect", rule) in verdict.obligations
    assert Obligation("task", "policy_defect", rule) in verdict.obligations


@pytest.mark.parametrize("fact", VOCABULARY)
def test_a_value_outside_the_vocabulary_holds(fact):
    assert decide(**{fact: "whatever"}).outcome is Outcome.HOLD


def test_a_missing_fact_does_not_stand_in_the_way_of_a_divert():
    assert evaluate(POLICY, Facts({"harm": "significant"})).outcome is Outcome.DIVERT


def test_a_table_without_a_matching_rule_holds_under_its_name():
    policy = _with(POLICY, 3, POLICY.tables[3], 3)
    verdict = decide(policy)
    assert (verdict.outcome, verdict.deciding) == (Outcome.HOLD, ("NO-MATCH-T4",))
    assert asks(verdict) == ("hold policy_defect", "task policy_defect")


def test_a_fact_the_policy_does_not_know_changes_nothing():
    assert decide(weather="fair") == decide()


facts = st.fixed_dictionaries({fact: st.sampled_from(values) for fact, values in VOCABULARY.items()})
nearly_clean = st.lists(
    st.sampled_from([(fact, value) for fact in VOCABULARY for value in VOCABULARY[fact]]), max_size=4
)
case = st.one_of(facts, nearly_clean.map(lambda changes: {**CLEAN, **dict(changes)}))
many = settings(max_examples=300, deadline=None)

# The worst that may be known of each fact: sealing, declared harm, and what no one may do.
WORSE = [
    ("harm", "immediate"),
    ("harm", "significant"),
    ("duty", "applies"),
    ("sender", "not_authorised"),
    ("recipient", "no_role"),
    ("purpose", "other"),
    ("basis", "incomplete"),
    ("special", "unconditioned"),
    ("criminal", "unconditioned"),
    ("protect", "sealed"),
    ("thirdp", "unreviewed"),
]


@given(case=case, worst=st.sampled_from(WORSE))
@many
def test_learning_the_worst_never_loosens(case, worst):
    fact, value = worst
    assert decide(**{**case, fact: value}).outcome.caution <= decide(**case).outcome.caution


@given(case=case, value=st.sampled_from(["withdrawn", "refused", "disputed"]))
@many
def test_withdrawing_or_refusing_never_loosens(case, value):
    assert decide(**{**case, "agreement": value}).outcome.caution <= decide(**case).outcome.caution


@given(case=case, fact=st.sampled_from(sorted(VOCABULARY)))
@many
def test_losing_a_fact_never_lets_anything_out_except_to_the_front_door(case, fact):
    lost = evaluate(POLICY, Facts({name: value for name, value in case.items() if name != fact})).outcome
    assert lost in (Outcome.DIVERT, Outcome.REFUSE, Outcome.HOLD)


@given(case=case, harm=st.sampled_from(["significant", "immediate"]))
@many
def test_declared_harm_always_diverts(case, harm):
    assert decide(**{**case, "harm": harm}).outcome is Outcome.DIVERT


@given(case=case)
@many
def test_possible_harm_is_always_looked_at_by_a_person(case):
    verdict = decide(**{**case, "harm": "possible"})
    looked_at = {"task look_at_possible_harm", "clock divert_acknowledged"}
    assert looked_at & set(asks(verdict))


@given(case=case)
@many
def test_possible_harm_delays_nothing(case):
    clean = decide(**{**case, "harm": "none_declared"})
    assert decide(**{**case, "harm": "possible"}).outcome is clean.outcome


@given(case=case)
@many
def test_nothing_but_a_divert_goes_out_where_a_paper_rule_fails(case):
    failing = (
        case["basis"] == "incomplete"
        or "unconditioned" in (case["special"], case["criminal"])
        or case["recipient"] != "right_hub"
        or case["sender"] == "not_authorised"
        or case["protect"] == "sealed"
    )
    outcome = decide(**case).outcome
    assert not failing or outcome is Outcome.DIVERT or not outcome.sends


@given(case=case)
@many
def test_a_protected_address_is_never_shared_in_full(case):
    assert decide(**{**case, "protect": "address"}).outcome is not Outcome.SHARE


@given(case=case, path=st.sampled_from(["early_help", "update"]))
@many
def test_a_no_is_overridden_only_by_a_recorded_person(case, path):
    said_no = case["agreement"] in ("refused", "withdrawn", "disputed") or case["young"] == "refuses"
    outcome = decide(**{**case, "path": path, "human": "none"}).outcome
    assert not said_no or outcome is Outcome.DIVERT or not outcome.sends


@given(case=case)
@many
def test_the_outcome_is_the_most_cautious_of_the_hits_and_every_table_answers(case):
    verdict = decide(**case)
    assert verdict.outcome.caution == min(hit.outcome.caution for hit in verdict.hits)
    assert [table.id for table in POLICY.tables] == list(dict.fromkeys(hit.table for hit in verdict.hits))
    assert set(verdict.obligations) == {ask for hit in verdict.hits for ask in RULES[hit.rule].obligations}
