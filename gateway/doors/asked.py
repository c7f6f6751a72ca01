"""One way for the command line to ask the running gateway: POST with what is asked as a JSON object."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.errors import GatewayError, SenderError
from gateway.doors.limits import body_of
from gateway.doors.problems import MEDIA_TYPE, problem
from gateway.flows.gateway import Gateway

Asked = Mapping[str, Any]
Work = Callable[[Gateway, Asked], Awaitable[dict[str, Any]]]
"""Does what is asked. The same runs here and, with no gateway running, in the command line's own process."""


def asked_route(gateway: Gateway, path: str, work: Work) -> Route:
    """The door to this work at this path of the socket."""

    async def answer(request: Request) -> Response:
        try:
            body = await body_of(request, gateway.settings.max_submission, gateway.settings.receive_deadline)
            asked = orjson.loads(body)
            if not isinstance(asked, dict):
                raise SenderError("Send what is asked as a JSON object.")
            return JSONResponse(await work(gateway, asked))
        except ValueError:
            error: GatewayError = SenderError("Send what is asked as JSON.")
        except GatewayError as known:
            error = known
        return Response(problem(error), error.status, media_type=MEDIA_TYPE)

    return Route(path, answer, methods=["POST"])
