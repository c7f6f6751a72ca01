"""What the command line asks after a restore: to have sending go on."""

from __future__ import annotations

from typing import Final

from starlette.routing import Route

from gateway.doors.asked import asked_route
from gateway.flows.evidence.restoring import release
from gateway.flows.gateway import Gateway

PATH: Final = "/backup/release"


def restoring_route(gateway: Gateway) -> Route:
    """The door to it."""
    return asked_route(gateway, PATH, release)
