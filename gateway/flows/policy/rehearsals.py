"""Rehearsals begun on a page: each runs beside everything else, says how far it is, and is kept with its cases.

How far it is stands in the store, so that any process can tell it. Kept are ids, codes and the rules' own words, never
a name. It ends with an entry of the record, as at the command line, before anybody sees what came of it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, delete, select, update

from contracts.decision import Outcome
from contracts.errors import GatewayError, NoSuchAnswer
from gateway.config.policy import Policy
from gateway.flows.acting import Acting
from gateway.flows.gateway import Gateway
from gateway.flows.oversight import sharinglog
from gateway.flows.policy.policies import note
from gateway.flows.policy.policybook import version
from gateway.flows.policy.proposing import REASON
from gateway.flows.policy.rehearse import Days, rehearsed, said_of
from gateway.path.rehearsing import Changed, Rehearsal
from gateway.store import content, log
from gateway.store.chance import new_id
from gateway.store.tables import REHEARSAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

DEAD: Final = 60_000
"""Milliseconds without a word after which a rehearsal that runs is one that was cut short."""
_TELL_EVERY: Final = 0.5
A_PAGE: Final = 25
_LOG: Final = logging.getLogger(__name__)
_RUNNING: Final[set[asyncio.Task[None]]] = set()
"""Held here, or the event loop would let go of them."""

_LATEST: Final = (
    select(REHEARSAL)
    .where(REHEARSAL.c.council == bindparam("council"), REHEARSAL.c.digest == bindparam("digest"))
    .order_by(REHEARSAL.c.at.desc(), REHEARSAL.c.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Tried:
    """A rehearsal as it stands. state: running, done, failed, or cut_short where the process that ran it is gone."""

    state: str
    by: str
    against: str
    days: Days
    done: int
    of: int
    at: int
    result: Rehearsal | None = None


async def begin(gateway: Gateway, person: Acting, digest: str, purpose: str, since: int) -> None:
    """Begin to rehearse these words on what was decided from `since`, ms UTC, to now; one at a time.

    Raises NotYourRole, NotFound, NoSuchAnswer without a purpose.
    """
    person.must_be_let("policy.rehearse")
    if len(purpose) < REASON:
        raise NoSuchAnswer("Say in a sentence why you look at what was decided. The record keeps that.")
    proposal, council = await version(gateway, person, digest), person.council.name
    days, against = Days(since, gateway.now() + 1), gateway.policy(council)
    row = {
        "id": new_id(), "council": council, "digest": digest, "against": against.digest, "since": days.since,
        "until": days.until, "by": person.name, "state": "running", "done": 0, "of": 0, "result": "",
    }  # fmt: skip

    def work(tx: Tx) -> bool:
        before = tx.execute(_LATEST, {"council": council, "digest": digest}).first()
        if before is not None and before.state == "running" and before.seen_at + DEAD > tx.now:
            return False
        _forget(tx, council, digest)
        tx.insert(REHEARSAL, {**row, "at": tx.now, "seen_at": tx.now})
        return True

    if await gateway.writer.submit(Write(work)):
        task = asyncio.create_task(_run(gateway, person, (against, proposal.policy), str(row["id"]), days, purpose))
        _RUNNING.add(task)
        task.add_done_callback(_RUNNING.discard)


async def latest(gateway: Gateway, who: Acting, digest: str) -> Tried | None:
    """The newest rehearsal of these words; None where there was none. Raises NotYourRole."""
    who.must_be_let("policy.rehearse")
    council = who.council.name

    def read(connection: Connection) -> Tried | None:
        row = connection.execute(_LATEST, {"council": council, "digest": digest}).first()
        return None if row is None else _tried(gateway, connection, row)

    return await gateway.store.ask(council, read)


async def cases(gateway: Gateway, who: Acting, tried: Tried, was: str, would: str, page: int) -> list[dict[str, Any]]:
    """The cases of one page that went from one outcome to another. A sealed file's says only that there is one."""
    who.must_be_let("policy.rehearse")
    council = who.council.name
    chosen = changed(tried, was, would)[(page - 1) * A_PAGE : page * A_PAGE]

    def read(connection: Connection) -> list[dict[str, Any]]:
        found = []
        for one in chosen:
            row = log.one(connection, council, one.decision)
            if row is None or (sharinglog.is_sealed(row) and not who.may("holds.open", "sealed")):
                found.append({"sealed": True})
                continue
            sender, hub = who.council.senders.get(row["sender"]), who.council.hubs.get(row["hub"])
            told = {
                "at": row["at"],
                "sender": sender.title if sender else row["sender"],
                "hub": hub.title if hub else "",
                "test": bool(row["test"]),
            }
            found.append(asdict(one) | told | {"sealed": False})
        return found

    return await gateway.store.ask(council, read)


