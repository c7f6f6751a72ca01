"""The operator's door: metrics, and health with the age of the queue, on an address that nobody else reaches.

It asks for no key and holds no identifier. GATEWAY_METRICS says where it listens; without it there is none.
"""

from __future__ import annotations

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.doors.health import live, ready
from gateway.flows.gateway import Gateway


def create_operator_app(gateway: Gateway) -> Starlette:
    """GET /metrics, /health/live and /health/ready of this process."""
    gateway.measures.show(gateway)

    async def metrics(request: Request) -> Response:
        # The store is read: in a thread, so that nothing that is sent or received waits for it.
        told = await asyncio.to_thread(generate_latest, gateway.measures.registry)
        return Response(told, media_type=CONTENT_TYPE_LATEST)

    async def is_live(request: Request) -> Response:
        return JSONResponse(live())

    async def is_ready(request: Request) -> Response:
        fit, told = await ready(gateway)
        return JSONResponse(told, 200 if fit else 503)

    routes = [("/metrics", metrics), ("/health/live", is_live), ("/health/ready", is_ready)]
    return Starlette(routes=[Route(path, answer, methods=["GET"]) for path, answer in routes])
