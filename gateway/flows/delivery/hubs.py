"""A council's hubs, for people: how each is doing in words, and stopping one or letting it go on (P18, settled 14)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select

from contracts.council import Council, HubSettings
from contracts.errors import NoSuchAnswer, NotFound
from gateway.flows.acting import Acting
from gateway.flows.decisions.words import act_of, cause
from gateway.flows.delivery.lanes import DRAINING, PAUSED, Lane, Stop, stop
from gateway.flows.delivery.release import open_lane
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.path.telling import in_london
from gateway.store import content
from gateway.store.queries import lanes
from gateway.store.rows import LaneRow
from gateway.store.tables import DELIVERY, DELIVERY_OPEN
from gateway.store.transaction import Tx
from gateway.store.writer import Write

REASON: Final = 10
"""Characters that a reason has at least."""

_RESTING: Final = (
    select(DELIVERY.c.hub, DELIVERY.c.state, func.count().label("many"), func.min(DELIVERY.c.at).label("oldest"))
    .where(DELIVERY.c.council == bindparam("council"), DELIVERY_OPEN, DELIVERY.c.why != "test_referral")
    .group_by(DELIVERY.c.hub, DELIVERY.c.state)
)


@dataclass(frozen=True, slots=True)
class Stopping:
    """What a person asks for. how: PAUSED or DRAINING; until: ms UTC, None for until somebody says."""

    hub: str
    how: str
    reason: str
    until: int | None = None
    diverts: bool = False


async def listed(gateway: Gateway, who: Acting) -> dict[str, Any]:
    """Every hub of the council: its state in words, what rests, and how long the oldest has. Raises NotYourRole.

    `act` is what a person does here about it: a code of `words.act_of`.
    """
    who.must_be_let("hubs.list")
    council, now = who.council, gateway.now()

    def read(connection: Connection) -> list[dict[str, Any]]:
        known = {lane.hub: lane for lane in lanes(connection, council.name)}
        resting: dict[str, Counter[str]] = {}
        oldest: dict[str, int] = {}
        for row in connection.execute(_RESTING, {"council": council.name}):
            resting.setdefault(row.hub, Counter())[row.state] = row.many
            oldest[row.hub] = min(row.oldest, oldest.get(row.hub, row.oldest))
        names = [name for name in (*council.hubs, *sorted(resting.keys() - council.hubs.keys())) if who.serves(name)]
        return [
            {
                "hub": name,
                "title": council.hubs[name].title if name in council.hubs else name,
                "say": say(council.hubs.get(name), known.get(name), _why(connection, council, known.get(name)), now),
                "act": _act(known.get(name), now),
                "rests": dict(resting.get(name, {})),
                "oldest": oldest.get(name),
            }
            for name in names
        ]

    return {"now": now, "council": council.title, "hubs": await gateway.store.ask(council.name, read)}


async def halt(gateway: Gateway, who: Acting, asked: Stopping) -> dict[str, Any]:
    """Pause a hub or drain it. Nothing is refused or lost: it waits. Raises NotYourRole, NoSuchAnswer, NotFound."""
    who.must_be_let("hubs.stop", "divert" if asked.diverts else "")
    hub = named(who, asked.hub)
    give_reason(asked.reason)

    def work(tx: Tx) -> dict[str, Any]:
        if asked.until is not None and asked.until <= tx.now:
            raise NoSuchAnswer("The time until which it stops must lie ahead.")
        council = who.council.name
        said = content.put(tx, council, "said", asked.reason.strip().encode())
        before = stop(tx, council, hub.name, Stop(asked.how, asked.until, asked.diverts, who.name, said))
        if before:
            content.erase(tx, council, [before])
        detail = {"hub": hub.name, "until": asked.until, "diverts": asked.diverts, "reason": asked.reason.strip()}
        entry = write_entry(tx, council, "", f"hub.{asked.how}", who.said | detail, section="human")
        lane = Lane(council, hub.name, stopped=asked.how, until=asked.until, diverts=asked.diverts)
        said = f"{hub.title}: {_stopped(lane, who.name, asked.reason)}"
        return {"hub": hub.name, "say": said, "act": "resume", "entry": entry}

    return await gateway.writer.submit(Write(work))


async def resume(gateway: Gateway, who: Acting, name: str, reason: str) -> dict[str, Any]:
    """Let a hub go on that was paused, drained or held, and try now what waited. Raises as `halt` does."""
    who.must_be_let("hubs.stop")
    hub = named(who, name)
    give_reason(reason)

    def work(tx: Tx) -> dict[str, Any]:
        council = who.council.name
        before = stop(tx, council, hub.name, Stop())
        if before:
            content.erase(tx, council, [before])
        detail = {"hub": hub.name, "reason": reason.strip()}
        entry = write_entry(tx, council, "", "hub.resumed", who.said | detail, section="human")
        many = open_lane(tx, council, hub.name, who.name)
        freed = f" {many} that it had turned away go again." if many else ""
        return {"hub": hub.name, "say": f"{hub.title} takes messages again, from now.{freed}", "entry": entry}

    told = await gateway.writer.submit(Write(work))
    gateway.wake()
    return told


def no_such_hub(who: Acting, name: str) -> str:
    """What is told of a hub that is not there, or whose work is not theirs: the two look the same."""
    return f"{who.council.title} has no hub {name}. It has: {', '.join(filter(who.serves, who.council.hubs))}."


def give_reason(reason: str) -> None:
    """Raises NoSuchAnswer for a reason that says nothing."""
    if len(reason.strip()) < REASON:
        raise NoSuchAnswer("Write the reason in a sentence: somebody will read it later.")


def say(hub: HubSettings | None, lane: LaneRow | None, why: str, now: int) -> str:
    """How a hub is doing. why: what the person who stopped it wrote."""
    if hub is None:
        return "The council has no such hub any more. What was promised to it waits for a person."
    if lane is not None:
        one = lane_of("", lane)
        if one.stopped_now(now):
            return _stopped(one, lane.by, why)
        if one.state == "held":
            what, remedy = cause(one.why)
            return f"Nothing goes to it. {what} {remedy}"
    if not hub.confirmed:
        return "Nothing goes to it yet: the council has not confirmed its address."
    return "It takes messages." if lane is None else _failing(lane_of("", lane), now)


def lane_of(council: str, row: LaneRow) -> Lane:
    """A hub's lane, as the worker sees it."""
    own = {name: getattr(row, name) for name in ("hub", "state", "why", "failures", "open_at", "stopped", "until")}
    return Lane(council, **own, last=row.last, diverts=bool(row.diverts))


