"""Tells senders' own systems that something came back, as soon as it did: signed, by the guarded way out (settled 46).

What is pushed is what `GET /v1/notices` lists, under the same id. A system that answers with that id has it, and it is
listed no more; until then both go on: it is pushed again for five days, and asking for it works all the time.
Standard Webhooks, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy import literal_column as written_out

from adapters.hubs import webhook
from contracts.council import Council
from contracts.delivery import Result
from contracts.hub import HubAnswer
from contracts.webhook import Webhook
from gateway.flows.connections.outbound import WayOut, send
from gateway.flows.follow_up.happened import ASKED
from gateway.flows.gateway import Gateway
from gateway.flows.meanwhile import again_and_again, meanwhile
from gateway.flows.telling import word
from gateway.flows.telling.lettering import UNSAID, settle
from gateway.flows.telling.letters import PUSHED, Letter
from gateway.path.answers import Reading, read_answer
from gateway.store.chance import new_id
from gateway.store.tables import EVENT, LETTER, REFERRAL, WORD_READ
from gateway.store.transaction import Tx
from gateway.store.writer import Write

SINCE: Final = 5 * 24 * 3_600_000
"""Milliseconds back to which anything is pushed: a system that is registered late asks for what is older."""
TOGETHER: Final = 4
"""Notices to one sender in one turn at most: one that does not answer keeps nobody else waiting long."""

_NAME: Final = "pushes"
_SPARE: Final = 30_000
"""Milliseconds beyond the deadline before another process may push what this one has taken."""

Secret = Callable[[str], str]
"""A secret's value by its name; KeyError if the deployment has none."""


@asynccontextmanager
async def pushing(gateway: Gateway, way: WayOut, secret: Secret) -> AsyncIterator[None]:
    """Pushes in this event loop for as long as this lasts; where no sender has a webhook, nothing runs."""
    if not any(hook_of(council, name) for council in gateway.catalogue.councils.values() for name in council.senders):
        yield
        return
    work = partial(push_notices, gateway, way, secret)
    async with meanwhile(again_and_again(work, gateway.settings.tick, "Notices could not be pushed")):
        yield


async def push_notices(gateway: Gateway, way: WayOut, secret: Secret) -> int:
    """Put down what came back and push what may go now. Returns how many were tried. Raises StoreUnavailable."""
    await gateway.writer.submit(Write(lambda tx: write_due(gateway, tx) if tx.alone(_NAME) else 0))
    taken = await gateway.writer.submit(Write(lambda tx: _take(gateway, tx)))
    await asyncio.gather(*(_push(gateway, way, secret, letter) for letter in taken))
    return len(taken)


def hook_of(council: Council, sender: str) -> Webhook | None:
    """Where this sender's notices are pushed to; None for one that only asks, or may not hear of them now."""
    known = council.senders.get(sender)
    return known.webhook if known is not None and known.active and "status" in known.may else None


def write_due(gateway: Gateway, tx: Tx) -> int:
    """Put down each notice that a sender's system has not been told of. Returns how many."""
    now, many = gateway.now(), 0
    for council in gateway.catalogue.councils.values():
        senders = [name for name in council.senders if hook_of(council, name)]
        if not senders:
            continue
        for row in tx.execute(_BACK, {"council": council.name, "senders": senders, "since": now - SINCE}).all():
            tx.insert(LETTER, _row(council.name, row, now))
            many += 1
    return many


def _row(council: str, row: Any, now: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "council": council,
        "key": f"{PUSHED}:{row.id}",
        "kind": PUSHED,
        "recipient": f"sender:{row.sender}",
        "referral": row.referral,
        "tell_at": row.at,
        "state": "due",
        "due_at": now,
        "attempts": 0,
        "why": "",
        "at": now,
        "ended_at": None,
    }


def _take(gateway: Gateway, tx: Tx) -> tuple[tuple[Letter, str], ...]:
    """What is due, a few for each sender, each with its event; kept from other processes for long enough to push it."""
    if not tx.alone(_NAME):
        return ()
    now = gateway.now()
    until, taken = now + TOGETHER * (int(gateway.settings.send_deadline * 1_000) + _SPARE), []
    for whose in tx.execute(_WHOSE, {"now": now}).all():
        if whose.council not in gateway.catalogue.councils:
            continue
        for row in tx.execute(_DUE, {"now": now, "council": whose.council, "recipient": whose.recipient}).all():
            tx.execute(_MOVE, {"letter": row.id, "until": until})
            letter = Letter(row.id, row.council, row.kind, row.recipient, row.referral, row.tell_at, row.attempts + 1)
            taken.append((letter, row.key.partition(":")[2]))
    return tuple(taken)


