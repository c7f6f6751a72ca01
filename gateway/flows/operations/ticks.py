"""Looks at every clock whose time has come, passes it on or tells those who must hear, and writes down that it did.

One tick serves holds, timers, tasks, silence and what did not arrive (settled 16). All it does to a clock is one
transaction, and the next look is always later: a process that dies between two ticks loses nothing and rings once.
Where several processes share a store, one of them ticks. Nothing is ever released or closed by a clock.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy import literal_column as written_out

from contracts.errors import StoreUnavailable
from gateway.flows.decisions import likenesses
from gateway.flows.delivery import overdue
from gateway.flows.evidence import manifests, standstill
from gateway.flows.gateway import Gateway
from gateway.flows.meanwhile import meanwhile
from gateway.flows.oversight import watching
from gateway.flows.reports import expiring
from gateway.flows.senders import drafts, uploads
from gateway.logs import place_of
from gateway.path.alarms import Step, Ticking, step, tell_at, watch_of
from gateway.path.calendar import bank_holidays_in_doubt, day_of
from gateway.record.entries import make_entry
from gateway.store.chance import new_id
from gateway.store.sealer import record_entry
from gateway.store.statement import Statement
from gateway.store.tables import ALARM, CLOCK, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

_LOG: Final = logging.getLogger(__name__)

ALIGN: Final = 30.0
"""Seconds between looks at messages that did not arrive: where many wait, that look reads all of them."""

AGAIN: Final = 3_600.0
"""Seconds until manifests that could not be made are begun again."""

_NAME: Final = "tick"
"""Under which one process at a time looks at the clocks."""

LATER: Final = 3_600_000
"""Milliseconds until a clock that cannot be understood is looked at again."""

TOGETHER: Final = 256
"""Clocks looked at in one transaction at most."""


LOOKS: Final = 8
"""Looks at one council's newly arrived messages in one tick at most."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did: clocks it looked at, roles it told, and council and kind of each that interrupts."""

    looked: int = 0
    told: int = 0
    interrupts: tuple[tuple[str, str], ...] = ()


@asynccontextmanager
async def ticking(gateway: Gateway) -> AsyncIterator[None]:
    """Ticks in this event loop for as long as this lasts."""
    if doubt := bank_holidays_in_doubt(day_of(gateway.now())):
        _LOG.warning(doubt)
    async with meanwhile(_keep_ticking(gateway)):
        yield


async def tick(gateway: Gateway, align: bool = True) -> Ticked:
    """Look at every clock whose time has come, until none is left. Raises StoreUnavailable.

    align  whether messages that did not arrive are looked for too
    """
    looked = told = 0
    interrupts: tuple[tuple[str, str], ...] = ()
    if align:
        await gateway.writer.submit(Write(lambda tx: _align(gateway, tx)))
        await _look_for_likenesses(gateway)
    while True:
        now = gateway.now()
        done = await gateway.writer.submit(Write(lambda tx, now=now: turn(gateway, tx, now)))  # type: ignore[misc]
        looked, told, interrupts = looked + done.looked, told + done.told, interrupts + done.interrupts
        for council, kind in done.interrupts:
            _LOG.warning("A clock interrupts", extra={"council": council, "kind": kind})
        if done.looked < TOGETHER:
            return Ticked(looked, told, interrupts)


def turn(gateway: Gateway, tx: Tx, now: int) -> Ticked:
    """One transaction of a tick. `now` in ms UTC, as the people's clocks have it."""
    if not tx.alone(_NAME):
        return Ticked()
    due = tx.rows(_DUE, {"councils": sorted(gateway.catalogue.councils), "now": now})
    moved, told = [], 0
    interrupts: list[tuple[str, str]] = []
    for row in due:
        done = _step_or_later(gateway, row, now)
        moved.append({"clock": row.id, "new_owner": done.owner, "new_rung": done.rung, "new_next": done.next_at})
        if done.why:
            _tell(gateway, tx, row, done, now)
            told += len(done.told)
        if done.interrupts:
            interrupts.append((row.council, row.kind))
    if moved:
        tx.change(_MOVE, moved)
    return Ticked(len(due), told, tuple(interrupts))


def _align(gateway: Gateway, tx: Tx) -> None:
    if tx.alone(_NAME):
        overdue.align(gateway, tx, gateway.now())
        standstill.align(gateway, tx, gateway.now())
        drafts.sweep(gateway, tx, gateway.now())


