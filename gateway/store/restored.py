"""Whether this store is older than what the world has seen of it: brought back from a backup, or behind its own record.

A row of `meta` says so until somebody has looked: while it stands nothing is sent (P-table, restore from backup).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, select

from gateway.store.statement import Statement
from gateway.store.tables import META
from gateway.store.transaction import Tx

FROM_BACKUP: Final = "from_backup"
"""`gateway backup restore` made this store."""
BEHIND_ITSELF: Final = "behind_itself"
"""A process of this deployment signed a larger record than the store holds."""
BEHIND_WITNESS: Final = "behind_witness"
"""A witness has signed a larger record than the store holds."""

_NAME: Final = "restored"
_MARK: Final = Statement(select(META.c.value).where(META.c.name == _NAME))


@dataclass(frozen=True, slots=True)
class Restored:
    """Why the store is thought to be older than the world, and since when it may be.

    since     what was decided or sent after this instant may be missing, ms UTC
    at        when that was found out
    missing   council → entries that were signed and are not here, as far as is known
    released  when a named person had sending go on, None while it is held
    """

    why: str
    since: int
    at: int
    missing: Mapping[str, int] = field(default_factory=dict)
    released: int | None = None
    by: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing may be sent."""
        return self.released is None


def restored_in(store: Connection | Tx) -> Restored | None:
    """What is known of it; None for a store that was never brought back."""
    if isinstance(store, Tx):
        found = [row.value for row in store.rows(_MARK)]
    else:
        found = list(store.execute(select(META.c.value).where(META.c.name == _NAME)).scalars())
    return Restored(**json.loads(found[0])) if found else None


def holds_sending(tx: Tx) -> bool:
    """Whether nothing may be sent."""
    found = restored_in(tx)
    return found is not None and found.holds


def mark(tx: Tx | Connection, found: Restored) -> None:
    """Write it down, in place of what was written before."""
    value: dict[str, Any] = asdict(found) | {"missing": dict(found.missing)}
    tx.execute(META.delete().where(META.c.name == _NAME))
    tx.execute(META.insert(), {"name": _NAME, "value": json.dumps(value, sort_keys=True)})
