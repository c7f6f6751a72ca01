"""Keeps one thing that happened after the hand-over: its row, its entry, and what it does to clocks (settled 46)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import orjson

from contracts.council import Council
from contracts.events import EVENTS
from gateway.flows.decisions import timers
from gateway.flows.decisions.said import ENGINE
from gateway.flows.gateway import Gateway
from gateway.flows.ids import short_id
from gateway.record.entries import make_entry
from gateway.store import content
from gateway.store.chance import new_id
from gateway.store.sealer import record_entry
from gateway.store.tables import EVENT
from gateway.store.transaction import Tx

ASKED: Final = "more_information_asked"
"""The event that opens a question on the referral."""

PERSON: Final = "a named person"
"""Who told it, where that was not a system."""

GIVEN: Final = "more_information_given"
"""The event that answers it."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened.

    telling  id of what told it: the same telling is the same event
    kind     `event` or `outcome`; code: a key of contracts.events.EVENTS or OUTCOMES
    at       when it happened, ms UTC
    by       who told it, as the record names them
    words    what was written beside it: `words`, `lead`
    """

    telling: str
    referral: str
    delivery: str
    kind: Literal["event", "outcome"]
    code: str
    at: int
    by: str
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Of its row, and of the question that it asks."""
        return short_id("event", self.telling)


def keep(
    gateway: Gateway,
    tx: Tx,
    council: Council,
    one: Happened,
    also: Mapping[str, object],
    person: Mapping[str, object] | None = None,
) -> str:
    """Write it down and tell the timers. Returns the entry's rid.

    also    what its entry says besides: ids and codes
    person  who it was and in which role, where it was not a system: a part that a sender's receipt keeps closed
    """
    said = content.put(tx, council.name, "said", orjson.dumps(dict(one.words))) if one.words else ""
    sections = _sections(one, also, person)
    entry = make_entry(new_id(), council.name, f"hub.{one.kind}", tx.now, sections, gateway.salt, one.referral)
    record_entry(tx, entry)
    tx.insert(
        EVENT,
        {
            "id": one.id,
            "council": council.name,
            "referral": one.referral,
            "delivery": one.delivery,
            "kind": one.kind,
            "code": one.code,
            "by": one.by,
            "happened_at": one.at,
            "at": tx.now,
            "said": said,
            "entry": entry.rid,
        },
    )
    for code in _seen(one):
        timers.saw(tx, council, one.referral, code, one.at, one.by)
        timers.ended(tx, gateway.policy(council.name), one.referral, code, one.by)
    return entry.rid


def _sections(one: Happened, also: Mapping[str, object], person: Mapping[str, object] | None) -> dict[str, object]:
    who = one.by if person is None else PERSON
    event = {
        "id": one.id,
        "delivery": one.delivery,
        "code": one.code,
        "happened_at": one.at,
        "by": who,
        "beside": sorted(one.words),
    }
    sections: dict[str, object] = {"actors": {"client": who, "engine": ENGINE}, "event": event | dict(also)}
    return sections if person is None else sections | {"human": person}


def _seen(one: Happened) -> tuple[str, ...]:
    """What the timers hear of it. Whoever decided has read it."""
    own = (one.code,) if one.code in EVENTS else ()
    return own if one.kind == "event" else ("acknowledged", "outcome_told", *own)
