"""A drill of the way to safety: a contact that names nobody goes to the front door, and a person says they saw it.

It takes the whole way a real one takes: decided, trimmed, sent in the lane of its own, and rung every 15 minutes until
somebody acknowledges it. No council goes live before one has been seen (settled 33). It is marked as a test in every
part, and is the one test that may reach a real door.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, select, update

from contracts.council import Council, Registration
from contracts.delivery import DeliveryState
from gateway.flows.access import Caller, Role
from gateway.flows.acting import Acting
from gateway.flows.delivery.overdue import TEST
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.stamps import stamp
from gateway.flows.submissions import intake
from gateway.path.states import may_change
from gateway.store.tables import DELIVERY, EVENT, REFERRAL
from gateway.store.transaction import Tx
from gateway.store.writer import Write

SENDER: Final = "gateway_drill"
"""The sender of every drill. No registration may have this name, so nobody else can send one."""

_SAYS: Final = (
    "THIS IS A DRILL. No child and no family is meant, and nobody is at risk. Do what you would do with a real one: "
    "open it, and say that you have seen it. Then close it."
)
_PERSON: Final = "Drill: nobody is meant"


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill. Times are ms UTC; None for what has not happened.

    arrived_at  when the front door's system took it; seen_by: the person who said that they saw it, "" for nobody
    """

    referral: str
    began_at: int
    arrived: bool
    seen_by: str
    seen_at: int | None

    @property
    def passed(self) -> bool:
        """Whether it went all the way: it arrived, and a person saw it."""
        return self.arrived and bool(self.seen_by)


async def begin(gateway: Gateway, who: Acting) -> dict[str, object]:
    """Send a drill to the council's front door. Raises NotYourRole, and what taking a referral raises."""
    who.must_be_let("drill.divert")
    council, now = who.council, gateway.now()
    key = f"drill {sha256(f'{council.name} {now}'.encode()).hexdigest()[:16]}"
    caller = Caller(Role.SENDER, _registration(council), test=True)
    body = orjson.dumps(_document(council, key))
    answer = await intake.receive(
        gateway, intake.Sent(caller, council.name, intake.CANONICAL, key, body, "application/json")
    )
    referral = str(orjson.loads(answer.body)["receipts"][0]["referral"])
    told = await gateway.writer.submit(Write(lambda tx: _let_go(tx, who, referral)))
    gateway.wake()
    return told


async def last(gateway: Gateway, who: Acting) -> dict[str, object]:
    """The newest drill of a council, in words."""
    who.must_be_let("tasks.list")
    found = await gateway.store.ask(who.council.name, lambda connection: newest(connection, who.council.name))
    if found is None:
        return {"say": "No drill was ever sent."}
    seen = f"Seen by {found.seen_by}, {stamp(found.seen_at or 0)}." if found.seen_by else "Nobody has said they saw it."
    arrived = "It arrived at the front door's system." if found.arrived else "It has not arrived at the front door."
    return {
        "referral": found.referral,
        "began": stamp(found.began_at),
        "passed": found.passed,
        "say": f"Sent {stamp(found.began_at)}. {arrived} {seen}",
    }


def newest(connection: Connection | Tx, council: str) -> Drill | None:
    """A council's newest drill that a person has seen or, where none was seen, its newest."""
    drills = [_drill(connection, council, row) for row in connection.execute(_DRILLS, {"council": council}).all()]
    return next((one for one in drills if one.passed), next(iter(drills), None))


def not_ready(connection: Connection | Tx, council: Council) -> tuple[str, ...]:
    """What of the way to safety is missing before this council may go live, a sentence for each."""
    said, drill = [], newest(connection, council.name)
    if not council.hubs[council.front_door].out_of_hours:
        said.append("The front door has no out-of-hours number. Add `out_of_hours:` to it in hubs.yaml.")
    if drill is None:
        said.append("No divert drill was sent: a test that shows that somebody at the front door sees what comes.")
    elif not drill.passed:
        missing = "nobody at the front door has said that they saw it" if drill.arrived else "it has not arrived"
        said.append(f"The divert drill of {stamp(drill.began_at)} is not done: {missing}.")
    return tuple(said)


def _let_go(tx: Tx, who: Acting, referral: str) -> dict[str, object]:
    """Open the door for this one test, and write down who did."""
    messages = tx.execute(_DIVERTS, {"of": referral}).all()
    for row in messages:
        if row.state == DeliveryState.HELD and row.why == TEST:
            assert may_change(DeliveryState.HELD, DeliveryState.DUE, "person")
            tx.execute(_GO, {"delivery": row.id, "now": tx.now})
    ids: dict[str, Any] = {"referral": referral, "deliveries": [row.id for row in messages]}
    entry = write_entry(tx, who.council.name, referral, "drill.divert", who.said | ids, section="human")
    say = (
        f"A drill has gone to {who.council.hubs[who.council.front_door].title}. Ask them, by telephone, whether they "
        f"see it. Whoever saw it says so here: it stands among the front door's tasks."
    )
    return ids | {"say": say, "entry": entry}


def _drill(connection: Connection | Tx, council: str, row: Any) -> Drill:
    states = connection.execute(_DIVERTS, {"of": row.id}).all()
    seen = connection.execute(_SEEN, {"of": row.id, "council": council}).first()
    arrived = any(one.state == DeliveryState.DELIVERED for one in states)
    return Drill(row.id, row.at, arrived, seen.by if seen else "", seen.at if seen else None)


def _registration(council: Council) -> Registration:
    """Who sends a drill: nobody's key, and no family's."""
    return Registration(
        sender=SENDER,
        council=council.name,
        title="A drill of this gateway",
        sender_type="council",
        sources=(intake.CANONICAL,),
        purposes=("safeguarding",),
        article_6="6_1_e",
    )


def _document(council: Council, key: str) -> dict[str, Any]:
    return {
        "council": council.name,
        "purpose": "safeguarding",
        "source": {"system": intake.CANONICAL, "record_id": key.replace(" ", "-"), "test": True},
        "referrer": {"kind": "professional", "name": _PERSON, "agency": "Drill of this gateway"},
        "people": [{"id": "child", "roles": ["child"], "full_name": _PERSON}],
        "harm": {"level": "significant"},
        "reason": _SAYS,
    }


_DRILLS: Final = (
    select(REFERRAL.c.id, REFERRAL.c.at)
    .where(REFERRAL.c.council == bindparam("council"), REFERRAL.c.sender == SENDER)
    .order_by(REFERRAL.c.at.desc())
    .limit(50)
)
_DIVERTS: Final = select(DELIVERY.c.id, DELIVERY.c.state, DELIVERY.c.why).where(
    DELIVERY.c.referral == bindparam("of"), DELIVERY.c.kind == "divert"
)
_SEEN: Final = (
    # What a hub's system tells names a message; what a person says at their desk names none.
    select(EVENT.c.by, EVENT.c.at)
    .where(
        EVENT.c.referral == bindparam("of"),
        EVENT.c.council == bindparam("council"),
        EVENT.c.code == "acknowledged",
        EVENT.c.delivery == "",
    )
    .order_by(EVENT.c.seq)
    .limit(1)
)
_GO: Final = (
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("delivery"))
    .values(state=DeliveryState.DUE, why="", due_at=bindparam("now"))
)
