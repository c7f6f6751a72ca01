"""What the command line asks of the desk: POST /people/VERB with who asks, and what, as JSON."""

from __future__ import annotations

from typing import Any, Final

from starlette.routing import Route

from contracts.errors import SenderError
from gateway.doors.asked import Asked, Work, asked_route
from gateway.flows import desk
from gateway.flows.gateway import Gateway

PATH: Final = "/people/"


def at_desk(verb: str) -> Work:
    """Asks one verb of the desk. What is asked is text, by name."""

    async def asking(gateway: Gateway, asked: Asked) -> dict[str, Any]:
        if not all(isinstance(value, str) for value in asked.values()):
            raise SenderError("Send what is asked as text.")
        return {"told": await desk.ask(gateway, verb, asked)}

    return asking


def people_routes(gateway: Gateway) -> list[Route]:
    """Each verb of the desk."""
    return [asked_route(gateway, f"{PATH}{verb}", at_desk(verb)) for verb in desk.VERBS]
