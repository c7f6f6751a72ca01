"""The doors where a sender fetches word that something came back, and says that it has it."""

from __future__ import annotations

from fastapi import Request, Response

from gateway.doors.exchange import caller_of, json_answer
from gateway.doors.limits import body_of
from gateway.flows.gateway import Gateway
from gateway.flows.telling import word


async def get_word(gateway: Gateway, request: Request) -> Response:
    """GET /v1/notices: what this key's sender has not acknowledged yet."""
    return json_answer(await word.unread(gateway, caller_of(request)))


async def post_word_read(gateway: Gateway, request: Request) -> Response:
    """POST /v1/notices/{id}/acknowledgement: the sender has it. It takes no body."""
    await body_of(request, 16_384, gateway.settings.receive_deadline)
    return json_answer(await word.read(gateway, caller_of(request), request.path_params["id"]))
