"""Each hub's way in: open, held for a person, or left alone for a while after failures."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from typing import Final

from sqlalchemy import bindparam, func, select, text, tuple_, update

from contracts.delivery import HubClass, Result
from gateway.path.answers import WAITED_FOR, Reading
from gateway.path.schedule import DIVERTS, OURS
from gateway.store.statement import Statement
from gateway.store.tables import DELIVERY, LANE
from gateway.store.transaction import Tx

Name = tuple[str, str]
"""Council and hub."""

TRIP: Final = 5
"""Failures in a row after which only one delivery at a time tries whether the hub is back."""
FIRST: Final = 500
"""Milliseconds between such tries, doubling to one of the next two."""
LONGEST: Final = 1_000
"""When the last failure left no doubt: a try costs nobody anything, and a hub that is back is soon noticed."""
LONGEST_DOUBTFUL: Final = 300_000
"""When it did: each try at a hub that does not drop repeats may cost a person's time."""
LONGEST_ASKED: Final = 3_600_000
"""What one answer's Retry-After may do to a hub's other deliveries."""

ASKED_TO_WAIT: Final = "asked_to_wait"
DOUBTFUL: Final = "doubtful"
"""Why codes of due deliveries: the hub named a time, which stands; the last attempt was uncertain."""

PAUSED: Final = "paused"
DRAINING: Final = "draining"
"""How a person stops a hub: nothing leaves, or only what was promised until then."""

EVERYTHING: Final = 2**62
"""A place in the outbox that nothing comes after."""

_SILENT: Final = OURS | {"message_not_written"}
"""Why codes that tell nothing of the hub."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What is known of one hub's way in.

    failures  in a row; open_at: nothing but a divert is tried before this instant, ms UTC; at: of the last change
    stopped   by a person: PAUSED, DRAINING or ""; until: when that ends by itself, ms UTC, None if it does not
    last      draining: the place in the outbox up to which messages still leave
    diverts   paused: diverts stay too
    """

    council: str
    hub: str
    state: str = "open"
    why: str = ""
    failures: int = 0
    open_at: int = 0
    stopped: str = ""
    until: int | None = None
    last: int = 0
    diverts: bool = False
    at: int = 0

    def stopped_now(self, now: int) -> str:
        """PAUSED or DRAINING while a person has stopped it; "" otherwise. `now` in ms UTC."""
        return self.stopped if self.until is None or now < self.until else ""

    def takes_up_to(self, urgent: int, now: int) -> int:
        """The place in the outbox up to which messages this urgent may leave; 0 for none."""
        stopped = self.stopped_now(now)
        if not stopped or (urgent == DIVERTS and not self.diverts):
            return EVERYTHING
        return self.last if stopped == DRAINING else 0

    @property
    def tripped(self) -> bool:
        """Whether one delivery at a time tries if the hub is back."""
        return self.failures >= TRIP


def after(lane: Lane, reading: Reading, hub_class: HubClass, now: int) -> Lane:
    """The lane after one attempt."""
    if reading.result is Result.LANE_HELD:
        return replace(lane, state="held", why=reading.why)
    if reading.why in _SILENT:
        return lane
    if reading.result in (Result.DELIVERED, Result.REFUSED) or reading.why in WAITED_FOR:
        if not (lane.failures or lane.open_at):
            return lane
        return replace(lane, failures=0, open_at=0)
    failures = lane.failures + 1
    doubtful = reading.result is Result.UNCERTAIN
    longest = LONGEST_DOUBTFUL if doubtful and hub_class is not HubClass.A else LONGEST
    wait = min(FIRST << min(failures - TRIP, 20), longest) if failures >= TRIP else 0
    asked = min((reading.retry_after or 0) * 1_000, LONGEST_ASKED)
    return replace(lane, failures=failures, open_at=max(lane.open_at, now + max(wait, asked)))


_OF_LANE: Final = tuple(field.name for field in fields(Lane))
_NAMED: Final = select(LANE).where(tuple_(LANE.c.council, LANE.c.hub).in_(bindparam("names", expanding=True)))
_READ: Final = Statement(_NAMED.with_for_update())
_READ_FREE: Final = Statement(_NAMED.with_for_update(skip_locked=True))
_MEET: Final = text(
    "INSERT INTO hub_lane"
    " (council, hub, state, why, failures, open_at, at, stopped, until, last, diverts, by, said)"
    " VALUES (:council, :hub, 'open', '', 0, 0, :now, '', NULL, 0, 0, '', '') ON CONFLICT DO NOTHING"
)
_SAVE: Final = Statement(
    update(LANE)
    .where(LANE.c.council == bindparam("of"), LANE.c.hub == bindparam("to"))
    .values({name: bindparam(f"new_{name}") for name in ("state", "why", "failures", "open_at", "at")})
)
_BRING_FORWARD: Final = Statement(
    update(DELIVERY)
    .where(
        DELIVERY.c.council == bindparam("of"),
        DELIVERY.c.hub == bindparam("to"),
        DELIVERY.c.state == "due",
        DELIVERY.c.due_at > bindparam("now"),
        # Once at each rung, so that a hub which takes some and turns others away is not asked again and again.
        DELIVERY.c.rungs > DELIVERY.c.early,
        DELIVERY.c.why != ASKED_TO_WAIT,
    )
    .values(due_at=bindparam("now"), planned_at=DELIVERY.c.due_at, early=DELIVERY.c.rungs)
)


