"""What a hold or a task may be answered with, and what would come of each answer: a dry run of the same engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from contracts.decision import Decision
from contracts.recorded import PersonFact
from gateway.config.answers import ROUTE, Answer
from gateway.flows.decisions import words
from gateway.flows.gateway import Gateway
from gateway.flows.holds.held import Held, with_fact
from gateway.path.answered import PERSONS_MAY
from gateway.path.course import consider, promises
from gateway.path.envelope import classes, why_held
from gateway.path.holding import groups_in, kept_back

SOMEBODY = "a second person"
"""Stands for whoever confirms, in a dry run."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One answer that may be given. `hub` is the one it would choose, where it chooses one; `fact` what it records."""

    answer: Answer
    hub: str
    fact: PersonFact


def offers(gateway: Gateway, held: Held, now: int) -> tuple[Offer, ...]:
    """Every answer that this hold or task may be given now, in the order of the file. `now` in ms UTC."""
    course = held.course
    if course is None or held.clock["state"] != "running":
        return ()
    return tuple(
        Offer(answer, hub, _fact(held, course.decision, answer, hub, now))
        for answer in held.answers.values()
        if answer.answers(held.clock["kind"]) and _fits(held, course.decision, answer)
        for hub in _hubs(held, course.decision, answer)
    )


def outcome_of(held: Held, fact: PersonFact, now: int) -> dict[str, object]:
    """What would be decided, sent and kept back if this were recorded. Writes nothing. `now` in ms UTC."""
    assert held.course is not None, "only a case that is there has offers"
    before = held.course.decision.candidate
    matter = with_fact(held, replace(fact, at=now, second=fact.second or SOMEBODY))
    courses, screening = consider(matter, held.rules, now)
    mine = [
        one
        for one in courses
        if (c := one.decision.candidate).subject == before.subject and c.service == before.service
    ]
    if not mine:
        return {"outcome": "hold", "say": "It would still be held."}
    course, decision = mine[0], mine[0].decision
    hub = course.hub
    told: dict[str, object] = {
        "outcome": str(decision.outcome),
        "hub": hub.title if hub and decision.outcome.sends else "",
        "say": words.would(decision.outcome, hub.title if hub else "", decision.say),
    }
    if not decision.outcome.sends:
        return told | {"still": list(why_held(decision)), "classes": list(classes(decision))}
    (promise,) = (one for one in promises(matter, courses, held.rules, screening, now) if decision in one.decisions)
    grouping, subjects = held.rules.groups, [one.candidate.subject for one in promise.decisions]
    sends = groups_in(promise.payload, held.matter.referral, grouping, subjects)
    kept = kept_back(promise.payload, grouping)
    return told | {"sends": [grouping.titles[group] for group in sends], "keeps_back": list(kept)}


def _fits(held: Held, decision: Decision, answer: Answer) -> bool:
    """Whether a rule that asks for this hold or task reads the fact, and the answer is another value than it wants."""
    if answer.fact == ROUTE:
        return True
    was, may = _was(held, decision, answer.fact), PERSONS_MAY[answer.fact][answer.value]
    if (answer.instead and was not in answer.instead) or (may and was not in may) or was == answer.value:
        return False
    if answer.always:
        return True
    kind, _, code = held.clock["kind"].partition(":")
    asking = {o.rule for o in decision.obligations if (o.kind, o.code) == (kind, code)}
    return any(
        answer.value not in values
        for table in held.rules.policy.tables
        for rule in table.rules
        if rule.id in asking
        for fact, values in rule.when
        if fact == answer.fact
    )


def _hubs(held: Held, decision: Decision, answer: Answer) -> Iterator[str]:
    """The hubs an answer may choose from: those that take such requests. One nameless one where it chooses none."""
    if answer.fact != ROUTE:
        yield ""
        return
    for name, hub in held.rules.council.hubs.items():
        if decision.candidate.purpose in hub.purposes and not hub.front_door:
            yield name


def _was(held: Held, decision: Decision, fact: str) -> str:
    """What would hold had nobody recorded anything."""
    asked = "agreement" if fact == "human" else fact
    if decision.facts.sources.get(asked) == ("person",):
        earlier = (one for one in held.matter.persons if one.fact == asked)
        return next((one.was for one in earlier if one.subject == decision.candidate.subject), "")
    return decision.facts.values.get(asked, "")


def _fact(held: Held, decision: Decision, answer: Answer, hub: str, now: int) -> PersonFact:
    candidate = decision.candidate
    routed = answer.fact == ROUTE
    earlier = [one for one in held.matter.persons if one.fact == ROUTE and one.subject == candidate.subject]
    unrouted = max(earlier, key=lambda one: one.at).was if earlier else candidate.hub
    return PersonFact(
        fact=answer.fact,
        was=unrouted if routed else _was(held, decision, answer.fact),
        value=hub if routed else answer.value,
        subject=candidate.subject,
        hub=hub if routed else candidate.hub,
        content=held.matter.content,
        by="",
        role="",
        reason="",
        at=now,
    )
