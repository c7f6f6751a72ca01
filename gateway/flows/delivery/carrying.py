"""Carries one permitted message to its hub, in the hub's own way, and reads what became of it (settled 13)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from adapters import HUBS
from contracts.council import Council
from contracts.delivery import HubClass, Result
from contracts.hub import Askable, Hub, HubAnswer, HubFiles, HubMail, HubMessage, Slow
from gateway.flows.connections.bearer import grant_of
from gateway.flows.connections.outbound import WayOut, send
from gateway.flows.connections.posting import post
from gateway.flows.connections.trust import Trust, trust_of
from gateway.flows.decisions.permit import Door
from gateway.flows.delivery.dropping import drop
from gateway.path.answers import Reading, TransportTrouble, read_answer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Carried:
    """What one attempt came to, and the status that the hub's side named, if it named one.

    back  each earlier message whose files were to be taken away again, and what became of them
    """

    reading: Reading
    status: int | None = None
    back: Mapping[str, str] = field(default_factory=dict)


def get_ready(councils: Iterable[Council]) -> None:
    """Let each way of speaking that these councils' hubs need be ready to write: a permit lasts seconds (P8)."""
    for name in {hub.adapter for council in councils for hub in council.hubs.values()}:
        way = HUBS.get(name)
        if isinstance(way, Slow):
            way.get_ready()


async def carry(
    way: WayOut,
    door: Door,
    payload: bytes,
    delivery: str,
    leave_by: float,
    seconds: Callable[[], float],
    *,
    doubted: bool = False,
) -> Carried:
    """One attempt.

    leave_by  monotonic seconds: content leaves before this instant or not at all (P8)
    seconds   since 1970, for signatures and dates in answers
    doubted   the hub may have it already, and is asked first: only its clear no lets anything be sent again (P13)

    Cancelling it ends the attempt and still returns what is known of it.
    """
    grant = grant_of(door.hub.settings, door.secrets)
    if grant is None:
        return await _carried(way, door, payload, delivery, leave_by, seconds, doubted)

    async def ask(url: str, message: HubMessage) -> HubAnswer | TransportTrouble:
        return await send(way, url, message, leave_by, trust=Trust(trust_of(door.hub.settings).ca))

    bearer = await way.bearers.of(door.digest, grant, seconds(), ask)
    if isinstance(bearer, Reading):
        return Carried(bearer)
    door = replace(door, secrets=(bearer.token,))
    carried = await _carried(way, door, payload, delivery, leave_by, seconds, doubted)
    if carried.status == HTTPStatus.UNAUTHORIZED:
        way.bearers.forget(door.digest)
        if not bearer.fresh:  # it may have been taken back before its time: the next attempt has a new one
            return replace(carried, reading=Reading(Result.REFUSED_FOR_NOW, "token_refused"))
    return carried


async def _carried(
    way: WayOut,
    door: Door,
    payload: bytes,
    delivery: str,
    leave_by: float,
    seconds: Callable[[], float],
    doubted: bool,
) -> Carried:
    hub = HUBS[door.hub.adapter]
    options = door.options
    if hub.CARRIED == "smtp":
        options = replace(options, answer_at=way.answer_at(options.council, door.hub.name, delivery))
    try:
        written = hub.write(payload, delivery, int(seconds()), door.secrets, options)
    except ValueError:
        _log.error("A message could not be written", extra={"delivery": delivery, "hub": door.hub.name})
        return Carried(Reading(Result.REFUSED, "message_not_written"))
    if doubted and isinstance(hub, Askable):
        told = await _asked(way, door, hub, delivery, leave_by, seconds)
        if told is not None:
            return told
    match written:
        case HubMessage():
            return await _sent(way, door, hub, written, delivery, leave_by, seconds)
        case HubMail():
            return Carried(*await post(way.relay, way.destinations, written, leave_by, way.deadline))
        case HubFiles():
            reading, back = await drop(way, door, hub, written, delivery, leave_by, doubted)
            return Carried(reading, back=back)


async def _asked(
    way: WayOut, door: Door, hub: Askable, delivery: str, leave_by: float, seconds: Callable[[], float]
) -> Carried | None:
    """What became of the earlier attempt; None if the hub says that it has nothing of it.

    It must answer within the permit, or what is sent again would have waited for it longer than leave lasts.
    """
    brief = replace(way, deadline=max(0.0, leave_by - time.monotonic()))
    question = hub.question(delivery, int(seconds()), door.secrets, door.options)
    trust = trust_of(door.hub.settings)
    answer = await send(brief, door.hub.url, question, leave_by, fresh=True, trust=trust)
    status = answer.status if isinstance(answer, HubAnswer) else None
    has_it = hub.has_it(answer, delivery) if isinstance(answer, HubAnswer) else None
    if has_it is None:
        wait = read_answer(answer, False, int(seconds())).retry_after
        return Carried(Reading(Result.UNCERTAIN, "no_answer_to_ask", wait), status)
    return Carried(Reading(Result.DELIVERED, "had_it"), status) if has_it else None


async def _sent(
    way: WayOut, door: Door, hub: Hub, written: HubMessage, delivery: str, leave_by: float, seconds: Callable[[], float]
) -> Carried:
    fresh, trust = door.hub.hub_class is not HubClass.A, trust_of(door.hub.settings)
    answer = await send(way, door.hub.url, written, leave_by, fresh, trust)
    acknowledged = isinstance(answer, HubAnswer) and hub.acknowledged(answer, delivery)
    status = answer.status if isinstance(answer, HubAnswer) else None
    return Carried(read_answer(answer, acknowledged, int(seconds())), status)
