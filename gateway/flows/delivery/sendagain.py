"""People over one message or many: send again as the same id, cancel, let later ones go first; each with its reason.

None of these gets past the rules: what is sent again is permitted afresh, and held if it may no longer go (settled 12).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, update

from contracts.delivery import DeliveryState, HubClass
from contracts.errors import AnsweredAlready, NoSuchAnswer, NotFound
from gateway.flows.acting import Acting
from gateway.flows.decisions.doubt import class_of
from gateway.flows.decisions.words import cause
from gateway.flows.delivery.hubs import give_reason
from gateway.flows.delivery.undelivered import MANY, STOPPED
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.holds.held import LEAST
from gateway.path.schedule import DIVERTS
from gateway.path.states import may_change
from gateway.store.queries import tests
from gateway.store.tables import DELIVERY
from gateway.store.transaction import Tx
from gateway.store.writer import Write

BY_A_PERSON: Final = "by_a_person"
"""Why code of what a person cancelled."""

AGAIN: Final = ("rules_failed", "doubtful_before", "payload_altered")
"""Why codes of what was held and may be sent again by hand. Whatever else is held goes on when its cause has passed."""

_CALLED: Final = (
    select(DELIVERY)
    .where(
        DELIVERY.c.council == bindparam("council"),
        DELIVERY.c.id >= bindparam("called"),
        DELIVERY.c.id < bindparam("after"),
    )
    .limit(2)
    .with_for_update()
)
_MEANT: Final = (
    select(DELIVERY)
    .where(DELIVERY.c.council == bindparam("council"), DELIVERY.c.state.in_(STOPPED))
    .order_by(DELIVERY.c.seq)
    .limit(MANY)
)
_BEHIND: Final = (
    select(func.count())
    .select_from(DELIVERY)
    .where(
        DELIVERY.c.lane == bindparam("lane"),
        DELIVERY.c.seq > bindparam("seq"),
        DELIVERY.c.state.not_in((DeliveryState.DELIVERED, DeliveryState.CANCELLED)),
    )
)
_OF: Final = update(DELIVERY).where(DELIVERY.c.id == bindparam("delivery"))


async def replay(gateway: Gateway, who: Acting, name: str, reason: str) -> dict[str, Any]:
    """Send one message again, as the same id and with a schedule of its own. Asked twice, it goes once.

    Raises NotYourRole, NoSuchAnswer, AnsweredAlready, NotFound.
    """

    def work(tx: Tx) -> dict[str, Any]:
        row = _named(tx, who, name)
        who.must_be_let("deliveries.replay", about(row))
        give_reason(reason)
        if row["state"] in _MOVING:
            return {"id": row["id"], "say": _MOVING[row["state"]]}
        _may_go_again(row)
        _again(tx, who, row, reason)
        return {"id": row["id"], "say": "It is sent again, under the same reference. The rules are asked once more."}

    return await _done(gateway, work)


async def preview(gateway: Gateway, who: Acting, hub: str = "", why: str = "") -> dict[str, Any]:
    """What sending again in bulk would send: how many, the oldest, the hubs, each one; and the mark to confirm it with.

    hub, why  narrow it to one hub and one cause; `singly`: how many must each be looked at. Raises NotYourRole.
    """
    who.must_be_let("deliveries.replay")

    def read(connection: Connection) -> dict[str, Any]:
        rows = _meant(connection, who, hub, why)
        shown = _shown([row for row in rows if _together(who, row)])
        marked = tests(connection, who.council.name, {row["referral"] for row in rows})
        lines = [line | {"test": line["referral"] in marked} for line in shown["lines"]]
        return shown | {"lines": lines, "singly": sum(not _together(who, row) for row in rows)}

    return {"now": gateway.now(), **await gateway.store.ask(who.council.name, read)}


async def replay_all(
    gateway: Gateway, who: Acting, mark: str, reason: str, hub: str = "", why: str = ""
) -> dict[str, Any]:
    """Send again exactly what the preview with this mark showed, or nothing. Raises as `replay` does."""

    def work(tx: Tx) -> dict[str, Any]:
        who.must_be_let("deliveries.replay")
        give_reason(reason)
        rows = [row for row in _meant(tx, who, hub, why, lock=True) if _together(who, row)]
        if not rows or mark_of(rows) != mark:
            raise AnsweredAlready("What would be sent is not what you were shown. Look at it again. Nothing was sent.")
        for row in rows:
            _again(tx, who, row, reason)
        return {"many": len(rows), "say": f"{len(rows)} are sent again, each under its own reference."}

    return await _done(gateway, work)


async def cancel(gateway: Gateway, who: Acting, name: str, reason: str) -> dict[str, Any]:
    """Cancel one message for good: no byte of it is sent any more. Raises as `replay` does."""

    def work(tx: Tx) -> dict[str, Any]:
        row = _named(tx, who, name)
        who.must_be_let("deliveries.cancel", about(row))
        give_reason(reason)
        state = DeliveryState(row["state"])
        if not may_change(state, DeliveryState.CANCELLED, "person"):
            raise AnsweredAlready(_NOT_CANCELLED[state])
        _write(tx, who, row, "cancel", reason, BY_A_PERSON)
        values = {"state": DeliveryState.CANCELLED, "why": BY_A_PERSON, "ended_at": tx.now}
        tx.execute(_OF.values(**values), {"delivery": row["id"]})
        doubt = " The hub may have it: it was in doubt whether it arrived." if state is DeliveryState.UNCERTAIN else ""
        return {
            "id": row["id"],
            "say": f"It is cancelled, and is not sent.{doubt} Tell its sender, if they wait for it.",
        }

    return await _done(gateway, work)


async def skip(gateway: Gateway, who: Acting, name: str, reason: str) -> dict[str, Any]:
    """Let what waits behind one message go first, though they are about the same child (P18). Raises as `replay`."""

    def work(tx: Tx) -> dict[str, Any]:
        row = _named(tx, who, name)
        who.must_be_let("deliveries.skip", about(row))
        give_reason(reason)
        many = tx.execute(_BEHIND, {"lane": row["lane"], "seq": row["seq"]}).scalar_one()
        if row["state"] in _ENDED or row["urgent"] or not many:
            raise NoSuchAnswer("Nothing waits behind it.")
        if not row["passed"]:
            _write(tx, who, row, "passed", reason, row["why"])
            tx.execute(_OF.values(passed=1), {"delivery": row["id"]})
        return {"id": row["id"], "say": f"What waits behind it goes first now: {many}. It stays where it is itself."}

    return await _done(gateway, work)


def about(row: Mapping[str, Any]) -> str:
    """What a message is in the table of access: a divert, one in doubt, or any other."""
    if row["urgent"] == DIVERTS:
        return "divert"
    return "uncertain" if row["state"] == DeliveryState.UNCERTAIN else ""


def mark_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Eight characters that stand for exactly these messages, as they are now."""
    return sha256("\n".join(f"{row['id']} {row['fence']}" for row in rows).encode()).hexdigest()[:8]


