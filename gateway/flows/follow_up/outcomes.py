"""The way back: a hub's own system says what happened to what it was sent, and what it decided (settled 40, 46).

An answer about a message of which not a byte has left is refused. One that comes while it is being sent, or after the
hub did not confirm it, is taken: only whoever has the message knows its id. A later outcome stands instead of an
earlier one, and both are kept; "later" is when it happened, so that a table that comes at night overthrows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import bindparam, select

from contracts.adapter import Fault
from contracts.delivery import DeliveryState, Result
from contracts.errors import InvalidMessage, NotFound, NotSentYet
from contracts.events import OUTCOMES, TOLD
from contracts.outcomes import HubOutcome, outcomes_of
from contracts.returned import EventTold, OutcomeTold
from gateway.config.yamlfile import nearest
from gateway.flows.access import Caller, hub_relation, permit_operation
from gateway.flows.decisions import notices
from gateway.flows.follow_up.happened import ASKED, GIVEN, Happened, keep
from gateway.flows.follow_up.questions import ask
from gateway.flows.gateway import Gateway
from gateway.flows.submissions.once import Telling, tell_once
from gateway.flows.submissions.sent import Answer
from gateway.path.reading import read_message
from gateway.store.tables import ATTEMPT, DELIVERY, EVENT, REFERRAL
from gateway.store.transaction import Tx

Row = Mapping[str, Any]
"""A delivery, with whether its referral is a test."""

READ: Final = "notice_acknowledged"
"""The one event of a notice."""

AHEAD: Final = 300_000
"""Milliseconds by which a hub's clock may differ from ours."""

_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_ABOUT: Final = (
    select(DELIVERY, REFERRAL.c.test, REFERRAL.c.filed)
    .join_from(DELIVERY, REFERRAL, DELIVERY.c.referral == REFERRAL.c.id)
    .where(DELIVERY.c.council == bindparam("council"), DELIVERY.c.id == bindparam("delivery"))
    .with_for_update(of=[REFERRAL], key_share=True)
)
_LEFT: Final = select(ATTEMPT.c.delivery).where(
    ATTEMPT.c.delivery == bindparam("delivery"), ATTEMPT.c.result != Result.NOT_SENT
)
_STANDING: Final = (
    select(EVENT.c.code, EVENT.c.happened_at)
    .where(EVENT.c.delivery == bindparam("delivery"), EVENT.c.kind == "outcome")
    .order_by(EVENT.c.happened_at.desc(), EVENT.c.seq.desc())
    .limit(1)
)


async def tell_event(gateway: Gateway, caller: Caller, delivery: str, key: str, body: bytes) -> Answer:
    """Record what happened to a delivery. Raises NotFound, NotSentYet, InvalidMessage and what `tell_once` raises."""
    told, council = read_message(body, EventTold), gateway.council(caller.registration.council)

    def work(tx: Tx, telling: str, row: Row) -> Mapping[str, object]:
        _has_left(tx, row)
        at = _when(told.happened_at, tx.now)
        _refuse((*_event_faults(row, told), *_time_faults(row, told.happened_at, at, tx.now)))
        words = {"words": told.words} if told.words else {}
        one = Happened(telling, row["referral"], delivery, "event", told.event, at, caller.registration.sender, words)
        entry = keep(gateway, tx, council, one, {"hub": row["hub"]}, caller.person or None)
        answer = {"event": one.id, "delivery": delivery, "code": told.event, "entry": entry, "say": TOLD[told.event]}
        if told.event == READ:
            notices.acknowledge(tx, delivery, one.by, READ)
        if told.event == ASKED:
            answer["question"] = ask(gateway, tx, council, one)
        return answer

    telling = Telling(caller, "event", delivery, key, body)
    return await tell_once(gateway, telling, lambda tx: of_hub(tx, caller, "tell_event", delivery), work)