def changed(tried: Tried, was: str, would: str) -> list[Any]:
    """The cases that went from one outcome to another, or stayed and ask for something else."""
    known = tried.result.changed if tried.result else []
    return [one for one in known if (one.was, one.would_be) == (was, would)]


async def _run(
    gateway: Gateway, person: Acting, pair: tuple[Policy, Policy], name: str, days: Days, purpose: str
) -> None:
    """Rehearse, keep what came of it, and record it; or say that it failed. pair: what is in force, and what may be."""
    council, told_at = person.council.name, 0.0

    def told(done: int, of: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at > _TELL_EVERY:
            told_at = time.monotonic()
            gateway.writer.run(Write(lambda tx: _say(tx, council, name, done=done, of=of)))

    try:
        done = await asyncio.to_thread(rehearsed, gateway.store, council, *pair, days, told)

        def work(tx: Tx) -> None:
            note(gateway, tx, person, pair[1], "rehearsed", said_of(done, purpose, days))
            of = done.replayed + done.cannot
            kept = content.put(tx, council, "said", _packed(done))
            _say(tx, council, name, state="done", done=of, of=of, result=kept)

        await gateway.writer.submit(Write(work))
    except GatewayError as error:
        _LOG.warning("a rehearsal failed", extra={"problem": error.slug()})
        with suppress(GatewayError):  # where nothing can be written, it is soon seen to have been cut short
            await gateway.writer.submit(Write(lambda tx: _say(tx, council, name, state="failed")))


def _forget(tx: Tx, council: str, digest: str) -> None:
    """Let go of what an earlier rehearsal of these words found: the record keeps that there was one, and its counts."""
    earlier = (REHEARSAL.c.council == council) & (REHEARSAL.c.digest == digest)
    results = list(tx.execute(select(REHEARSAL.c.result).where(earlier, REHEARSAL.c.result != "")).scalars())
    if results:
        content.erase(tx, council, results)
    tx.execute(delete(REHEARSAL).where(earlier))


def _say(tx: Tx, council: str, name: str, **values: object) -> None:
    one = (REHEARSAL.c.council == council) & (REHEARSAL.c.id == name)
    tx.execute(update(REHEARSAL).where(one).values(seen_at=tx.now, **values))


def _packed(done: Rehearsal) -> bytes:
    counts = [[was, would, many] for (was, would), many in sorted(done.counts.items())]
    return orjson.dumps(
        {"replayed": done.replayed, "cannot": done.cannot, "counts": counts, "more": done.more,
         "changed": [asdict(one) for one in done.changed]}
    )  # fmt: skip


def _tried(gateway: Gateway, connection: Connection, row: Any) -> Tried:
    state = row.state
    if state == "running" and row.seen_at + DEAD <= gateway.now():
        state = "cut_short"
    body = content.get(connection, row.council, row.result) if row.result else None
    days = Days(row.since, row.until)
    return Tried(state, row.by, row.against, days, row.done, row.of, row.at, _unpacked(body) if body else None)


def _unpacked(body: bytes) -> Rehearsal:
    told = orjson.loads(body)
    done = Rehearsal(told["replayed"], told["cannot"], more=told["more"])
    done.counts.update({(Outcome(was), Outcome(would)): many for was, would, many in told["counts"]})
    for one in told["changed"]:
        outcomes = {"was": Outcome(one["was"]), "would_be": Outcome(one["would_be"])}
        done.changed.append(Changed(**one | outcomes | {"rules": tuple(one["rules"]), "asks": tuple(one["asks"])}))
    return done
