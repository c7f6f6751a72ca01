"""A hub asks for more, and its sender answers on the same referral (settled 46, KE-R02).

The answer becomes part of the referral: a new version of it, screened, decided again and trimmed as anything else is,
and sent to the hub that asked if the rules still let it go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from contracts.adapter import Fault
from contracts.council import Council
from contracts.delivery import DeliveryState
from contracts.errors import InvalidMessage
from contracts.returned import AnswerTold
from contracts.source import OtherAnswer
from gateway.flows.access import Caller
from gateway.flows.decisions.again import decide_again
from gateway.flows.decisions.notices import past_recipients
from gateway.flows.decisions.timers import clock_row
from gateway.flows.follow_up.happened import GIVEN, Happened, keep
from gateway.flows.follow_up.revising import Newest, newest_of, revise
from gateway.flows.gateway import Gateway
from gateway.flows.submissions.once import Telling, tell_once
from gateway.flows.submissions.sent import Answer
from gateway.path.calendar import day_of
from gateway.path.clocks import due
from gateway.path.reading import read_message
from gateway.store.tables import CLOCK, DELIVERY, EVENT
from gateway.store.transaction import Tx

TASK: Final = "answer_the_hub"
"""Whose time runs until the sender has answered."""

_OPEN: Final = (
    select(EVENT.c.id, EVENT.c.delivery, EVENT.c.happened_at, DELIVERY.c.hub)
    .join_from(EVENT, CLOCK, CLOCK.c.id == EVENT.c.id)
    .join(DELIVERY, DELIVERY.c.id == EVENT.c.delivery)
    .where(EVENT.c.referral.in_(bindparam("of", expanding=True)), CLOCK.c.state == "running")
    .order_by(EVENT.c.seq)
)
_ANSWERED: Final = (
    update(CLOCK)
    .where(CLOCK.c.id == bindparam("question"))
    .values(state="stopped", ended_at=bindparam("now"), ended_by=bindparam("who"), why=GIVEN)
)
_GOING: Final = select(DELIVERY.c.id).where(
    DELIVERY.c.referral == bindparam("of"),
    DELIVERY.c.hub == bindparam("hub"),
    DELIVERY.c.kind != "notice",
    DELIVERY.c.state == DeliveryState.DUE,
)


def ask(gateway: Gateway, tx: Tx, council: Council, one: Happened) -> str:
    """Open the question that this event asks, under the sender's clock. Returns its id, which is the event's."""
    task = gateway.policy(council.name).tasks[TASK]
    until = due(task.within, tx.now, council.hours)
    clock = clock_row(council.name, f"task:{TASK}", one.referral, "", task.owner, tx.now, until, delivery=one.delivery)
    tx.insert(CLOCK, clock | {"id": one.id})
    return one.id


async def answer(gateway: Gateway, caller: Caller, referral: str, key: str, body: bytes) -> Answer:
    """Take a sender's answer. Raises NotFound, InvalidMessage and what `tell_once` raises."""
    told, council = read_message(body, AnswerTold), gateway.council(caller.registration.council)

    def work(tx: Tx, telling: str, newest: Newest) -> Mapping[str, object]:
        row, matter, every = newest
        question = _asked(tx, every, told)
        said = OtherAnswer(question=_QUESTION.format(day=day_of(question.happened_at)), answer=told.words)
        whole = matter.referral.model_copy(update={"other_answers": (*matter.referral.other_answers, said)})
        row, matter = revise(tx, row, matter, whole)
        by = caller.registration.sender
        tx.execute(_ANSWERED, {"question": question.id, "now": tx.now, "who": by})
        one = Happened(telling, row["id"], question.delivery, "event", GIVEN, tx.now, by)
        about = {"hub": question.hub, "question": question.id}
        entry = keep(gateway, tx, council, one, about, caller.person or None)
        decide_again(gateway, tx, row, matter, renew=past_recipients(tx, row["id"]).get(question.hub, ()))
        return {"question": question.id, "entry": entry, "say": _say(tx, council, row["id"], question.hub)}

    telling = Telling(caller, "answer", referral, key, body)
    return await tell_once(gateway, telling, lambda tx: newest_of(gateway, tx, caller, "answer", referral), work)


def _asked(tx: Tx, referrals: Sequence[str], told: AnswerTold) -> Any:
    """The open question that is meant. Raises InvalidMessage where there is none, or more than one."""
    found = tx.execute(_OPEN, {"of": list(referrals)}).all()
    meant = [one for one in found if told.question in (None, one.id)]
    if not told.words.strip():
        fault = Fault("", "/words", "the answer, in words", "Write what the hub asked for.")
    elif len(meant) == 1:
        return meant[0]
    elif meant:
        ids = ", ".join(one.id for one in meant)
        fault = Fault("", "/question", "the id of one question", f"More than one is open: {ids}.")
    else:
        remedy = "Ask for the referral's status: it lists the questions. What changes the referral is a correction."
        fault = Fault("", "/question", "a question that is open", remedy)
    raise InvalidMessage("1 thing to put right.", (fault,))


def _say(tx: Tx, council: Council, referral: str, hub: str) -> str:
    title = council.hubs[hub].title if hub in council.hubs else hub
    if tx.execute(_GOING, {"of": referral, "hub": hub}).first() is not None:
        return f"Your answer goes to {title}."
    return f"Your answer is kept. The rules do not let it go to {title} now: the status says why."


_QUESTION: Final = "What the hub asked for on {day:%d/%m/%Y}"
