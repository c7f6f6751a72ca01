"""Tells hubs of something they were sent before: each notice a delivery of its own kind (settled 15, P12).

It is never stopped by what it tells of. Its clock runs until somebody at the hub says that it was read or, where no
system speaks for that hub, until the hub's system has taken it (settled 13, 45).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal

import orjson
from sqlalchemy import Connection, bindparam, or_, select, update

from contracts.council import Council
from contracts.delivery import DeliveryState, Result
from contracts.notice import NoticeBody
from contracts.payload import HowToAnswer
from gateway.flows.decisions.filing import outgoing
from gateway.flows.decisions.timers import clock_row
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.path.clocks import due
from gateway.path.course import inputs_digest
from gateway.store import content
from gateway.store.tables import ATTEMPT, CLOCK, DELIVERY
from gateway.store.transaction import Tx

KIND: Final = "notice"
"""Of its delivery."""

TASK: Final = "acknowledge_notice"
"""Whose time runs until it is acknowledged."""

About = Literal["withdrawal", "agreement_changed", "correction", "error"]

_CARRIED: Final = ("referral", "update", "divert")
_ARRIVED: Final = select(ATTEMPT.c.delivery).where(ATTEMPT.c.result != Result.NOT_SENT)
_GONE: Final = (
    select(DELIVERY.c.id, DELIVERY.c.hub, DELIVERY.c.kind)
    .where(
        DELIVERY.c.referral == bindparam("of"),
        DELIVERY.c.kind.in_(_CARRIED),
        or_(
            DELIVERY.c.state.in_((DeliveryState.SENDING, DeliveryState.DELIVERED)),
            DELIVERY.c.id.in_(_ARRIVED.where(ATTEMPT.c.delivery == DELIVERY.c.id)),
        ),
    )
    .order_by(DELIVERY.c.hub, DELIVERY.c.seq)
)
"""What left, or may have left: all but that of which it is known that not a byte did (P12)."""
_TOLD: Final = (
    select(DELIVERY.c.id, DELIVERY.c.hub, DELIVERY.c.state, CLOCK.c.state.label("clock"), CLOCK.c.due_at)
    .join_from(DELIVERY, CLOCK, CLOCK.c.delivery == DELIVERY.c.id)
    .where(DELIVERY.c.referral.in_(bindparam("of", expanding=True)), DELIVERY.c.kind == KIND)
    .where(CLOCK.c.kind == f"task:{TASK}")
    .order_by(DELIVERY.c.hub, DELIVERY.c.seq)
)
_STOP: Final = (
    update(CLOCK)
    .where(CLOCK.c.delivery == bindparam("of"), CLOCK.c.kind == f"task:{TASK}", CLOCK.c.state == "running")
    .values(state="stopped", ended_at=bindparam("now"), ended_by=bindparam("who"), why=bindparam("how"))
)


@dataclass(frozen=True, slots=True)
class Told:
    """One notice as it stands. by: when it must be acknowledged, ms UTC."""

    delivery: str
    hub: str
    state: str
    by: int


def past_recipients(tx: Tx, referral: str, *, diverts: bool = True) -> dict[str, tuple[str, ...]]:
    """Hub → ids of the messages about this referral that it has, or may have; with its diverts, or without."""
    found: dict[str, tuple[str, ...]] = {}
    for row in tx.execute(_GONE, {"of": referral}).all():
        if row.kind == "divert" and not diverts:
            continue
        found[row.hub] = (*found.get(row.hub, ()), row.id)
    return found


def notify(
    gateway: Gateway,
    tx: Tx,
    row: Mapping[str, Any],
    recipients: Mapping[str, Sequence[str]],
    about: About,
    newer: str = "",
    back: Collection[str] = (),
) -> None:
    """Promise a notice to each of these hubs, and start its clock.

    row         the referral's, as it is now
    recipients  hub → the messages that are meant
    newer       the version that stands now, where it is about a correction
    back        those messages that are taken away again wherever a hub has not taken them
    """
    council = gateway.council(str(row["council"]))
    task = gateway.policy(council.name).tasks[TASK]
    until = due(task.within, tx.now, council.hours)
    for hub, deliveries in recipients.items():
        if hub not in council.hubs:
            continue
        made = outgoing(gateway, dict(row) | {"at": tx.now}, hub, KIND, about, str(row["version"]), newer)
        body = _body(gateway, council, row, hub, about, deliveries, until, newer, made["id"], back)
        sender = str(row["sender"]) if row["sender"] in council.senders else ""
        own = {
            "kind": KIND,
            # It does not wait behind the message it tells of: that may never arrive.
            "lane": f"{made['lane']}/{KIND}",
            "digest": sha256(body).hexdigest(),
            "inputs": inputs_digest(gateway.rules[council.name], hub, sender, int(row["epoch"])),
        }
        said = {"delivery": made["id"], "hub": hub, "about": about, "meant": list(deliveries), "state": made["state"]}
        write_entry(tx, council.name, row["id"], "notice", said)
        tx.insert(DELIVERY, made | own | {"payload": content.put(tx, council.name, "payload", body)})
        clock = clock_row(council.name, f"task:{TASK}", row["id"], "", task.owner, tx.now, until, delivery=made["id"])
        tx.insert(CLOCK, clock)


def acknowledge(tx: Tx, delivery: str, by: str, how: str) -> None:
    """Somebody has read it: its clock stops."""
    tx.execute(_STOP, {"of": delivery, "now": tx.now, "who": by, "how": how})


def arrived(tx: Tx, council: Council | None, hub: str, delivery: str) -> None:
    """A hub's system took a notice: that is all there will be where no system speaks for the hub (settled 13)."""
    if council is None or not speaks(council, hub):
        acknowledge(tx, delivery, hub, "delivered")


