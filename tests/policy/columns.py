"""Very many sets of facts at once: one integer for each value of each fact, one bit in it for each set.

A second way to ask the tables, which shares no code with `gateway.path.deciding`: rules are ands and ors of columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from random import Random
from typing import Final

from contracts.decision import Outcome
from gateway.config.policy import Policy, Rule
from gateway.path.boxes import Box
from gateway.path.claims import AsksFor, AtLeast, Claim, EachAsksFor, named

Values = Mapping[str, int]
"""The column of each value of one fact."""

USUALLY: Final = (0.0, 0.6, 0.85, 0.95)
"""How often a fact keeps its usual value, in each quarter of the sets: from anything at all to nearly clean."""


@dataclass(frozen=True, slots=True)
class Columns:
    """`size` sets of facts: fact → the column of each of its values."""

    size: int
    facts: Mapping[str, Values]

    @property
    def all(self) -> int:
        return (1 << self.size) - 1

    def where(self, box: Box) -> int:
        """The sets that lie in a box."""
        found = self.all
        for fact, values in box.items():
            found &= any_of(self.facts[fact].get(value, 0) for value in values)
        return found

    def changed(self, fact: str, value: str) -> Columns:
        """The same sets, each with this value of one fact."""
        return Columns(self.size, {**self.facts, fact: {value: self.all}})

    def put(self, chosen: int, fact: str, value: str) -> Columns:
        """The same sets, with this value where chosen."""
        values = {name: column & ~chosen for name, column in self.facts[fact].items()}
        return Columns(self.size, {**self.facts, fact: values | {value: values.get(value, 0) | chosen}})

    def read(self, place: int) -> dict[str, str]:
        """One of the sets."""
        return {
            fact: next(v for v, column in values.items() if column >> place & 1) for fact, values in self.facts.items()
        }


def draw(vocabulary: Mapping[str, frozenset[str]], usual: Mapping[str, str], size: int, seed: int) -> Columns:
    """Sets of facts at random, the same for the same seed."""
    random = Random(seed)
    quarter = size // len(USUALLY)
    facts = {}
    for fact, known in sorted(vocabulary.items()):
        values = sorted(known)
        drawn = bytearray()
        for share in USUALLY:
            weights = [(1 - share) / len(values) + (share if value == usual[fact] else 0) for value in values]
            drawn += bytes(random.choices(range(len(values)), weights, k=quarter))
        facts[fact] = {value: _column(drawn, number) for number, value in enumerate(values)}
    return Columns(quarter * len(USUALLY), facts)


def _column(drawn: bytearray, number: int) -> int:
    ones = bytearray(b"0" * 256)
    ones[number] = ord("1")
    return int(drawn.translate(ones)[::-1].decode(), 2)


def any_of(columns: Iterator[int] | list[int]) -> int:
    return reduce(or_, columns, 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a policy says of every set: rule id → where it matches; outcome → where it is that or more cautious."""

    matches: Mapping[str, int]
    at_least: Mapping[Outcome, int]
    asked: Mapping[str, int]


def ask(policy: Policy, columns: Columns) -> Asked:
    """Every rule of every table; a set that no rule of a base table matches is held."""
    matches: dict[str, int] = {}
    asked: dict[str, int] = {}
    by_outcome = dict.fromkeys(Outcome, 0)
    for table in policy.tables:
        found = {rule.id: columns.where(dict(rule.when)) for rule in table.rules}
        matches |= found
        for rule in table.rules:
            by_outcome[rule.outcome] |= found[rule.id]
            for name in named(rule.obligations):
                asked[name] = asked.get(name, 0) | found[rule.id]
        if not table.additional:
            by_outcome[Outcome.HOLD] |= columns.all & ~any_of(list(found.values()))
    at_least, so_far = {}, 0
    for outcome in Outcome:
        so_far |= by_outcome[outcome]
        at_least[outcome] = so_far
    return Asked(matches, at_least, asked)


def breaking(policy: Policy, claim: Claim, columns: Columns, said: Asked) -> int:
    """The sets for which a claim does not hold."""
    if isinstance(claim, EachAsksFor):
        rules = [rule for table in policy.tables for rule in table.rules if rule.outcome is claim.outcome]
        return any_of([said.matches[rule.id] for rule in rules if not _asks(rule, claim.one_of)])
    box = claim.where if isinstance(claim, AtLeast | AsksFor) else {**claim.where, claim.fact: claim.before}
    if not box.keys() <= policy.vocabulary.keys():
        return 0
    here = columns.where(box)
    if isinstance(claim, AtLeast):
        return here & ~said.at_least[claim.outcome]
    if isinstance(claim, AsksFor):
        return here & ~any_of([said.asked.get(name, 0) for name in claim.one_of])
    if claim.after not in policy.vocabulary[claim.fact]:
        return 0
    after = ask(policy, columns.changed(claim.fact, claim.after))
    spoken_of = here & said.at_least[claim.only]
    levels = [outcome for outcome in Outcome if outcome.caution >= claim.floor.caution]
    return any_of([spoken_of & said.at_least[level] & ~after.at_least[level] for level in levels])


def _asks(rule: Rule, one_of: frozenset[str]) -> bool:
    return bool(one_of & named(rule.obligations))
