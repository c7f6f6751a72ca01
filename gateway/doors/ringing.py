"""What the command line asks of the clocks: to look at them now, and who is told of what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.errors import GatewayError, SenderError
from gateway.doors.problems import MEDIA_TYPE, problem
from gateway.flows import alarms, ticks
from gateway.flows.gateway import Gateway

Said = dict[str, Any]

TICK: Final = "/tick"
ALARMS: Final = "/alarms"


async def tick(gateway: Gateway, asked: Mapping[str, Any]) -> Said:
    """Look at the clocks now. Raises StoreUnavailable."""
    done = await ticks.tick(gateway)
    return {"looked": done.looked, "told": done.told}


async def told(gateway: Gateway, asked: Mapping[str, Any]) -> Said:
    """`council`, and perhaps `role`: lines a person can act on. Raises NotFound."""
    council, role = str(asked.get("council", "")), str(asked.get("role", ""))
    found = await alarms.tellings(gateway, council, role)
    return {"lines": alarms.lines(found, gateway.council(council), gateway.now())}


def ringing_routes(gateway: Gateway) -> list[Route]:
    """Both, as POST with what is asked as JSON."""

    def route(path: str, work: Any) -> Route:
        async def answer(request: Request) -> Response:
            try:
                asked = await request.json()
                if not isinstance(asked, dict):
                    raise SenderError("Send what is asked as a JSON object.")
                return JSONResponse(await work(gateway, asked))
            except ValueError:
                error: GatewayError = SenderError("Send what is asked as JSON.")
            except GatewayError as known:
                error = known
            return Response(problem(error), error.status, media_type=MEDIA_TYPE)

        return Route(path, answer, methods=["POST"])

    return [route(TICK, tick), route(ALARMS, told)]
