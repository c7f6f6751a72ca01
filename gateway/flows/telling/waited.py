"""What is waited for, as the sender reads it: what, whose, since when, by when, and for how many days in all.

Every clock shows, whether it rings or not, and how long it is since the sender first sent it (settled 45).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from contracts.council import Council
from contracts.delivery import DeliveryState
from gateway.config.policy import Policy
from gateway.flows.delivery import overdue
from gateway.flows.gateway import Gateway
from gateway.flows.stamps import stamp
from gateway.path.alarms import NEVER, watch_of
from gateway.path.clocks import due
from gateway.path.telling import awaited, days_between, in_london, ring, role_title
from gateway.store.rows import ClockRow, ReferralView
from gateway.store.tables import REFERRAL
from gateway.store.versions import versions


@dataclass(frozen=True, slots=True)
class Waits:
    """What is waited for about one referral.

    submitted  when the sender first sent it, in whatever version, ms UTC; days: whole days in London since
    guidance   what the council's document asks for now that a hub has it; nothing is counted of it here
    """

    submitted: int
    days: int
    waiting: list[dict[str, object]]
    guidance: list[str]


def waits_of(gateway: Gateway, connection: Connection, view: ReferralView) -> Waits:
    """What is waited for now."""
    council, now = gateway.council(view.submission.council), gateway.now()
    policy = gateway.policy(council.name)
    first = view.referral.at
    if view.referral.supersedes is not None:
        root = versions(connection, council.name, view.referral.id)[0]
        first = connection.execute(select(REFERRAL.c.at).where(REFERRAL.c.id == root)).scalar_one()
    arrived = any(one.state == DeliveryState.DELIVERED and one.kind == "referral" for one in view.deliveries)
    running = list(_running(view, council, policy, now))
    hubs = {one.id: one.hub for one in view.decisions} | {one.id: one.hub for one in view.deliveries}
    return Waits(
        submitted=first,
        days=days_between(first, now),
        waiting=[_wait(one, council, policy, hubs, now) for one in running],
        guidance=[one.say for one in council.guidance] if arrived else [],
    )


def _running(view: ReferralView, council: Council, policy: Policy, now: int) -> Iterator[ClockRow]:
    """Every clock that runs, and one for each message of this referral that did not arrive and has none of its own.

    A hub that is away rings once for all that rests there (settled 45): the senders of all the others hear here (P21).
    All of them are told alike, and at once: by when a person must see to it is that person's time, not the sender's.
    """
    unmet = {row.id: what for row in view.deliveries if (what := overdue.unmet(council, row, now))}
    own = set()
    for one in view.clocks:
        if one.state != "stopped":
            own.add(one.delivery)
            rests = one.delivery in unmet and one.kind.startswith("delivery:")
            yield replace(one, due_at=min(now, one.due_at)) if rests else one
    for row in view.deliveries:
        if row.id in unmet and row.id not in own:
            kind = f"delivery:{unmet[row.id]}"
            watch = watch_of(kind, "", policy, council)
            yield ClockRow(
                id="", kind=kind, referral=row.referral, decision="", delivery=row.id, owner=watch.owners[0],
                taken_by="", state="running", rung=0, started_at=row.at,
                due_at=min(now, due(watch.within, row.at, council.hours)),
                next_at=now, ended_at=None, ended_by="", why="", needed="",
            )  # fmt: skip


def _wait(clock: ClockRow, council: Council, policy: Policy, hubs: dict[str, str], now: int) -> dict[str, object]:
    what, whose = awaited(clock.kind, policy, council), role_title(clock.owner, council)
    overdue = clock.due_at <= now
    said = f"{what} This is with {whose}." if clock.owner else what
    said += f" It {'was' if overdue else 'is'} due {in_london(clock.due_at)}."
    if overdue:
        hub = council.hubs.get(hubs.get(clock.delivery or clock.decision, ""))
        said += f" {watch_of(clock.kind, clock.owner, policy, council).say} {ring(hub, council, now)}"
    return {
        "for": clock.kind,
        "say": said,
        "owner": clock.owner,
        "whose": whose,
        "since": stamp(clock.started_at),
        "days": days_between(clock.started_at, now),
        "due": stamp(clock.due_at),
        "overdue": overdue,
        "alarms": clock.next_at < NEVER,
    }
