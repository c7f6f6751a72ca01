"""The door for this machine's own command line: a socket only the gateway's user can open (settled 24).

Whoever can open it can already read the store, so it asks for no key; it takes a sender's name instead.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.errors import GatewayError, NotFound
from gateway.doors.limits import body_of
from gateway.doors.problems import MEDIA_TYPE, problem
from gateway.flows import intake
from gateway.flows.access import Caller, Role
from gateway.flows.gateway import Gateway


def create_socket_app(gateway: Gateway) -> Starlette:
    """One route: POST /receive?council=&source=&sender=&key=&name= with a file's bytes."""

    async def receive(request: Request) -> Response:
        asked = request.query_params
        try:
            body = await body_of(request, 10 * gateway.settings.max_submission, gateway.settings.receive_deadline)
            caller = named_sender(gateway, asked.get("council", ""), asked.get("sender", ""))
            sent = intake.Sent(
                caller, asked["council"], asked["source"], asked["key"], body, "file", asked.get("name", "")
            )
            answer = await intake.receive(gateway, sent)
        except GatewayError as error:
            return Response(problem(error), error.status, media_type=MEDIA_TYPE)
        return Response(answer.body, answer.status, media_type="application/json")

    return Starlette(routes=[Route("/receive", receive, methods=["POST"])])


def named_sender(gateway: Gateway, council: str, sender: str) -> Caller:
    """A registered sender by name. Raises NotFound, naming those there are."""
    senders = gateway.council(council).senders
    if sender not in senders:
        raise NotFound(f"{council} has no sender {sender or '(none given)'}. It has: {', '.join(sorted(senders))}.")
    return Caller(Role.SENDER, senders[sender], test=False)
