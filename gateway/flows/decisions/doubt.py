"""Whether a hub may have a message already though it never said so, and what may be relied on then (P13)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select

from adapters import HUBS, can_be_asked
from contracts.council import HubSettings
from contracts.delivery import HubClass, Result
from gateway.store.statement import Statement
from gateway.store.tables import ATTEMPT, DELIVERY
from gateway.store.transaction import Tx

_UNCERTAIN: Final = Statement(
    select(ATTEMPT.c.fence)
    .join_from(ATTEMPT, DELIVERY, ATTEMPT.c.delivery == DELIVERY.c.id)
    .where(
        ATTEMPT.c.delivery == bindparam("delivery"),
        ATTEMPT.c.result == Result.UNCERTAIN.value,
        # A person who has it sent again has asked the hub, and begins its schedule anew.
        DELIVERY.c.rungs + DELIVERY.c.lost > 0,
    )
    .limit(1)
)


def class_of(hub: HubSettings) -> HubClass:
    """The class that a hub is treated as: one that is declared to be askable and is not counts as unknown.

    One that comes for its messages asks for the same id again by itself, so it drops repeats by definition.
    """
    if hub.adapter not in HUBS:
        return HubClass.C
    if HUBS[hub.adapter].CARRIED == "collected":
        return HubClass.A
    askable = hub.hub_class is not HubClass.B or can_be_asked(hub.adapter, hub.settings)
    return hub.hub_class if askable else HubClass.C


def is_doubted(tx: Tx, delivery: str) -> bool:
    """Whether any attempt at this delivery left it open whether it arrived, and no person has decided since."""
    return bool(tx.rows(_UNCERTAIN, {"delivery": delivery}))
