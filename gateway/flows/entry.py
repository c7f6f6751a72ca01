"""Writes the record's entry with the change it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_bytes
from uuid import uuid4

from gateway.record.entries import make_entry
from gateway.store.sealer import record_entry
from gateway.store.transaction import Tx


def write_entry(
    tx: Tx, council: str, referral: str, kind: str, said: Mapping[str, object], section: str = "delivery"
) -> str:
    """One entry in one section: ids and codes only. Returns its rid."""
    entry = make_entry(str(uuid4()), council, kind, tx.now, {section: said}, lambda: token_bytes(32))
    record_entry(tx, entry, referral)
    return entry.rid