async def tell_outcome(gateway: Gateway, caller: Caller, delivery: str, key: str, body: bytes) -> Answer:
    """Record what a hub decided. Raises NotFound, NotSentYet, InvalidMessage and what `tell_once` raises."""
    told, council = read_message(body, OutcomeTold), gateway.council(caller.registration.council)

    def work(tx: Tx, telling: str, row: Row) -> Mapping[str, object]:
        _has_left(tx, row)
        at = _when(told.happened_at, tx.now)
        may = outcomes_of(council.outcomes, row["hub"])
        _refuse((*_outcome_faults(row, told, may), *_time_faults(row, told.happened_at, at, tx.now)))
        words = {name: text for name, text in (("words", told.words), ("lead", told.lead)) if text}
        by = caller.registration.sender
        one = Happened(telling, row["referral"], delivery, "outcome", told.outcome, at, by, words)
        before = tx.execute(_STANDING, {"delivery": delivery}).first()
        stands = before is None or at >= before.happened_at
        replaces = {"replaces": before.code} if before is not None and stands and before.code != told.outcome else {}
        also = {"hub": row["hub"], "stands": stands} | replaces
        entry = keep(gateway, tx, council, one, also, caller.person or None)
        say = may[told.outcome].title if stands else "A later answer of yours stands. This one is kept beside it."
        return {"event": one.id, "delivery": delivery, "outcome": told.outcome, "entry": entry, "say": say} | replaces

    telling = Telling(caller, "outcome", delivery, key, body)
    return await tell_once(gateway, telling, lambda tx: of_hub(tx, caller, "tell_outcome", delivery), work)


def of_hub(tx: Tx, caller: Caller, operation: str, delivery: str) -> Row:
    """A delivery to a hub that this key speaks for. Raises NotFound for another's, and NotAllowed."""
    council = caller.registration.council
    row = tx.execute(_ABOUT, {"council": council, "delivery": delivery}).mappings().first()
    hub, test = (row["hub"], bool(row["test"])) if row is not None else ("", False)
    permit_operation(operation, caller, hub_relation(caller, council, hub, test))
    if row is None:
        raise NotFound()
    return dict(row)


def _has_left(tx: Tx, row: Row) -> None:
    """Raises NotSentYet for a message of which not a byte has left."""
    left = row["state"] in (DeliveryState.SENDING, DeliveryState.DELIVERED)
    if not left and tx.execute(_LEFT, {"delivery": row["id"]}).first() is None:
        raise NotSentYet("Nothing of it has left here. Use the id of a message that you were sent.", retry_after=60)


def _event_faults(row: Row, told: EventTold) -> Iterator[Fault]:
    """What cannot be said of this message."""
    may = (READ,) if row["kind"] == "notice" else tuple(code for code in TOLD if code not in (READ, GIVEN))
    if row["kind"] in ("envelope", "alike"):
        may = ("acknowledged",)
    if told.event not in may:
        yield Fault("", "/event", f"one of {', '.join(may)}", _like(told.event, may) or "Use one of these.")
    elif told.event == ASKED and not (told.words or "").strip():
        yield Fault("", "/words", "the question, in words", "Write what the sender should answer.")


def _outcome_faults(row: Row, told: OutcomeTold, may: Mapping[str, HubOutcome]) -> Iterator[Fault]:
    """What this hub cannot answer, and what is missing beside it."""
    if row["kind"] in ("notice", "envelope", "alike"):
        remedy = "Answer the message it is about, by that message's own id."
        yield Fault("", "/outcome", "a message that asks for a decision", remedy)
        return
    if told.outcome not in may:
        known = "It is an outcome, and not one of this hub's. " if told.outcome in OUTCOMES else ""
        remedy = known + (_like(told.outcome, may) or "The council keeps the list in its outcomes.yaml.")
        yield Fault("", "/outcome", f"one of {', '.join(may)}", remedy)
        return
    for name in may[told.outcome].needs:
        if not (getattr(told, name) or "").strip():
            yield Fault("", f"/{name}", f"{_NEEDS[name]}, with this outcome", "Add it.")


def _time_faults(row: Row, said: datetime | None, at: int, now: int) -> Iterator[Fault]:
    if said is not None and said.tzinfo is None:
        yield Fault("", "/happened_at", "a time with its offset, such as 2026-11-02T09:30:00Z", "Add the offset.")
    elif at > now + AHEAD:
        yield Fault("", "/happened_at", "a time that has come", "Say when it happened, or leave it out.")
    elif at < row["at"] - AHEAD:
        yield Fault("", "/happened_at", "a time after the message was made", "Is it about another message?")


def _like(code: str, may: Iterable[str]) -> str:
    """The code that this is most like. What was sent is not repeated: it may be anything."""
    close = nearest(code, may)
    return f"Did you mean `{close}`?" if close else ""


def _when(said: datetime | None, now: int) -> int:
    """When it happened, ms UTC. A clock that is a little ahead of ours is taken for ours."""
    at = int(said.timestamp() * 1000) if said is not None and said.tzinfo is not None else now
    return now if now < at <= now + AHEAD else at


def _refuse(faults: tuple[Fault, ...]) -> None:
    if faults:
        raise InvalidMessage(f"{len(faults)} thing{'s' if len(faults) > 1 else ''} to put right.", faults)


_NEEDS: Final = {"words": "the reason or the advice", "lead": "who leads"}
"""What may have to come with an outcome, in words."""
