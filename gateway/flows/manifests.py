"""The daily manifest: what each sender sent and each hub was sent, where all of it is, signed with the council's key.

Made once for each day, the night after it, and kept: what is asked for later is what was signed then. It holds ids,
codes and numbers, and nothing of a person. What never reached a hub is counted for that hub, and not named to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import bindparam, select

from contracts.council import Council
from contracts.errors import NotFound, SenderError
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.stamps import stamp
from gateway.flows.tally import Message, Sent, Tally, tally, whole
from gateway.path.balance import Item, Place, balance
from gateway.path.calendar import day_of, start_of
from gateway.path.telling import days_between
from gateway.record.manifest import sign_manifest
from gateway.store import content
from gateway.store.statement import Statement
from gateway.store.tables import MANIFEST, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

COUNCIL: Final = "council"
"""Whose manifest the council's own is, over all its senders and hubs."""

AT: Final = 2 * 3_600_000
"""Milliseconds after midnight in London at which the day before is made up."""

BACK: Final = 7
"""Days back for which a manifest is made that is missing: the gateway may have rested over Christmas."""

_TOGETHER: Final = "manifests"


@dataclass(frozen=True, slots=True)
class Kept:
    """One manifest as it was signed."""

    whose: str
    day: date
    note: str


async def manifest(gateway: Gateway, council: str, whose: str, day: date) -> Kept:
    """The manifest of a day that is over: as it was kept or, of one of the last days, made now.

    whose  `sender:NAME`, `hub:NAME` or `council`. Raises SenderError for a day that is not over, NotFound.
    """
    today = day_of(gateway.now())
    if day >= today:
        raise SenderError("That day is not over. Ask for one that is, as it is counted in London.")

    def work(tx: Tx) -> Kept:
        note = _kept(tx, council, whose, day)
        if note is None and day >= today - timedelta(days=BACK):
            make(gateway, tx, council, day, (whose,))
            note = _kept(tx, council, whose, day)
        if note is None:
            raise NotFound("No manifest was kept of that day.")
        return Kept(whose, day, note)

    return await gateway.writer.submit(Write(work))


async def nightly(gateway: Gateway) -> int:
    """Make what is missing of the last days, from two in the morning. Returns how many. Raises StoreUnavailable."""
    return await gateway.writer.submit(Write(lambda tx: _missing(gateway, tx)))


def make(gateway: Gateway, tx: Tx, council: str, day: date, also: Iterable[str] = ()) -> None:
    """Make and keep every manifest of one day that is not kept yet: one entry tells of them all.

    also  whose is made although nobody of that name is registered any more
    """
    home, start, end = gateway.council(council), start_of(day), end_of(day)
    counted = tally(tx, council, start, end)
    head = {"council": council, "day": day.isoformat(), "made": stamp(gateway.now())}
    whole_of = {"ever": whole(tx, council, end)}
    known = {row.whose for row in tx.execute(_OF_DAY, {"council": council, "day": day.isoformat()})}
    told = {
        whose: sign_manifest(gateway.keys[council].record, gateway.keys[council].sign, head | {"for": whose} | said)
        for whose, said in _every(home, counted, also, whole_of)
        if whose not in known
    }
    digests = {whose: sha256(note.encode()).hexdigest() for whose, note in told.items()}
    listed = [[whose, digest] for whose, digest in sorted(digests.items())]
    entry = write_entry(
        tx, council, "", "manifest", {"day": day.isoformat(), **whole_of, "manifests": listed}, section="manifest"
    )
    for whose, note in told.items():
        kept = content.put(tx, council, "manifest", note.encode())
        row = {"council": council, "day": day.isoformat(), "whose": whose, "content": kept}
        tx.insert(
            MANIFEST,
            row | {"digest": digests[whose], "entry": entry, "at": gateway.now(), "compared_at": None, "clock": ""},
        )


def end_of(day: date) -> int:
    """The instant at which this day ends in London, ms UTC."""
    return start_of(day + timedelta(days=1))


def _missing(gateway: Gateway, tx: Tx) -> int:
    if not tx.alone(_TOGETHER):
        return 0
    last, made = day_of(gateway.now() - AT) - timedelta(days=1), 0
    for council in gateway.catalogue.councils:
        for day in (last - timedelta(days=back) for back in reversed(range(BACK))):
            asked = {"council": council, "day": day.isoformat(), "end": end_of(day)}
            if tx.rows(_WAS_MADE, asked) or not tx.rows(_ANYTHING, asked):
                continue
            make(gateway, tx, council, day)
            made += 1
    return made


def _every(
    council: Council, counted: Tally, also: Iterable[str], whole_of: Mapping[str, object]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whose → what it says, of everybody who is registered or has anything in it."""
    senders = {name for name, one in council.senders.items() if not one.hubs}
    senders |= {*counted.referrals, *counted.decisions, *counted.rejected}
    hubs = {*council.hubs, *counted.messages}
    for whose in also:
        kind, _, name = whose.partition(":")
        {"sender": senders, "hub": hubs}.get(kind, set()).add(name)
    yield COUNCIL, _of_council(counted) | dict(whole_of)
    yield from ((f"sender:{name}", _of_sender(counted, name)) for name in sorted(senders))
    yield from ((f"hub:{name}", _of_hub(counted, name)) for name in sorted(hubs))


def _of_sender(counted: Tally, name: str) -> dict[str, Any]:
    items, sent = counted.decisions.get(name, ()), counted.referrals.get(name, ())
    rejected = counted.rejected.get(name, 0)
    return {
        "received": {"records": len(sent) + rejected, "referrals": len(sent), "rejected": rejected},
        "accepted": _numbers(_of_day(items, counted), counted),
        "open": _resting(items, counted),
        "referrals": [_referral(one, items) for one in sent],
        "open_before": [_older(item, counted) for item in items if item.at < counted.start],
    }


def _of_hub(counted: Tally, name: str) -> dict[str, Any]:
    messages = counted.messages.get(name, ())
    items = [message.item for message in messages]
    return {
        "promised": _numbers(_of_day(items, counted), counted),
        "open": _resting(items, counted),
        "arrived": [_message(one) for one in messages if _arrived(one, counted)],
        "may_have_arrived": [_message(one) for one in messages if one.left and one.item.place is Place.OPEN],
    }


def _of_council(counted: Tally) -> dict[str, Any]:
    items = [item for every in counted.decisions.values() for item in every]
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


def _kept(tx: Tx, council: str, whose: str, day: date) -> str | None:
    found = tx.execute(_NOTE, {"council": council, "whose": whose, "day": day.isoformat()}).scalar()
    body = content.get(tx, council, found) if found else None
    return body.decode() if body is not None else None


_day = (MANIFEST.c.council == bindparam("council"), MANIFEST.c.day == bindparam("day"))
_NOTE: Final = select(MANIFEST.c.content).where(*_day, MANIFEST.c.whose == bindparam("whose"))
_OF_DAY: Final = select(MANIFEST.c.whose).where(*_day)
_WAS_MADE: Final = Statement(select(MANIFEST.c.day).where(*_day, MANIFEST.c.whose == COUNCIL))
_ANYTHING: Final = Statement(
    select(REFERRAL.c.id).where(REFERRAL.c.council == bindparam("council"), REFERRAL.c.at < bindparam("end")).limit(1)
)
