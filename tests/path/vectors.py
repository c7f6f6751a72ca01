"""The tricky cases of `vectors.yaml`, and whether a policy decides one as its story asks."""

from __future__ import annotations

from pathlib import Path

from contracts.decision import Facts, Outcome
from gateway.config.policy import Policy
from gateway.config.tables import load_policy
from gateway.config.yamlfile import Part, load
from gateway.path.deciding import Verdict, evaluate

SHARING = Path(__file__).parents[2] / "mappings" / "sharing"


class Vector(Part):
    """One case: what differs from the clean referral, and the whole answer."""

    id: str
    story: str
    facts: dict[str, str]
    outcome: Outcome
    decide: tuple[str, ...]
    asks: tuple[str, ...] = ()


class Vectors(Part):
    clean: dict[str, str]
    vectors: tuple[Vector, ...]


READ = load(Path(__file__).with_name("vectors.yaml"), Vectors).model
CLEAN, VECTORS = READ.clean, READ.vectors
POLICY = load_policy(SHARING)


def decide(policy: Policy = POLICY, **facts: str) -> Verdict:
    """The verdict on the clean referral with these facts changed."""
    return evaluate(policy, Facts({**CLEAN, **facts}))


def asks(verdict: Verdict) -> tuple[str, ...]:
    """A verdict's obligations as "kind code"."""
    return tuple(f"{obligation.kind} {obligation.code}" for obligation in verdict.obligations)


def passes(policy: Policy, vector: Vector) -> bool:
    verdict = decide(policy, **vector.facts)
    return (verdict.outcome, verdict.deciding, asks(verdict)) == (vector.outcome, vector.decide, vector.asks)
