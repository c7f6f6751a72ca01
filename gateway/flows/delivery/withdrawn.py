"""Finds messages on their way whose family has said something else since they were permitted (P12).

What is promised. Withdrawn before the permit: not a byte leaves. Withdrawn after it, at whichever process: whoever is
sending sees it within `EVERY` seconds, cuts the connection, and tries no more; what had left by then cannot be called
back, so the attempt is kept as not sent only where that is certain, and the hub is told by a notice otherwise. A
safeguarding contact is never cut, nor is a notice: neither rests on the family's agreement.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import bindparam, select

from gateway.flows.decisions.notices import KIND as NOTICE
from gateway.flows.delivery.claim import Claimed
from gateway.store.statement import Statement
from gateway.store.tables import REFERRAL
from gateway.store.transaction import Tx

EVERY: Final = 0.25
"""Seconds between looks, while anything is on its way."""

_UNTOUCHED: Final = ("divert", NOTICE)

_EPOCHS: Final = Statement(
    select(REFERRAL.c.id, REFERRAL.c.epoch).where(REFERRAL.c.id.in_(bindparam("referrals", expanding=True)))
)


def rests_on_agreement(claimed: Claimed) -> bool:
    """Whether what the family says about sharing may stop this message."""
    return claimed.kind not in _UNTOUCHED


def spoken_since(tx: Tx, under_way: Collection[Claimed]) -> frozenset[str]:
    """The referrals, of those whose messages are on their way, about which the family has said something since."""
    permitted: dict[str, int] = {}
    for claimed in under_way:
        if rests_on_agreement(claimed):
            permitted[claimed.referral] = min(claimed.epoch, permitted.get(claimed.referral, claimed.epoch))
    if not permitted:
        return frozenset()
    found = tx.rows(_EPOCHS, {"referrals": sorted(permitted)})
    return frozenset(row.id for row in found if row.epoch != permitted[row.id])
