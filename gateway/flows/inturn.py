"""The order in which messages about one child leave for one hub: that of acceptance (P18)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import exists

from contracts.delivery import DeliveryState
from gateway.store.tables import DELIVERY

_EARLIER: Final = DELIVERY.alias("earlier")

BEHIND: Final = exists().where(
    _EARLIER.c.lane == DELIVERY.c.lane,
    _EARLIER.c.seq < DELIVERY.c.seq,
    _EARLIER.c.urgent == 0,
    _EARLIER.c.passed == 0,
    _EARLIER.c.state.not_in((DeliveryState.DELIVERED, DeliveryState.CANCELLED)),
)
"""Whether one about the same child, to the same hub, still stands before it, and nobody has let it go first."""
