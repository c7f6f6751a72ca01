"""Carries one permitted message to its hub, in the hub's own way, and reads what became of it (settled 13)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from adapters import HUBS
from contracts.delivery import HubClass, Result
from contracts.hub import Hub, HubAnswer, HubFiles, HubMail, HubMessage, Written
from gateway.flows.outbound import WayOut, send
from gateway.flows.permit import Door
from gateway.path.answers import Reading, read_answer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Carried:
    """What one attempt came to, and the status that the hub's side named, if it named one."""

    reading: Reading
    status: int | None = None


async def carry(
    way: WayOut, door: Door, payload: bytes, delivery: str, leave_by: float, seconds: Callable[[], float]
) -> Carried:
    """One attempt.

    leave_by  monotonic seconds: content leaves before this instant or not at all (P8)
    seconds   since 1970, for signatures and dates in answers

    Cancelling it ends the attempt and still returns what is known of it.
    """
    hub = HUBS[door.hub.adapter]
    try:
        written = hub.write(payload, delivery, int(seconds()), door.secrets, door.options)
    except ValueError:
        _log.error("A message could not be written", extra={"delivery": delivery, "hub": door.hub.name})
        return Carried(Reading(Result.REFUSED, "message_not_written"))
    return await _by(way, door, hub, written, delivery, leave_by, seconds)


async def _by(
    way: WayOut, door: Door, hub: Hub, written: Written, delivery: str, leave_by: float, seconds: Callable[[], float]
) -> Carried:
    match written:
        case HubMessage():
            answer = await send(way, door.hub.url, written, leave_by, door.hub.hub_class is not HubClass.A)
            acknowledged = isinstance(answer, HubAnswer) and hub.acknowledged(answer, delivery)
            status = answer.status if isinstance(answer, HubAnswer) else None
            return Carried(read_answer(answer, acknowledged, int(seconds())), status)
        case HubMail() | HubFiles():
            raise NotImplementedError
