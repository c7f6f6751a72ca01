"""Lays out what the desk answers as a person reads it at a terminal: short lines, plain words, no colour that means."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from gateway.path.calendar import LONDON

Told = Mapping[str, Any]
WIDE: Final = 100
SHORT: Final = 8
"""Characters of an id that are shown."""


def lines(found: Sequence[Told], *, what: str) -> None:
    """A list of holds or tasks, a paragraph for each."""
    if not found:
        _print(f"No {what} waits for you.")
        return
    _print(f"{len(found)} {what}s, the first due first." if len(found) > 1 else f"1 {what}.")
    for one in found:
        _print("")
        _print(f"{one['id'][:SHORT]}  {_marked(one)}")
        _print(f"From {one['sender']}{' for ' + one['hub'] if one['hub'] else ', no hub yet'}.", "    ")
        _print(f"{turn(one)} {waiting(one)}", "    ")


def case(one: Told) -> None:
    """One hold or task: envelope, why, agreement, and every answer with what would come of it."""
    _print(f"{_marked(one)}  ({one['id'][:SHORT]}, referral {one['referral'][:SHORT]})")
    _print(one["say"])
    for heading, body in _envelope(one):
        _print(f"{heading + ':':<14}{body}", "", " " * 14)
    _part("Why", (f"{why['say']}  [{why['rule']}]" for why in one["why"]))
    _part("What the hub is told besides", one["flags"])
    _part("Agreement", one["agreement"])
    _part("May be the same child or family", _alike(one["alike"]))
    if one["proposed"]:
        _part("Waits for a second person", [_recorded(one["proposed"])])
    _part("What people recorded", (_recorded(fact) for fact in one["decided"]))
    if one["answers"] or one["direct"]:
        _part("You may answer with any of these. They stand in no order of merit.", (), always=True)
        for offer in one["answers"]:
            _offer(offer)
        for choice in one["direct"]:
            _answer(choice, *_DIRECT[choice])
    _print("")
    _print(one["emergency"])


def _marked(one: Told) -> str:
    return f"TEST: {one['title']}" if one["test"] else str(one["title"])


def turn(one: Told) -> str:
    """Whose turn it is, or who has taken it."""
    if one["state"] != "running":
        return "It has ended."
    return f"Taken by {one['taken_by']}." if one["taken_by"] else f"It is the turn of: {one['turn']}."


def waiting(one: Told) -> str:
    """Since when, and how long there is."""
    since, late = at(one["since"]), one["now"] - one["due"]
    if one["state"] != "running":
        return f"It began {since}."
    if late >= 0:
        return f"Since {since}. OVERDUE by {span(late)}."
    return f"Since {since}. Due {at(one['due'])}, in {span(-late)}."


def span(milliseconds: int) -> str:
    """A length of time in the largest unit that says something."""
    minutes = milliseconds // 60_000
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def at(ms: int) -> str:
    """An instant as it is read in London."""
    return f"{datetime.fromtimestamp(ms / 1000, LONDON):%a %-d %b %Y, %H:%M}"


def told(one: Told) -> None:
    """What came of an act."""
    _print(one["say"] + (" They say: gateway holds confirm." if one.get("state") == "proposed" else ""))
    if one.get("ask"):
        _print(f"{one['ask']} Say so with: gateway holds answer.")


def content(one: Told) -> None:
    """What a referral holds, or what is copied out of it."""
    _print("")
    if one.get("copy"):
        _print("Ready to copy. Each heading goes into both systems as it stands.")
        for heading, text in one["copy"].items():
            _print("")
            _print(f"{heading}:")
            _print(text or "The sender wrote nothing here.")
        return
    _print("What the sender wrote. The record says that you read it.")
    for name, value in one["referral"].items():
        if name not in _NOT_TOLD:
            _print("")
            _spelt(name, value, 0)


def report(one: Told) -> None:
    """A month's holds as a table."""
    _print(f"{one['council']}, {one['month']}: {one['ended']} holds ended.")
    if not one["rows"]:
        return
    _print("A hold of two rules counts at each of them.")
    _print("")
    heads = ("Rule", "Class", "Ended", "By people", "By itself", "Needed", "Not needed", "Not said")
    names = ("rule", "class", "ended", "by_people", "by_itself", "needed", "not_needed", "not_said")
    table = [heads, *(tuple(str(row[name]) for name in names) for row in one["rows"])]
    widths = [max(len(row[place]) for row in table) for place in range(len(heads))]
    for row in table:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")


