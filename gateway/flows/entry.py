"""Writes the record's entry with the change it tells of, and reads what is left of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from gateway.record.entries import make_entry
from gateway.store.chance import new_id, salt
from gateway.store.evidence import entry_of
from gateway.store.sealer import record_entry
from gateway.store.tables import READING
from gateway.store.transaction import Tx

READER: Final = "reader"
"""Section of an entry that says who looked: by, role, how, purpose."""

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
    """One entry in one section, and in those beside it: ids and codes only. Returns its rid.

    What is said of a reader is listed by person and time too, so that somebody can watch who reads (governance 5.5).
    """
    entry = make_entry(new_id(), council, kind, tx.now, {section: said, **beside}, salt, referral)
    record_entry(tx, entry)
    if section == READER:
        row = {"entry": entry.rid, "council": council, "at": tx.now, "type": kind, "referral": referral, "flags": None}
        tx.insert(READING, row | {"person": str(said.get("by", "")), "role": str(said.get("role", ""))})
    return entry.rid


def sections_of(store: Connection | Tx, council: str, rid: str) -> dict[str, Any]:
    """What is left of an entry's sections, by name."""
    entry = entry_of(store, council, rid)
    parts: Iterable[Any] = entry.sections if entry is not None else ()
    return {part.name: orjson.loads(part.value) for part in parts if part.value is not None}
