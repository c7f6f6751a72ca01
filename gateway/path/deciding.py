"""Asks every table about one candidate's facts: the most cautious answer wins, and every obligation stands."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.decision import Facts, Obligation, Outcome, RuleHit
from gateway.config.policy import DEFECT, Policy


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tables said.

    hits         every rule that matched, in the order of tables and rows
    deciding     ids of those with the winning outcome, in that order
    obligations  those of every hit, whether or not it decided (settled 8); safety's among them (settled 31)
    """

    outcome: Outcome
    hits: tuple[RuleHit, ...]
    deciding: tuple[str, ...]
    obligations: tuple[Obligation, ...]


def evaluate(policy: Policy, facts: Facts) -> Verdict:
    """The verdict on these facts. All tables are always asked.

    A fact that is missing, or has a value the policy does not know, holds as `UNKNOWN-<FACT>`; a base table without a
    matching rule holds as `NO-MATCH-<TABLE>`. Neither is ever shared, and neither stands in the way of a divert.
    """
    values = facts.values
    hits: list[RuleHit] = []
    obligations: list[Obligation] = []
    for fact, known in policy.vocabulary.items():
        if values.get(fact) not in known:
            _defect(f"UNKNOWN-{fact.upper()}", "", f"The fact {fact} is missing or unknown.", hits, obligations)
    for table in policy.tables:
        before = len(hits)
        for rule in table.rules:
            for fact, allowed in rule.when:
                if values.get(fact) not in allowed:
                    break
            else:
                hits.append(rule.hit)
                obligations += rule.obligations
        if len(hits) == before and not table.additional:
            _defect(f"NO-MATCH-{table.id}", table.id, f"No rule of table {table.id} covers this.", hits, obligations)
    outcome = min((hit.outcome for hit in hits), key=_caution, default=Outcome.HOLD)
    deciding = tuple(hit.rule for hit in hits if hit.outcome is outcome)
    return Verdict(outcome, tuple(hits), deciding, tuple(obligations))


def _caution(outcome: Outcome) -> int:
    return outcome.caution


def _defect(rule: str, table: str, what: str, hits: list[RuleHit], obligations: list[Obligation]) -> None:
    say = f"{what} A person must look at it, and the policy needs mending."
    hits.append(RuleHit(rule=rule, table=table, outcome=Outcome.HOLD, say=say))
    obligations += (Obligation("hold", DEFECT, rule), Obligation("task", DEFECT, rule))
