"""Says exactly where a proposed policy would be less cautious than another: what may take effect at once, and what not.

A table loosens where a case that one of its rows took is no longer taken by rows that are as cautious, or no longer has
an obligation that it had. The most cautious table wins, so if no table loosens, nothing does (governance 6.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from contracts.decision import Obligation, Outcome
from gateway.config.answers import Answer
from gateway.config.policy import Policy, Rule, Table
from gateway.config.policytext import files
from gateway.path.boxes import Box, Vocabulary, in_words, left_over


@dataclass(frozen=True, slots=True)
class Less:
    """One way in which a table is less cautious than another, at a row of the other.

    obligation  what is no longer asked for; None where it is the outcome that is no longer as cautious
    case        the first of the cases, as a row to read
    """

    rule: str
    outcome: Outcome
    obligation: Obligation | None
    case: str


def loosened(old: Policy, new: Policy) -> tuple[str, ...]:
    """Every way in which `new` may be less cautious than `old`, a sentence each. () is a proof that it never is."""
    return (*map(_sentence, less_cautious(old, new)), *_parts(old, new))


def less_cautious(old: Policy, new: Policy) -> Iterator[Less]:
    """Every way in which the tables of `new` are less cautious than those of `old`; turned round, where they are more
    so."""
    vocabulary = _joined(old.vocabulary, new.vocabulary)
    tables = {table.id: table for table in new.tables}
    for table in old.tables:
        yield from _rows(table, tables.get(table.id), vocabulary)


def _sentence(one: Less) -> str:
    if one.obligation is not None:
        return f"{one.rule}: no longer asks for the {one.obligation.kind} `{one.obligation.code}` where {one.case}."
    return f"{one.rule}: no longer {_plain(one.outcome)}, nor anything as cautious, where {one.case}."


def _joined(old: Mapping[str, frozenset[str]], new: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Every value that a fact has or had."""
    return {fact: old.get(fact, frozenset()) | new.get(fact, frozenset()) for fact in {**old, **new}}


def _rows(table: Table, now: Table | None, vocabulary: Vocabulary) -> Iterator[Less]:
    """What the rows of one table took and asked for, and its rows now do not."""
    rules = now.rules if now else ()
    for rule in table.rules:
        case = _bolder(table, rule, rules, vocabulary)
        if case:
            yield Less(rule.id, rule.outcome, None, case)
        for obligation in rule.obligations:
            case = _without(rule, rules, vocabulary, obligation)
            if case:
                yield Less(rule.id, rule.outcome, obligation, case)


def _bolder(table: Table, rule: Rule, rules: tuple[Rule, ...], vocabulary: Vocabulary) -> str:
    """The first case of a row that none takes as cautiously; "" if there is none. What no base row takes is held."""
    if table.additional and rule.outcome is Outcome.SHARE:
        return ""  # it only asks for something: see its obligations
    cautious = [other for other in rules if other.outcome.caution <= rule.outcome.caution]
    rest = left_over(dict(rule.when), cautious, vocabulary)
    if not table.additional and rule.outcome.caution >= Outcome.HOLD.caution:
        rest = [part for part in rest if _meets(part, rules)]
    return in_words(rest[0]) if rest else ""


def _meets(part: Box, rules: tuple[Rule, ...]) -> bool:
    return any(all(values & part.get(fact, values) for fact, values in rule.when) for rule in rules)


def _without(rule: Rule, rules: tuple[Rule, ...], vocabulary: Vocabulary, obligation: Obligation) -> str:
    """The first case of a row that has lost this obligation; "" if none has."""
    wanted = (obligation.kind, obligation.code)
    asking = [other for other in rules if any((one.kind, one.code) == wanted for one in other.obligations)]
    rest = left_over(dict(rule.when), asking, vocabulary)
    return in_words(rest[0]) if rest else ""


def _parts(old: Policy, new: Policy) -> Iterator[str]:
    """What stands beside the rows: people's time and turns, and what an outcome sends."""
    for kind, before, after in (
        ("hold", old.holds, new.holds),
        ("task", old.tasks, new.tasks),
        ("clock", old.clocks, new.clocks),
    ):
        for code, was in before.items():
            now = after.get(code)
            if now is None or replace(now, say=was.say) != was:
                yield f"The {kind} `{code}` is gone, or has other people or another time."
    for code, answer in new.answers.items():
        if code not in old.answers or _wider(old.answers[code], answer):
            yield f"The answer `{code}` is new, may be given in more cases, or asks less of who gives it."
    if files(old.text).get(_GROUPS) != files(new.text).get(_GROUPS):
        yield f"{_GROUPS} is another: whether a hub gets more is for people to say."


def _wider(was: Answer, now: Answer) -> bool:
    """Whether it may be given where it might not, or with less: without a second person, unread, or with less said."""
    if (now.fact, now.value) != (was.fact, was.value):
        return True
    if (was.second and not now.second) or (was.read and not now.read) or (now.always and not was.always):
        return True
    more = set(now.holds) - set(was.holds) or set(now.tasks) - set(was.tasks) or set(was.asks) - set(now.asks)
    instead = bool(was.instead) and (not now.instead or bool(set(now.instead) - set(was.instead)))
    return bool(more) or instead


def _plain(outcome: Outcome) -> str:
    return outcome.replace("_", " ")


_GROUPS: Final = "groups.yaml"