async def _look_for_likenesses(gateway: Gateway) -> None:
    """A few short transactions for each council, and the rest at the next tick: acceptance never waits for it."""
    promised = 0
    for council in sorted(gateway.catalogue.councils):
        for _ in range(LOOKS):
            seen = await gateway.writer.submit(Write(lambda tx, council=council: _like(gateway, tx, council)))  # type: ignore[misc]
            promised += seen.promised
            if not seen.more:
                break
    if promised:
        gateway.wake()


def _like(gateway: Gateway, tx: Tx, council: str) -> likenesses.Look:
    return likenesses.look(gateway, tx, council) if tx.alone(_NAME) else likenesses.Look()


async def _keep_ticking(gateway: Gateway) -> None:
    aligned, made_up, again = -ALIGN, None, math.inf
    while True:
        due = time.monotonic() - aligned >= ALIGN
        try:
            with gateway.traces.span("tick"):
                await tick(gateway, align=due)
            aligned = time.monotonic() if due else aligned
            night = day_of(gateway.now() - manifests.AT)
            if made_up != night or time.monotonic() >= again:
                failed = (await manifests.nightly(gateway)).failed
                again = time.monotonic() + AGAIN if failed else math.inf
            if made_up != night:
                await uploads.expire(gateway)
                await watching.nightly(gateway)
                await expiring.nightly(gateway)
                made_up = night
        except StoreUnavailable:
            pass  # whoever waits on the store tells of it; the clocks are still there
        except Exception as error:
            # A fault of our own must not end the ticking for good without a word.
            _LOG.error("The clocks could not be looked at", extra={"why": f"{type(error).__name__} {place_of(error)}"})
        await asyncio.sleep(gateway.settings.tick)


def _step_or_later(gateway: Gateway, row: Any, now: int) -> Step:
    """What happens to a clock; one that cannot be understood waits, so that it silences no other."""
    try:
        return _step(gateway, row, now)
    except Exception as error:
        said = {"council": row.council, "kind": row.kind, "why": f"{type(error).__name__} {place_of(error)}"}
        _LOG.error("A clock cannot be understood", extra=said)
        return Step(row.owner, row.rung, now + LATER)


def _step(gateway: Gateway, row: Any, now: int) -> Step:
    council, policy = gateway.council(row.council), gateway.policy(row.council)
    registered = council.senders.get(row.sender or "")
    clock = Ticking(
        owner=row.owner,
        taken_by=row.taken_by,
        rung=row.rung,
        started_at=row.started_at,
        due_at=row.due_at,
        sender_type=registered.sender_type if registered else "",
    )
    return step(clock, watch_of(row.kind, row.owner, policy, council), council, policy.schools, now)


def _tell(gateway: Gateway, tx: Tx, row: Any, done: Step, now: int) -> None:
    """One entry, and one row for each role that hears of it."""
    said: Mapping[str, object] = {
        "clock": row.id,
        "kind": row.kind,
        "why": done.why,
        "owner": done.owner,
        "rung": done.rung,
        "told": list(done.told),
        "interrupts": done.interrupts,
        "due": row.due_at,
        "next": done.next_at,
    }
    entry = make_entry(new_id(), row.council, f"clock.{done.why}", now, {"clock": said}, gateway.salt, row.referral)
    record_entry(tx, entry)
    hours = gateway.council(row.council).hours
    for role in done.told:
        tx.insert(
            ALARM,
            {
                "id": new_id(),
                "council": row.council,
                "referral": row.referral,
                "kind": row.kind,
                "delivery": row.delivery,
                "role": role,
                "why": done.why,
                "interrupts": int(done.interrupts),
                "at": now,
                "tell_at": tell_at(done.interrupts, now, hours),
                "entry": entry.rid,
            },
        )


_DUE: Final = Statement(
    select(
        CLOCK.c.id,
        CLOCK.c.council,
        CLOCK.c.kind,
        CLOCK.c.referral,
        CLOCK.c.delivery,
        CLOCK.c.owner,
        CLOCK.c.taken_by,
        CLOCK.c.rung,
        CLOCK.c.started_at,
        CLOCK.c.due_at,
        REFERRAL.c.sender,
    )
    .join_from(CLOCK, REFERRAL, REFERRAL.c.id == CLOCK.c.referral, isouter=True)
    .where(
        CLOCK.c.state == written_out("'running'"),
        CLOCK.c.next_at <= bindparam("now"),
        CLOCK.c.council.in_(bindparam("councils", expanding=True)),
    )
    .order_by(CLOCK.c.next_at, CLOCK.c.id)
    .limit(TOGETHER)
)
_MOVE: Final = Statement(
    update(CLOCK)
    .where(CLOCK.c.id == bindparam("clock"))
    .values(owner=bindparam("new_owner"), rung=bindparam("new_rung"), next_at=bindparam("new_next"))
)
