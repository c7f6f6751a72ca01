"""What can be claimed of a policy, and two judges of it: a proof over every case there is, and a look at one case.

The proof takes boxes from boxes (`path/boxes.py`), so it is exact. The look asks the tables themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.decision import Obligation, Outcome, RuleHit
from gateway.config.policy import Policy, Rule
from gateway.path.boxes import Box, left_over
from gateway.path.deciding import Verdict

Ask = Callable[[Mapping[str, str]], Verdict]
"""What a policy says of one set of facts."""

EVERYWHERE: Final[Box] = {}
NOTHING_GOES: Final = Outcome.HOLD
"""As cautious as this or more: nothing leaves, or it goes to the front door."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Whatever else is known: where these facts are, the outcome is this one or a more cautious one."""

    where: Box
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class NeverLooser:
    """Where one fact turns from any of `before` into `after`, the outcome is as cautious as it was, or more.

    floor  outcomes as cautious as this count as one: between two ways of sending nothing there is no looser
    only   what was less cautious than this is not spoken of
    where  the other facts of the cases it is claimed for
    """

    fact: str
    before: frozenset[str]
    after: str
    floor: Outcome = Outcome.DIVERT
    only: Outcome = Outcome.SHARE
    where: Box = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AsksFor:
    """Where these facts are, at least one of these is asked for: each a kind and a code, "task sample_decision"."""

    where: Box
    one_of: frozenset[str]


@dataclass(frozen=True, slots=True)
class EachAsksFor:
    """Every rule with this outcome asks for one of these itself."""

    outcome: Outcome
    one_of: frozenset[str]


Claim = AtLeast | NeverLooser | AsksFor | EachAsksFor


def against(policy: Policy, rules: list[Rule], claim: Claim) -> Iterator[Box]:
    """The cases in which the claim does not hold, as boxes that do not overlap; none is a proof.

    A claim about a fact or a value that the policy does not have is empty. `rules` as `rows` gives them.
    """
    for box, enough in _must_cover(rules, claim):
        if all(values & policy.vocabulary.get(fact, frozenset()) for fact, values in box.items()):
            known = {fact: values & policy.vocabulary[fact] for fact, values in box.items()}
            yield from left_over(known, enough, policy.vocabulary)


def holds(claim: Claim, policy: Policy, facts: Mapping[str, str], ask: Ask) -> bool:
    """Whether the claim holds for one set of facts, by what the tables say of it."""
    if isinstance(claim, EachAsksFor):
        said = ask(facts)
        return said.outcome is not claim.outcome or bool(claim.one_of & named(said.obligations))
    if not claim.where.keys() <= policy.vocabulary.keys() or not within(facts, claim.where):
        return True
    if isinstance(claim, AtLeast):
        return ask(facts).outcome.caution <= claim.outcome.caution
    if isinstance(claim, AsksFor):
        return bool(claim.one_of & named(ask(facts).obligations))
    if claim.after not in policy.vocabulary.get(claim.fact, ()) or facts.get(claim.fact) not in claim.before:
        return True
    was = ask(facts).outcome
    limit = max(was.caution, claim.floor.caution)
    return was.caution > claim.only.caution or ask({**facts, claim.fact: claim.after}).outcome.caution <= limit


def within(facts: Mapping[str, str], box: Box) -> bool:
    """Whether these facts lie in the box."""
    return all(facts.get(fact) in values for fact, values in box.items())


def named(obligations: Iterable[Obligation]) -> frozenset[str]:
    """Obligations as "kind code"."""
    return frozenset(f"{each.kind} {each.code}" for each in obligations)


def rows(policy: Policy) -> list[Rule]:
    """Every rule of a policy, and every gap of its base tables as the hold that it is."""
    found = [rule for table in policy.tables for rule in table.rules]
    for table in policy.tables:
        for gap in [] if table.additional else left_over(EVERYWHERE, table.rules, policy.vocabulary):
            name = f"NO-MATCH-{table.id}"
            found.append(Rule(name, Outcome.HOLD, tuple(gap.items()), RuleHit(name, table.id, Outcome.HOLD, "")))
    return found


def _must_cover(rules: list[Rule], claim: Claim) -> Iterator[tuple[Box, list[Rule]]]:
    """Boxes that must be covered, and the rules that may do it."""
    if isinstance(claim, AtLeast):
        yield claim.where, _as_cautious(rules, claim.outcome)
    elif isinstance(claim, AsksFor):
        yield claim.where, [rule for rule in rules if claim.one_of & named(rule.obligations)]
    elif isinstance(claim, EachAsksFor):
        for rule in rules:
            if rule.outcome is claim.outcome and not claim.one_of & named(rule.obligations):
                yield dict(rule.when), []
    else:
        yield from _after_the_change(rules, claim)


def _after_the_change(rules: list[Rule], claim: NeverLooser) -> Iterator[tuple[Box, list[Rule]]]:
    """Every rule that could decide before: where it matched, something as cautious must match after."""
    for rule in rules:
        box = dict(rule.when)
        values = box.get(claim.fact)
        # A rule that does not look at the fact, or takes the new value too, still matches.
        if values is None or claim.after in values or not values & claim.before:
            continue
        if rule.outcome.caution <= claim.only.caution:
            merged = {fact: box.get(fact, wanted) & wanted for fact, wanted in claim.where.items()}
            limit = max(rule.outcome, claim.floor, key=lambda outcome: outcome.caution)
            yield {**box, **merged, claim.fact: frozenset({claim.after})}, _as_cautious(rules, limit)


def _as_cautious(rules: Iterable[Rule], outcome: Outcome) -> list[Rule]:
    return [rule for rule in rules if rule.outcome.caution <= outcome.caution]
