"""Takes one story the whole way, bytes to copies, as intake and preview do, and judges what came of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache

from contracts.decision import Decision, Outcome
from contracts.referral import HarmLevel
from gateway.config.codes import load_codes
from gateway.config.mappings import load_mappings
from gateway.flows.mapping.read import Read
from gateway.flows.mapping.samples import Bench
from gateway.flows.mapping.sources import Reader
from gateway.path.course import Course, Matter, Promise, Rules, consider, promises
from gateway.path.reading import read_referral
from tests.path.copies import GROUPING, MAPPINGS, SCREENS
from tests.path.deriving import COUNCILS, POLICIES, at
from tests.realistic.stories import Story

NOW = at("2026-11-20T15:30")
"""A Friday afternoon."""

FRONT_DOORS = frozenset({"ehash", "duty_and_advice", "mash", "initial_response", "front_door"})
DOORS = {
    "front_door": FRONT_DOORS,
    "panel": frozenset({"masp", "spa_locality_1", "spa_locality_2", "spa_locality_3"}),  # Derby's clerk presents it
    "record": frozenset({"early_help_managers"}),
}
"""Kind of door → hubs. Any other hub, and a front door that also takes Early Help, is a door of Early Help."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a story.

    refused  why nothing was read at all, or why the key may not send it; "" where it was decided
    """

    story: Story
    courses: tuple[Course, ...]
    sent: tuple[Promise, ...]
    refused: str = ""

    @property
    def outcomes(self) -> frozenset[Outcome]:
        """Of every decision; what was never taken in counts as refused."""
        return frozenset(course.decision.outcome for course in self.courses) or frozenset({Outcome.REFUSE})

    @property
    def held(self) -> bool:
        """Whether a person has to act before all of it is where it belongs."""
        return Outcome.HOLD in self.outcomes

    @property
    def held_wrongly(self) -> bool:
        """Held, and nobody wanted that."""
        return self.held and Outcome.HOLD not in self.story.expect

    @property
    def leaked(self) -> tuple[str, ...]:
        """Words of the story that may not go and went."""
        text = "".join(p.payload.body.decode() for p in self.sent if p.hub.name not in FRONT_DOORS or _shares(p))
        return tuple(words for words in self.story.never if words in text)

    @property
    def shared_wrongly(self) -> bool:
        """Shared, and nobody wanted that; or shared with words that may not go."""
        shares = {Outcome.SHARE, Outcome.SHARE_MINIMISED}
        unmarked = any(d.outcome in shares and self.story.flags - _flags(d) for d in self.decisions)
        unwanted = any(d.outcome in shares and not (shares & self.story.expect) for d in self.decisions)
        whole = Outcome.SHARE in self.outcomes and Outcome.SHARE not in self.story.expect
        return unmarked or unwanted or whole or self.astray or bool(self.leaked)

    @property
    def astray(self) -> bool:
        """Something goes to another kind of door than it should."""
        to, going = self.story.to, [d for d in self.decisions if d.outcome.sends]
        if to == "early_help":
            return any(d.hub in DOORS["record"] or d.hub == "masp" for d in going)
        return any(d.hub not in DOORS[to] for d in going)

    @property
    def acceptable(self) -> bool:
        """Every decision is one that somebody sensible could live with, and goes to the right kind of door."""
        return self.outcomes <= self.story.expect and not self.shared_wrongly

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return tuple(course.decision for course in self.courses)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Each rule that made it less than a share, and what it says; or why it was never taken in."""
        said = [
            f"{hit.rule} {hit.outcome}: {hit.say}"
            for d in self.decisions
            for hit in d.hits
            if hit.outcome is not Outcome.SHARE
        ]
        return tuple(dict.fromkeys(said)) or ((self.refused,) if self.refused else ("nothing stands against it",))


def _shares(promise: Promise) -> bool:
    return any(decision.outcome is not Outcome.DIVERT for decision in promise.decisions)


@cache
def _reader() -> Reader:
    mappings = load_mappings(MAPPINGS / "sources", load_codes(MAPPINGS / "codes"))
    return Reader(mappings, Bench(MAPPINGS / "sources", mappings, "hull").compiled)


def reads(story: Story) -> list[Read]:
    """What is understood of a story's bytes."""
    written = story.written
    if written.source == "canonical":
        return [Read("", read_referral(written.content))]
    return list(_reader().read(written.source, story.council, io.BytesIO(written.content)))


def _flags(decision: Decision) -> frozenset[str]:
    return frozenset(each.code for each in decision.obligations if each.kind == "flag")


@cache
def walk(story: Story) -> Ended:
    """The whole path, one story, under the council's own rules."""
    registration = COUNCILS[story.council].senders[story.written.sender]
    rules = Rules(COUNCILS[story.council], POLICIES[story.council], GROUPING, SCREENS)
    courses: list[Course] = []
    sent: list[Promise] = []
    refused = ""
    for read in reads(story):
        if read.referral is None:
            refused = "; ".join(f"{fault.pointer} {fault.expected}" for fault in read.faults) or "not read"
            continue
        endangered = read.referral.harm.level in (HarmLevel.SIGNIFICANT, HarmLevel.IMMEDIATE)
        if read.referral.purpose not in registration.purposes and not endangered:
            refused = "the sender's key does not cover this purpose"
            continue
        matter = Matter(read.referral, read.faults, registration, f"R-{story.id}", "c" * 64)
        decided, screening = consider(matter, rules, NOW)
        courses += decided
        sent += promises(matter, decided, rules, screening, NOW)
    return Ended(story, tuple(courses), tuple(sent), refused)
