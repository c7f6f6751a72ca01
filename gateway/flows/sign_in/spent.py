"""What may be used once: kept as a digest until it would be refused for its age anyway."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from sqlalchemy import delete, text

from gateway.flows.gateway import Gateway
from gateway.store.tables import SPENT
from gateway.store.transaction import Tx
from gateway.store.writer import Write

# One statement, so that two processes at once cannot both be first.
_SPEND: Final = text("INSERT INTO spent (id, council, until) VALUES (:id, :council, :until) ON CONFLICT DO NOTHING")


async def spend(gateway: Gateway, council: str, what: str, until: int) -> bool:
    """Whether this is its first use. until: ms UTC, after which whoever asks refuses it for its age."""

    def work(tx: Tx) -> bool:
        tx.execute(delete(SPENT).where(SPENT.c.until < tx.now))
        row = {"id": sha256(what.encode()).hexdigest(), "council": council, "until": until}
        return tx.execute(_SPEND, row).rowcount == 1

    return await gateway.writer.submit(Write(work))
