"""Sends letters through the deployment's mail server until each has left: at least once, and never before a referral.

It has its own rows and its own turn of the store, so a mail server that is away holds up nothing else. Without a mail
server nothing is put down: what would be told is listed by `gateway alarms`, as ever.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from random import uniform
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy import literal_column as written_out

from contracts.delivery import Result
from gateway.flows.connections.destinations import Destinations
from gateway.flows.connections.outbound import Relay
from gateway.flows.connections.posting import post
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.meanwhile import again_and_again, ending, meanwhile
from gateway.flows.telling.letters import PUSHED, Letter, write_due, written
from gateway.path.answers import Reading
from gateway.path.schedule import WIDEST_JITTER, next_due
from gateway.store.tables import LETTER
from gateway.store.transaction import Tx
from gateway.store.writer import Write

_LOG: Final = logging.getLogger(__name__)
TOGETHER: Final = 16
"""Letters sent in one turn at most."""

_NAME: Final = "letters"
_SPARE: Final = 30_000
"""Milliseconds beyond the deadline of each before another process may send what this one has taken."""

UNSAID: Final = Reading(Result.REFUSED, "nothing_left_to_say")
"""What a letter comes to whose matter has ended meanwhile."""


@asynccontextmanager
async def lettering(gateway: Gateway, relay: Relay | None, destinations: Destinations) -> AsyncIterator[None]:
    """Sends letters in this event loop for as long as this lasts; without a mail server, none."""
    if relay is None:
        yield
        return
    work = partial(send_letters, gateway, relay, destinations)
    async with meanwhile(again_and_again(work, gateway.settings.tick, "Letters could not be sent")):
        yield


async def send_letters(gateway: Gateway, relay: Relay, destinations: Destinations) -> int:
    """Put down what is due and send what may go now. Returns how many were taken. Raises StoreUnavailable."""
    await gateway.writer.submit(Write(lambda tx: write_due(gateway, tx) if tx.alone(_NAME) else 0))
    taken = await gateway.writer.submit(Write(lambda tx: _take(gateway, tx)))
    for letter in taken:
        mail = await written(gateway, letter, relay.sender)
        reading = UNSAID
        if mail is not None:
            deadline = gateway.settings.send_deadline
            reading, _ = await post(relay, destinations, mail, time.monotonic() + deadline, deadline)
        await gateway.writer.submit(
            Write(lambda tx, letter=letter, reading=reading: settle(gateway, tx, letter, reading))  # type: ignore[misc]
        )
        if ending():
            break
    return len(taken)


def _take(gateway: Gateway, tx: Tx) -> tuple[Letter, ...]:
    """Take what is due, for long enough to send all of it."""
    if not tx.alone(_NAME):
        return ()
    now = gateway.now()
    rows = tx.execute(_DUE, {"now": now}).all()
    until = now + TOGETHER * (int(gateway.settings.send_deadline * 1_000) + _SPARE)
    for row in rows:
        tx.execute(_MOVE, {"letter": row.id, "until": until})
    return tuple(
        Letter(row.id, row.council, row.kind, row.recipient, row.referral, row.tell_at, row.attempts + 1)
        for row in rows
        if row.council in gateway.catalogue.councils
    )


def settle(gateway: Gateway, tx: Tx, letter: Letter, reading: Reading) -> None:
    """Keep what became of it. What may not have arrived goes again: it is told at least once."""
    now = gateway.now()
    state, again = "posted", None
    if reading is UNSAID:
        state = "unsent"
    elif reading.result is Result.REFUSED:
        state = "dead"
    elif reading.result is not Result.DELIVERED:
        again = next_due(letter.attempts, now, reading.retry_after, uniform(0, WIDEST_JITTER))
        state = "due" if again is not None else "dead"
    new = {"state": state, "due_at": again or now, "why": reading.why, "ended_at": None if state == "due" else now}
    tx.execute(_SETTLE, {"letter": letter.id} | {f"new_{name}": value for name, value in new.items()})
    if state in ("posted", "dead"):
        said: dict[str, Any] = {"letter": letter.id, "kind": letter.kind, "to": letter.recipient}
        write_entry(tx, letter.council, letter.referral, f"letter.{state}", said | {"why": reading.why})
    if state != "posted":
        _LOG.info("A letter was not sent", extra={"kind": letter.kind, "why": reading.why, "state": state})


_DUE: Final = (
    select(LETTER)
    .where(LETTER.c.state == written_out("'due'"), LETTER.c.due_at <= bindparam("now"), LETTER.c.kind != PUSHED)
    .order_by(LETTER.c.due_at, LETTER.c.id)
    .limit(TOGETHER)
)
_MOVE: Final = (
    update(LETTER)
    .where(LETTER.c.id == bindparam("letter"))
    .values(due_at=bindparam("until"), attempts=LETTER.c.attempts + 1)
)
_SETTLE: Final = (
    update(LETTER)
    .where(LETTER.c.id == bindparam("letter"))
    .values({name: bindparam(f"new_{name}") for name in ("state", "due_at", "why", "ended_at")})
)