def free_lanes(tx: Tx, names: Collection[Name]) -> dict[Name, Lane]:
    """The lanes no other worker is claiming from just now, made known where they were not; locked until the commit."""
    lanes = _lanes(tx, names, free=True)
    for council, hub in sorted(set(names) - lanes.keys()):
        if tx.execute(_MEET, {"council": council, "hub": hub, "now": tx.now}).rowcount:
            lanes[council, hub] = Lane(council, hub)
    return lanes


def lane_of_hub(tx: Tx, council: str, hub: str) -> Lane:
    """One hub's lane, locked until the commit."""
    return _lanes(tx, {(council, hub)}, free=False).get((council, hub), Lane(council, hub))


def learn(tx: Tx, attempts: Iterable[tuple[Name, Reading, HubClass]]) -> None:
    """Keep what attempts told of their hubs, and bring forward what waited for one that is back."""
    told: dict[Name, list[tuple[Reading, HubClass]]] = {}
    for name, reading, hub_class in attempts:
        told.setdefault(name, []).append((reading, hub_class))
    for name, before in _lanes(tx, told, free=False).items():
        lane = before
        for reading, hub_class in told[name]:
            lane = after(lane, reading, hub_class, tx.now)
        if lane != before:
            _save(tx, lane)
        if before.tripped and lane.failures == 0:
            tx.change(_BRING_FORWARD, [{"of": lane.council, "to": lane.hub, "now": tx.now}])


def reset(tx: Tx, council: str, hub: str) -> None:
    """Forget what held a lane or made it back off, and try now what waited for it."""
    _save(tx, Lane(council, hub))
    tx.change(_BRING_FORWARD, [{"of": council, "to": hub, "now": tx.now}])


@dataclass(frozen=True, slots=True)
class Stop:
    """How a person stopped a hub, or "" for all of it where they let it go on.

    until    ms UTC, None for until somebody says; by: who; said: content id of why
    diverts  paused: diverts stay too
    """

    how: str = ""
    until: int | None = None
    diverts: bool = False
    by: str = ""
    said: str = ""


def stop(tx: Tx, council: str, hub: str, stopped: Stop) -> str:
    """Stop a hub, or let it go on. Returns the content id of why it was stopped before, "" if it was not.

    Draining, what was promised by now still leaves. Nothing is claimed once this is committed.
    """
    tx.execute(_MEET, {"council": council, "hub": hub, "now": tx.now})
    before = str(tx.execute(_SAID, {"of": council, "to": hub}).scalar_one())
    last = int(tx.execute(_LAST, {"of": council, "to": hub}).scalar() or 0) if stopped.how == DRAINING else 0
    own = {"how": stopped.how, "until": stopped.until, "last": last, "diverts": int(stopped.diverts)}
    tx.change(_STOP, [{"of": council, "to": hub, "by": stopped.by, "said": stopped.said} | own])
    return before


_SAID: Final = (
    select(LANE.c.said).where(LANE.c.council == bindparam("of"), LANE.c.hub == bindparam("to")).with_for_update()
)
_LAST: Final = select(func.max(DELIVERY.c.seq)).where(
    DELIVERY.c.council == bindparam("of"), DELIVERY.c.hub == bindparam("to")
)
_STOP: Final = Statement(
    update(LANE)
    .where(LANE.c.council == bindparam("of"), LANE.c.hub == bindparam("to"))
    .values(
        stopped=bindparam("how"),
        until=bindparam("until"),
        last=bindparam("last"),
        diverts=bindparam("diverts"),
        by=bindparam("by"),
        said=bindparam("said"),
    )
)


def _save(tx: Tx, lane: Lane) -> None:
    row = {"state": lane.state, "why": lane.why, "failures": lane.failures, "open_at": lane.open_at, "at": tx.now}
    tx.change(_SAVE, [{"of": lane.council, "to": lane.hub} | {f"new_{name}": value for name, value in row.items()}])


def _lanes(tx: Tx, names: Collection[Name], *, free: bool) -> dict[Name, Lane]:
    if not names:
        return {}
    rows = tx.rows(_READ_FREE if free else _READ, {"names": sorted(names)})
    return {
        (row.council, row.hub): Lane(**{name: getattr(row, name) for name in _OF_LANE} | {"diverts": bool(row.diverts)})
        for row in rows
    }
