"""Documents by their digest: each sender's own, found by a keyed name, its bytes in `content` (settled 20, 26)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from gateway.store import content
from gateway.store.keys import CouncilKeys, lookup_token
from gateway.store.tables import ATTACHMENT
from gateway.store.transaction import Tx

KIND: Final = "attachment"
"""Of the lookup tokens by which a referral is found that names a document."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose documents: a sender can name only what it sent itself, and live only what it sent live (settled 53)."""

    council: str
    sender: str
    test: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """One document that is here. `scanned` is `clean`, or `no` where no scanner was set."""

    token: str
    content: str
    media_type: str
    size: int
    scanned: str


def attachment_token(keys: CouncilKeys, sha256: str) -> str:
    """The keyed name of a document, so that a table cannot be searched for a document somebody has."""
    return lookup_token(keys, KIND, sha256.lower())


def present(connection: Connection | Tx, whose: Whose, tokens: Collection[str]) -> dict[str, Kept]:
    """Those of these documents that are here, by token."""
    if not tokens:
        return {}
    table = ATTACHMENT.c
    found = connection.execute(
        select(table.token, table.content, table.media_type, table.size, table.scanned).where(
            table.council == whose.council,
            table.sender == whose.sender,
            table.test == int(whose.test),
            table.token.in_(sorted(tokens)),
        )
    )
    return {row.token: Kept(*row) for row in found}


def keep(tx: Tx, whose: Whose, token: str, body: bytes, media_type: str, scanned: str) -> bool:
    """Keep a document, unless it is here. True if it was not."""
    if present(tx, whose, (token,)):
        return False
    row = {
        "council": whose.council,
        "sender": whose.sender,
        "test": int(whose.test),
        "token": token,
        "content": content.put(tx, whose.council, "attachment", body),
        "media_type": media_type,
        "size": len(body),
        "scanned": scanned,
        "at": tx.now,
    }
    tx.insert(ATTACHMENT, row)
    return True
