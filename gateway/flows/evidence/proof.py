"""How far one entry of the record is proven: recorded, sealed, witnessed; looked at now, never taken on trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection, bindparam, select

from gateway.record.note import Key
from gateway.record.verify import verify_entry
from gateway.store.evidence import evidence_of
from gateway.store.tables import CHECKPOINT, WITNESSED

State = Literal["recorded", "sealed", "witnessed", "altered"]

# The smallest that covers it was the first: one look at an index, however many came after.
_SEALED: Final = (
    select(CHECKPOINT.c.at)
    .where(CHECKPOINT.c.council == bindparam("council"), CHECKPOINT.c.size > bindparam("index"))
    .order_by(CHECKPOINT.c.size)
    .limit(1)
)
_WITNESSED: Final = (
    select(WITNESSED.c.at)
    .where(WITNESSED.c.council == bindparam("council"), WITNESSED.c.size > bindparam("index"))
    .order_by(WITNESSED.c.size, WITNESSED.c.at)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Proof:
    """index: of the entry; size: entries that the checkpoint covers it was checked against. Times in ms UTC.

    found  what does not match, where the state is `altered`
    """

    state: State
    index: int = 0
    size: int = 0
    sealed: int | None = None
    witnessed: int | None = None
    found: tuple[str, ...] = ()


def proof(connection: Connection, council: str, key: Key, rid: str) -> Proof:
    """Checks one entry against the newest checkpoint of its record."""
    evidence = evidence_of(connection, council, rid)
    if evidence is None:
        return Proof("recorded")
    index, size = evidence.proof.index, evidence.proof.checkpoint.size
    checked = verify_entry(evidence, key, key.name)
    if checked.findings:
        return Proof("altered", index, size, found=tuple(str(one.kind) for one in checked.findings))
    which = {"council": council, "index": index}
    sealed = connection.execute(_SEALED, which).scalar()
    witnessed = connection.execute(_WITNESSED, which).scalar()
    return Proof("witnessed" if witnessed else "sealed", index, size, sealed, witnessed)
