"""Decides stored facts under two policies and says whom the second would treat differently. Nothing is sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from contracts.decision import Facts, Outcome
from gateway.config.policy import Policy
from gateway.path.deciding import Verdict, evaluate

MOST_CASES: Final = 10_000
"""Changed cases that are listed one by one; all are counted."""


@dataclass(frozen=True, slots=True)
class Case:
    """A decision as it is stored: its id, its referral's, and the facts as canonical JSON of codes."""

    decision: str
    referral: str
    facts: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One case that would have been treated differently, and the words of both policies for it.

    asks  obligations that the second has and the first had not, and the reverse with a minus, such as `-flag:urgent`
    """

    decision: str
    referral: str
    was: Outcome
    would_be: Outcome
    rules: tuple[str, ...]
    say: str
    asks: tuple[str, ...]


@dataclass(slots=True)
class Rehearsal:
    """What a rehearsal found. Of `replayed` cases, `counts` has (was, would be) → how many.

    cannot   cases whose stored facts do not hold all that the second policy asks: counted, never guessed
    changed  the first 10,000 that would have been treated differently; `more` counts the rest
    """

    replayed: int = 0
    cannot: int = 0
    counts: Counter[tuple[Outcome, Outcome]] = field(default_factory=Counter)
    changed: list[Changed] = field(default_factory=list)
    more: int = 0

    @property
    def differing(self) -> int:
        """How many would have been treated differently, by outcome or by what is asked of people."""
        return len(self.changed) + self.more


def rehearse(cases: Iterable[Case], old: Policy, new: Policy) -> Iterator[Rehearsal]:
    """The rehearsal as it stands after each case: one object, that grows. Time grows with the number of cases.

    Cases with the same facts are decided once, so that a year of them costs little more than reading them.
    """
    rehearsal, known = Rehearsal(), dict[str, tuple[Verdict, Verdict] | None]()
    for case in cases:
        if case.facts not in known:
            known[case.facts] = _verdicts(case.facts, old, new)
        verdicts = known[case.facts]
        if verdicts is None:
            rehearsal.cannot += 1
        else:
            _count(rehearsal, case, *verdicts)
        yield rehearsal


def _verdicts(text: str, old: Policy, new: Policy) -> tuple[Verdict, Verdict] | None:
    values = json.loads(text)
    if any(values.get(fact) not in known for fact, known in new.vocabulary.items()):
        return None
    facts = Facts(values)
    return evaluate(old, facts), evaluate(new, facts)


def _count(rehearsal: Rehearsal, case: Case, was: Verdict, now: Verdict) -> None:
    rehearsal.replayed += 1
    rehearsal.counts[was.outcome, now.outcome] += 1
    before, after = _asked(was), _asked(now)
    if was.outcome is now.outcome and before == after:
        return
    if len(rehearsal.changed) == MOST_CASES:
        rehearsal.more += 1
        return
    say = " ".join(hit.say for hit in now.hits if hit.rule in now.deciding)
    asks = (*sorted(after - before), *sorted(f"-{one}" for one in before - after))
    changed = Changed(case.decision, case.referral, was.outcome, now.outcome, now.deciding, say, asks)
    rehearsal.changed.append(changed)


def _asked(verdict: Verdict) -> frozenset[str]:
    return frozenset(f"{one.kind}:{one.code}" for one in verdict.obligations)