async def _push(gateway: Gateway, way: WayOut, secret: Secret, taken: tuple[Letter, str]) -> None:
    letter, event = taken
    reading = await _answered(gateway, way, secret, letter, event)

    def keep(tx: Tx) -> None:
        settle(gateway, tx, letter, reading)
        if reading.result is Result.DELIVERED:
            word.keep_read(gateway, tx, letter.council, event, "webhook")

    await gateway.writer.submit(Write(keep))


async def _answered(gateway: Gateway, way: WayOut, secret: Secret, letter: Letter, event: str) -> Reading:
    """What one push came to. Only an answer with the notice's own id says that the system has it."""
    council = gateway.council(letter.council)
    hook = hook_of(council, letter.recipient.partition(":")[2])
    body = await gateway.store.ask(council.name, lambda connection: _body(gateway, connection, letter, event))
    if hook is None or body is None:
        return UNSAID
    try:
        secrets = tuple(map(secret, hook.secrets))
        message = webhook.write(body, event, gateway.now() // 1000, secrets)
    except (KeyError, ValueError):
        return Reading(Result.NOT_SENT, "secret_missing")
    answer = await send(way, hook.url, message, time.monotonic() + way.deadline)
    acknowledged = isinstance(answer, HubAnswer) and webhook.acknowledged(answer, event)
    reading = read_answer(answer, acknowledged, gateway.now() // 1000)
    # Whatever it would not take, it may take once it was put right: nothing is given up before the schedule is.
    return reading if acknowledged else Reading(Result.REFUSED_FOR_NOW, reading.why, reading.retry_after)


def _body(gateway: Gateway, connection: Connection, letter: Letter, event: str) -> bytes | None:
    """The notice as JSON; None where the sender has it already."""
    if word.is_read(connection, letter.council, event):
        return None
    told = word.notice(gateway, connection, letter.council, letter.referral, event)
    return orjson.dumps(told | {"emergency": gateway.council(letter.council).emergency}, option=orjson.OPT_SORT_KEYS)


def _is(column: Any, value: str) -> Any:
    """Written out, or SQLite does not see that the partial index serves the query."""
    return column == written_out(f"'{value}'")


_DUE_NOW: Final = (_is(LETTER.c.state, "due"), LETTER.c.due_at <= bindparam("now"), LETTER.c.kind == PUSHED)
_WHOSE: Final = select(LETTER.c.council, LETTER.c.recipient).where(*_DUE_NOW).distinct()
_DUE: Final = (
    select(LETTER)
    .where(*_DUE_NOW, LETTER.c.council == bindparam("council"), LETTER.c.recipient == bindparam("recipient"))
    .order_by(LETTER.c.due_at, LETTER.c.id)
    .limit(TOGETHER)
)
_MOVE: Final = (
    update(LETTER)
    .where(LETTER.c.id == bindparam("letter"))
    .values(due_at=bindparam("until"), attempts=LETTER.c.attempts + 1)
)
_BACK: Final = (
    select(EVENT.c.id, EVENT.c.referral, EVENT.c.at, REFERRAL.c.sender)
    .join_from(EVENT, REFERRAL, REFERRAL.c.id == EVENT.c.referral)
    .join(WORD_READ, WORD_READ.c.event == EVENT.c.id, isouter=True)
    .join(LETTER, (LETTER.c.council == EVENT.c.council) & (LETTER.c.key == f"{PUSHED}:" + EVENT.c.id), isouter=True)
    .where(
        EVENT.c.council == bindparam("council"),
        EVENT.c.at > bindparam("since"),
        (EVENT.c.kind == "outcome") | (EVENT.c.code == ASKED),
        REFERRAL.c.sender.in_(bindparam("senders", expanding=True)),
        # A test reaches stub doors only (settled 53).
        REFERRAL.c.test == 0,
        WORD_READ.c.event.is_(None),
        LETTER.c.id.is_(None),
    )
    .order_by(EVENT.c.seq)
)
