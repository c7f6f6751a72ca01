"""The doors through which a hub comes for its messages. Each names its operation in `api.ROUTES`."""

from __future__ import annotations

from fastapi import Request, Response

from gateway.doors.exchange import caller_of, json_answer
from gateway.doors.limits import body_of
from gateway.flows.delivery import collecting
from gateway.flows.gateway import Gateway


async def get_deliveries(gateway: Gateway, request: Request) -> Response:
    """GET /v1/hubs/{hub}/deliveries: what there is to collect."""
    return json_answer(await collecting.listed(gateway, caller_of(request), request.path_params["hub"]))


async def get_delivery(gateway: Gateway, request: Request) -> Response:
    """GET /v1/deliveries/{id}: one message, signed as a webhook is."""
    message = await collecting.collect(gateway, caller_of(request), request.path_params["id"])
    return Response(message.body, 200, {**message.headers, "cache-control": "no-store"})


async def post_acknowledgement(gateway: Gateway, request: Request) -> Response:
    """POST /v1/deliveries/{id}/acknowledgement: the hub has it. It takes no body."""
    await body_of(request, 16_384, gateway.settings.receive_deadline)
    return json_answer(await collecting.acknowledge(gateway, caller_of(request), request.path_params["id"]))
