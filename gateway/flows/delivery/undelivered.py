"""What has not been delivered, for people: why each message waits, when its next try is, and what to do (P20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select

from contracts.council import Council
from contracts.delivery import DeliveryState
from contracts.errors import NotFound
from gateway.flows.acting import Acting
from gateway.flows.decisions.words import act_of, cause
from gateway.flows.delivery.hubs import lane_of, no_such_hub
from gateway.flows.delivery.lanes import ASKED_TO_WAIT, DRAINING, Lane
from gateway.flows.gateway import Gateway
from gateway.path.schedule import DIVERTS, OURS, SCHEDULES, given_up_at
from gateway.path.telling import in_london
from gateway.store.queries import lanes
from gateway.store.restored import restored_in
from gateway.store.tables import DELIVERY, DELIVERY_OPEN, REFERRAL

MANY: Final = 1_000
"""Messages of one list at most: nobody reads further."""

STOPPED: Final = (DeliveryState.DEAD, DeliveryState.UNCERTAIN)
"""States that only a person ends."""

ENDED: Final = (DeliveryState.DELIVERED, DeliveryState.CANCELLED)

_EARLIER: Final = DELIVERY.alias("earlier")
AHEAD: Final = (
    select(_EARLIER.c.id)
    .where(
        _EARLIER.c.lane == DELIVERY.c.lane,
        _EARLIER.c.seq < DELIVERY.c.seq,
        _EARLIER.c.urgent == 0,
        _EARLIER.c.passed == 0,
        _EARLIER.c.state.not_in(ENDED),
        DELIVERY.c.urgent == 0,
    )
    .order_by(_EARLIER.c.seq)
    .limit(1)
    .scalar_subquery()
    .label("ahead")
)
"""The message about the same child, to the same hub, that this one waits behind."""

_OPEN: Final = (
    select(DELIVERY, AHEAD, REFERRAL.c.test)
    .join(REFERRAL, REFERRAL.c.id == DELIVERY.c.referral)
    .where(DELIVERY.c.council == bindparam("council"), DELIVERY_OPEN, DELIVERY.c.why != "test_referral")
    .order_by(DELIVERY.c.urgent.desc(), DELIVERY.c.seq)
)


async def waiting(gateway: Gateway, who: Acting, hub: str = "") -> dict[str, Any]:
    """Every message that has not arrived, safeguarding contacts first. Raises NotYourRole, NotFound."""
    return await _listed(gateway, who, hub, "")


async def dead(gateway: Gateway, who: Acting, hub: str = "") -> dict[str, Any]:
    """What only a person ends: refused, given up, or in doubt; each with its cause and remedy. Raises as `waiting`."""
    return await _listed(gateway, who, hub, "stopped")


async def _listed(gateway: Gateway, who: Acting, hub: str, which: str) -> dict[str, Any]:
    who.must_be_let("deliveries.list")
    council, now = who.council, gateway.now()

    def read(connection: Connection) -> dict[str, Any]:
        asked = _OPEN if not which else _OPEN.where(DELIVERY.c.state.in_(STOPPED))
        if who.hubs is not None:
            asked = asked.where(DELIVERY.c.hub.in_(sorted(who.hubs)))
        if hub:
            asked = asked.where(DELIVERY.c.hub == hub)
        many = connection.execute(
            select(func.count()).select_from(asked.subquery()), {"council": council.name}
        ).scalar()
        found = connection.execute(asked.limit(MANY), {"council": council.name}).mappings().all()
        if hub and not found and not (hub in council.hubs and who.serves(hub)):
            raise NotFound(no_such_hub(who, hub))
        known = {row.hub: lane_of(council.name, row) for row in lanes(connection, council.name)}
        told = [line(council, dict(row), known.get(row["hub"]), now) for row in found]
        brought_back = restored_in(connection)
        if brought_back is not None and brought_back.holds:
            told = [one | HELD_BACK if one["state"] == DeliveryState.DUE else one for one in told]
        return {"now": now, "many": many, "lines": told}

    return await gateway.store.ask(council.name, read)


HELD_BACK: Final = {
    "say": "Nothing is sent: this store was brought back from a backup.",
    "do": "Whoever runs the gateway finds out what was lost, and has sending go on.",
    "act": "release",
    "next": None,
}
"""What is told of every message that is due after a restore, until somebody has sending go on."""


def line(council: Council, row: Mapping[str, Any], lane: Lane | None, now: int) -> dict[str, Any]:
    """One message as a person reads of it: ids, hub, state, why it waits, what to do, and its next try.

    `act` is what they do here about it: a code of `words.act_of`, or `skip` what is `ahead` of it, or `release`.
    """
    known = lane or Lane(council.name, row["hub"])
    say, remedy, following = why(row, known, now)
    hub = council.hubs.get(row["hub"])
    return {
        "id": row["id"],
        "referral": row["referral"],
        "hub": row["hub"],
        "title": hub.title if hub else row["hub"],
        "kind": row["kind"],
        "state": row["state"],
        "since": row["at"],
        "say": say,
        "do": remedy,
        "act": _act(row, known, now),
        "ahead": row["ahead"] or "",
        "next": following,
        "test": bool(row["test"]),
    }


def why(row: Mapping[str, Any], lane: Lane, now: int) -> tuple[str, str, int | None]:
    """Why a message has not arrived, what a person does about it, and when its next try is (ms UTC, None for none)."""
    if row["state"] == DeliveryState.SENDING:
        return "It is being sent now.", "", None
    if row["state"] != DeliveryState.DUE:
        return (*cause(row["why"]), None)
    if found := _lane(row, lane, now):
        return (*found, None)
    if row["ahead"]:
        return (
            f"It waits behind {row['ahead'][:8]}, about the same child.",
            "Look at that one, or let this go first.",
            None,
        )
    if row["due_at"] <= now:
        return _turn(lane, row["urgent"]), "", now
    return _between(row)


def _act(row: Mapping[str, Any], lane: Lane, now: int) -> str:
    if row["state"] != DeliveryState.DUE:
        return act_of(row["why"])
    if lane.state == "held":
        return act_of(lane.why)
    return "resume" if _lane(row, lane, now) else "skip" if row["ahead"] else ""


def _lane(row: Mapping[str, Any], lane: Lane, now: int) -> tuple[str, str] | None:
    """What its hub's lane says, where nothing leaves through it."""
    if lane.state == "held":
        what, remedy = cause(lane.why)
        return f"Nothing goes to this hub. {what}", remedy
    if row.get("seq", 0) > lane.takes_up_to(row["urgent"], now):
        until = f"until {in_london(lane.until)}" if lane.until is not None else "until somebody lets it go on"
        how = "is being drained" if lane.stopped == DRAINING else "is paused"
        return f"The hub {how}, {until}.", ""
    return None


def _turn(lane: Lane, urgent: int) -> str:
    if lane.tripped and urgent < DIVERTS:
        return "The hub does not answer. One message at a time tries whether it is back; this is tried in its turn."
    return "It is its turn: it leaves as soon as the hub takes another."


def _between(row: Mapping[str, Any]) -> tuple[str, str, int | None]:
    """What is the matter between two tries, and how many there are still."""
    most, due = len(SCHEDULES[row["schedule"]]) + 1, row["due_at"]
    what, remedy = cause(row["why"]) if row["why"] else ("It waits for its time.", "")
    if row["why"] in OURS:
        remedy = "If it lasts, tell whoever runs the gateway."
    asked = " It named the time itself." if row["why"] == ASKED_TO_WAIT else ""
    used = f"{row['rungs']} of {most} tries are used." if row["rungs"] else ""
    lost = f" {row['lost']} more we lost ourselves." if row["lost"] else ""
    if row["rungs"] and row["rungs"] < most:
        used += f" If all fail, it is given up after {in_london(given_up_at(row['rungs'], due, row['schedule']))}."
    return " ".join(f"{what}{asked} {used}{lost}".split()), remedy, due
