"""The daily manifest: what each sender sent and each hub was sent, where all of it is, signed with the council's key.

Made once for each day, the night after it, and kept: what is asked for later is what was signed then. It holds ids,
codes and numbers, and nothing of a person. What never reached a hub is counted for that hub, and not named to it.
Each is a transaction of its own, so that one that cannot be made costs nobody else theirs; the council's own comes
last, and only with everybody's, so that where it is, the day is whole.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from contracts.council import Council
from contracts.errors import GatewayError, NotFound, SenderError, StoreUnavailable
from gateway.flows.entry import write_entry
from gateway.flows.evidence import standstill
from gateway.flows.evidence.tally import Message, Sent, Tally, items_of, messages_of, tally, whole
from gateway.flows.gateway import Gateway
from gateway.flows.stamps import stamp
from gateway.logs import place_of
from gateway.path.balance import Item, Place, balance
from gateway.path.calendar import day_of, start_of
from gateway.path.telling import days_between
from gateway.record.manifest import sign_manifest
from gateway.store import content
from gateway.store.tables import MANIFEST, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

COUNCIL: Final = "council"
"""Whose manifest the council's own is, over all its senders and hubs."""

AT: Final = 2 * 3_600_000
"""Milliseconds after midnight in London at which the day before is made up."""

BACK: Final = 7
"""Days back for which a manifest is made that is missing: the gateway may have rested over Christmas."""

