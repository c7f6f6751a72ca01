"""Tells a hub that two referrals which it was sent may be about one child, or one family. Nothing is merged or dropped.

Whoever accepts a referral does not know the others, and whoever sends one does not wait for them: the tick looks at
what arrived since it looked last, along the sealed record. It compares what the hub itself was sent, and nothing else,
so the hub learns nothing that it could not find in its own messages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, exists, select, update
from sqlalchemy import literal_column as written_out

from contracts.alike import AlikeBody
from contracts.council import FAMILY
from contracts.delivery import DeliveryState
from gateway.flows.decisions.filing import outgoing
from gateway.flows.decisions.permit import TAKEN_BACK, Held, Permitted, Promised
from gateway.flows.decisions.tokens import tokens_of_person
from gateway.flows.entry import write_entry
from gateway.flows.gateway import Gateway
from gateway.flows.ids import short_id
from gateway.path.states import may_change
from gateway.store import content
from gateway.store.keys import CouncilKeys
from gateway.store.statement import Statement
from gateway.store.tables import DECISION, DELIVERY, ENTRY, LOOKUP, META, REFERRAL
from gateway.store.transaction import Tx

KIND: Final = "alike"
"""Of its delivery."""

WITHIN: Final = 183 * 86_400_000
"""Milliseconds: a referral of more than half a year before is another one."""

TOGETHER: Final = 1_000
"""Entries of one council's record looked at in one transaction."""

MOST: Final = 256
"""Others in whose lookup one of the same people stands that are looked at: no family has more."""

TOLD: Final = 8
"""Others a hub is told of for one that arrived, the newest."""

_CARRY: Final = ("referral", "update", "divert")
_CHILD: Final = "child"


