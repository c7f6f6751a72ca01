"""Lays a sender's or a hub's own list of a day beside ours, names what differs, and has somebody look at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, select, update

from contracts.listed import DayListed
from gateway.flows.decisions.timers import clock_row
from gateway.flows.entry import write_entry
from gateway.flows.evidence import manifests
from gateway.flows.gateway import Gateway
from gateway.flows.submissions.standing import CANONICAL, OURS
from gateway.path.calendar import day_of, start_of
from gateway.path.clocks import due
from gateway.path.differences import Differences, Ours, State, differences
from gateway.path.telling import ring
from gateway.store.keys import fingerprint_of, key_digest
from gateway.store.tables import CLOCK, DELIVERY, MANIFEST, REFERRAL, SUBMISSION
from gateway.store.transaction import Tx
from gateway.store.writer import Write

TASK: Final = "lists_differ"
AROUND: Final = timedelta(days=31)
"""How far from the day what they list is looked for, where they list it by its bytes."""

_FILE: Final = "file"
"""The content type under which the command line takes a file (`doors.socket`)."""
_JSON: Final = "application/json"
_CHUNK: Final = 500


async def compare(gateway: Gateway, council: str, whose: str, day: date, listed: DayListed) -> dict[str, object]:
    """What differs, by our ids and by pointers into their list. Raises as `manifests.manifest` does.

    whose  `sender:NAME` or `hub:NAME`

    The list itself is not kept. Whatever differs is a task of the council's, once for each list.
    """
    kind, _, name = whose.partition(":")
    await manifests.manifest(gateway, council, whose, day)

    def read(connection: Connection) -> Differences:
        if kind == "hub":
            ids = {f"/references/{place}": one for place, one in enumerate(listed.references)}
            return differences(_messages(connection, council, name, day, ids.values()), ids)
        theirs, sought = _names(gateway, council, name, listed)
        ours = tuple(_sent(connection, council, name, day, sought))
        known = {one for item in ours for one in item.names}
        return differences(ours, {pointer: _meant(names, known) for pointer, names in theirs.items()})

    found = await gateway.store.ask(council, read)
    entry = await gateway.writer.submit(Write(lambda tx: _keep(gateway, tx, council, whose, day, found)))
    return _told(gateway, council, day, found, listed) | {"entry": entry}


def open_differences(connection: Connection, council: str) -> list[dict[str, str]]:
    """The lists of which somebody still has to look at what differed."""
    found = connection.execute(_DIFFER, {"council": council}).all()
    return [{"for": row.whose, "day": row.day, "task": row.clock} for row in found]


# Theirs ---------------------------------------------------------------------------------------------------------------


Theirs = dict[str, tuple[str, ...]]
"""Pointer into their list → what we may know the thing by."""


def _names(gateway: Gateway, council: str, sender: str, listed: DayListed) -> tuple[Theirs, list[str]]:
    """What they list; and the ids and keys among its names, which can be looked up."""
    keys = gateway.keys[council]
    theirs: Theirs = {f"/references/{place}": (one,) for place, one in enumerate(listed.references)}
    theirs |= {f"/keys/{place}": (key_digest(keys, sender, one),) for place, one in enumerate(listed.keys)}
    sought = [name for names in theirs.values() for name in names]
    kinds = sorted(_kinds(gateway, council, sender))
    for place, digest in enumerate(listed.digests):
        # A file's key is its digest (settled 22); anything else is known by how it was sent.
        names = (key_digest(keys, sender, digest), *(fingerprint_of(keys, kind, digest) for kind in kinds))
        theirs[f"/digests/{place}"] = names
        sought.append(names[0])
    return theirs, sought


def _kinds(gateway: Gateway, council: str, sender: str) -> Iterator[str]:
    """Every source and content type that this sender's submissions may have come as."""
    registration = gateway.council(council).senders[sender]
    for source in {CANONICAL, *registration.sources}:
        kinds = (_JSON,) if source in OURS else gateway.reader.media_types(source, council)
        yield from (f"{source} {kind}" for kind in (_FILE, *kinds))


def _meant(names: Iterable[str], known: set[str]) -> str:
    every = tuple(names)
    return next((name for name in every if name in known), every[0])


# Ours -----------------------------------------------------------------------------------------------------------------


