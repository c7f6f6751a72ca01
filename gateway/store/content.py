"""The one door to personal bytes: sealed on the way in, opened on the way out, erased for good (settled 20)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, Literal

from sqlalchemy import Connection, bindparam

from gateway.store.chance import next_id
from gateway.store.tables import CONTENT
from gateway.store.transaction import Tx
from gateway.store.vault import NO_KEYS, Vault

Kind = Literal["raw", "filed", "payload", "sections", "attachment", "said", "manifest", "report", "upload", "draft"]

VAULT: Final = "vault"
"""The execution option of a reader's connection that holds what its content is opened with."""

_GET: Final = CONTENT.select().where(CONTENT.c.council == bindparam("council"), CONTENT.c.id == bindparam("content"))


def put(tx: Tx, council: str, kind: Kind, body: bytes) -> str:
    """Keep these bytes. Returns their id."""
    content = next_id()
    sealed = tx.vault.seal(council, content, kind, body)
    tx.insert(CONTENT, {"id": content, "council": council, "kind": kind, "body": sealed})
    return content


def get(connection: Connection | Tx, council: str, content: str) -> bytes | None:
    """The bytes with this id; None once they are erased, and for another council's. Raises ContentUnreadable."""
    row = connection.execute(_GET, {"council": council, "content": content}).first()
    return None if row is None else opened(connection, row)


def opened(connection: Connection | Tx, row: Any) -> bytes:
    """The bytes of a row of `content`: council, id, kind and body. Raises ContentUnreadable."""
    return vault_of(connection).unseal(row.council, row.id, row.kind, bytes(row.body))


def replace(tx: Tx, council: str, content: str, kind: Kind, body: bytes) -> None:
    """Put other bytes in the place of these, and have the disk let go of what was there."""
    tx.erases()
    stored = {"body": tx.vault.seal(council, content, kind, body)}
    tx.execute(CONTENT.update().where(CONTENT.c.council == council, CONTENT.c.id == content).values(**stored))


def erase(tx: Tx, council: str, contents: Collection[str]) -> int:
    """Delete these bytes with their keys, and have the disk let go of them once this is committed. Returns how many
    there were.

    SQLite overwrites them and empties its write-ahead log at once; PostgreSQL lets go when it next vacuums.
    """
    gone = CONTENT.delete().where(CONTENT.c.council == council, CONTENT.c.id.in_(list(contents)))
    tx.erases()
    return tx.execute(gone).rowcount


def vault_of(connection: Connection | Tx) -> Vault:
    """What content is opened with here."""
    if isinstance(connection, Tx):
        return connection.vault
    found: Vault = connection.get_execution_options().get(VAULT, NO_KEYS)
    return found
