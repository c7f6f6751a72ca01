"""Rules, outcomes and what changed between two versions, in words: the same on the public page and at the desk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from gateway.config.policy import Policy, Rule
from gateway.path.loosening import Less
from gateway.path.versus import Part, Row, Versus

OUTCOMES: Final = {
    "divert": "It goes to the safeguarding front door at once",
    "refuse": "It is refused",
    "return": "It goes back to whoever sent it",
    "hold": "A person looks at it first",
    "advice_only": "It goes on without a name, as an enquiry",
    "share_minimised": "It is shared, with only what is needed",
    "share": "It is shared",
}
"""Outcome → what follows for the request, most cautious first (design 3)."""

SHORT: Final = {
    "divert": "To safeguarding",
    "refuse": "Refused",
    "return": "Sent back",
    "hold": "Held",
    "advice_only": "Without a name",
    "share_minimised": "Shared, trimmed",
    "share": "Shared",
}
"""Outcome → a word or three for a table of counts."""

STATES: Final = {
    "in_force": ("In force", "blue"),
    "to_come": ("From a day to come", "turquoise"),
    "proposed": ("Put forward", "yellow"),
    "filed": ("In the files only", "grey"),
    "before": ("Earlier", "grey"),
    "aside": ("Put aside", "grey"),
}
"""Where a version stands → its tag, and the tag's colour."""

CHANGES: Final = {
    "added": ("New", "It was not there before."),
    "removed": ("Gone", "It is not there any more."),
    "loosened": ("Looser", "In some cases it is less cautious than before, or asks for less."),
    "tightened": ("Tighter", "In some cases it is more cautious than before, or asks for more."),
    "both": ("Looser and tighter", "In some cases it is less cautious than before, in others more, or asks otherwise."),
    "reworded": ("Other words", "It decides as before. Its words, what it rests on or its day of review are another."),
}
"""How a row changed → its tag, and what that means."""

PARTS: Final = {
    "holds": "Hold",
    "tasks": "Task",
    "clocks": "Clock",
    "deliveries": "Message that did not arrive",
    "record": "The record stands still",
    "flags": "What everybody is told",
    "notices": "Notice",
    "answers": "What a person may answer",
}
"""What stands beside the tables, by the fields of a policy."""


def rule_in_words(policy: Policy, rule: Rule) -> dict[str, Any]:
    """One row: its sentence, what follows, what else it asks for, what it rests on, and its codes."""
    return {
        "id": rule.id,
        "say": rule.hit.say,
        "then": OUTCOMES[str(rule.outcome)],
        "asks": list(_asks(policy, rule)),
        "when": list(_conditions(rule)),
        "cites": rule.cites,
        "review_by": rule.review_by,
    }


def row_in_words(old: Policy, new: Policy, row: Row) -> dict[str, Any]:
    """One row that changed: what it was and is, and in which cases it is looser or tighter."""
    title, means = CHANGES[row.change]
    return {
        "id": row.id,
        "table": row.table,
        "change": title,
        "means": means,
        "was": rule_in_words(old, row.was) if row.was else None,
        "now": rule_in_words(new, row.now) if row.now else None,
        "looser": [_less("No longer", old, one) for one in row.looser],
        "tighter": [_less("Now", new, one) for one in row.tighter],
    }


def part_in_words(part: Part) -> dict[str, Any]:
    """One thing beside the tables that changed."""
    return {
        "kind": PARTS[part.kind],
        "code": part.code,
        "change": CHANGES[part.change][0] if part.change in CHANGES else "Changed",
        "fields": [(_plain(name), was, now) for name, was, now in part.fields],
    }


def counts(found: Versus) -> list[tuple[str, int]]:
    """How many rows changed in which way, those that changed none left out."""
    many = [(title, sum(row.change == change for row in found.rows)) for change, (title, _) in CHANGES.items()]
    return [(title, count) for title, count in many if count]


def case_in_words(case: str) -> str:
    """A case as `boxes.in_words` has it, without the underscores of its codes."""
    return _plain(case)


def asked_in_words(policy: Policy, kind: str, code: str) -> str:
    """One thing that a rule asks for: a flag, a task, a clock, a class of hold or a notice, in its own words."""
    if kind == "hold" and code in policy.holds:
        return f"{policy.holds[code].title}. Within {policy.holds[code].within}."
    if kind in ("task", "clock"):
        known = policy.tasks if kind == "task" else policy.clocks
        return known[code].say if code in known else _plain(code)
    return {"flag": policy.flags, "notice": policy.notices}.get(kind, {}).get(code, _plain(code))


def changed_in_words(old: Policy, new: Policy, asks: Iterable[str]) -> list[str]:
    """What a case asks for now, or no longer, as `rehearsing.Changed` has it."""
    said = []
    for ask in asks:
        kind, _, code = ask.removeprefix("-").partition(":")
        gone = ask.startswith("-")
        said.append(f"{'No longer' if gone else 'Now also'}: {asked_in_words(old if gone else new, kind, code)}")
    return said


def _asks(policy: Policy, rule: Rule) -> Iterator[str]:
    for one in rule.obligations:
        yield asked_in_words(policy, one.kind, one.code)


def _conditions(rule: Rule) -> Iterator[str]:
    for fact, values in rule.when:
        yield f"{_plain(fact)}: {' or '.join(map(_plain, sorted(values)))}"


def _less(begin: str, policy: Policy, one: Less) -> str:
    """In which cases a row is looser ("No longer") or tighter ("Now")."""
    said = OUTCOMES[str(one.outcome)] if one.obligation is None else ""
    if one.obligation is not None:
        said = asked_in_words(policy, one.obligation.kind, one.obligation.code).rstrip(".")
    more = {"No longer": ", nor anything as cautious,", "Now": ", where nothing was as cautious before,"}[begin]
    return f"{begin} “{said}”{more if one.obligation is None else ''} in cases such as: {case_in_words(one.case)}."


def _plain(code: str) -> str:
    return code.replace("_", " ")
