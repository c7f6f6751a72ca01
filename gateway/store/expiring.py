"""Which referrals may be due to go, by what their rows say: now and then one that is not, and never one too few.

Each question is answered from an index. Of the day a child was born the rows know only the year: whoever asks reads
those of the last year one by one.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, TextClause, select

from gateway.store.tables import DECISIONS_KEPT, EVENT, OUTCOME, READING, REFERRAL, REQUEST_KEPT
from gateway.store.transaction import Tx

Store = Connection | Tx


def came(store: Store, council: str, record: str, until: int) -> frozenset[str]:
    """Those that came before this instant, ms UTC, and whose record is kept: `request`, or `decision`."""
    before = select(REFERRAL.c.id).where(REFERRAL.c.council == council, REFERRAL.c.at < until)
    return frozenset(store.execute(before.where(_kept(record))).scalars())


def born(store: Store, council: str, record: str, year: int) -> frozenset[str]:
    """Those whose youngest child is born in this year or before, of the same."""
    before = select(REFERRAL.c.id).where(REFERRAL.c.council == council, REFERRAL.c.born <= year)
    return frozenset(store.execute(before.where(_kept(record))).scalars())


def closed(store: Store, council: str, record: str, codes: Collection[str], until: int) -> frozenset[str]:
    """Those of which a hub said one of these outcomes before this instant, ms UTC, of the same."""
    before = select(EVENT.c.referral).where(
        EVENT.c.council == council, OUTCOME, EVENT.c.code.in_(sorted(codes)), EVENT.c.happened_at < until
    )
    asked = select(REFERRAL.c.id).where(REFERRAL.c.council == council, REFERRAL.c.id.in_(before))
    return frozenset(store.execute(asked.where(_kept(record))).scalars())


def looked(store: Store, council: str, until: int | None = None) -> frozenset[str]:
    """Those that somebody looked at before this instant, ms UTC, or at any; where what says so is kept."""
    ever = select(READING.c.referral).where(READING.c.council == council, READING.c.referral != "").distinct()
    asked = ever if until is None else ever.where(READING.c.at < until)
    return frozenset(store.execute(asked).scalars())


def _kept(record: str) -> TextClause:
    return REQUEST_KEPT if record == "request" else DECISIONS_KEPT
