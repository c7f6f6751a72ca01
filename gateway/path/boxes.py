"""Proves of a policy that its tables leave no gap, hide no overlap, and have no rule that can never decide.

A rule is a box: a set of values for each fact. Facts have few values, so taking boxes from boxes answers exactly,
without trying cases (governance 6.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from contracts.adapter import Fault
from contracts.decision import Outcome
from gateway.config.policy import Policy, Rule, Table

Box = Mapping[str, frozenset[str]]
"""Fact → the values it may have. A fact that is not named may have any."""
Vocabulary = Mapping[str, frozenset[str]]


def faults(policy: Policy) -> tuple[Fault, ...]:
    """Everything wrong with how the rules of a policy fit together, each at its row."""
    return (*_gap_faults(policy), *_overlap_faults(policy), *_idle_faults(policy))


def gaps(table: Table, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Cases that no rule of this table covers, as rows to read: "agreement is stale; path is early_help or update"."""
    return tuple(in_words(box) for box in left_over({}, table.rules, vocabulary))


def overlaps(table: Table) -> tuple[tuple[Rule, Rule], ...]:
    """Pairs of rules that can match together and decide differently. A council's row that only flags is none."""
    deciding = [rule for rule in table.rules if not (table.additional and rule.outcome is Outcome.SHARE)]
    pairs = combinations(deciding, 2)
    return tuple((one, two) for one, two in pairs if one.outcome is not two.outcome and _meet(one, two))


def never_decisive(policy: Policy) -> tuple[Rule, ...]:
    """Rules whose every case is taken from them.

    A rule of the same table takes a case if it is as cautious, one of the other kind (a council's row from a base rule,
    or the reverse) if it is more so. A council's row that asks for something besides does so wherever it matches.
    """
    return tuple(rule for table in policy.tables for rule in table.rules if _idle(policy, table, rule))


def left_over(box: Box, rules: Iterable[Rule], vocabulary: Vocabulary) -> list[Box]:
    """What remains of a box when every rule's box is taken out of it; the remains do not overlap."""
    remains: list[Box] = [box]
    for rule in rules:
        remains = [part for piece in remains for part in _without(piece, dict(rule.when), vocabulary)]
    return remains


def in_words(box: Box) -> str:
    """A box as a row to read."""
    conditions = (f"{fact} is {' or '.join(sorted(values))}" for fact, values in sorted(box.items()))
    return "; ".join(conditions) or "every case"


def _without(box: Box, taken: Box, vocabulary: Vocabulary) -> Iterator[Box]:
    """`box` less `taken`, cut fact by fact into boxes that do not overlap."""
    inside = dict(box)
    cut: list[Box] = []
    for fact, values in taken.items():
        mine = inside.get(fact, vocabulary[fact])
        if not mine & values:
            yield box
            return
        if mine - values:
            cut.append({**inside, fact: mine - values})
        inside[fact] = mine & values
    yield from cut


def _meet(one: Rule, two: Rule) -> bool:
    theirs = dict(two.when)
    return all(values & theirs.get(fact, values) for fact, values in one.when)


def _idle(policy: Policy, table: Table, rule: Rule) -> bool:
    if table.additional and any(obligation.kind != "hold" for obligation in rule.obligations):
        return False
    return not left_over(dict(rule.when), _above(policy, table, rule), policy.vocabulary)


def _above(policy: Policy, table: Table, rule: Rule) -> Iterator[Rule]:
    """The rules that take a case from `rule`."""
    for other_table in policy.tables:
        if other_table is table or other_table.additional is not table.additional:
            limit = rule.outcome.caution + (1 if other_table is table else 0)
            yield from (other for other in other_table.rules if other.outcome.caution < limit and other is not rule)


def _gap_faults(policy: Policy) -> Iterator[Fault]:
    for table in policy.tables:
        if not table.additional:
            for row in gaps(table, policy.vocabulary):
                yield Fault(table.position, "", f"a rule of {table.id} for every case", f"None covers: {row}.")


def _overlap_faults(policy: Policy) -> Iterator[Fault]:
    """Overlaps nobody has listed, and listed ones that are none."""
    acknowledged = _overtaken_on_purpose(policy)
    for table in policy.tables:
        found = {frozenset((one.id, two.id)): (one, two) for one, two in overlaps(table)}
        for pair, (one, two) in found.items():
            if pair not in table.overlaps_ok:
                remedy = f"It can match together with {one.id}, which decides otherwise. Add [{one.id}, {two.id}]."
                yield Fault(two.position, "", f"{two.id} in `overlaps_ok`", remedy)
        for pair in table.overlaps_ok - found.keys() - acknowledged:
            ids = ", ".join(sorted(pair))
            yield Fault(table.position, "", "pairs that overlap", f"[{ids}] do not. Take the pair away.")


def _idle_faults(policy: Policy) -> Iterator[Fault]:
    acknowledged = {rule for pair in _overtaken_on_purpose(policy) for rule in pair}
    for rule in never_decisive(policy):
        if rule.id not in acknowledged:
            remedy = f"{rule.id} never can: others are always as cautious. Take it away, or narrow the others."
            yield Fault(rule.position, "", "a rule that can decide", remedy)


def _overtaken_on_purpose(policy: Policy) -> set[frozenset[str]]:
    """Pairs in which a council says that its row always overtakes a base rule, such as A-206 by a hold (settled 42)."""
    base = {rule.id: rule for table in policy.tables if not table.additional for rule in table.rules}
    extra = {rule.id: rule for table in policy.tables if table.additional for rule in table.rules}
    listed = {pair for table in policy.tables if table.additional for pair in table.overlaps_ok}
    pairs = {frozenset((own, ruled)) for own in extra for ruled in base}
    return {pair for pair in listed & pairs if _meet(*(base.get(rule) or extra[rule] for rule in pair))}
