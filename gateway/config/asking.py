"""Reads what a person is asked who makes a referral by hand, and says on which line a question has no field.

`mappings/asking.yaml` says how each field is asked for; how it is answered follows from the published model and from
the code lists of `reading.yaml`. Which part of a page it stands in is the council's `form.yaml`'s to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import Field

from contracts.adapter import Fault
from contracts.enquiry import Asking, Control, Group, Question, Step
from contracts.identifiers import CHECKS
from contracts.payload import PayloadBody
from contracts.referral import Purpose
from gateway.config.councilfiles import Line
from gateway.config.targets import NoTarget, Target, fields_of
from gateway.config.yamlfile import Loaded, Part, load, refuse, unknown

FILE: Final = "asking.yaml"
PEOPLE: Final = "referral/people"
PAIRS: Final = "referral/relationships"
"""The one question about two people at once: each adult and each child."""

_CONTROLS: Final[Mapping[str, Control]] = {"code": "one", "choice": "one", "ref": "person", "date": "date"}


class FieldPart(Part):
    """How one field is asked for; the words are those of `contracts.enquiry.Question`."""

    ask: Line
    hint: Line = ""
    choices: dict[str, Line] = Field(default_factory=dict)
    list_: str = Field(default="", alias="list")
    only: tuple[Purpose, ...] = ()
    names: bool = False
    always: bool = False
    more: bool = False
    check: str = ""
    past: bool = False
    family: str = ""
    needs: str = ""
    unless: str = ""
    public: bool = False
    call: Line = ""


class GroupPart(Part):
    """A list of which somebody may fill in several members."""

    one: Line
    blank: int = Field(default=1, ge=1, le=5)
    ticks: bool = False


class AskingFile(Part):
    """`asking.yaml`."""

    groups: dict[str, GroupPart] = Field(default_factory=dict)
    fields: dict[str, FieldPart]


def load_asking(root: Path) -> Asking:
    """Every question, in the order of the file; none where there is no file. Raises ConfigError with every fault."""
    if not (root / FILE).is_file():
        return Asking()
    loaded = load(root / FILE, AskingFile)
    refuse(_faults(loaded))
    groups = {
        path: Group(_name(path), path, part.one, part.blank, part.ticks) for path, part in loaded.model.groups.items()
    }
    return Asking(tuple(_question(at, part, groups) for at, part in loaded.model.fields.items()), groups)


def _question(at: str, part: FieldPart, groups: Mapping[str, Group]) -> Question:
    path = re.sub(r"\[[^\]]*\]", "", at)
    target = fields_of(PayloadBody, path.replace("/", "."))[-1]
    group = next((name for name in groups if at.startswith(f"{name}/")), "")
    inside = group or (PEOPLE if at.startswith(f"{PEOPLE}/") else "referral")
    return Question(
        name=_name(at),
        steps=_steps(at.removeprefix(f"{inside}/")),
        path=path,
        ask=part.ask,
        control="one" if path == PAIRS else _control(target),
        hint=part.hint,
        group=group,
        choices=part.choices,
        codes=part.list_,
        only=tuple(part.only),
        names=part.names,
        always=part.always,
        more=part.more,
        check=part.check,
        past=part.past,
        beside=part.family,
        needs=_name(part.needs) if part.needs else "",
        unless=_name(part.unless) if part.unless else "",
        public=part.public,
        call=part.call,
        limit=target.longest,
    )


def _control(target: Target) -> Control:
    if target.kind == "yes_no":
        return "tick" if target.flag else "yes_no"
    if target.kind == "text":
        return "lines" if target.many else "text" if target.longest > 500 else "line"
    found = _CONTROLS[target.kind]
    return "several" if target.many and found == "one" else found


def _steps(at: str) -> tuple[Step, ...]:
    """`views[whose=child]/said` as steps."""
    found = []
    for part in re.findall(r"[^/\[]+(?:\[[^\]]*\])?", at):
        name, _, inner = part.partition("[")
        key, _, value = inner.rstrip("]").partition("=")
        found.append(Step(name, (((key, value),) if key else ()) if "[" in part else None))
    return tuple(found)


def _name(at: str) -> str:
    """What a field of a form is called: `views-child-said`."""
    plain = re.sub(r"\[(?:[a-z_]+=)?([^\]]*)\]", r"-\1", at.removeprefix("referral/"))
    return re.sub(r"-+", "-", re.sub(r"[^a-z0-9_]+", "-", plain.lower())).strip("-")


def _faults(loaded: Loaded[AskingFile]) -> Iterator[Fault]:
    named = {_name(at): at for at in loaded.model.fields}
    for at, part in loaded.model.fields.items():
        where = ("fields", at)
        yield from _path_faults(loaded, at, groups=tuple(loaded.model.groups))
        if part.check and part.check not in CHECKS:
            yield loaded.fault(*where, "check", expected="a check", remedy=unknown(part.check, CHECKS))
        for word, other in (("needs", part.needs), ("unless", part.unless)):
            if other and _name(other) not in named:
                remedy = unknown(other, loaded.model.fields)
                yield loaded.fault(*where, word, expected="a question of this file", remedy=remedy)


def _path_faults(loaded: Loaded[AskingFile], at: str, groups: tuple[str, ...]) -> Iterator[Fault]:
    """Where a question's path leads nowhere, or through a list without saying which member."""
    place, expected = loaded.at_name("fields", at), "a field of a referral"
    try:
        targets = fields_of(PayloadBody, re.sub(r"\[[^\]]*\]", "", at).replace("/", "."))
    except NoTarget as error:
        near = f"Did you mean `{error.near.replace('.', '/')}`?" if error.near else "Take it away."
        yield Fault(place, "", expected, near)
        return
    parts = re.findall(r"[^/\[]+(?:\[[^\]]*\])?", at)
    for number, (part, target) in enumerate(zip(parts, targets, strict=True)):
        so_far = "/".join(parts[: number + 1])
        listed = target.part is not None and target.many
        if "[" in part and not listed:
            yield Fault(place, "", expected, f"`{part.partition('[')[0]}` is no list of parts: take the brackets away.")
        elif listed and "[" not in part and so_far not in (PEOPLE, PAIRS, *groups):
            yield Fault(place, "", expected, f"`{part}` is a list: say which member, as `{part}[]`.")
    last = targets[-1]
    if (last.kind == "part" and at != PAIRS) or last.kind not in ("part", "text", "yes_no", *_CONTROLS):
        yield Fault(place, "", expected, "It cannot be asked for as it is: name the fields inside it.")
