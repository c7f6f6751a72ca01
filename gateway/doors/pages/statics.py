"""The stylesheets and the script that pages are drawn with: a closed list, read once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.doors.pages.look import GOVUK, HERE

FILES: Final[Mapping[str, str]] = {
    f"{GOVUK}.css": "text/css",
    f"{GOVUK}.js": "text/javascript",
    "ours.css": "text/css",
    "start.js": "text/javascript",
    "idle.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""File name → media type."""

_KEPT: Final = {"cache-control": "public, max-age=86400", "cross-origin-resource-policy": "same-origin"}


def static(name: str) -> Callable[[Request], Awaitable[Response]]:
    """The door to one file."""

    async def answer(request: Request) -> Response:
        return Response(_body(name), headers=_KEPT, media_type=FILES[name])

    return answer


@cache
def _body(name: str) -> bytes:
    return (HERE / "static" / name).read_bytes()
