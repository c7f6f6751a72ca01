"""The doors of the way back: what hubs tell, and what senders tell later. Each names its operation in `api.ROUTES`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request, Response

from gateway.doors.exchange import accepted, caller_of, json_answer, key_of, only_json
from gateway.doors.limits import body_of
from gateway.flows.access import Caller
from gateway.flows.follow_up import agreeing, familysays, outcomes, questions
from gateway.flows.gateway import Gateway
from gateway.flows.submissions.sent import Answer

LARGEST: Final = 131_072
"""Bytes of what is said about a delivery or a referral: the longest text, and room for the rest."""

Tell = Callable[[Gateway, Caller, str, str, bytes], Awaitable[Answer]]


async def post_event(gateway: Gateway, request: Request) -> Response:
    """POST /v1/deliveries/{id}/events: what happened to a message."""
    return await _told(gateway, request, outcomes.tell_event, "webhook-id")


async def post_outcome(gateway: Gateway, request: Request) -> Response:
    """POST /v1/deliveries/{id}/outcome: what a hub decided."""
    return await _told(gateway, request, outcomes.tell_outcome, "webhook-id")


async def post_family_withdrawal(gateway: Gateway, request: Request) -> Response:
    """POST /v1/deliveries/{id}/withdrawal: the family told the hub that it no longer agrees. It takes no body."""
    await body_of(request, LARGEST, gateway.settings.receive_deadline)
    told = await familysays.withdrawn_at_hub(gateway, caller_of(request), request.path_params["id"])
    return json_answer(told, 202)


async def post_answer(gateway: Gateway, request: Request) -> Response:
    """POST /v1/referrals/{id}/answers: what a hub asked for."""
    return await _told(gateway, request, questions.answer)


async def post_agreement(gateway: Gateway, request: Request) -> Response:
    """POST /v1/referrals/{id}/agreement: what the family said later."""
    return await _told(gateway, request, agreeing.agree)


async def _told(gateway: Gateway, request: Request, tell: Tell, *keys: str) -> Response:
    """One telling, under its key: `Idempotency-Key`, or one of these headers."""
    only_json(request)
    key = key_of(request, *keys)
    body = await body_of(request, LARGEST, gateway.settings.receive_deadline)
    return accepted(await tell(gateway, caller_of(request), request.path_params["id"], key, body))
