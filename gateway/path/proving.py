"""Proves of a policy that it may be used: its rules fit together, and it keeps every promise of `invariants.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.adapter import Fault
from contracts.decision import Facts
from gateway.config.policy import Policy
from gateway.path import boxes
from gateway.path.boxes import in_words
from gateway.path.claims import against, holds, rows
from gateway.path.deciding import Verdict, evaluate
from gateway.path.invariants import INVARIANTS, Invariant


@dataclass(frozen=True, slots=True)
class Broken:
    """One promise that a policy does not keep: the promise, and the cases as a row to read."""

    invariant: Invariant
    case: str


def broken(policy: Policy) -> tuple[Broken, ...]:
    """The promises that this policy breaks, each with the cases in which it does. () is a proof that it keeps all."""
    rules = rows(policy)
    return tuple(
        Broken(invariant, case)
        for invariant in INVARIANTS
        for case in dict.fromkeys(in_words(box) for claim in invariant.claims for box in against(policy, rules, claim))
    )


def faults(policy: Policy) -> tuple[Fault, ...]:
    """Everything wrong with a policy that can be proved: how its rules fit together, and promises it breaks.

    A broken promise is told once, with the first of its cases.
    """
    first: dict[str, Broken] = {}
    for one in broken(policy):
        first.setdefault(one.invariant.name, one)
    broken_promises = tuple(
        Fault(
            policy.tables[-1].position,
            "",
            f"tables that keep a promise: {one.invariant.say}",
            f"It breaks it where {one.case}.",
        )
        for one in first.values()
    )
    return (*boxes.faults(policy), *broken_promises)


def breaches(policy: Policy, facts: Mapping[str, str]) -> tuple[Invariant, ...]:
    """The promises that this policy breaks for one set of facts, by what its tables say of them."""
    said: dict[tuple[str, ...], Verdict] = {}

    def ask(values: Mapping[str, str]) -> Verdict:
        asked = tuple(values.values())
        if asked not in said:
            said[asked] = evaluate(policy, Facts(values))
        return said[asked]

    return tuple(one for one in INVARIANTS if not all(holds(claim, policy, facts, ask) for claim in one.claims))