_NOT_TOLD: Final = ("schema_version", "council", "source", "provenance", "policy_version")


def _spelt(name: str, value: Any, depth: int) -> None:
    """One field and whatever is in it, each on a line of its own."""
    said, indent = name.replace("_", " ").capitalize(), "  " * depth
    if isinstance(value, dict):
        _print(f"{said}:", indent)
        for inner, below in value.items():
            _spelt(inner, below, depth + 1)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for place, item in enumerate(value, 1):
            _spelt(f"{said} {place}" if len(value) > 1 else said, item, depth)
    else:
        plain = ", ".join(map(str, value)) if isinstance(value, list) else value
        text = {True: "yes", False: "no"}.get(plain, plain) if isinstance(plain, bool) else plain
        _print(f"{said}: {text}", indent, f"{indent}  ")


def _envelope(one: Told) -> Iterator[tuple[str, str]]:
    yield "From", one["sender"]
    yield "For", one["hub"] or "no hub yet"
    yield "Age", one["age_band"]
    yield "Turn", f"{turn(one)} {waiting(one)}"
    yield "Ring", one["ring"]
    yield "Whose data", one["whose_data"]


def _offer(offer: Told) -> None:
    would = offer["would"]
    choice = offer["answer"] + (f" --hub {offer['hub']}" if offer["hub"] else "")
    needs = ["a reason", *(f"--{asked}" for asked in offer["asks"] if asked != "hub")]
    needs += ["a second person"] if offer["second"] else []
    needs += ["that you have read it with --open"] if offer["read"] else []
    _answer(choice, f"{offer['title']}. {offer['say']}", f"Needs {_and(needs)}.")
    _print(f"Then: {would['say']}", _IN)
    if would.get("sends") and would["outcome"] != "divert":
        _print(f"Sent: {_list(would['sends'])}", _IN)
    if would.get("keeps_back"):
        _print(f"Kept back: {_list(would['keeps_back'])}", _IN)


def _answer(choice: str, *says: str) -> None:
    _print("")
    _print(f"--answer {choice}", "  ")
    for say in says:
        _print(say, _IN)


def _list(sentences: Sequence[str]) -> str:
    return " ".join(sentences)


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


_IN: Final = " " * 6
_NEEDS: Final = "Needs a reason and --review, the day to look at it again. Nothing is sent."
_DIRECT: Final = {
    "refuse": ("Decide not to share.", _NEEDS),
    "close": ("End it without sharing: it was solved another way.", _NEEDS),
    "reopen": ("Take back that it is not shared. The rules are asked anew.", "Needs a reason."),
}


def _recorded(fact: Told) -> str:
    second = f", confirmed by {fact['second']}" if fact["second"] else ""
    reason = f": {fact['reason']}" if fact["reason"] else ""
    return f"{fact['title']} ({fact['by']} as {fact['role']}{second}, {fact['at'][:10]}){reason}"


def _alike(others: Sequence[Told]) -> Iterator[str]:
    yield from (_like(other) for other in others[:_FEW])
    if len(others) > _FEW:
        yield f"And {len(others) - _FEW} more."


_FEW: Final = 5


def _like(other: Told) -> str:
    what = "The same child" if other["is"] == "possible_duplicate" else "Somebody of the same family"
    return f"{what} may be in {other['referral'][:SHORT]}, from {other['sender']}, received {other['received'][:10]}."


def _part(heading: str, body: Iterable[str], *, always: bool = False) -> None:
    said = list(body)
    if said or always:
        _print("")
        _print(heading)
        for line in said:
            _print(line, "  - ", "    ")


def _print(text: str, first: str = "", then: str | None = None) -> None:
    indent = first if then is None else then
    wrapped = textwrap.wrap(text, WIDE, initial_indent=first, subsequent_indent=indent) or [""]
    sys.stdout.write("\n".join(wrapped) + "\n")
