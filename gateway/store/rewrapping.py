"""Which data keys a store's content is sealed with, and how rows get from an old one to the one that seals now."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, literal_column, select, update

from gateway.store.tables import CONTENT
from gateway.store.transaction import Tx
from gateway.store.vault import SEALED

BATCH: Final = 500
"""Rows rewrapped in one transaction."""

_NAMED: Final[ColumnElement[Any]] = literal_column("substr(body, 1, 9)")
"""The format and the data key's id: written out, so that both stores see that what is counted is what is grouped."""


def in_use(store: Connection | Tx, council: str) -> Counter[str]:
    """How many rows each data key of a council seals, by its id as hex; "" for those that are not sealed."""
    counted = select(_NAMED, func.count()).where(CONTENT.c.council == council).group_by(_NAMED)
    rows = Counter[str]()
    for named, count in store.execute(counted):
        stored = bytes(named)
        rows[stored[1:].hex() if stored[:1] == SEALED else ""] += count
    return rows


def rewrap_next(tx: Tx, council: str, after: str) -> tuple[str, int]:
    """Rewrap the rows that follow one. Returns the last of them, "" at the end, and how many were not as they are now.

    Raises ContentUnreadable, with nothing changed, for a row that cannot be opened.
    """
    following = (
        select(CONTENT).where(CONTENT.c.council == council, CONTENT.c.id > after).order_by(CONTENT.c.id).limit(BATCH)
    )
    rows = tx.execute(following.with_for_update()).all()
    changed = 0
    for row in rows:
        stored = bytes(row.body)
        wrapped = tx.vault.rewrap(council, row.id, row.kind, stored)
        if wrapped != stored:
            tx.execute(update(CONTENT).where(CONTENT.c.id == row.id).values(body=wrapped))
            changed += 1
    if changed:
        tx.erases()  # what stood there in plain words is to be gone from the disk too
    return (rows[-1].id if rows else ""), changed
