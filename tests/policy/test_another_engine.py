"""An engine that somebody else wrote (GoRules zen) comes to the same rules and outcomes on 100,000 sets of facts."""

from __future__ import annotations

import json
from typing import Any

import pytest
import zen

from contracts.decision import Facts, Outcome
from gateway.config.policy import Policy
from gateway.path.deciding import evaluate
from tests.policy.columns import draw
from tests.policy.jdm import a_decision
from tests.policy.policies import COUNCILS, POLICIES, usual

SETS = 20_000  # for each of the five councils
AT_ONCE = 500


def zen_says(decision: Any, policy: Policy, cases: list[dict[str, str]]) -> list[tuple[set[str], str]]:
    """The rules that match each case, and the most cautious of their outcomes; a base table without any holds."""
    hits = decision.evaluate({"cases": cases})["result"]
    order = [outcome.value for outcome in Outcome]
    said = []
    for place in range(len(cases)):
        found = {table.id: hits[table.id][place] for table in policy.tables}
        outcomes = [hit["outcome"] for rows in found.values() for hit in rows]
        outcomes += ["hold" for table in policy.tables if not table.additional and not found[table.id]]
        said.append(({hit["rule"] for rows in found.values() for hit in rows}, min(outcomes, key=order.index)))
    return said


@pytest.mark.parametrize("council", COUNCILS)
def test_another_engine_finds_the_same_rules_and_outcome(council: str):
    policy = POLICIES[council]
    columns = draw(policy.vocabulary, usual(policy), SETS, seed=5)
    decision = zen.ZenEngine().create_decision(json.dumps(a_decision(policy)))
    for start in range(0, SETS, AT_ONCE):
        cases = [columns.read(place) for place in range(start, start + AT_ONCE)]
        for facts, (rules, outcome) in zip(cases, zen_says(decision, policy, cases), strict=True):
            verdict = evaluate(policy, Facts(facts))
            assert (rules, outcome) == ({hit.rule for hit in verdict.hits}, verdict.outcome), facts


def test_another_engine_and_the_tables_agree_on_a_case_told_in_full():
    policy = POLICIES["base"]
    facts = usual(policy) | {"agreement": "refused", "harm": "possible"}
    verdict = evaluate(policy, Facts(facts))
    ((rules, outcome),) = zen_says(zen.ZenEngine().create_decision(json.dumps(a_decision(policy))), policy, [facts])
    assert (rules, outcome) == ({hit.rule for hit in verdict.hits}, verdict.outcome)
    assert outcome == "hold"
