"""Tries now and then whether a hub that failed is back, with one message that would otherwise wait for hours (P16)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy import literal_column as written_out

from gateway.flows.delivery.inturn import BEHIND
from gateway.flows.delivery.lanes import Lane
from gateway.store.statement import Statement
from gateway.store.tables import DELIVERY
from gateway.store.transaction import Tx

EVERY: Final = 15 * 60_000
"""Milliseconds after the last failure. The ladder's last steps are days: a hub that is back is not left until then."""

_HARMLESS: Final = ("connect", "connect_timeout", "dns", "tls", "http_425", "http_429", "http_503")
"""Why codes after which nothing is in doubt, so that one more try costs nobody anything."""

_NEXT: Final = Statement(
    select(DELIVERY.c.id, DELIVERY.c.due_at)
    .where(
        DELIVERY.c.state == written_out("'due'"),
        DELIVERY.c.council == bindparam("council"),
        DELIVERY.c.hub == bindparam("hub"),
        DELIVERY.c.seq <= bindparam("last"),
        or_(DELIVERY.c.urgent >= 1, ~BEHIND),
        or_(DELIVERY.c.why.in_(_HARMLESS), DELIVERY.c.due_at <= bindparam("now")),
    )
    .order_by(DELIVERY.c.urgent.desc(), DELIVERY.c.due_at, DELIVERY.c.seq)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_PULL: Final = Statement(
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("delivery"))
    .values(due_at=bindparam("now"), planned_at=DELIVERY.c.due_at)
)


def probe(tx: Tx, lanes: Iterable[Lane]) -> None:
    """Bring one message forward to each of these hubs that has failed, and was not tried for a while.

    It uses up nothing of the message's schedule. Where one is due by itself, that one is the try.
    """
    pulled = []
    for lane in lanes:
        if lane.state != "open" or not lane.tripped or tx.now < max(lane.at + EVERY, lane.open_at):
            continue
        where = {"council": lane.council, "hub": lane.hub, "now": tx.now, "last": lane.takes_up_to(0, tx.now)}
        pulled += [{"delivery": row.id, "now": tx.now} for row in tx.rows(_NEXT, where) if row.due_at > tx.now]
    if pulled:
        tx.change(_PULL, pulled)
