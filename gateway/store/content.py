"""The one door to personal bytes: sealed on the way in, opened on the way out, erased for good (settled 20)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal

from sqlalchemy import Connection, bindparam

from contracts.errors import StoreUnavailable
from gateway.store.chance import next_id
from gateway.store.tables import CONTENT
from gateway.store.transaction import Tx

Kind = Literal["raw", "filed", "payload", "sections", "attachment", "said", "manifest"]

_PLAIN: Final = b"\x00"
"""The first byte of what is stored says how it is sealed. 0: as it came, on a disk the operator encrypts."""

_GET: Final = CONTENT.select().where(CONTENT.c.council == bindparam("council"), CONTENT.c.id == bindparam("content"))


def put(tx: Tx, council: str, kind: Kind, body: bytes) -> str:
    """Keep these bytes. Returns their id."""
    content = next_id()
    tx.insert(CONTENT, {"id": content, "council": council, "kind": kind, "body": seal(body)})
    return content


def get(connection: Connection | Tx, council: str, content: str) -> bytes | None:
    """The bytes with this id; None once they are erased, and for another council's."""
    row = connection.execute(_GET, {"council": council, "content": content}).mappings().first()
    return None if row is None else unseal(row["body"])


def erase(tx: Tx, council: str, contents: Collection[str]) -> int:
    """Delete these bytes, and have the disk let go of them once this is committed. Returns how many there were.

    SQLite overwrites them and empties its write-ahead log at once; PostgreSQL lets go when it next vacuums.
    """
    gone = CONTENT.delete().where(CONTENT.c.council == council, CONTENT.c.id.in_(list(contents)))
    tx.erases()
    return tx.execute(gone).rowcount


def seal(body: bytes) -> bytes:
    """As it is stored. Encryption is switched on here, with a first byte of its own."""
    return _PLAIN + body


def unseal(stored: bytes) -> bytes:
    """As it was put. Raises StoreUnavailable for bytes that a newer gateway sealed."""
    if stored[:1] != _PLAIN:
        raise StoreUnavailable("This content was sealed by a newer gateway. Run that one.")
    return stored[1:]
