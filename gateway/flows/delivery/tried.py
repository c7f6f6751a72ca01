"""Whether each hub's door was ever tried out, and whether it is still the door that was tried (P13, settled 52)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, bindparam, select

from contracts.council import Council, HubSettings
from gateway.flows.connections.secretfiles import read_secret
from gateway.flows.decisions.permit import Door, opened
from gateway.path.calendar import day_of
from gateway.record.canonical import canonical
from gateway.settings import Settings
from gateway.store.evidence import entry_of
from gateway.store.tables import ENTRY
from gateway.store.transaction import Tx

KIND: Final = "hub.tested"
"""Type of the entry that trying a hub out leaves."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The last time that a hub was tried out.

    way    digest of how it is spoken to, and of its class; door: of all that, its address and its secrets
    wrong  how many things were
    """

    on: date
    way: str
    door: str
    wrong: int


def way_of(hub: HubSettings) -> str:
    """Digest of how a hub is spoken to and what it does with repeats: not of where it is, for a trial is elsewhere."""
    pinned = {"adapter": hub.adapter, "class": hub.hub_class.value, "settings": hub.settings}
    return sha256(canonical(pinned)).hexdigest()


def last_tried(connection: Connection | Tx, council: str) -> Mapping[str, Tried]:
    """Hub → the last time that it was tried out."""
    found: dict[str, Tried] = {}
    for row in connection.execute(_TRIALS, {"council": council}).all():
        entry = entry_of(connection, council, row.rid)
        parts = (json.loads(part.value) for part in entry.sections if part.value) if entry else ()
        said = next((part for part in parts if isinstance(part, dict) and "found" in part), None)
        if said is not None:
            wrong = sum(verdict == "wrong" for verdict in said["found"].values())
            found[said["hub"]] = Tried(day_of(row.ts), said.get("way", ""), said["door"], wrong)
    return found


def unproved(council: Council, tried: Mapping[str, Tried]) -> Iterator[str]:
    """A sentence for each hub whose class rests on nothing but somebody's word."""
    for hub in council.hubs.values():
        one = tried.get(hub.name)
        if one is None:
            yield f"{hub.title}: it is said to be of class {hub.hub_class}, and was never tried out."
        elif one.way != way_of(hub):
            when = f"{one.on:%-d %B %Y}"
            yield f"{hub.title}: its settings or its class have changed since {when}, when it was tried out last."
        elif one.wrong:
            things = "one thing was" if one.wrong == 1 else f"{one.wrong} things were"
            yield f"{hub.title}: {things} wrong when it was tried out on {one.on:%-d %B %Y}. Try it out again."


def moved(settings: Settings, council: Council, tried: Mapping[str, Tried]) -> Iterator[str]:
    """A sentence for each hub that was tried out at another address, or with another secret, than it has now."""
    for hub in council.hubs.values():
        one = tried.get(hub.name)
        if one is None or one.way != way_of(hub):
            continue
        door = opened(partial(read_secret, settings.secrets), settings.mail_sender, council, hub)
        if isinstance(door, Door) and door.digest != one.door:
            yield f"{hub.title}: it was tried out at another address, or with another secret, than it has now."


_TRIALS: Final = (
    select(ENTRY.c.rid, ENTRY.c.ts)
    .where(ENTRY.c.council == bindparam("council"), ENTRY.c.referral == "", ENTRY.c.type == KIND)
    .order_by(ENTRY.c.seq)
)
