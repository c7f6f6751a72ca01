"""Ends the links of one message before their time, for a mail that went astray; and says which messages have links.

What was mailed cannot be called back. Every link to the message that was given until now stops counting at once; a mail
that is sent later carries a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from contracts.delivery import DeliveryState
from contracts.errors import NotFound
from gateway.flows.acting import Acting
from gateway.flows.delivery.hubs import give_reason
from gateway.flows.entry import write_entry
from gateway.flows.follow_up.answerlinks import LASTS, ends_with_outcome
from gateway.flows.gateway import Gateway
from gateway.path.alarms import NEVER
from gateway.path.telling import in_london
from gateway.store.tables import DELIVERY, EVENT, LINK_END
from gateway.store.transaction import Tx
from gateway.store.writer import Write

ENDED: Final = "links.ended"
A_PAGE: Final = 25
LEAST: Final = 8
"""Characters of a reference, or of a message's number, by which one is found."""

_LEFT: Final = (DeliveryState.DELIVERED, DeliveryState.SENDING, DeliveryState.UNCERTAIN)
_OF_HUB: Final = (
    select(
        DELIVERY.c.id,
        DELIVERY.c.referral,
        DELIVERY.c.hub,
        DELIVERY.c.kind,
        DELIVERY.c.ended_at,
        DELIVERY.c.at,
        LINK_END.c.at.label("cut"),
        LINK_END.c.by,
    )
    .join_from(DELIVERY, LINK_END, LINK_END.c.delivery == DELIVERY.c.id, isouter=True)
    .where(DELIVERY.c.council == bindparam("council"), DELIVERY.c.state.in_(_LEFT))
)
_TOLD: Final = (
    select(EVENT.c.delivery, EVENT.c.kind, EVENT.c.code, EVENT.c.at)
    .where(EVENT.c.council == bindparam("council"), EVENT.c.delivery.in_(bindparam("of", expanding=True)))
    .where(EVENT.c.kind == "outcome")
)


@dataclass(frozen=True, slots=True)
class Linked:
    """One message whose links may be out. since: when it left; say: whether they count, and why not. Times ms UTC."""

    id: str
    referral: str
    hub: str
    kind: str
    since: int
    say: str
    counts: bool


async def listed(gateway: Gateway, who: Acting, hub: str, page: int = 1, named: str = "") -> tuple[list[Linked], bool]:
    """A page of what left for a hub, the newest first, and whether there is more. Raises NotYourRole, NotFound.

    named  only those whose reference, or own number, begins so
    """
    who.must_be_let("links.end")
    if hub not in who.council.hubs or not who.serves(hub):
        raise NotFound("There is no hub of that name.")
    asked = _OF_HUB.where(DELIVERY.c.hub == hub).order_by(DELIVERY.c.seq.desc())
    if named:
        asked = asked.where(
            or_(*(one.startswith(named, autoescape=True) for one in (DELIVERY.c.referral, DELIVERY.c.id)))
        )
    asked = asked.limit(A_PAGE + 1).offset((page - 1) * A_PAGE)

    def read(connection: Connection) -> list[Linked]:
        return _told(connection, who, connection.execute(asked, {"council": who.council.name}).all(), gateway.now())

    found = await gateway.store.ask(who.council.name, read)
    return found[:A_PAGE], len(found) > A_PAGE


async def one(gateway: Gateway, who: Acting, delivery: str) -> Linked:
    """One message. Raises NotYourRole, and NotFound for another council's, one that never left, and none."""
    who.must_be_let("links.end")

    def read(connection: Connection) -> Linked:
        return _told(connection, who, [_row(connection, who, delivery)], gateway.now())[0]

    return await gateway.store.ask(who.council.name, read)


async def end(gateway: Gateway, who: Acting, delivery: str, reason: str) -> dict[str, Any]:
    """End every link to this message that was given until now. Raises NotYourRole, NotFound, NoSuchAnswer."""
    who.must_be_let("links.end")
    give_reason(reason)

    def work(tx: Tx) -> dict[str, Any]:
        row = _row(tx, who, delivery)
        said = {"delivery": row.id, "hub": row.hub}
        beside = {"human": who.said | {"reason": reason.strip()}}
        entry = write_entry(tx, who.council.name, row.referral, ENDED, said, beside=beside)
        ended = {"at": tx.now, "by": who.name, "entry": entry}
        if row.cut is None:
            tx.insert(LINK_END, ended | {"delivery": row.id, "council": who.council.name})
        else:
            tx.execute(update(LINK_END).where(LINK_END.c.delivery == row.id).values(**ended))
        say = "No link to this message that was mailed until now counts any more. A mail sent later carries a new one."
        return {"id": row.id, "say": say, "entry": entry}

    told: dict[str, Any] = await gateway.writer.submit(Write(work))
    return told


def _row(connection: Connection | Tx, who: Acting, delivery: str) -> Row[Any]:
    asked = _OF_HUB.where(DELIVERY.c.id == delivery)
    found: Any = connection.execute(asked, {"council": who.council.name}).first()
    if found is None or not who.serves(found.hub):
        raise NotFound("No message of that number has left here.")
    row: Row[Any] = found
    return row


def _told(connection: Connection, who: Acting, rows: Any, now: int) -> list[Linked]:
    asked = {"council": who.council.name, "of": [row.id for row in rows]}
    outcomes = connection.execute(_TOLD, asked).all() if rows else []
    return [_linked(row, ends_with_outcome(one for one in outcomes if one.delivery == row.id), now) for row in rows]


def _linked(row: Row[Any], ends: int, now: int) -> Linked:
    say, counts = "Its links count, where any was mailed.", True
    if ends < now:
        say, counts = f"They ended on {in_london(ends)}: somebody had said what was decided.", False
    elif row.cut is not None:
        say, counts = f"{row.by} ended those given until {in_london(row.cut)}. One mailed since then counts.", False
    elif ends < NEVER:
        say = f"They end on {in_london(ends)}: somebody has said what was decided."
    elif (row.ended_at or row.at) + LASTS < now:
        say = "Those mailed with it have ended. A team that was reminded of it later may have a newer one."
    return Linked(row.id, row.referral, row.hub, row.kind, row.ended_at or row.at, say, counts)
