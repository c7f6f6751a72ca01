"""What would become of one request if it were sent now, in words: a dry run of the same engine, which sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from adapters.formats.arranging import Page, arranged
from contracts.decision import Decision, Outcome
from contracts.referral import HarmLevel
from gateway.flows.decisions import words
from gateway.flows.gateway import Gateway
from gateway.flows.submissions.intake import understand
from gateway.flows.submissions.sent import Sent
from gateway.path.course import consider, promises
from gateway.path.holding import groups_in, kept_back

_URGENT: Final = (HarmLevel.SIGNIFICANT, HarmLevel.IMMEDIATE)


@dataclass(frozen=True, slots=True)
class Would:
    """What would be decided about one child, or one service.

    say  the decision in a sentence; why: what each rule says that does not simply let it through
    """

    hub: str
    outcome: str
    say: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Going:
    """What would go to one hub: what it holds, what is kept back, and the message as its reader would see it."""

    hub: str
    sends: tuple[str, ...]
    keeps_back: tuple[str, ...]
    page: Page = field(repr=False)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What would become of it all.

    ring   whom to ring now and how, where it speaks of danger; "" elsewhere
    doubts what was written and is doubtful, without what it was
    """

    ring: str
    would: tuple[Would, ...]
    going: tuple[Going, ...]
    doubts: tuple[str, ...]


async def foretold(gateway: Gateway, sent: Sent) -> Foretold:
    """What would become of this one referral. Raises SenderError as `intake.receive` does."""
    ((read, matter),) = await understand(gateway, sent)
    rules, now = gateway.rules[sent.council], gateway.now()
    council = rules.council
    assert matter is not None, "a referral that cannot be read has been refused before"
    courses, screening = consider(matter, rules, now)
    going = []
    for promise in promises(matter, courses, rules, screening, now):
        subjects = [one.candidate.subject for one in promise.decisions]
        groups = groups_in(promise.payload, matter.referral, rules.groups, subjects)
        going.append(
            Going(
                promise.hub.title,
                tuple(rules.groups.titles[group] for group in groups),
                kept_back(promise.payload, rules.groups),
                arranged(promise.payload.body, council.form),
            )
        )
    decisions = [course.decision for course in courses]
    danger = matter.referral.harm.level in _URGENT or any(one.outcome is Outcome.DIVERT for one in decisions)
    door = council.hubs[council.front_door]
    ring = f"Ring {door.title} now: {door.telephone}. Out of hours: {door.out_of_hours or 'ring 999'}."
    return Foretold(
        ring if danger else "",
        tuple(_would(course.decision, course.hub.title if course.hub else "") for course in courses),
        tuple(going),
        tuple(dict.fromkeys(f"We expected {fault.expected}. {fault.remedy}" for fault in read.faults)),
    )


def _would(decision: Decision, hub: str) -> Would:
    why = dict.fromkeys(hit.say for hit in decision.hits if hit.outcome is not Outcome.SHARE)
    say = words.foretold(decision.outcome, hub, decision.say)
    return Would(hub, str(decision.outcome), say, tuple(one for one in why if one not in say))
