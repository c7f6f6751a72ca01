"""Lays out hubs and messages as a person reads them at a terminal: ids, hubs and times, and never a name."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from gateway.doors.cli.laying import SHORT, WIDE, at, span

Told = Mapping[str, Any]

_STATES: Final = {
    "due": "waiting to be sent",
    "sending": "being sent",
    "uncertain": "in doubt",
    "held": "held",
    "dead": "for a person",
}
_KINDS: Final = {
    "divert": "SAFEGUARDING CONTACT",
    "referral": "referral",
    "update": "update",
    "notice": "notice",
    "envelope": "word that something waits",
    "alike": "word that two may be one",
}

_VERDICTS: Final = {"right": "Right.", "wrong": "WRONG.", "not_tested": "Not tried."}


_COMMANDS: Final = {
    "resume": "To let it go on: gateway hub resume.",
    "skip": "To let this go first: gateway skip {ahead}.",
    "hold": "To look at the hold: gateway holds list.",
    "verify": "To have it verified: gateway record verify.",
    "release": "To find out: gateway backup status.",
}
"""What a person does about something → the command that does it."""


def told(one: Told) -> None:
    """What came of an act."""
    _print(_with_command(one, one["say"]))


def hubs(found: Told) -> None:
    """Every hub of a council, a paragraph for each; those where something waits come first, the longest first."""
    _print(f"{found['council']}: {len(found['hubs'])} hubs.")
    for one in sorted(found["hubs"], key=lambda one: one["oldest"] if one["rests"] else found["now"] + 1):
        _print("")
        _print(f"{one['hub']}  {one['title']}")
        _print(_with_command(one, one["say"]), "    ")
        rests = ", ".join(f"{many} {_STATES[state]}" for state, many in one["rests"].items())
        if rests:
            since = f"{span(found['now'] - one['oldest'])}, since {at(one['oldest'])}"
            _print(f"{rests}. The oldest has waited {since}.", "    ")


def tested(found: Told) -> None:
    """What a hub that was tried out got right and wrong, a paragraph for each."""
    _print(f"{found['hub']}  {found['title']}, class {found['class']}")
    _print(found["say"])
    for one in found["found"]:
        _print("")
        _print(f"{_VERDICTS[one['verdict']]}  {one['say']}")
        if one["do"]:
            _print(one["do"], "    ")
    if not found["fit"]:
        _print("")
        _print("Once it is put right, try it again: gateway hub test.")


def messages(found: Told, *, none: str) -> None:
    """Messages that have not arrived, a paragraph for each; neighbours of which the same is to be said share one."""
    lines = found["lines"]
    if not lines:
        _print(none)
        return
    _print(f"{found['many']} messages." if found["many"] > 1 else "1 message.")
    for said, alike in groupby(lines, key=lambda one: (_head(one), _said(one))):
        _print("")
        _alike(*said, list(alike), found["now"])
    if found["many"] > len(lines):
        _print("")
        _print(f"Only the first {len(lines)} are shown. Name a hub with --hub.")


def _said(one: Told) -> str:
    return _with_command(one, f"{one['say']} {one['do']}".strip())


def _with_command(one: Told, say: str) -> str:
    command = _COMMANDS.get(one.get("act", ""), "").format(ahead=one.get("ahead", "")[:SHORT])
    return f"{say} {command}".strip()


def _head(one: Told) -> str:
    return f"{_KINDS.get(one['kind'], one['kind'])} for {one['title']}, {_STATES[one['state']]}"


def _alike(head: str, say: str, lines: Sequence[Told], now: int) -> None:
    """Messages of which the same is to be said."""
    if len(lines) == 1:
        (one,) = lines
        _print(f"{one['id'][:SHORT]}  {head}")
        _print(f"Referral {one['referral'][:SHORT]}. {_waited(one, now)}.", "    ")
        _print(say, "    ")
        if one["next"] is not None:
            _print(f"Next try: {_next(one, now)}.", "    ")
        return
    _print(f"{len(lines)} alike: {head}")
    _print(say, "    ")
    for one in lines:
        following = "" if one["next"] is None else f" Next try: {_next(one, now)}."
        line = f"{one['id'][:SHORT]}  Referral {one['referral'][:SHORT]}. {_waited(one, now)}.{following}"
        sys.stdout.write(f"    {line}\n")


def _waited(one: Told, now: int) -> str:
    return f"Since {at(one['since'])}, {span(now - one['since'])}"


def _next(one: Told, now: int) -> str:
    return "now" if one["next"] <= now else at(one["next"])


def preview(found: Told) -> None:
    """What sending again in bulk would send. Nothing has been."""
    if found["many"]:
        hubs = ", ".join(f"{many} to {hub}" for hub, many in found["hubs"].items())
        _print(f"Nothing has been sent. {found['many']} would be: {hubs}. The oldest since {at(found['oldest'])}.")
        for one in found["lines"]:
            line = f"{one['id'][:SHORT]}  {one['hub']}  {_STATES[one['state']]}  since {at(one['since'])}  {one['why']}"
            sys.stdout.write(f"{line}\n")
    else:
        _print("Nothing would be sent.")
    if found["singly"]:
        _print(
            f"{found['singly']} more may have arrived, and the hub cannot tell: look at each by itself. gateway dead"
        )
    if found["many"]:
        _print(f"To send exactly these: the same words, with --confirm {found['mark']} and --reason.")


def _print(text: str, indent: str = "") -> None:
    sys.stdout.write(textwrap.fill(text, WIDE, initial_indent=indent, subsequent_indent=indent) + "\n")