_TOLD: Final = "manifests"
"""Under which one process at a time says that some could not be made."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """One manifest as it was signed."""

    whose: str
    day: date
    note: str


@dataclass(frozen=True, slots=True)
class Night:
    """What a night came to: how many days are whole that were not, and council, day and whose of all that failed."""

    days: int = 0
    failed: tuple[tuple[str, date, str], ...] = ()


async def manifest(gateway: Gateway, council: str, whose: str, day: date) -> Kept:
    """The manifest of a day that is over: as it was kept or, of one of the last days, made now.

    whose  `sender:NAME`, `hub:NAME` or `council`. Raises SenderError for a day that is not over, NotFound, and
           GatewayError where what it counts is not as it should be.
    """
    today = day_of(gateway.now())
    if day >= today:
        raise SenderError("That day is not over. Ask for one that is, as it is counted in London.")
    note = await gateway.store.ask(council, lambda connection: _kept(connection, council, whose, day))
    if note is None and day >= today - timedelta(days=BACK):
        failed = await _make(gateway, council, day, (whose,))
        note = await gateway.store.ask(council, lambda connection: _kept(connection, council, whose, day))
        if note is None and failed:
            raise GatewayError("What this manifest counts is not as it should be. The council is told each night.")
    if note is None:
        raise NotFound("No manifest was kept of that day.")
    return Kept(whose, day, note)


async def nightly(gateway: Gateway) -> Night:
    """Make what is missing of the last days, from two in the morning; a council in which some cannot be made is told.

    Begun again, it makes what is still missing and nothing twice. Raises StoreUnavailable.
    """
    last, days, failed = day_of(gateway.now() - AT) - timedelta(days=1), 0, list[tuple[str, date, str]]()
    for council in sorted(gateway.catalogue.councils):
        missing = await gateway.store.ask(council, lambda connection, of=council: _missing(connection, of, last))  # type: ignore[misc]
        lost = [(council, day, whose) for day in missing for whose in await _make(gateway, council, day)]
        await gateway.writer.submit(Write(lambda tx, of=council, sound=not lost: _told(gateway, tx, of, sound)))  # type: ignore[misc]
        days, failed = days + len(missing) - len({day for _, day, _ in lost}), failed + lost
    return Night(days, tuple(failed))


def end_of(day: date) -> int:
    """The instant at which this day ends in London, ms UTC."""
    return start_of(day + timedelta(days=1))


def _told(gateway: Gateway, tx: Tx, council: str, sound: bool) -> None:
    if tx.alone(_TOLD):
        standstill.found(gateway, tx, council, sound, gateway.now(), standstill.MANIFESTS)


async def _make(gateway: Gateway, council: str, day: date, also: Iterable[str] = ()) -> list[str]:
    """Make every manifest of one day that is not kept yet, each by itself. Returns whose could not be made.

    also  whose is made although nobody of that name is registered any more
    """
    home = gateway.council(council)
    counted, known = await gateway.store.ask(council, lambda connection: _counted(connection, council, day))
    failed: list[str] = []
    for whose in _everybody(home, counted, also):
        if whose in known or (whose == COUNCIL and failed):
            continue
        try:
            said = {"council": council, "day": day.isoformat(), "made": stamp(gateway.now()), "for": whose}
            said |= _said(whose, counted)
            await gateway.writer.submit(Write(lambda tx, said=said: _keep(gateway, tx, said)))  # type: ignore[misc]
        except StoreUnavailable:
            raise
        except Exception as error:
            failed.append(whose)
            why = f"{type(error).__name__} {place_of(error)}"
            _LOG.error("A manifest could not be made", extra={"council": council, "kind": whose, "why": why})
    return failed


def _counted(connection: Connection, council: str, day: date) -> tuple[Tally, frozenset[str]]:
    """What there is to count of a day, all from one reading so that its sums agree; and whose is kept."""
    kept = connection.execute(_OF_DAY, {"council": council, "day": day.isoformat()})
    return tally(connection, council, start_of(day), end_of(day)), frozenset(row.whose for row in kept)


def _keep(gateway: Gateway, tx: Tx, said: Mapping[str, Any]) -> None:
    """Sign and keep one manifest with the entry that tells its digest, unless somebody has meanwhile."""
    council, whose, day = said["council"], said["for"], said["day"]
    if tx.execute(_NOTE, {"council": council, "whose": whose, "day": day}).first() is not None:
        return
    keys = gateway.keys[council]
    note = sign_manifest(keys.record, keys.sign, said)
    digest = sha256(note.encode()).hexdigest()
    told = {"day": day, "manifests": [[whose, digest]]} | ({"ever": said["ever"]} if "ever" in said else {})
    entry = write_entry(tx, council, "", "manifest", told, section="manifest")
    row = {"council": council, "day": day, "whose": whose, "digest": digest, "entry": entry}
    kept = content.put(tx, council, "manifest", note.encode())
    tx.insert(MANIFEST, row | {"content": kept, "at": gateway.now(), "compared_at": None, "clock": ""})


def _missing(connection: Connection, council: str, last: date) -> list[date]:
    """Days up to the last one that are not whole, the oldest first; those before anything came are none."""
    found = []
    for day in (last - timedelta(days=back) for back in reversed(range(BACK))):
        asked = {"council": council, "day": day.isoformat(), "end": end_of(day)}
        is_whole = connection.execute(_WAS_MADE, asked).first() is not None
        if not is_whole and connection.execute(_ANYTHING, asked).first() is not None:
            found.append(day)
    return found


def _everybody(council: Council, counted: Tally, also: Iterable[str]) -> Iterator[str]:
    """Everybody who is registered or has anything in it, and the council last."""
    senders = {name for name, one in council.senders.items() if not one.hubs}
    senders |= {*counted.referrals, *counted.decisions, *counted.rejected}
    hubs = {*council.hubs, *counted.messages}
    for whose in also:
        kind, _, name = whose.partition(":")
        {"sender": senders, "hub": hubs}.get(kind, set()).add(name)
    yield from (f"sender:{name}" for name in sorted(senders))
    yield from (f"hub:{name}" for name in sorted(hubs))
    yield COUNCIL


def _said(whose: str, counted: Tally) -> dict[str, Any]:
    kind, _, name = whose.partition(":")
    if whose == COUNCIL:
        return _of_council(counted) | {"ever": whole(counted.ever)}
    return _of_sender(counted, name) if kind == "sender" else _of_hub(counted, name)


def _of_sender(counted: Tally, name: str) -> dict[str, Any]:
    items, sent = items_of(counted.decisions.get(name, ())), counted.referrals.get(name, ())
    rejected = counted.rejected.get(name, 0)
    return {
        "received": {"records": len(sent) + rejected, "referrals": len(sent), "rejected": rejected},
        "accepted": _numbers(_of_day(items, counted), counted),
        "open": _resting(items, counted),
        "referrals": [_referral(one, items) for one in sent],
        "open_before": [_older(item, counted) for item in items if item.at < counted.start],
    }


def _of_hub(counted: Tally, name: str) -> dict[str, Any]:
    messages = messages_of(counted.messages.get(name, ()))
    items = [message.item for message in messages]
    return {
        "promised": _numbers(_of_day(items, counted), counted),
        "open": _resting(items, counted),
        "arrived": [_message(one) for one in messages if _arrived(one, counted)],
        "may_have_arrived": [_message(one) for one in messages if one.left and one.item.place is Place.OPEN],
    }


def _of_council(counted: Tally) -> dict[str, Any]:
    items = [item for every in counted.decisions.values() for item in items_of(every)]
    sent, rejected = sum(map(len, counted.referrals.values())), sum(counted.rejected.values())
    return {
        "received": {"records": sent + rejected, "referrals": sent, "rejected": rejected},
        "accepted": _numbers(_of_day(items, counted), counted),
        "open": _resting(items, counted),
    }


def _of_day(items: Iterable[Item], counted: Tally) -> list[Item]:
    return [item for item in items if item.at >= counted.start]


def _numbers(items: Iterable[Item], counted: Tally) -> dict[str, int]:
    found = balance(items, counted.end - 1)
    assert found.closes, "what was accepted is somewhere, and there once"
    names = ("accepted", "delivered", "denied", "cancelled", "open", "held")
    return {name: getattr(found, name) for name in names}


def _resting(items: Iterable[Item], counted: Tally) -> dict[str, Any]:
    """What is open of any day, by age at the end of this one."""
    found = balance((item for item in items if item.place is Place.OPEN), counted.end - 1)
    return {"open": found.open, "held": found.held, "by_age": dict(found.ages)}


def _referral(sent: Sent, items: Iterable[Item]) -> dict[str, Any]:
    parts = [{"hub": one.hub, **_where(one)} for one in items if one.referral == sent.reference]
    told: dict[str, Any] = {"reference": sent.reference, "parts": parts}
    return told | ({"newer": sent.newer} if sent.newer else {})


def _older(item: Item, counted: Tally) -> dict[str, Any]:
    days = days_between(item.at, counted.end - 1)
    return {"reference": item.referral, "hub": item.hub, **_where(item), "days": days}


def _where(item: Item) -> dict[str, Any]:
    return {"place": str(item.place), "held": item.held}


def _arrived(message: Message, counted: Tally) -> bool:
    ended = message.ended_at
    return message.item.place is Place.DELIVERED and ended is not None and counted.start <= ended < counted.end


def _message(message: Message) -> dict[str, str]:
    return {"delivery": message.item.id, "reference": message.item.referral, "kind": message.kind}


def _kept(store: Connection | Tx, council: str, whose: str, day: date) -> str | None:
    found = store.execute(_NOTE, {"council": council, "whose": whose, "day": day.isoformat()}).scalar()
    body = content.get(store, council, found) if found else None
    return body.decode() if body is not None else None


_day = (MANIFEST.c.council == bindparam("council"), MANIFEST.c.day == bindparam("day"))
_NOTE: Final = select(MANIFEST.c.content).where(*_day, MANIFEST.c.whose == bindparam("whose"))
_OF_DAY: Final = select(MANIFEST.c.whose).where(*_day)
_WAS_MADE: Final = select(MANIFEST.c.day).where(*_day, MANIFEST.c.whose == COUNCIL)
_ANYTHING: Final = (
    select(REFERRAL.c.id).where(REFERRAL.c.council == bindparam("council"), REFERRAL.c.at < bindparam("end")).limit(1)
)
