"""Word to a sender that something came back: fetched with its key, and listed until it says that it has it.

It says what whoever referred may read, in the council's words, and nothing that a hub wrote (settled 40, 46). Beside it
stands what is overdue, with the number to ring: silence is told too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, bindparam, exists, or_, select

from contracts.errors import NotFound
from gateway.flows.access import Caller, Relation, permit_operation, relation_to
from gateway.flows.decisions.filed import read_filed
from gateway.flows.delivery.overdue import CARRIES, LATE_DIVERT
from gateway.flows.entry import write_entry
from gateway.flows.follow_up.happened import ASKED
from gateway.flows.gateway import Gateway
from gateway.flows.stamps import stamp
from gateway.flows.telling.cameback import Reader, word
from gateway.flows.telling.waited import waits_of
from gateway.path.states import BLOCKED
from gateway.store import content
from gateway.store.queries import referral_view
from gateway.store.tables import CLOCK, DELIVERY, DELIVERY_OPEN, EVENT, REFERRAL, WORD_READ
from gateway.store.transaction import Tx
from gateway.store.writer import Write

_NOBODY: Final[Mapping[str, object]] = MappingProxyType({})
MOST: Final = 100
"""Notices told at once. The rest come once these are acknowledged."""


async def unread(gateway: Gateway, caller: Caller) -> dict[str, object]:
    """What came back about this sender's referrals and is not acknowledged, the oldest first; and what is overdue."""
    permit_operation("word", caller, Relation.NONE)
    registration = caller.registration
    council = gateway.council(registration.council)
    asked = {"council": council.name, "sender": registration.sender, "test": int(caller.test), "most": MOST + 1}

    def read(connection: Connection) -> tuple[list[dict[str, str]], list[dict[str, object]]]:
        found = connection.execute(_UNREAD, asked).all()
        told = [notice(gateway, connection, council.name, row.referral, row.id) for row in found]
        live = not caller.test
        return told, list(_overdue(gateway, connection, council.name, registration.sender)) if live else []

    found, overdue = await gateway.store.ask(council.name, read)
    return {
        "notices": found[:MOST],
        "more": len(found) > MOST,
        "waiting": overdue,
        "emergency": council.emergency,
    }


async def read(gateway: Gateway, caller: Caller, event: str) -> dict[str, object]:
    """The sender has this one. Saying it again changes nothing. Raises NotFound for another's, and for none."""
    council = caller.registration.council

    def work(tx: Tx) -> None:
        row = tx.execute(_ONE, {"council": council, "event": event}).first()
        relation = relation_to(caller, council, row.sender, bool(row.test)) if row is not None else Relation.OTHER
        permit_operation("word_read", caller, relation)
        if row is None:
            raise NotFound()
        keep_read(gateway, tx, council, event, "read on a page" if caller.person else "asked", caller.person)

    await gateway.writer.submit(Write(work))
    return {"id": event, "say": "It is not listed again. The referral's status has it still."}


def keep_read(
    gateway: Gateway, tx: Tx, council: str, event: str, how: str, person: Mapping[str, object] = _NOBODY
) -> None:
    """Write down, once, that the sender has this one.

    how     `asked` for it, answered a `webhook`, or `read on a page`; person: who read it there, {} for a system
    """
    row = tx.execute(_ONE, {"council": council, "event": event}).first()
    if row is None or row.read is not None:
        return
    said = {"event": event, "by": row.sender, "how": how}
    beside = {"human": person} if person else {}
    entry = write_entry(tx, council, row.referral, "word.read", said, section="event", beside=beside)
    known = {"event": event, "council": council, "sender": row.sender}
    tx.insert(WORD_READ, known | {"at": gateway.now(), "entry": entry})


def is_read(connection: Connection, council: str, event: str) -> bool:
    """Whether the sender has it, or it is there no more."""
    row = connection.execute(_ONE, {"council": council, "event": event}).first()
    return row is None or row.read is not None


def notice(gateway: Gateway, connection: Connection, council: str, referral: str, event_id: str) -> dict[str, str]:
    """One notice, as whoever referred may read it. Nothing that a hub wrote, and nobody's name."""
    view = referral_view(connection, council, referral)
    assert view is not None, "an event is about a referral"
    body = content.get(connection, council, view.referral.filed)
    screens = gateway.rules[council].screens
    reader = Reader(gateway.council(council), screens, read_filed(body)[0] if body else None)
    (event,) = (one for one in view.events if one.id == event_id)
    told = {"id": event.id, "referral": event.referral, "at": stamp(event.at), **word(event, view, reader)}
    return told | {"status": f"/v1/referrals/{event.referral}"}


def _overdue(gateway: Gateway, connection: Connection, council: str, sender: str) -> Iterator[dict[str, object]]:
    """What of this sender's referrals is overdue, whoever's turn it is: in words, with the number to ring."""
    now = gateway.now()
    asked = {"council": council, "sender": sender, "now": now, "late": now - LATE_DIVERT, "most": MOST}
    for referral in connection.execute(_LATE, asked).scalars().all():
        view = referral_view(connection, council, referral)
        assert view is not None, "a clock is about a referral"
        for one in waits_of(gateway, connection, view).waiting:
            if one["overdue"]:
                shown = {name: one[name] for name in ("for", "say", "since", "due")}
                yield {"referral": referral, **shown}


_UNREAD: Final = (
    select(EVENT.c.id, EVENT.c.referral)
    .join_from(EVENT, REFERRAL, REFERRAL.c.id == EVENT.c.referral)
    .join(WORD_READ, WORD_READ.c.event == EVENT.c.id, isouter=True)
    .where(
        REFERRAL.c.council == bindparam("council"),
        REFERRAL.c.sender == bindparam("sender"),
        REFERRAL.c.test >= bindparam("test"),
        (EVENT.c.kind == "outcome") | (EVENT.c.code == ASKED),
        WORD_READ.c.event.is_(None),
    )
    .order_by(EVENT.c.seq)
    .limit(bindparam("most"))
)
_ONE: Final = (
    select(EVENT.c.referral, REFERRAL.c.sender, REFERRAL.c.test, WORD_READ.c.event.label("read"))
    .join_from(EVENT, REFERRAL, REFERRAL.c.id == EVENT.c.referral)
    .join(WORD_READ, WORD_READ.c.event == EVENT.c.id, isouter=True)
    .where(EVENT.c.council == bindparam("council"), EVENT.c.id == bindparam("event"))
)
_LATE: Final = (
    select(REFERRAL.c.id)
    .where(
        REFERRAL.c.council == bindparam("council"),
        REFERRAL.c.sender == bindparam("sender"),
        REFERRAL.c.test == 0,
        or_(
            exists(
                select(CLOCK.c.id).where(
                    CLOCK.c.referral == REFERRAL.c.id, CLOCK.c.state == "running", CLOCK.c.due_at <= bindparam("now")
                )
            ),
            # One clock stands for all that rests at a hub, and each sender hears of its own (P21).
            REFERRAL.c.id.in_(
                select(DELIVERY.c.referral).where(
                    DELIVERY.c.council == bindparam("council"),
                    DELIVERY_OPEN,
                    DELIVERY.c.kind.in_(CARRIES),
                    or_(DELIVERY.c.state.in_(BLOCKED), DELIVERY.c.at <= bindparam("late")),
                )
            ),
        ),
    )
    .order_by(REFERRAL.c.at.desc())
    .limit(bindparam("most"))
)