def _meant(connection: Connection | Tx, who: Acting, hub: str, why: str, *, lock: bool = False) -> list[dict[str, Any]]:
    asked = _MEANT
    if hub:
        asked = asked.where(DELIVERY.c.hub == hub)
    if why:
        asked = asked.where(DELIVERY.c.why == why)
    asked = asked.with_for_update() if lock else asked
    found = connection.execute(asked, {"council": who.council.name}).mappings()
    # Whoever may not send one of these again by itself does not do it in bulk either.
    theirs = (dict(row) for row in found if who.serves(row["hub"]))
    return [row for row in theirs if who.may("deliveries.replay", about(row))]


def _together(who: Acting, row: Mapping[str, Any]) -> bool:
    """Whether it may be one of many: what may then arrive twice, nobody being able to tell, is looked at by itself."""
    hub = who.council.hubs.get(row["hub"])
    known = max(HubClass(row["hub_class"]), class_of(hub)) if hub else HubClass.C
    return row["state"] == DeliveryState.DEAD or known is not HubClass.C


def _shown(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    lines = [
        {
            "id": row["id"],
            "referral": row["referral"],
            "hub": row["hub"],
            "state": row["state"],
            "since": row["at"],
            "why": row["why"],
            "say": cause(row["why"])[0],
        }
        for row in rows
    ]
    return {
        "many": len(rows),
        "oldest": min((row["at"] for row in rows), default=None),
        "hubs": dict(Counter(row["hub"] for row in rows)),
        "mark": mark_of(rows) if rows else "",
        "lines": lines,
    }


def _named(tx: Tx, who: Acting, name: str) -> dict[str, Any]:
    asked = {"council": who.council.name, "called": name.casefold(), "after": f"{name.casefold()}g"}
    called = tx.execute(_CALLED, asked).mappings().all() if len(name) >= LEAST else []
    found = [row for row in called if who.serves(row["hub"])]
    if len(found) == 1:
        return dict(found[0])
    more = f"Give its first {LEAST} characters or more."
    raise NotFound(f"No message here is called {name}. {'Give more of it.' if found else more}")


def _may_go_again(row: Mapping[str, Any]) -> None:
    if row["state"] == DeliveryState.CANCELLED:
        raise AnsweredAlready("It was cancelled, and is not sent any more.")
    if row["state"] == DeliveryState.HELD and row["why"] not in AGAIN:
        raise NoSuchAnswer(f"It is held, and is not sent again by hand. {' '.join(cause(row['why']))}")


def _again(tx: Tx, who: Acting, row: Mapping[str, Any], reason: str) -> None:
    assert may_change(DeliveryState(row["state"]), DeliveryState.DUE, "person")
    _write(tx, who, row, "replay", reason, row["why"])
    values = {
        "state": DeliveryState.DUE, "why": "", "due_at": tx.now, "rungs": 0, "lost": 0, "early": 0, "planned_at": None,
    }  # fmt: skip
    tx.execute(_OF.values(**values), {"delivery": row["id"]})


def _write(tx: Tx, who: Acting, row: Mapping[str, Any], kind: str, reason: str, why: str) -> None:
    said = {"delivery": row["id"], "hub": row["hub"], "state": row["state"], "why": why}
    beside = {"human": who.said | {"reason": reason.strip()}}
    write_entry(tx, row["council"], row["referral"], kind, said, beside=beside)


async def _done(gateway: Gateway, work: Any) -> dict[str, Any]:
    told: dict[str, Any] = await gateway.writer.submit(Write(work))
    gateway.wake()
    return told


_ENDED: Final = (DeliveryState.DELIVERED, DeliveryState.CANCELLED)
_MOVING: Final = {
    DeliveryState.DUE: "It waits to be sent already. Nothing was changed.",
    DeliveryState.SENDING: "It is being sent just now. Nothing was changed.",
    DeliveryState.DELIVERED: "It has arrived. Nothing was sent again.",
}
_NOT_CANCELLED: Final = {
    DeliveryState.SENDING: "It is being sent just now. Ask again in a minute.",
    DeliveryState.DELIVERED: "It has arrived. To tell the hub that it should not have, correct or withdraw it.",
    DeliveryState.CANCELLED: "It was cancelled before.",
}
