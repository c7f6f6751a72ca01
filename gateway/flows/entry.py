"""Writes the record's entry with the change it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.record.entries import make_entry
from gateway.store.chance import new_id, salt
from gateway.store.sealer import record_entry
from gateway.store.transaction import Tx

_NOTHING: Mapping[str, object] = MappingProxyType({})


def write_entry(
    tx: Tx,
    council: str,
    referral: str,
    kind: str,
    said: Mapping[str, object],
    section: str = "delivery",
    beside: Mapping[str, object] = _NOTHING,
) -> str:
    """One entry in one section, and in those beside it: ids and codes only. Returns its rid."""
    entry = make_entry(new_id(), council, kind, tx.now, {section: said, **beside}, salt, referral)
    record_entry(tx, entry)
    return entry.rid
