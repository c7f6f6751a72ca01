"""A policy made wrong in one place, in every way a row of a table can be."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final, NamedTuple

from contracts.decision import Obligation, Outcome
from gateway.config.policy import Policy, Rule, Table

OUTCOMES: Final = tuple(Outcome)


class Mutant(NamedTuple):
    """What was made wrong, in words; the row as it was, as it is now (None: gone), and the whole policy with it."""

    name: str
    was: Rule
    now: Rule | None
    policy: Policy


def mutants(policy: Policy, additional: bool) -> Iterator[Mutant]:
    """Every mutant of the base tables, or of the council's rows on top of them."""
    for place, table in enumerate(policy.tables):
        if table.additional is additional:
            for index, rule in enumerate(table.rules):
                yield Mutant(f"without {rule.id}", rule, None, _with(policy, place, table, index))
                for what, now in _changed(policy, rule):
                    yield Mutant(f"{rule.id} {what}", rule, now, _with(policy, place, table, index, now))


def _changed(policy: Policy, rule: Rule) -> Iterator[tuple[str, Rule]]:
    yield from _outcomes(rule)
    yield from _conditions(policy, rule)
    yield from _obligations(policy, rule)


def _outcomes(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """One step more cautious, and one less."""
    for caution in (rule.outcome.caution - 1, rule.outcome.caution + 1):
        if 0 <= caution < len(OUTCOMES):
            other = OUTCOMES[caution]
            hit = dataclasses.replace(rule.hit, outcome=other)
            yield f"as {other}", dataclasses.replace(rule, outcome=other, hit=hit)


def _conditions(policy: Policy, rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Without one condition, without one of its values, or with one more."""
    for place, (fact, values) in enumerate(rule.when):
        others = (*rule.when[:place], *rule.when[place + 1 :])
        yield f"with any {fact}", dataclasses.replace(rule, when=others)
        for value in sorted(values) if len(values) > 1 else ():
            yield f"not for {fact} {value}", dataclasses.replace(rule, when=(*others, (fact, values - {value})))
        for value in sorted(policy.vocabulary[fact] - values):
            if values | {value} != policy.vocabulary[fact]:
                yield f"also for {fact} {value}", dataclasses.replace(rule, when=(*others, (fact, values | {value})))


def _obligations(policy: Policy, rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Without one thing it asks for, and with another class of hold."""
    classes = sorted(policy.holds)
    for place, asked in enumerate(rule.obligations):
        others = (*rule.obligations[:place], *rule.obligations[place + 1 :])
        yield f"without {asked.kind} {asked.code}", dataclasses.replace(rule, obligations=others)
        if asked.kind == "hold":
            other = classes[(classes.index(asked.code) + 1) % len(classes)]
            swapped = Obligation("hold", other, asked.rule)
            yield f"held as {other}", dataclasses.replace(rule, obligations=(*others, swapped))


def _with(policy: Policy, place: int, table: Table, index: int, *instead: Rule) -> Policy:
    rules = (*table.rules[:index], *instead, *table.rules[index + 1 :])
    tables = (*policy.tables[:place], dataclasses.replace(table, rules=rules), *policy.tables[place + 1 :])
    return dataclasses.replace(policy, tables=tables)
