"""Golden decisions: the whole answer to small cases told in a sentence, reviewed, and never made by a test."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from contracts.decision import Facts, Outcome
from gateway.config.policy import Policy
from gateway.config.yamlfile import Part, load
from gateway.path.deciding import evaluate
from tests.policy.mutants import Mutant, mutants
from tests.policy.policies import POLICIES, usual

FOLDER: Final = Path(__file__).with_name("golden")


class Golden(Part):
    """One case and everything that is decided about it.

    facts   where it differs from a clean referral of which no row of the council has anything to say
    decide  the rules with the outcome, without those that any clean referral meets
    beside  the other rules that match: in the base tables all but those of a clean referral, else the council's own
    asks    what is asked for besides, "kind code"
    """

    say: str
    facts: dict[str, str]
    outcome: Outcome
    decide: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


class GoldenFile(Part):
    decisions: tuple[Golden, ...]


@cache
def golden(name: str) -> tuple[Golden, ...]:
    """The golden decisions of the base tables ("base") or of one council."""
    return load(FOLDER / f"{name}.yaml", GoldenFile).model.decisions


@cache
def clean(name: str) -> frozenset[str]:
    """The rules that a clean referral meets."""
    return frozenset(hit.rule for hit in evaluate(POLICIES[name], Facts(usual(POLICIES[name]))).hits)


def decided(name: str, policy: Policy, facts: Mapping[str, str]) -> Golden:
    """What a policy decides about one case, in the form of a golden decision."""
    verdict = evaluate(policy, Facts({**usual(policy), **facts}))
    quiet = clean(name)
    decide = tuple(rule for rule in verdict.deciding if rule not in quiet)
    own = {rule.id for table in POLICIES[name].tables if table.additional == (name != "base") for rule in table.rules}
    beside = [hit.rule for hit in verdict.hits if hit.rule not in decide]
    missing = sorted(f"not {rule}" for rule in quiet & own - {hit.rule for hit in verdict.hits})
    return Golden(
        say="",
        facts=dict(facts),
        outcome=verdict.outcome,
        decide=decide,
        beside=(*(rule for rule in beside if rule not in quiet and (rule in own or "MATCH" in rule)), *missing),
        asks=tuple(f"{asked.kind} {asked.code}" for asked in verdict.obligations),
    )


def agrees(name: str, policy: Policy, case: Golden) -> bool:
    """Whether a policy decides a case as it was reviewed."""
    return decided(name, policy, case.facts).model_copy(update={"say": case.say}) == case


def touches(mutant: Mutant, facts: Mapping[str, str]) -> bool:
    """Whether the changed row matches this case, before or after: if not, nothing can have changed."""
    rows = (mutant.was, *((mutant.now,) if mutant.now else ()))
    return any(all(facts[fact] in values for fact, values in row.when) for row in rows)


def survivors(name: str, cases: tuple[Golden, ...]) -> tuple[list[str], int]:
    """The mutants that no case notices, and how many mutants there are."""
    alive, count, policy = [], 0, POLICIES[name]
    whole = [(case, usual(policy) | case.facts) for case in cases]
    for mutant in mutants(policy, additional=name != "base"):
        count += 1
        if all(agrees(name, mutant.policy, case) for case, facts in whole if touches(mutant, facts)):
            alive.append(mutant.name)
    return alive, count
