"""Writes down that something was fetched, and what became of it: place, digests and counts, never a name.

What went into quarantine is put before the role that looks after the place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from gateway.config.pickups import Pickup
from gateway.flows.decisions.said import ENGINE
from gateway.flows.gateway import Gateway
from gateway.flows.places.place import Into, Seen
from gateway.flows.places.rowreport import Line, as_csv
from gateway.flows.places.signedforms import is_recorded, rid_of, ring
from gateway.record.entries import make_entry
from gateway.store.sealer import record_entry
from gateway.store.transaction import Tx
from gateway.store.writer import Write

KINDS: Final = {"done": "pickup.taken", "quarantine": "pickup.quarantined"}
"""Where it was put → type of the entry; of the clock too, for quarantine."""


async def record(
    gateway: Gateway,
    pickup: Pickup,
    seen: Seen,
    content: bytes,
    into: Into,
    lines: Sequence[Line],
    submitted: Sequence[str],
) -> str:
    """Write it down once, however often this is done. Raises StoreUnavailable.

    submitted  SHA-256 of each file in it, in order
    Returns 8 hex digits that stand for this taking of this thing.
    """
    # What became of it belongs to it: the same file may be left again after a mapping was put right.
    digest, became, now = sha256(content).hexdigest(), sha256(as_csv(lines)).hexdigest(), gateway.now()
    rid = rid_of(gateway, pickup.council, pickup.key, seen.name, seen.stamp, digest, into, became)
    sections = {
        "actors": {"client": pickup.sender, "engine": ENGINE},
        "pickup": {
            "place": pickup.name,
            "kind": pickup.where.kind,
            "size": seen.size,
            "sha256": digest,
            "files": list(submitted),
            "lines": dict(Counter(line.state for line in lines)),
            "token": rid[:8],
        },
    }
    entry = make_entry(rid, pickup.council, KINDS[into], now, sections, gateway.salt)

    def work(tx: Tx) -> None:
        if is_recorded(tx, rid):
            return
        record_entry(tx, entry)
        if into == "quarantine":
            ring(tx, pickup, KINDS[into], "", rid, now)

    await gateway.writer.submit(Write(work))
    return rid[:8]