def _sent(connection: Connection, council: str, sender: str, day: date, sought: Iterable[str]) -> Iterator[Ours]:
    """What the sender sent around that day, and whatever else is sought: by reference, key and fingerprint."""
    near = {"council": council, "sender": sender, "since": start_of(day - AROUND), "until": start_of(day + AROUND)}
    rows = {row.id: row for row in connection.execute(_NEAR, near)}
    rejected = {row.id: row for row in connection.execute(_REJECTED, near)}
    for names in _chunks(sought):
        which = {"council": council, "sender": sender, "names": names}
        rows |= {row.id: row for row in connection.execute(_SOUGHT, which)}
        rows |= {row.id: row for row in connection.execute(_SOUGHT_BY_KEY, which)}
        rejected |= {row.id: row for row in connection.execute(_SOUGHT_REJECTED, which)}
    for row in rows.values():
        yield _ours(row, day, State.HERE, frozenset({row.id, row.key, row.fingerprint}))
    for row in rejected.values():
        yield Ours(row.id, State.REJECTED, _day(row.at), frozenset({row.key, row.fingerprint}))


def _messages(connection: Connection, council: str, hub: str, day: date, sought: Iterable[str]) -> Iterator[Ours]:
    """What the hub was sent that day, and whatever else is sought."""
    near = {"council": council, "hub": hub, "start": start_of(day), "end": manifests.end_of(day)}
    rows = {row.id: row for row in connection.execute(_ARRIVED, near)}
    for names in _chunks(sought):
        which = {"council": council, "hub": hub, "names": names}
        rows |= {row.id: row for row in connection.execute(_SOUGHT_MESSAGES, which)}
    for row in rows.values():
        state = State.HERE if row.state == "delivered" else State.IN_DOUBT
        yield _ours(row, day, state, frozenset({row.id}))


def _ours(row: Any, day: date, state: State, names: frozenset[str]) -> Ours:
    known = _day(row.at)
    return Ours(row.id, State.OTHER_DAY if state is State.HERE and known != day.isoformat() else state, known, names)


def _day(at: int | None) -> str:
    return day_of(at).isoformat() if at is not None else ""


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    every = sorted(set(names))
    return (every[place : place + _CHUNK] for place in range(0, len(every), _CHUNK))


# What comes of it -----------------------------------------------------------------------------------------------------


def _keep(gateway: Gateway, tx: Tx, council: str, whose: str, day: date, found: Differences) -> str:
    """One entry, and the task of whoever must look. Of their list only what is ours is kept, and how much is not."""
    ids = {name: list(getattr(found, name)) for name in ("only_here", "rejected", "in_doubt")}
    said = {"for": whose, "day": day.isoformat(), "same": found.same, **ids, "only_there": len(found.only_there)}
    entry = write_entry(tx, council, "", "manifest.compared", said, section="manifest")
    clock = "" if found.agree else _task(gateway, tx, council, whose, day, found)
    which = {"of": council, "on": day.isoformat(), "theirs": whose}
    tx.execute(_COMPARED, which | {"new_at": gateway.now(), "new_clock": clock})
    return entry


def _task(gateway: Gateway, tx: Tx, council: str, whose: str, day: date, found: Differences) -> str:
    task, home, now = gateway.policy(council).tasks[TASK], gateway.council(council), gateway.now()
    # The same list again is the same task, also when somebody has looked at it.
    differs = sha256(repr(found).encode()).hexdigest()
    times = f"{council} {whose} {day.isoformat()} {differs}"
    until = due(task.within, now, home.hours)
    row = clock_row(council, f"task:{TASK}", "", "", task.owner, now, until, times=times)
    if tx.execute(_KNOWN, {"clock": row["id"]}).first() is None:
        tx.insert(CLOCK, row)
    return str(row["id"])


def _told(gateway: Gateway, council: str, day: date, found: Differences, listed: DayListed) -> dict[str, object]:
    home = gateway.council(council)
    say = f"Both lists of {day:%-d %B %Y} agree."
    if not found.agree:
        say = f"The lists of {day:%-d %B %Y} differ. Somebody at {home.title} will look. "
        say += ring(None, home, gateway.now()) if found.only_there or found.rejected else ""
    return {
        "day": day.isoformat(),
        "agree": found.agree,
        "say": say.strip(),
        "same": found.same,
        "only_here": list(found.only_here),
        "only_there": [_listed(pointer, listed) for pointer in found.only_there],
        "rejected": list(found.rejected),
        "in_doubt": list(found.in_doubt),
        "other_day": [{"id": one, "day": other} for one, other in found.other_day],
        "emergency": home.emergency,
    }


