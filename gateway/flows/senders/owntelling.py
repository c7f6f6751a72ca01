"""What a sender's people tell and ask about a request of theirs: an answer, what the family said, a chase, a no.

Each goes the way that their system's key would go, and the record keeps who it was beside whose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import orjson
from sqlalchemy import select

from contracts.agreement import Agreement, AgreementForm, AgreementStatus
from contracts.errors import NoSuchAnswer
from contracts.people import Person, PersonRole
from contracts.referral import Referral
from contracts.returned import AgreementTold, AnswerTold
from gateway.flows.acting import Acting
from gateway.flows.decisions.timers import clock_row
from gateway.flows.follow_up import agreeing, changes, questions
from gateway.flows.follow_up.happened import Happened, keep
from gateway.flows.follow_up.revising import newest_of
from gateway.flows.gateway import Gateway
from gateway.flows.holds.opening import DISAGREES
from gateway.flows.senders.ownreading import filed
from gateway.path.clocks import due
from gateway.path.telling import in_london, ring
from gateway.store.chance import new_id
from gateway.store.tables import CLOCK, DECISION
from gateway.store.transaction import Tx
from gateway.store.writer import Write

CHASE: Final = "tell_the_sender"
DISAGREE: Final = DISAGREES
_EVENTS: Final = {CHASE: "sender_asked", DISAGREE: "sender_disagreed"}
_LEAST: Final = 10
_CAPACITIES: Final = {
    PersonRole.CHILD: "young_person",
    PersonRole.SIBLING: "young_person",
    PersonRole.PARENT: "parent",
    PersonRole.NON_RESIDENT_PARENT: "parent",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What one person of a family said later. place: where in the request they are; on: the day they said it."""

    place: int
    status: AgreementStatus
    form: AgreementForm
    on: date


async def answer(gateway: Gateway, who: Acting, referral: str, question: str, words: str, once: str) -> str:
    """Answer a hub. once: the same for the same form sent twice. Returns what is said of it.

    Raises NotYourRole, NotFound, NoSuchAnswer, InvalidMessage.
    """
    who.must_be_let("sent.answer")
    if not words.strip():
        raise NoSuchAnswer("Write your answer.")
    body = AnswerTold(words=words, question=question).model_dump_json().encode()
    told = await questions.answer(gateway, who.caller, referral, once, body)
    return str(orjson.loads(told.body)["say"])


async def agree(gateway: Gateway, who: Acting, referral: str, said: Said, once: str) -> str:
    """Record what somebody of the family said later. Raises as `answer` does."""
    who.must_be_let("sent.agree")
    told = await gateway.writer.submit(Write(lambda tx: filed(tx, who, referral)))
    if not 0 <= said.place < len(told.people):
        raise NoSuchAnswer("Choose who said it.")
    body = AgreementTold(agreement=_agreement(told, told.people[said.place], said)).model_dump_json(exclude_none=True)
    done = await agreeing.agree(gateway, who.caller, referral, once, body.encode())
    return str(orjson.loads(done.body)["say"])


async def withdraw(gateway: Gateway, who: Acting, referral: str, reason: str) -> str:
    """The family no longer agrees to any of it. Once, however often it is said. Raises as `answer` does."""
    who.must_be_let("sent.withdraw")
    if len(reason.strip()) < _LEAST:
        raise NoSuchAnswer("Write how you know: who told you that the family no longer agrees, and when.")
    caller = replace(who.caller, person=who.said | {"reason": reason.strip()})
    return str((await changes.withdraw(gateway, caller, referral))["say"])


async def chase(gateway: Gateway, who: Acting, referral: str) -> str:
    """Ask the hub what became of it. Raises NotYourRole, NotFound, NoSuchAnswer while an earlier asking is open."""
    return await _put_before_the_hub(gateway, who, referral, CHASE, {})


async def disagree(gateway: Gateway, who: Acting, referral: str, words: str) -> str:
    """Say to the hub's manager that this is not right, and why. Raises as `chase` does."""
    if len(words.strip()) < _LEAST:
        raise NoSuchAnswer("Write in a sentence what you do not agree with, and why.")
    return await _put_before_the_hub(gateway, who, referral, DISAGREE, {"words": words.strip()})


async def _put_before_the_hub(gateway: Gateway, who: Acting, referral: str, task: str, words: Mapping[str, str]) -> str:
    """A line in the request's history, and a task with its clock for the hub's people."""
    who.must_be_let("sent.ask")
    council, caller = who.council, who.caller
    asked = gateway.policy(council.name).tasks[task]

    def work(tx: Tx) -> str:
        row, _, every = newest_of(gateway, tx, caller, "status", referral)
        until = due(asked.within, tx.now, council.hours)
        decision = _decision(tx, row["id"])
        whom = ring(council.hubs.get(decision.hub if decision else ""), council, tx.now)
        if before := _running(tx, every, task):
            raise NoSuchAnswer(f"The hub was asked already, and has until {in_london(before)}. {whom}")
        telling, code = new_id(), _EVENTS[task]
        one = Happened(telling, row["id"], "", "event", code, tx.now, caller.registration.sender, words)
        keep(gateway, tx, council, one, {"task": task}, caller.person)
        about = decision.id if decision else ""
        kind = f"task:{task}"
        tx.insert(CLOCK, clock_row(council.name, kind, row["id"], about, asked.owner, tx.now, until, times=str(tx.now)))
        return f"Asked, and kept in the record. The hub has until {in_london(until)}. If it cannot wait: {whom}"

    return await gateway.writer.submit(Write(work))


def _decision(tx: Tx, referral: str) -> Any:
    """The newest decision that stands, and its hub."""
    found = select(DECISION.c.id, DECISION.c.hub).where(
        DECISION.c.referral == referral, DECISION.c.state != "superseded"
    )
    return tx.execute(found.order_by(DECISION.c.at.desc(), DECISION.c.id).limit(1)).first()


def _running(tx: Tx, referrals: list[str], task: str) -> int | None:
    """By when the hub is to answer an earlier asking, ms UTC."""
    found = select(CLOCK.c.due_at).where(
        CLOCK.c.referral.in_(referrals), CLOCK.c.kind == f"task:{task}", CLOCK.c.state == "running"
    )
    return tx.execute(found.limit(1)).scalar()


def _agreement(referral: Referral, person: Person, said: Said) -> Agreement:
    role = person.roles[0] if person.roles else PersonRole.OTHER
    holds = any(one.person == person.id and one.parental_responsibility for one in referral.relationships)
    taken_back = said.status is AgreementStatus.WITHDRAWN
    return Agreement(
        giver=person.id,
        capacity=_CAPACITIES.get(role, "other"),
        holds_parental_responsibility=True if holds else None,
        status=said.status,
        form=said.form,
        on_date=None if taken_back else said.on,
        withdrawn_on=said.on if taken_back else None,
    )