def _act(row: LaneRow | None, now: int) -> str:
    lane = lane_of("", row) if row is not None else None
    if lane is None or not (lane.stopped_now(now) or lane.state == "held"):
        return ""
    return "resume" if lane.stopped_now(now) else act_of(lane.why)


def _failing(lane: Lane, now: int) -> str:
    if lane.tripped:
        return (
            f"It does not answer: the last {lane.failures} tries failed. One message at a time tries whether it is "
            "back. Everything waits, and nothing is lost."
        )
    if lane.open_at > now:
        return f"It asked us to wait until {in_london(lane.open_at)}."
    return f"It takes messages. The last {lane.failures} failed." if lane.failures else "It takes messages."


def _stopped(lane: Lane, by: str, why: str) -> str:
    until = f"until {in_london(lane.until)}" if lane.until is not None else "until somebody lets it go on"
    what = {
        PAUSED: "Paused: nothing goes to it"
        if lane.diverts
        else "Paused: nothing goes to it but safeguarding contacts",
        DRAINING: "Draining: only what was promised before now still goes",
    }[lane.stopped]
    return f"{what}, {until}. {by}: {why.strip()} What comes meanwhile is taken, and waits."


def _why(connection: Connection, council: Council, lane: LaneRow | None) -> str:
    body = content.get(connection, council.name, lane.said) if lane is not None and lane.said else None
    return body.decode() if body is not None else ""


def named(who: Acting, name: str) -> HubSettings:
    """A hub whose work is theirs. Raises NotFound, the same for what is not there."""
    if name not in who.council.hubs or not who.serves(name):
        raise NotFound(no_such_hub(who, name))
    return who.council.hubs[name]