@dataclass(frozen=True, slots=True)
class _Sent:
    """One message that a hub has, and whom it names: tokens of the children it is about, and of everybody in it."""

    row: Mapping[str, Any]
    children: frozenset[str]
    everybody: frozenset[str]

    def like(self, other: _Sent) -> str:
        """What the two may have in common, "" for nothing."""
        if self.children & other.children:
            return "child"
        return "family" if self.everybody & other.everybody else ""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look came to: how many messages it promised, and whether there may be more to look at."""

    promised: int = 0
    more: bool = False


def look(gateway: Gateway, tx: Tx, council: str) -> Look:
    """Promise word of what arrived since the last look."""
    name = f"alike {council}"
    kept = tx.execute(select(META.c.value).where(META.c.name == name)).scalar()
    begin = int(kept or 0)
    which = {"council": council, "begin": begin, "end": begin + TOGETHER}
    entries = tx.rows(_ENTRIES, which)
    if not entries:
        return Look()
    arrived = dict.fromkeys(row.referral for row in entries if row.type in _ARRIVALS)
    promised = sum(_tell_of(gateway, tx, council, referral) for referral in arrived)
    end = str(begin + len(entries))
    if kept is None:
        tx.insert(META, {"name": name, "value": end})
    else:
        tx.execute(update(META).where(META.c.name == name).values(value=end))
    return Look(promised, len(entries) == TOGETHER)


def judged(gateway: Gateway, tx: Tx, promised: Promised) -> Permitted | Held:
    """Leave to send word, if both still stand as they were sent; else it is cancelled (settled 12)."""
    body = content.get(tx, promised.council, promised.payload)
    told = json.loads(body) if body is not None else {}
    row = dict(tx.execute(select(DELIVERY).where(DELIVERY.c.id == promised.id)).mappings().one())
    both = [_sent(gateway, tx, promised.council, promised.hub, told.get(name, "")) for name in ("reference", "other")]
    if all(both):
        return Permitted(promised.inputs, promised.payload, promised.digest)
    assert may_change(DeliveryState(row["state"]), DeliveryState.CANCELLED, "condition")
    write_entry(tx, promised.council, promised.referral, "alike.cancelled", _said(row, TAKEN_BACK))
    tx.execute(_CANCEL, {"delivery": promised.id, "now": tx.now})
    return Held(TAKEN_BACK)


def _tell_of(gateway: Gateway, tx: Tx, council: str, referral: str) -> int:
    """Promise word of one referral to each hub that has it, and has another like it. How many messages that makes."""
    promised = 0
    for hub in tx.execute(_HUBS, {"of": referral}).scalars().all():
        settings = gateway.council(council).hubs.get(hub)
        if settings is None or FAMILY in settings.members:
            continue
        own = _sent(gateway, tx, council, hub, referral)
        if own is not None:
            for other, like in islice(_like(gateway, tx, own), TOLD):
                promised += _promise(gateway, tx, own, other, like)
    return promised


def _like(gateway: Gateway, tx: Tx, own: _Sent) -> Iterator[tuple[_Sent, str]]:
    """What the same hub has of others with somebody of this one in them, the newest first."""
    row = own.row
    asked = {"of": row["referral"], "since": row["received"] - WITHIN, "test": row["test"]}
    tokens = {"council": row["council"], "tokens": sorted(own.everybody)}
    found = tx.rows(_OTHERS, asked | tokens) if own.everybody else []
    for _, referral in sorted({(-one.at, one.id) for one in found}):
        other = _sent(gateway, tx, row["council"], row["hub"], referral)
        like = own.like(other) if other else ""
        if other and like:
            yield other, like


def _sent(gateway: Gateway, tx: Tx, council: str, hub: str, referral: str) -> _Sent | None:
    """What this hub has of a referral; None where it has nothing, where it no longer may, or flags protect anybody."""
    row = tx.execute(_LAST, {"of": referral, "hub": hub}).mappings().first()
    body = content.get(tx, council, row["payload"]) if row is not None else None
    if row is None or body is None:
        return None
    told = json.loads(body)
    if told["safety"]["protection"]:
        return None
    people, keys = told["referral"].get("people", ()), gateway.keys[council]
    children = [one for one in people if _CHILD in one.get("roles", ())]
    return _Sent(dict(row), _tokens(keys, children), _tokens(keys, people))


def _tokens(keys: CouncilKeys, people: Any) -> frozenset[str]:
    return frozenset(token for person in people for token in tokens_of_person(keys, person))


def _promise(gateway: Gateway, tx: Tx, own: _Sent, other: _Sent, like: str) -> bool:
    """One message for each pair, whichever of the two came first. Whether there was none yet."""
    council, hub = own.row["council"], own.row["hub"]
    delivery = short_id(KIND, council, hub, *sorted((own.row["referral"], other.row["referral"])))
    if tx.execute(select(DELIVERY.c.id).where(DELIVERY.c.id == delivery)).first() is not None:
        return False
    later, earlier = sorted((own.row, other.row), key=lambda row: (row["received"], row["seq"]), reverse=True)
    row = {"id": later["referral"], "council": council, "test": later["test"], "at": tx.now}
    made = outgoing(gateway, row, hub, KIND)
    body = _body(later, earlier, like)
    # Its inputs are nobody's, so that it is judged anew whenever it may leave.
    own_parts = {"id": delivery, "kind": KIND, "lane": f"{made['lane']}/{KIND}", "inputs": KIND}
    promised = made | own_parts | {"digest": sha256(body).hexdigest()}
    said = {"delivery": delivery, "hub": hub, "other": earlier["referral"], "same": like, "state": made["state"]}
    write_entry(tx, council, later["referral"], KIND, said)
    tx.insert(DELIVERY, promised | {"payload": content.put(tx, council, "payload", body)})
    return True


def _body(later: Mapping[str, Any], earlier: Mapping[str, Any], like: str) -> bytes:
    told = AlikeBody(
        reference=later["referral"],
        other=earlier["referral"],
        council=later["council"],
        hub=later["hub"],
        same="child" if like == "child" else "family",
        test=bool(later["test"]),
        says=_SAYS[like].format(other=earlier["referral"]),
        do="Look at both before you act. Nothing was merged, and nothing was left out.",
        deliveries=(later["id"], earlier["id"]),
    )
    return orjson.dumps(told.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)


def _said(row: Mapping[str, Any], why: str) -> dict[str, object]:
    return {"delivery": row["id"], "hub": row["hub"], "why": why}


_SAYS: Final[Mapping[str, str]] = {
    "child": "This may be the same child as reference {other}, which you have.",
    "family": "This may be the same family as reference {other}, which you have.",
}
_ARRIVALS: Final = ("attempt", "acknowledged_late")
_ENTRIES: Final = Statement(
    select(ENTRY.c.idx, ENTRY.c.type, ENTRY.c.referral)
    .where(ENTRY.c.council == bindparam("council"), ENTRY.c.idx >= bindparam("begin"), ENTRY.c.idx < bindparam("end"))
    .order_by(ENTRY.c.idx)
)
_has = (DELIVERY.c.state == written_out("'delivered'"), DELIVERY.c.kind.in_(_CARRY))
_HUBS: Final = select(DELIVERY.c.hub).where(DELIVERY.c.referral == bindparam("of"), *_has).distinct()
_still = exists().where(DECISION.c.delivery == DELIVERY.c.id, DECISION.c.referral == REFERRAL.c.id)
_newer = REFERRAL.alias("newer")
_LAST: Final = (
    select(
        DELIVERY.c.id,
        DELIVERY.c.seq,
        DELIVERY.c.council,
        DELIVERY.c.referral,
        DELIVERY.c.hub,
        DELIVERY.c.payload,
        REFERRAL.c.test,
        REFERRAL.c.at.label("received"),
    )
    .join_from(DELIVERY, REFERRAL, REFERRAL.c.id == DELIVERY.c.referral)
    .where(DELIVERY.c.referral == bindparam("of"), DELIVERY.c.hub == bindparam("hub"), *_has)
    # Once the family takes its word back, no decision that stands rests on the message any more.
    .where(~exists().where(_newer.c.supersedes == REFERRAL.c.id), _still.where(DECISION.c.state == "promised"))
    .order_by(DELIVERY.c.seq.desc())
    .limit(1)
)
_OTHERS: Final = Statement(
    select(REFERRAL.c.id, REFERRAL.c.at)
    .join_from(LOOKUP, REFERRAL, REFERRAL.c.id == LOOKUP.c.referral)
    .where(
        LOOKUP.c.council == bindparam("council"),
        LOOKUP.c.token.in_(bindparam("tokens", expanding=True)),
        REFERRAL.c.id != bindparam("of"),
        REFERRAL.c.at >= bindparam("since"),
        REFERRAL.c.test == bindparam("test"),
        ~exists().where(_newer.c.supersedes == REFERRAL.c.id),
    )
    .limit(MOST)
)
_CANCEL: Final = (
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("delivery"))
    .values(state=DeliveryState.CANCELLED, why=TAKEN_BACK, ended_at=bindparam("now"))
)
