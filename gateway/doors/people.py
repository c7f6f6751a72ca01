"""What the command line asks of the desk: POST /people/VERB with who asks, and what, as JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.errors import GatewayError, SenderError
from gateway.doors.limits import body_of
from gateway.doors.problems import MEDIA_TYPE, problem
from gateway.flows import desk
from gateway.flows.gateway import Gateway

PATH: Final = "/people/"


def at_desk(verb: str) -> Callable[[Gateway, Mapping[str, Any]], Awaitable[dict[str, Any]]]:
    """Asks one verb of the desk. What is asked is text, by name."""

    async def asking(gateway: Gateway, asked: Mapping[str, Any]) -> dict[str, Any]:
        if not all(isinstance(value, str) for value in asked.values()):
            raise SenderError("Send what is asked as text.")
        return {"told": await desk.ask(gateway, verb, asked)}

    return asking


def people_routes(gateway: Gateway) -> list[Route]:
    """Each verb of the desk."""

    def route(verb: str) -> Route:
        work = at_desk(verb)

        async def answer(request: Request) -> Response:
            try:
                body = await body_of(request, gateway.settings.max_referral, gateway.settings.receive_deadline)
                asked = orjson.loads(body)
                if not isinstance(asked, dict):
                    raise SenderError("Send what is asked as a JSON object.")
                return JSONResponse(await work(gateway, asked))
            except ValueError:
                error: GatewayError = SenderError("Send what is asked as JSON.")
            except GatewayError as known:
                error = known
            return Response(problem(error), error.status, media_type=MEDIA_TYPE)

        return Route(f"{PATH}{verb}", answer, methods=["POST"])

    return [route(verb) for verb in desk.VERBS]
