"""What the teams hear: every telling whose clock still runs, at once or in the next digest (settled 45).

A list and no more: whoever brings digests to people takes it from here, by `tell_at`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy import literal_column as written_out

from contracts.audits import AUDITOR
from contracts.council import Council
from contracts.errors import NotFound
from gateway.flows.delivery import overdue
from gateway.flows.gateway import Gateway
from gateway.path.alarms import watch_of
from gateway.path.telling import SENDERS, awaited, in_london, ring, role_title
from gateway.store.tables import ALARM, CLOCK, DECISION, DELIVERY, DELIVERY_OPEN, REFERRAL


@dataclass(frozen=True, slots=True)
class Telling:
    """One role hears of one clock. Times are ms UTC.

    referral  our id, "" where it is about none
    why       `due`, its time is up; `passed`, it is this role's turn
    owner     the role whose turn it is; taken: whether a person has taken it
    sender    whose referral it is, hub: whose work it is; "" where it is about none
    what      what is waited for; do: what is to be done; ring: whom to ring
    """

    role: str
    referral: str
    why: str
    interrupts: bool
    tell_at: int
    since: int
    due: int
    owner: str
    taken: bool
    what: str
    do: str
    ring: str
    sender: str = ""
    hub: str = ""


async def tellings(gateway: Gateway, council: str, role: str = "") -> tuple[Telling, ...]:
    """What a council's roles, or one of them, hear: what interrupts first, then the longest overdue.

    Raises NotFound for a council or a role that there is not.
    """
    home = gateway.council(council)
    hear = {*home.roles, *SENDERS} - {AUDITOR}
    if role and role not in hear:
        raise NotFound(f"{home.title} has no such role. It has: {', '.join(sorted(hear))}.")
    now = gateway.now()

    def read(connection: Connection) -> tuple[Telling, ...]:
        found = connection.execute(_OPEN, {"council": council}).all()
        # The last telling of a clock to a role is the one that counts.
        last = {(row.clock, row.role): row for row in found if role in ("", row.role)}
        stuck = _stuck(connection, council) if any(row.sent_to for row in last.values()) else Counter[tuple[str, str]]()
        told = (_telling(gateway, home, row, stuck, now) for row in last.values())
        return tuple(sorted(told, key=lambda one: (not one.interrupts, one.due, one.role, one.referral)))

    return await gateway.store.ask(council, read)


def lines(tellings: tuple[Telling, ...], council: Council, now: int) -> list[str]:
    """Tellings as text a person can act on: references and roles, never names."""
    said: list[str] = []
    for one in tellings:
        when = "AT ONCE" if one.interrupts else f"In the digest of {in_london(one.tell_at)}"
        said.append(f"{when}, for {role_title(one.role, council)}: {one.what}")
        overdue = "Its time is up" if one.due <= now else "It is due"
        whose = f"with {role_title(one.owner, council)}" + ("" if one.taken else ", and nobody has taken it")
        about = f"Referral {one.referral}. " if one.referral else ""
        said.append(f"    {about}Since {in_london(one.since)}. {overdue}: {in_london(one.due)}. It is {whose}.")
        said.append(f"    {one.do} {one.ring}")
    return said or ["Nothing rings."]


def _telling(gateway: Gateway, council: Council, row: Any, stuck: Counter[tuple[str, str]], now: int) -> Telling:
    policy = gateway.policy(council.name)
    others = stuck[row.sent_to, row.kind.partition(":")[2]] - 1 if row.sent_to else 0
    return Telling(
        role=row.role,
        referral=row.referral,
        why=row.why,
        interrupts=bool(row.interrupts),
        tell_at=row.tell_at,
        since=row.started_at,
        due=row.due_at,
        owner=row.owner,
        taken=bool(row.taken_by),
        what=awaited(row.kind, policy, council) + (f" There are {others} more to this hub." if others > 0 else ""),
        do=watch_of(row.kind, row.owner, policy, council).say,
        ring=_whom(row, council, now),
        sender=row.sender or "",
        hub=_hub(row),
    )


def _stuck(connection: Connection, council: str) -> Counter[tuple[str, str]]:
    """How many messages to each hub rest in each class: one clock stands for them all."""
    found: Counter[tuple[str, str]] = Counter()
    for row in connection.execute(_RESTING, {"council": council}):
        found[row.hub, overdue.state_class(row.state, row.why, row.rungs)] += row.many
    return found


def _whom(row: Any, council: Council, now: int) -> str:
    sender = council.senders.get(row.sender or "")
    asked = f"The sender is {sender.title}, {sender.contact}. " if sender else ""
    return asked + ring(council.hubs.get(_hub(row)), council, now)


def _hub(row: Any) -> str:
    return str(row.sent_to or row.meant_for or "")


_RESTING: Final = (
    select(DELIVERY.c.hub, DELIVERY.c.state, DELIVERY.c.why, DELIVERY.c.rungs, func.count().label("many"))
    .where(DELIVERY.c.council == bindparam("council"), DELIVERY_OPEN, DELIVERY.c.why != overdue.TEST)
    .group_by(DELIVERY.c.hub, DELIVERY.c.state, DELIVERY.c.why, DELIVERY.c.rungs)
)
_OPEN: Final = (
    select(
        ALARM.c.role,
        ALARM.c.why,
        ALARM.c.interrupts,
        ALARM.c.tell_at,
        CLOCK.c.id.label("clock"),
        CLOCK.c.kind,
        CLOCK.c.referral,
        CLOCK.c.owner,
        CLOCK.c.taken_by,
        CLOCK.c.started_at,
        CLOCK.c.due_at,
        REFERRAL.c.sender,
        DELIVERY.c.hub.label("sent_to"),
        DECISION.c.hub.label("meant_for"),
    )
    # From the clocks that run, which are few: what was told of those that stopped is history, and grows.
    .join_from(
        CLOCK,
        ALARM,
        and_(
            ALARM.c.council == CLOCK.c.council,
            ALARM.c.referral == CLOCK.c.referral,
            ALARM.c.kind == CLOCK.c.kind,
            ALARM.c.delivery == CLOCK.c.delivery,
        ),
    )
    .join(REFERRAL, REFERRAL.c.id == CLOCK.c.referral, isouter=True)
    .join(DELIVERY, DELIVERY.c.id == CLOCK.c.delivery, isouter=True)
    .join(DECISION, DECISION.c.id == CLOCK.c.decision, isouter=True)
    .where(
        CLOCK.c.council == bindparam("council"),
        CLOCK.c.state != written_out("'stopped'"),
        CLOCK.c.state == written_out("'running'"),
    )
    .order_by(ALARM.c.seq)
)
