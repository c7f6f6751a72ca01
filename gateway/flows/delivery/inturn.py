"""The order in which messages about one child leave for one hub: that of acceptance (P18)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, exists, literal_column

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

_ON_ITS_WAY: Final = DELIVERY.alias("on_its_way")

OVERTAKES: Final = and_(
    DELIVERY.c.kind == literal_column("'notice'"),
    exists().where(
        _ON_ITS_WAY.c.referral == DELIVERY.c.referral,
        _ON_ITS_WAY.c.hub == DELIVERY.c.hub,
        _ON_ITS_WAY.c.kind != DELIVERY.c.kind,
        _ON_ITS_WAY.c.state == literal_column("'sending'"),
    ),
)
"""Whether it is a notice, and something that it may tell of is being sent to the same hub at this moment: what lands
after it would be taken back by nobody (P12). That attempt is cut at once, and its lease ends it at the latest."""
