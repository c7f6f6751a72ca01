"""Lays two policies side by side, row by row: what is new, gone, looser, tighter, or only in other words.

Looser and tighter are proofs over every case, in both directions (`loosening`), never a guess from how a row reads.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, Final

from gateway.config.policy import Policy, Rule
from gateway.config.policytext import files
from gateway.path.loosening import Less, less_cautious, loosened

PARTS: Final = ("holds", "tasks", "clocks", "deliveries", "record", "flags", "notices", "answers")
"""What stands beside the tables, by the names of a policy's fields."""
_GROUPS: Final = "groups.yaml"


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not the same in both. Either side is None where it has no such row.

    table    its title
    differs  what is another: table, when, then, asks, say, cites, review_by
    looser   where the second is less cautious than this row was; tighter: where it is more so
    """

    id: str
    table: str
    was: Rule | None
    now: Rule | None
    differs: tuple[str, ...]
    looser: tuple[Less, ...] = ()
    tighter: tuple[Less, ...] = ()

    @property
    def change(self) -> str:
        """added, removed, loosened, tightened, both, or reworded where nothing is decided otherwise by it."""
        if self.was is None or self.now is None:
            return "added" if self.was is None else "removed"
        if self.looser and self.tighter:
            return "both"
        return "loosened" if self.looser else "tightened" if self.tighter else "reworded"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing beside the tables that is not the same in both: its kind, a name of `PARTS`, its code, and its fields
    with what each was and is; "" where it was not or is not."""

    kind: str
    code: str
    fields: tuple[tuple[str, str, str], ...]
    change: str


@dataclass(frozen=True, slots=True)
class Versus:
    """Everything in which two policies differ.

    groups    lines of `groups.yaml` that are another, with + and - before them
    loosened  every way in which the second may be less cautious, a sentence each; () is a proof that it never is
    """

    rows: tuple[Row, ...]
    parts: tuple[Part, ...]
    groups: tuple[str, ...]
    loosened: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.rows or self.parts or self.groups)


def versus(old: Policy, new: Policy) -> Versus:
    """What is another in `new` than in `old`. The time it takes is that of two proofs, whatever was ever decided."""
    looser, tighter = _by_rule(less_cautious(old, new)), _by_rule(less_cautious(new, old))
    was, now = _rules(old), _rules(new)
    rows = []
    for rule in dict.fromkeys([*was, *now]):
        (title, before), (new_title, after) = was.get(rule, ("", None)), now.get(rule, ("", None))
        differs = _differs(before, after, title, new_title)
        if differs or looser.get(rule) or tighter.get(rule):
            found = looser.get(rule, ()), tighter.get(rule, ())
            rows.append(Row(rule, new_title or title, before, after, differs, *found))
    return Versus(tuple(rows), tuple(_parts(old, new)), tuple(_groups(old, new)), loosened(old, new))


def _by_rule(found: Iterator[Less]) -> Mapping[str, tuple[Less, ...]]:
    rules: defaultdict[str, tuple[Less, ...]] = defaultdict(tuple)
    for one in found:
        rules[one.rule] += (one,)
    return rules


def _rules(policy: Policy) -> dict[str, tuple[str, Rule]]:
    return {rule.id: (table.title, rule) for table in policy.tables for rule in table.rules}


def _differs(was: Rule | None, now: Rule | None, table: str, new_table: str) -> tuple[str, ...]:
    if was is None or now is None:
        return ("added",) if was is None else ("removed",)
    pairs = {
        "table": (table, new_table),
        "when": (dict(was.when), dict(now.when)),
        "then": (was.outcome, now.outcome),
        "asks": (asked(was), asked(now)),
        "say": (was.hit.say, now.hit.say),
        "cites": (was.cites, now.cites),
        "review_by": (was.review_by, now.review_by),
    }
    return tuple(name for name, (one, other) in pairs.items() if one != other)


def asked(rule: Rule) -> tuple[tuple[str, str], ...]:
    """What a row asks for besides its outcome, as kind and code."""
    return tuple((one.kind, one.code) for one in rule.obligations)


def _parts(old: Policy, new: Policy) -> Iterator[Part]:
    for kind in PARTS:
        before, after = getattr(old, kind), getattr(new, kind)
        for code in dict.fromkeys([*before, *after]):
            was, now = _spelt(before.get(code)), _spelt(after.get(code))
            if was != now:
                fields = tuple(
                    (name, was.get(name, ""), now.get(name, ""))
                    for name in dict.fromkeys([*was, *now])
                    if was.get(name) != now.get(name)
                )
                yield Part(kind, code, fields, "added" if not was else "removed" if not now else "changed")


def _spelt(one: Any) -> dict[str, str]:
    """Its fields as text; {} for none."""
    if one is None:
        return {}
    if isinstance(one, str):
        return {"say": one}
    assert is_dataclass(one) and not isinstance(one, type)  # noqa: PT018  # every part is a sentence or a dataclass
    return {name: _text(value) for name, value in asdict(one).items() if value not in ((), "", None)}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _groups(old: Policy, new: Policy) -> Iterator[str]:
    """The lines of `groups.yaml` that differ, without those around them."""
    before, after = (files(one.text).get(_GROUPS, "").splitlines() for one in (old, new))
    for line in difflib.unified_diff(before, after, lineterm="", n=0):
        if not line.startswith(("---", "+++", "@@")):
            yield line
