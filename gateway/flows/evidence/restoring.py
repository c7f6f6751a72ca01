"""After a restore: finds out that the store is older than the world, holds all sending, and lets a person release it.

What hubs were sent since, and what families took back since, is not in the store. So before anything goes: a hub that
drops repeats gets the same ids again, one that can be asked is asked first, and for any other a person decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, update

from contracts.council import Council
from contracts.delivery import DeliveryState, HubClass
from contracts.errors import SenderError
from gateway.flows.decisions.doubt import class_of
from gateway.flows.delivery.lanes import DOUBTFUL
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.store.engine import Opened
from gateway.store.heads import Head
from gateway.store.restored import BEHIND_ITSELF, BEHIND_WITNESS, FROM_BACKUP, Restored, mark, restored_in
from gateway.store.tables import CHECKPOINT, DELIVERY
from gateway.store.transaction import Tx
from gateway.store.writer import Write

SAYS: Final = {
    FROM_BACKUP: "This store was brought back from a backup.",
    BEHIND_ITSELF: "This store holds less than its own gateway has signed: it was brought back from a backup.",
    BEHIND_WITNESS: "This store holds less than a witness has signed: it was brought back from a backup.",
}
THEN: Final = {
    HubClass.A: "may have them; they are sent again under the same ids, and the hub drops repeats",
    HubClass.B: "may have them; the hub is asked before each is sent",
    HubClass.C: "may have them; they are held until a person has asked the hub: gateway dead",
}
LEAST: Final = 10
"""Characters of a reason."""

_HEAD: Final = select(func.max(CHECKPOINT.c.size).label("size"), func.max(CHECKPOINT.c.at).label("at")).where(
    CHECKPOINT.c.council == bindparam("council")
)
_MAY_HAVE_GONE: Final = (DELIVERY.c.state == DeliveryState.DUE, DELIVERY.c.at <= bindparam("found"))


def find_out(tx: Tx, signed: Mapping[str, Head]) -> Restored | None:
    """Hold all sending if the store has less than was signed. Answers what is known, None where nothing is amiss.

    signed  what processes of this deployment remember outside the store
    """
    known = restored_in(tx)
    missing, since = dict(known.missing if known else {}), tx.now
    for council, head in signed.items():
        stored = tx.execute(_HEAD, {"council": council}).one()
        seen_before = known is not None and known.released is not None and head.at <= known.released
        if head.size > (stored.size or 0) and not seen_before:
            missing[council] = head.size - (stored.size or 0)
            since = min(since, stored.at or 0)
    if missing == dict(known.missing if known else {}):
        return known
    held = known is not None and known.holds
    found = replace(known, missing=missing) if known and held else Restored(BEHIND_ITSELF, since, tx.now, missing)
    mark(tx, found)
    _tell(tx, found)
    return found


def witness_is_ahead(tx: Tx, council: str, missing: int) -> None:
    """Hold all sending: a witness has signed this many entries more than the store holds."""
    known = restored_in(tx)
    if known is None:
        at = tx.execute(_HEAD, {"council": council}).one().at or 0
        found = Restored(BEHIND_WITNESS, at, tx.now, {council: missing})
        mark(tx, found)
        _tell(tx, found)


def _tell(tx: Tx, found: Restored) -> None:
    for council, missing in found.missing.items():
        said = {"why": found.why, "since": found.since, "missing": missing}
        write_entry(tx, council, "", "store.restored", said, "store")


@dataclass(frozen=True, slots=True)
class Open:
    """How many deliveries to one hub may have been sent since the backup."""

    council: str
    hub: str
    hub_class: HubClass
    count: int


def situation(store: Opened, councils: Mapping[str, Council]) -> tuple[Restored | None, tuple[Open, ...]]:
    """What is known of a restore, and what may have been sent since. Raises StoreUnavailable."""
    known: Restored | None = None
    found: list[Open] = []
    for name, council in councils.items():
        with store.read(name) as connection:
            known = restored_in(connection)
            if known is None:
                return None, ()
            for hub, count in _waiting(connection, known.at):
                settings = council.hubs.get(hub)
                found.append(Open(name, hub, class_of(settings) if settings else HubClass.C, count))
    return known, tuple(found)


def _waiting(connection: Connection, found: int) -> Iterator[tuple[str, int]]:
    counted = select(DELIVERY.c.hub, func.count()).where(*_MAY_HAVE_GONE).group_by(DELIVERY.c.hub)
    yield from ((str(hub), int(count)) for hub, count in connection.execute(counted, {"found": found}))


def lines(known: Restored | None, waiting: tuple[Open, ...]) -> list[str]:
    """What a person must know before they release it, in sentences."""
    if known is None:
        return ["This store was never brought back from a backup. Sending goes on."]
    told = [SAYS[known.why]]
    if known.released is not None:
        return [*told, f"{known.by} had sending go on at {_when(known.released)}."]
    told += [f"Nothing is sent. What came or changed after {_when(known.since)} may be missing:"]
    told += [f"  {council}: {count} entries of its record." for council, count in known.missing.items()]
    told += [
        "  Referrals: ask senders to send again what they sent since, under the same keys: nothing is taken twice.",
        "  Withdrawals and corrections: ask senders and hubs for those since then, and enter them before you release.",
    ]
    told += ["These deliveries may have been sent since:"] if waiting else ["No delivery is open."]
    told += [f"  {one.council}, {one.hub}: {one.count}. The hub {THEN[one.hub_class]}." for one in waiting]
    return [*told, "Then: gateway backup release --by NAME --reason TEXT"]


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


async def release(gateway: Gateway, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Have sending go on: `by` whom and for what `reason`. Raises SenderError where either is missing or nothing is
    held, StoreUnavailable."""
    by, reason = str(asked.get("by", "")).strip(), str(asked.get("reason", "")).strip()
    if not by or len(reason) < LEAST:
        raise SenderError(f"Say who releases it, and why in at least {LEAST} characters.")
    doubted = await gateway.writer.submit(Write(lambda tx: _release(tx, gateway, by, reason)))
    gateway.wake()
    return {"doubted": dict(doubted)}


def _release(tx: Tx, gateway: Gateway, by: str, reason: str) -> Counter[str]:
    known = restored_in(tx)
    if known is None or not known.holds:
        raise SenderError("Nothing is held: this store was not brought back, or sending goes on already.")
    values = {"found": known.at}
    doubted = Counter({row.council: row.deliveries for row in tx.execute(_COUNT, values)})
    tx.execute(_DOUBT, values)
    mark(tx, replace(known, released=tx.now, by=by))
    for council in gateway.keys:
        said = {"by": by, "reason": reason, "since": known.since, "doubted": doubted[council]}
        write_entry(tx, council, "", "dispatch.released", said, "store")
    return doubted


_HOW_MANY: Final = func.count().label("deliveries")
_COUNT: Final = select(DELIVERY.c.council, _HOW_MANY).where(*_MAY_HAVE_GONE).group_by(DELIVERY.c.council)
_DOUBT: Final = update(DELIVERY).where(*_MAY_HAVE_GONE).values(why=DOUBTFUL)
"""As if each had been sent and nobody had said that it arrived: the class of its hub says what follows (P13)."""
