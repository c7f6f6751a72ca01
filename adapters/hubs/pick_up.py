"""A hub that comes for its messages: it asks what there is, collects each by its id, and says that it has it.

It needs no address and no open door, only a key of its own. What it collects is signed as a webhook would be, so that
it knows whose message it is however it came. It may collect the same id again and so drops repeats by definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adapters.formats.signing import fit, signed
from contracts.adapter import Plain
from contracts.hub import NO_OPTIONS, Carriage, HubAnswer, HubMessage, WriteOptions

NAME = "pick_up"
CARRIED: Carriage = "collected"
SCHEMES: tuple[str, ...] = ()
SIGNS = True
NEEDS: tuple[str, ...] = ()
MAY: tuple[str, ...] = ("lease_minutes", "taken_within", "urgent_taken_within")


def write(
    payload: bytes, delivery_id: str, now: int, secrets: Sequence[str], options: WriteOptions = NO_OPTIONS
) -> HubMessage:
    """What the hub's request for this delivery is answered with. Raises ValueError without a secret."""
    headers = {"content-type": "application/json"} | signed(payload, delivery_id, now, secrets)
    return HubMessage("GET", "", headers, payload)


def may_sign(secret: str) -> bool:
    """Whether a secret is a whole one, of either kind that Standard Webhooks knows."""
    return fit(secret)


def acknowledged(answer: HubAnswer, delivery_id: str) -> bool:
    """Never: a hub acknowledges what it collected by a request of its own."""
    return False


def amiss(settings: Mapping[str, Plain]) -> Iterator[tuple[str, str, str]]:
    """What of the settings cannot be meant."""
    minutes = settings.get("lease_minutes", 15)
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= 1440:
        yield "lease_minutes", "minutes, from 1 to 1440", "Write how long the hub may take to acknowledge."
