"""What people ask about messages and hubs, by name: verbs of the desk like any other (`flows.desk`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

from contracts.errors import NoSuchAnswer
from gateway.flows.acting import Acting
from gateway.flows.delivery import hubs, hubtest, linkends, sendagain, undelivered
from gateway.flows.delivery.hubs import Stopping
from gateway.flows.delivery.lanes import DRAINING, PAUSED
from gateway.flows.gateway import Gateway
from gateway.path.calendar import LONDON

Asked = Mapping[str, str]


async def _hubs(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await hubs.listed(gateway, who)


async def _pause(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    diverts = bool(asked.get("diverts"))
    return await hubs.halt(gateway, who, _stopping(asked, PAUSED, diverts))


async def _drain(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await hubs.halt(gateway, who, _stopping(asked, DRAINING, False))


async def _resume(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await hubs.resume(gateway, who, asked.get("hub", ""), asked.get("reason", ""))


async def _test(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await hubtest.tried_out(gateway, who, asked.get("hub", ""), for_tests=asked.get("for_tests") == "yes")


async def _waiting(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await undelivered.waiting(gateway, who, asked.get("hub", ""))


async def _dead(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await undelivered.dead(gateway, who, asked.get("hub", ""))


async def _replay(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await sendagain.replay(gateway, who, asked.get("delivery", ""), asked.get("reason", ""))


async def _preview(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await sendagain.preview(gateway, who, asked.get("hub", ""), asked.get("why", ""))


async def _replay_all(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    mark, reason = asked.get("mark", ""), asked.get("reason", "")
    return await sendagain.replay_all(gateway, who, mark, reason, asked.get("hub", ""), asked.get("why", ""))


async def _cancel(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await sendagain.cancel(gateway, who, asked.get("delivery", ""), asked.get("reason", ""))


async def _skip(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await sendagain.skip(gateway, who, asked.get("delivery", ""), asked.get("reason", ""))


async def _end_links(gateway: Gateway, who: Acting, asked: Asked) -> Any:
    return await linkends.end(gateway, who, asked.get("delivery", ""), asked.get("reason", ""))


def _stopping(asked: Asked, how: str, diverts: bool) -> Stopping:
    return Stopping(asked.get("hub", ""), how, asked.get("reason", ""), _instant(asked.get("until", "")), diverts)


def _instant(text: str) -> int | None:
    """London's clock as people write it, in ms UTC; None for nothing."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NoSuchAnswer("Write --until as 2026-11-30T09:00, by London's clock.") from None
    return int((at if at.tzinfo else at.replace(tzinfo=LONDON)).timestamp() * 1_000)


VERBS: Final[Mapping[str, Callable[[Gateway, Acting, Asked], Awaitable[Any]]]] = {
    "hubs": _hubs,
    "hub_pause": _pause,
    "hub_drain": _drain,
    "hub_resume": _resume,
    "hub_test": _test,
    "waiting": _waiting,
    "dead": _dead,
    "replay": _replay,
    "replay_preview": _preview,
    "replay_all": _replay_all,
    "cancel": _cancel,
    "skip": _skip,
    "end_links": _end_links,
}
"""Name → what it does."""
