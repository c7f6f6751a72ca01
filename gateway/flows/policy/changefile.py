"""The policy change file: what a version changed and why, how it was proved and tried, and who approved it.

One for each version (governance 2.2), made of the store and the record, for people to read, print and file. It grows
with how much changed and not with what was decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from contracts.errors import NotFound
from gateway.config.policy import Policy
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.policy import policybook, rulewords
from gateway.flows.policy.policybook import Act, Version
from gateway.path.calendar import LONDON
from gateway.path.invariants import INVARIANTS
from gateway.path.versus import Versus

PROVED: Final = (
    "Some rule of each base table covers every case.",
    "No rule is hidden by others, and every pair that can hide each other is listed.",
    "Each fact, value, flag, task and hold that a rule names is known.",
)
"""What is proved of every version before it can be put forward, besides the promises: over every case, not by trial."""


@dataclass(frozen=True, slots=True)
class ChangeFile:
    """One version's. instead: what it takes the place of, None for the first; found: what is another in it."""

    one: Version
    instead: Version | None
    found: Versus | None
    approved: tuple[Act, ...]
    rehearsed: tuple[Act, ...]
    roles: dict[str, str]

    @property
    def promises(self) -> tuple[str, ...]:
        """What is promised of every policy, and proved."""
        return tuple(one.say for one in INVARIANTS)


async def change_file(gateway: Gateway, who: Acting, digest: str) -> ChangeFile:
    """The change file of one version. Raises NotYourRole, NotFound."""
    found = await policybook.versions(gateway, who)
    one = next((each for each in found if each.digest == digest), None)
    if one is None:
        raise NotFound("There is no policy of that name here.")
    instead = policybook.before(found, one)
    if instead is not None and instead.digest == one.digest:
        instead = None
    between = await policybook.compared(gateway, who, instead.policy, one.policy) if instead else None
    acts = await policybook.acts(gateway, who, digest)
    approved = tuple(act for act in acts if act.kind == "approved" and act.by != one.proposed_by)
    rehearsed = tuple(act for act in acts if act.kind == "rehearsed")
    roles = {name: role.title for name, role in who.council.roles.items()}
    return ChangeFile(one, instead, between, approved, rehearsed, roles)


def as_text(file: ChangeFile, council: str) -> str:
    """The same as plain text, to keep outside."""
    return "\n".join(_lines(file, council)) + "\n"


def tried(act: Act) -> dict[str, Any]:
    """What the record keeps of a rehearsal, in words: days, how many, and old outcome by new."""
    said = act.said
    pairs = (pair.partition(">") for pair in said.get("counts", {}))
    counts = [
        (rulewords.SHORT[was], rulewords.SHORT[would], said["counts"][f"{was}>{would}"], was != would)
        for was, _, would in pairs
    ]
    return {
        "purpose": said.get("purpose", ""),
        "days": said.get("days"),
        "replayed": said.get("replayed", 0),
        "cannot": said.get("cannot", 0),
        "different": said.get("different", 0),
        "counts": sorted(counts, key=lambda one: (not one[3], -one[2])),
    }


def _lines(file: ChangeFile, council: str) -> Iterator[str]:
    one = file.one
    yield f"{council}: policy change file of {one.policy.id} {one.policy.version}"
    yield f"SHA-256 of the words: {one.digest}"
    yield rulewords.STATES[one.state][0] + (f", from {when(one.starts)}" if one.starts is not None else "")
    if file.instead:
        yield f"In place of: {file.instead.policy.version}, SHA-256 {file.instead.digest}"
    yield ""
    yield "WHY"
    yield one.why or "Nobody wrote why."
    if one.proposed_by:
        yield f"Put forward by {one.proposed_by}."
    yield ""
    yield "WHAT CHANGED"
    if file.found is None or file.instead is None:
        yield "It is the first."
    else:
        yield from changes(file.instead.policy, file.one.policy, file.found)
    yield ""
    yield "PROVED OF EVERY CASE"
    yield from (f"- {say}" for say in (*PROVED, *file.promises))
    yield ""
    yield "TRIED ON WHAT CAME BEFORE"
    yield from _tried(file)
    yield ""
    yield "APPROVED BY"
    for act in file.approved:
        how = act.said.get("how", "")
        yield f"- {file.roles.get(act.role, act.role)}: {act.by}, {when(act.at)}, {how}; entry {act.entry}"
    if not file.approved:
        yield "Nobody."
    if one.starts is not None:
        yield f"Published by {one.by}, {when(one.at)}; entry {one.entry}"


def changes(old: Policy, new: Policy, found: Versus) -> Iterator[str]:
    """What is another in a version, a line each: its rows, what stands beside them, and whether anything is looser."""
    if not found:
        yield "Nothing but its version and its day."
    for row in found.rows:
        told = rulewords.row_in_words(old, new, row)
        yield f"- {told['id']} ({told['table']}): {told['change']}."
        for name, side in (("was", told["was"]), ("is", told["now"])):
            if side:
                yield f"    {name}: {side['say']} {side['then']}. [{'; '.join(side['when']) or 'in every case'}]"
        yield from (f"    {say}" for say in (*told["looser"], *told["tighter"]))
    for part in map(rulewords.part_in_words, found.parts):
        yield f"- {part['kind']} {part['code']}: {part['change']}."
        yield from (f"    {name}: {was or 'nothing'} -> {now or 'nothing'}" for name, was, now in part["fields"])
    yield from (f"    groups.yaml {line}" for line in found.groups)
    yield "It loosens nothing." if not found.loosened else "It may be less cautious:"
    yield from (f"- {rulewords.case_in_words(say)}" for say in found.loosened)


def _tried(file: ChangeFile) -> Iterator[str]:
    for act in file.rehearsed:
        told = tried(act)
        yield f"- {act.by} as {file.roles.get(act.role, act.role)}, {when(act.at)}: {told['purpose']} Entry {act.entry}"
        if told["days"]:
            yield f"    Decisions from {when(told['days'][0])} to {when(told['days'][1])}."
        replayed, different, cannot = told["replayed"], told["different"], told["cannot"]
        yield f"    {replayed} tried, {different} would have been different, {cannot} cannot be told."
        yield from (f"    {many} {was} -> {would}" for was, would, many, _ in told["counts"])
    if not file.rehearsed:
        yield "Nobody has rehearsed it."


def when(ms: int | None) -> str:
    """ms UTC as a day and time in London."""
    return "" if ms is None else f"{datetime.fromtimestamp(ms / 1_000, LONDON):%-d %B %Y, %H:%M}"
