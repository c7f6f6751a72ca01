"""What break-glass lets a person do: read what was sent about one child, and tell the front door (governance 5.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Row

from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound
from contracts.recorded import PersonFact
from gateway.flows.acting import Acting
from gateway.flows.decisions import recorded, words
from gateway.flows.decisions.again import decide_again, load
from gateway.flows.decisions.deed import Deed
from gateway.flows.decisions.filed import read_filed
from gateway.flows.decisions.tokens import tokens_of_person
from gateway.flows.entry import READER, write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.opening import READ
from gateway.flows.oversight.children import requests
from gateway.flows.oversight.glass import lasting, why_of
from gateway.path.course import Course, Matter, consider
from gateway.store import content
from gateway.store.tables import REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

ANSWER: Final = "front_door"
"""The answer of `answers.yaml` that sends everything to the safeguarding front door."""

_REASON: Final = 10


async def read(gateway: Gateway, who: Acting, name: str, referral: str) -> dict[str, Any]:
    """What the sender wrote, once the record says who reads it. Raises NotYourRole, NotFound, AnsweredAlready."""
    who.must_be_let("glass.break")

    def work(tx: Tx) -> dict[str, Any]:
        row = _theirs(gateway, tx, who, name, referral)
        stored = REFERRAL.select().where(REFERRAL.c.council == row.council, REFERRAL.c.id == referral)
        body = content.get(tx, row.council, tx.execute(stored).one().filed)
        if body is None:
            raise NotFound("What the sender wrote has been erased. The record of the decision stays.")
        said = who.said | {"glass": row.id, "purpose": why_of(tx, row)}
        write_entry(tx, row.council, referral, READ, said, section=READER)
        return read_filed(body)[0].model_dump(mode="json", exclude_defaults=True)

    return await gateway.writer.submit(Write(work))


async def divert(gateway: Gateway, who: Acting, name: str, referral: str, reason: str) -> dict[str, object]:
    """Record that the child may suffer significant harm: the rules then send everything to the front door at once.

    Raises NotYourRole, NotFound, NoSuchAnswer without a reason, AnsweredAlready where the front door has it already.
    """
    who.must_be_let("glass.break")
    if len(reason.strip()) < _REASON:
        raise NoSuchAnswer("Write in a sentence what makes you think that the child is in danger.")

    def work(tx: Tx) -> dict[str, object]:
        glass = _theirs(gateway, tx, who, name, referral)
        row, matter = load(gateway, tx, who.council.name, referral)
        told = [
            one
            for subject in _subjects(gateway, glass, matter)
            for one in _diverted(gateway, tx, who, (row, matter, subject), (glass.id, reason.strip()))
        ]
        if not told:
            raise AnsweredAlready("The front door has been told of this already.")
        return {"state": "decided", "outcome": "divert", "say": words.decided(*_now(gateway, tx, who, referral))}

    told = await gateway.writer.submit(Write(work))
    gateway.wake()
    return told


def _theirs(gateway: Gateway, tx: Tx, who: Acting, name: str, referral: str) -> Row[Any]:
    """Their break-glass, if it lasts and this request is about its child."""
    row = lasting(tx, who, name, gateway.now())
    if referral not in {one["id"] for one in requests(tx, who, row.token)}:
        raise NotFound("There is nothing of that kind here.")
    return row


def _subjects(gateway: Gateway, glass: Row[Any], matter: Matter) -> Sequence[str]:
    """Ids of the children it is about: the one that was looked for, or all where that was an adult."""
    keys, rules = gateway.keys[glass.council], gateway.rules[glass.council]
    courses, _ = consider(matter, rules, glass.at)
    children = list(dict.fromkeys(one.decision.candidate.subject for one in courses))
    sought = {
        person.id
        for person in matter.referral.people
        if glass.token in tokens_of_person(keys, person.model_dump(mode="json", exclude_defaults=True))
    }
    return [one for one in children if one in sought] or children


def _diverted(
    gateway: Gateway, tx: Tx, who: Acting, about: tuple[dict[str, Any], Matter, str], said: tuple[str, str]
) -> list[PersonFact]:
    """Record it for one child and decide again. Returns what was recorded: nothing where that is known already."""
    (row, matter, subject), (glass, reason), council = about, said, who.council.name
    courses, _ = consider(matter, gateway.rules[council], tx.now)
    answer = (gateway.policy(council).answers or gateway.catalogue.answers)[ANSWER]
    of = [one for one in courses if one.decision.candidate.subject == subject]
    open_to_it = [one for one in of if one.decision.facts.values.get(answer.fact, "") in answer.instead]
    facts = [
        PersonFact(
            fact=answer.fact,
            was=one.decision.facts.values[answer.fact],
            value=answer.value,
            subject=subject,
            hub=one.decision.candidate.hub,
            content=matter.content,
            by=who.name,
            role=who.role,
            reason=reason,
            at=tx.now,
        )
        for one in open_to_it
    ]
    if not facts:
        return []
    people = recorded.read(tx, council, row["facts_by_people"])
    people = replace(people, facts=(*people.facts, *facts))
    row["facts_by_people"] = recorded.keep(tx, council, row["id"], row["facts_by_people"], people)
    deed = Deed(who.name, subject, frozenset(one.hub for one in facts), ANSWER, _said(who, glass, facts[0], open_to_it))
    decide_again(gateway, tx, row, replace(matter, persons=people.facts), deed=deed)
    return facts


def _said(who: Acting, glass: str, fact: PersonFact, before: Sequence[Course]) -> Mapping[str, object]:
    """What the record keeps of it (governance 4.1)."""
    decision = before[0].decision
    told = {"choice": ANSWER, "fact": fact.fact, "was": fact.was, "value": fact.value, "reason": fact.reason}
    machine = {"outcome": str(decision.outcome), "rules": list(decision.deciding)}
    return who.said | {"glass": glass, "second_person": "", "ground": "", "basis": ""} | told | {"machine": machine}


def _now(gateway: Gateway, tx: Tx, who: Acting, referral: str) -> tuple[Any, str, str, str]:
    """What is decided now, as `words.decided` takes it."""
    _, matter = load(gateway, tx, who.council.name, referral)
    courses, _ = consider(matter, gateway.rules[who.council.name], tx.now)
    one = next((one for one in courses if str(one.decision.outcome) == "divert"), courses[0])
    hub = one.hub if one.decision.outcome.sends else None
    return one.decision.outcome, hub.title if hub else "", hub.telephone if hub else "", one.decision.say
