"""The door for this machine's own command line: a socket only the gateway's user can open (settled 24).

Whoever can open it can already read the store, so it asks for no key; it takes a sender's name instead.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.council import Council, Registration
from contracts.errors import GatewayError, NotFound
from gateway.doors import cases, policy, returns
from gateway.doors.asked import asked_route
from gateway.doors.confirmed import confirmed_in
from gateway.doors.limits import body_of
from gateway.doors.manifests import manifest_route
from gateway.doors.people import people_routes
from gateway.doors.problems import MEDIA_TYPE, problem
from gateway.doors.restoring import restoring_route
from gateway.doors.ringing import ringing_routes
from gateway.flows.access import Caller, Role
from gateway.flows.gateway import Gateway
from gateway.flows.submissions import intake


def create_socket_app(gateway: Gateway) -> Starlette:
    """POST /receive?council=&source=&sender=&key= with a file's bytes, and its name in a header; and what else the
    command line asks, as JSON (`doors.asked`)."""

    async def receive(request: Request) -> Response:
        council, source, sender, key = (request.query_params.get(name, "") for name in _ASKED)
        try:
            caller = named_sender(gateway, council, sender)
            body = await body_of(request, gateway.settings.max_submission, gateway.settings.receive_deadline)
            name = unquote(request.headers.get("file-name", ""))
            confirmed = confirmed_in(request.headers)
            sent = intake.Sent(caller, council, source, key, body, "file", name, confirmed)
            answer = await intake.receive(gateway, sent)
        except GatewayError as error:
            return Response(problem(error), error.status, media_type=MEDIA_TYPE)
        return Response(answer.body, answer.status, media_type="application/json")

    return Starlette(
        routes=[
            Route("/receive", receive, methods=["POST"]),
            asked_route(gateway, returns.PATH, returns.annex_a),
            asked_route(gateway, policy.PATH, policy.act),
            asked_route(gateway, cases.PATH, cases.take),
            restoring_route(gateway),
            manifest_route(gateway),
            *ringing_routes(gateway),
            *people_routes(gateway),
        ]
    )


_ASKED: Final = ("council", "source", "sender", "key")


def named_sender(gateway: Gateway, council: str, sender: str) -> Caller:
    """A registered sender by name. Raises NotFound."""
    return Caller(Role.SENDER, sender_of(gateway.council(council), sender), test=False)


def sender_of(council: Council, sender: str) -> Registration:
    """A council's registration of a sender. Raises NotFound, naming those there are."""
    if sender not in council.senders:
        raise NotFound(f"{council.title} has no sender of that name. It has: {', '.join(sorted(council.senders))}.")
    return council.senders[sender]