def speaks(council: Council, hub: str) -> bool:
    """Whether some system may say what became of what this hub was sent."""
    return any(hub in one.hubs and one.active for one in council.senders.values())


def standing(tx: Connection | Tx, referrals: Collection[str]) -> tuple[Told, ...]:
    """The notices about these referrals: `acknowledged`, `arrived` at the hub's system, or `outstanding`."""
    found = tx.execute(_TOLD, {"of": list(referrals)}).all()
    return tuple(Told(row.id, row.hub, state_of(row.state, row.clock), row.due_at) for row in found)


def state_of(delivery: str, clock: str) -> str:
    """Where a notice stands, by the states of its delivery and of its clock."""
    if clock == "stopped":
        return "acknowledged"
    return "arrived" if delivery == DeliveryState.DELIVERED else "outstanding"


def _body(
    gateway: Gateway,
    council: Council,
    row: Mapping[str, Any],
    hub: str,
    about: About,
    deliveries: Sequence[str],
    until: int,
    newer: str,
    delivery: str,
    back: Collection[str],
) -> bytes:
    do = gateway.policy(council.name).notices[about]
    if council.hubs[hub].front_door:
        do = f"{do} {_SAFETY}"
    notice = NoticeBody(
        reference=row["id"],
        council=council.name,
        hub=hub,
        about=about,
        test=bool(row["test"]),
        says=_SAYS[about],
        do=do,
        by=datetime.fromtimestamp(until / 1000, UTC),
        newer=newer,
        deliveries=tuple(deliveries),
        take_back=tuple(one for one in deliveries if one in back),
        your_answer=HowToAnswer(delivery=delivery, events=f"/v1/deliveries/{delivery}/events"),
    )
    return orjson.dumps(notice.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)


_SAYS: Final[Mapping[str, str]] = {
    "withdrawal": "The family no longer agrees to this.",
    "agreement_changed": "The family has changed what it agrees to.",
    "correction": "The sender has corrected this.",
    "error": "This was sent in error.",
}
_SAFETY: Final = "What a child's safety needs you may keep: a named person records why."
