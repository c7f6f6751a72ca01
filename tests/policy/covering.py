"""Chooses the fewest small cases that notice every wrong row, and writes each with a sentence to be reviewed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from gateway.config.policy import Policy, Rule
from gateway.config.yamlfile import plainly
from tests.policy.decisions import FOLDER, Golden, agrees, decided, touches
from tests.policy.mutants import Mutant, mutants
from tests.policy.policies import POLICIES, usual

LARGEST: Final = 4
"""Facts in which a case may differ from a clean referral, where fewer can do."""

HEAD: Final = """\
# Golden decisions of {name}: the whole answer to small cases, each told in a sentence.
# `python -m tests.policy --write` proposes cases for rows that have none; somebody reads every one before it is kept.
decisions:
"""


def chosen(name: str) -> list[dict[str, str]]:
    """Facts of the cases to keep: together they notice every mutant that any candidate notices."""
    policy = POLICIES[name]
    ordinary = usual(policy)
    left = list(mutants(policy, additional=name != "base"))
    found = {_key(case): case for case in _candidates(policy, name, ordinary)}
    notices = {key: _noticed(name, left, case, ordinary) for key, case in found.items()}
    alive = set().union(*notices.values())
    kept: list[dict[str, str]] = []
    while alive:
        key = max(notices, key=lambda one: (len(notices[one] & alive) / (4 + len(found[one])), one))
        kept.append(found[key])
        alive -= notices[key]
    return kept


def _noticed(name: str, all_of: list[Mutant], case: Mapping[str, str], ordinary: Mapping[str, str]) -> set[int]:
    whole, right = {**ordinary, **case}, decided(name, POLICIES[name], case)
    near = ((number, mutant) for number, mutant in enumerate(all_of) if touches(mutant, whole))
    return {number for number, mutant in near if not agrees(name, mutant.policy, right)}


def _candidates(policy: Policy, name: str, ordinary: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """For each row: cases it matches, with every value it takes, and near misses, one for each value it does not."""
    own = [rule for table in policy.tables if table.additional is (name != "base") for rule in table.rules]
    singles: list[dict[str, str]] = []
    for rule in own:
        for met in _met(rule, ordinary):
            for fact, _ in rule.when:
                singles += [_less({**met, fact: value}, ordinary) for value in sorted(policy.vocabulary[fact])]
    yield from singles
    for one, two in itertools.combinations(singles, 2):
        both = {**one, **two}
        if len(both) <= LARGEST and all(one.get(fact, value) == value for fact, value in two.items()):
            yield both


def _met(rule: Rule, ordinary: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The smallest case that a row matches, for each value of its narrowest condition."""
    yield {fact: ordinary[fact] if ordinary[fact] in values else min(values) for fact, values in rule.when}


def _less(case: Mapping[str, str], ordinary: Mapping[str, str]) -> dict[str, str]:
    return {fact: value for fact, value in case.items() if ordinary[fact] != value}


def _key(case: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(case.items()))


@cache
def _phrases() -> dict[str, dict[str, str]]:
    read: dict[str, dict[str, str]] = plainly(Path(__file__).with_name("phrases.yaml"))
    return read


def sentence(facts: Mapping[str, str]) -> str:
    """A case in words: "The family refused, and harm is possible."."""
    said = [_phrases()[fact][value] for fact, value in facts.items()]
    told = ", and ".join(said) if len(said) < 3 else "; ".join(said)
    return f"{told[:1].upper()}{told[1:]}." if told else "A clean referral."


def written(name: str, kept: tuple[Golden, ...] = ()) -> str:
    """The file: cases that somebody reviewed stay as they are where they still hold, new ones are proposed."""
    policy = POLICIES[name]
    said = {_key(case.facts): case.say for case in kept}
    order = {fact: place for place, fact in enumerate(sorted(policy.vocabulary, key=list(usual(policy)).index))}
    lines = [HEAD.format(name="the base tables" if name == "base" else name.replace("_", " ").title())]
    cases = [dict(sorted(case.items(), key=lambda item: order[item[0]])) for case in chosen(name)]
    for facts in sorted(cases, key=lambda case: (len(case), [order[fact] for fact in case], list(case.values()))):
        lines.append(_row(decided(name, policy, facts), said.get(_key(facts)) or sentence(facts)))
    return "".join(lines)


def _row(case: Golden, say: str) -> str:
    facts = ", ".join(f"{fact}: {_quoted(value)}" for fact, value in case.facts.items())
    row = [f'  - say: "{say}"\n', f"    facts: {{{facts}}}\n", f"    outcome: {case.outcome}\n"]
    for name in ("decide", "beside", "asks"):
        if values := getattr(case, name):
            row.append(f"    {name}: [{', '.join(values)}]\n")
    return "".join(row)


def _quoted(value: str) -> str:
    return f'"{value}"' if value in ("yes", "no") else value


def write(name: str, kept: tuple[Golden, ...]) -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.yaml").write_text(written(name, kept))