def _listed(pointer: str, listed: DayListed) -> dict[str, str]:
    """Where it stands in their list; a reference a digest itself too. A key may be anything: it is not said."""
    _, kind, place = pointer.split("/")
    shown = {} if kind == "keys" else {"id": getattr(listed, kind)[int(place)]}
    return {"pointer": pointer, **shown}


_of_sender = (
    REFERRAL.c.council == bindparam("council"),
    REFERRAL.c.sender == bindparam("sender"),
    REFERRAL.c.test == 0,
)
_REFERRED: Final = select(REFERRAL.c.id, REFERRAL.c.at, SUBMISSION.c.key, SUBMISSION.c.fingerprint).join_from(
    REFERRAL, SUBMISSION, SUBMISSION.c.id == REFERRAL.c.submission
)
_since: Final[BindParameter[int]] = bindparam("since")
_until: Final[BindParameter[int]] = bindparam("until")
_names_in: Final[BindParameter[Any]] = bindparam("names", expanding=True)
_NEAR: Final = _REFERRED.where(*_of_sender, REFERRAL.c.at >= _since, REFERRAL.c.at < _until)
_SOUGHT: Final = _REFERRED.where(*_of_sender, REFERRAL.c.id.in_(_names_in))
_SOUGHT_BY_KEY: Final = _REFERRED.where(
    *_of_sender,
    SUBMISSION.c.council == bindparam("council"),
    SUBMISSION.c.sender == bindparam("sender"),
    SUBMISSION.c.key.in_(_names_in),
)
_turned_away = (
    SUBMISSION.c.council == bindparam("council"),
    SUBMISSION.c.sender == bindparam("sender"),
    SUBMISSION.c.test == 0,
    SUBMISSION.c.state == "rejected",
)
_REFUSED: Final = select(SUBMISSION.c.id, SUBMISSION.c.at, SUBMISSION.c.key, SUBMISSION.c.fingerprint)
_REJECTED: Final = _REFUSED.where(*_turned_away, SUBMISSION.c.at >= _since, SUBMISSION.c.at < _until)
_SOUGHT_REJECTED: Final = _REFUSED.where(*_turned_away, SUBMISSION.c.key.in_(_names_in))
_SENT_TO: Final = (
    select(DELIVERY.c.id, DELIVERY.c.state, DELIVERY.c.ended_at.label("at"))
    .join_from(DELIVERY, REFERRAL, REFERRAL.c.id == DELIVERY.c.referral)
    .where(DELIVERY.c.council == bindparam("council"), DELIVERY.c.hub == bindparam("hub"), REFERRAL.c.test == 0)
)
_ARRIVED: Final = _SENT_TO.where(
    DELIVERY.c.state == "delivered", DELIVERY.c.ended_at >= bindparam("start"), DELIVERY.c.ended_at < bindparam("end")
)
_SOUGHT_MESSAGES: Final = _SENT_TO.where(DELIVERY.c.id.in_(_names_in))
_KNOWN: Final = select(CLOCK.c.id).where(CLOCK.c.id == bindparam("clock"))
_COMPARED: Final = (
    update(MANIFEST)
    .where(
        MANIFEST.c.council == bindparam("of"),
        MANIFEST.c.day == bindparam("on"),
        MANIFEST.c.whose == bindparam("theirs"),
    )
    .values(compared_at=bindparam("new_at"), clock=bindparam("new_clock"))
)
_DIFFER: Final = (
    select(MANIFEST.c.whose, MANIFEST.c.day, MANIFEST.c.clock)
    .join_from(MANIFEST, CLOCK, CLOCK.c.id == MANIFEST.c.clock)
    .where(
        MANIFEST.c.council == bindparam("council"), CLOCK.c.council == MANIFEST.c.council, CLOCK.c.state == "running"
    )
    .order_by(MANIFEST.c.day, MANIFEST.c.whose)
)
