"""The doors of the daily manifest: what we have of a day, and what differs from a sender's or a hub's own list.

Whose it is, is whose key asks. The command line asks the same by name.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from fastapi import Request, Response
from starlette.routing import Route

from contracts.errors import NotAllowed, NotFound, SenderError
from contracts.listed import DayListed
from gateway.doors.asked import Asked, asked_route
from gateway.doors.exchange import caller_of, json_answer, only_json
from gateway.doors.limits import body_of
from gateway.flows.access import Caller, Role
from gateway.flows.evidence import comparing, manifests
from gateway.flows.gateway import Gateway
from gateway.path.reading import read_message
from gateway.record.manifest import open_manifest

PATH: Final = "/manifest"
_DAY: Final = re.compile(r"20[2-9][0-9]-[0-9]{2}-[0-9]{2}")


async def get_manifest(gateway: Gateway, request: Request) -> Response:
    """GET /v1/manifests/{day}: the caller's own, as it was signed."""
    caller = caller_of(request)
    whose = _whose(caller, request.query_params.get("hub", ""))
    return json_answer(await _shown(gateway, caller.registration.council, whose, day_in(request.path_params["day"])))


async def post_compare(gateway: Gateway, request: Request) -> Response:
    """POST /v1/manifests/{day}/compare: the caller's own list of a day, laid beside ours."""
    only_json(request)
    caller, day = caller_of(request), day_in(request.path_params["day"])
    whose = _whose(caller, request.query_params.get("hub", ""))
    body = await body_of(request, gateway.settings.max_submission, gateway.settings.receive_deadline)
    told = await comparing.compare(gateway, caller.registration.council, whose, day, read_message(body, DayListed))
    return json_answer(told)


async def asked_for(gateway: Gateway, asked: Asked) -> dict[str, Any]:
    """For `council`, and `sender` or `hub` or neither: the manifest of `day`; with `listed`, what differs from that."""
    council, whose = _named(gateway, asked)
    day, listed = day_in(str(asked.get("day", ""))), asked.get("listed")
    if listed is None:
        told = await _shown(gateway, council, whose, day)
        if whose == manifests.COUNCIL:
            told["differ"] = await gateway.store.ask(council, lambda one: comparing.open_differences(one, council))
        return told
    if whose == manifests.COUNCIL:
        raise SenderError("Say whose list it is: --sender or --hub.")
    return await comparing.compare(gateway, council, whose, day, read_message(str(listed).encode(), DayListed))


def manifest_route(gateway: Gateway) -> Route:
    """The door for the command line."""
    return asked_route(gateway, PATH, asked_for)


def day_in(text: str) -> date:
    """A day as it stands in an address. Raises SenderError."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise SenderError("Write the day as 2026-11-22.")


async def _shown(gateway: Gateway, council: str, whose: str, day: date) -> dict[str, Any]:
    kept = await manifests.manifest(gateway, council, whose, day)
    key = gateway.keys[council].record
    return {"manifest": open_manifest(kept.note, key), "note": kept.note, "key": key.vkey}


def _whose(caller: Caller, hub: str) -> str:
    """Whose manifest a key may have: its own. Raises NotAllowed, NotFound for another's hub."""
    if caller.test:
        raise NotAllowed("A manifest tells of live referrals. Ask with a live key.")
    registration = caller.registration
    if caller.role is not Role.HUB:
        return f"sender:{registration.sender}"
    if hub and hub not in registration.hubs:
        raise NotFound()
    if not hub and len(registration.hubs) != 1:
        raise SenderError(f"Say which hub with ?hub=: {', '.join(registration.hubs)}.")
    return f"hub:{hub or registration.hubs[0]}"


def _named(gateway: Gateway, asked: Asked) -> tuple[str, str]:
    """The council, and whose is asked for by name. Raises NotFound, naming those there are."""
    home = gateway.council(str(asked.get("council", "")))
    sender, hub = str(asked.get("sender", "")), str(asked.get("hub", ""))
    if sender and hub:
        raise SenderError("Name a sender or a hub, not both.")
    for kind, name, known in (("sender", sender, home.senders), ("hub", hub, home.hubs)):
        if name and name not in known:
            raise NotFound(f"{home.title} has no {kind} of that name. It has: {', '.join(sorted(known))}.")
    return home.name, f"sender:{sender}" if sender else f"hub:{hub}" if hub else manifests.COUNCIL
