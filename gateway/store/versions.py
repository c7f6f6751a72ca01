"""Finds which referral was last made of a source record, for a whole batch in one query (settled 22)."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Select, bindparam, exists, select

from gateway.store.statement import Statement, run
from gateway.store.tables import LOOKUP, REFERRAL

if TYPE_CHECKING:
    from gateway.store.transaction import Tx

Lineage = tuple[str, str, str, str, int]
"""Council, sender, source, lookup token of the record, and whether it is a test: one source record, however often it is
sent."""

KIND: Final = "source_record"
"""Of the lookup tokens that name a source record."""

_later = REFERRAL.alias("later")
_NEWEST: Final = Statement(
    select(REFERRAL.c.council, REFERRAL.c.sender, REFERRAL.c.source, LOOKUP.c.token, REFERRAL.c.test, REFERRAL.c.id)
    .join_from(LOOKUP, REFERRAL, REFERRAL.c.id == LOOKUP.c.referral)
    .where(
        LOOKUP.c.council.in_(bindparam("councils", expanding=True)),
        LOOKUP.c.token.in_(bindparam("tokens", expanding=True)),
        LOOKUP.c.kind == KIND,
        ~exists().where(_later.c.supersedes == REFERRAL.c.id),
    )
    .order_by(REFERRAL.c.at, REFERRAL.c.id)
)

_LOCK: Final = "SELECT pg_advisory_xact_lock(record) FROM unnest(%s::bigint[]) AS record"


def hold(connection: Connection, lineages: Collection[Lineage]) -> None:
    """Keep other processes from looking these source records up until this transaction has ended.

    A record that never came before has no row that could be locked, and two processes would each write a first version.
    All are taken in one order, so that nobody waits for somebody who waits. A SQLite file has one owner anyway.
    """
    if connection.dialect.name == "postgresql":
        run(connection, _LOCK, (sorted({_number(one) for one in lineages}),))


def _number(lineage: Lineage) -> int:
    return int.from_bytes(sha256("/".join(map(str, lineage)).encode()).digest()[:8], "big", signed=True)


def newest(connection: Connection, lineages: Collection[Lineage]) -> dict[Lineage, str]:
    """The id of each source record's newest referral; records that never came before are absent."""
    asked = {"councils": sorted({one[0] for one in lineages}), "tokens": sorted({one[3] for one in lineages})}
    return {tuple(row[:5]): row.id for row in _NEWEST.rows(connection, asked)}


def later(council: str, referral: str) -> Select[str]:
    """The id of the version that followed a referral, if one did."""
    return select(REFERRAL.c.id).where(REFERRAL.c.council == council, REFERRAL.c.supersedes == referral)


def versions(connection: Connection | Tx, council: str, referral: str) -> list[str]:
    """Every version of one referral, by id, oldest first, whichever of them is named."""
    found = [referral]
    while (before := connection.execute(_before(council, found[0])).scalar()) is not None:
        found.insert(0, before)
    while (after := connection.execute(later(council, found[-1])).scalar()) is not None:
        found.append(after)
    return found


def _before(council: str, referral: str) -> Select[str | None]:
    return select(REFERRAL.c.supersedes).where(REFERRAL.c.council == council, REFERRAL.c.id == referral)
