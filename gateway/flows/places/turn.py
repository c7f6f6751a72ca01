"""Whose turn it is to fetch from a place, where several processes share a store: one at a time, for a short while."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update

from gateway.config.pickups import Pickup
from gateway.flows.gateway import Gateway
from gateway.store.tables import META
from gateway.store.transaction import Tx
from gateway.store.writer import Write

LASTS: Final = 120.0
"""Seconds a turn lasts beyond the time between two looks. A process that dies leaves the place alone for as long.

A round that takes longer may meet another's: both then do the same, and what counts is done once.
"""


async def has_turn(gateway: Gateway, pickup: Pickup, owner: str) -> bool:
    """Whether this process may fetch now; if so, until a while after its next look. Raises StoreUnavailable.

    owner  stands for this process, and holds no space
    """
    if gateway.store.kind == "sqlite":
        return True  # one process owns the store
    name, lasts = _name(pickup), int((pickup.every + LASTS) * 1_000)

    def work(tx: Tx) -> bool:
        mine = f"{owner} {tx.now + lasts}"
        held = tx.execute(select(META.c.value).where(META.c.name == name)).scalar()
        if held is None:
            tx.insert(META, {"name": name, "value": mine})
            return True
        holder, _, until = held.partition(" ")
        if holder != owner and int(until) > tx.now:
            return False
        take = update(META).where(META.c.name == name, META.c.value == held).values(value=mine)
        return bool(tx.execute(take).rowcount == 1)

    return await gateway.writer.submit(Write(work))


async def give_back(gateway: Gateway, pickup: Pickup, owner: str) -> None:
    """End this process's turn: it fetches no more, and the next need not wait. Raises StoreUnavailable."""
    if gateway.store.kind == "sqlite":
        return
    own = (META.c.name == _name(pickup)) & META.c.value.startswith(f"{owner} ")

    def work(tx: Tx) -> None:
        tx.execute(update(META).where(own).values(value=f"{owner} 0"))

    await gateway.writer.submit(Write(work))


def _name(pickup: Pickup) -> str:
    return f"pickup {pickup.key}"
