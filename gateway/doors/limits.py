"""How much a sender may send and how long it may take, and the headers every answer carries (reliability F9, 5.1)."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.errors import SenderError, TooLarge, TooSlow
from gateway.doors.worded import worded

SMALLER: Final = "Send fewer records, or a smaller document."


async def body_of(request: Request, largest: int, seconds: float, remedy: str = SMALLER) -> bytes:
    """The whole body. Raises TooLarge as soon as that is known, TooSlow when the sender dawdles."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > largest:
        raise too_large(largest, remedy)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                size += len(part)
                if size > largest:
                    raise too_large(largest, remedy)
                parts.append(part)
    except TimeoutError:
        raise TooSlow(f"Send all of it within {seconds:g} seconds.") from None
    except ClientDisconnect:
        raise TooSlow("The connection ended before all of it arrived.") from None
    return b"".join(parts)


def too_large(largest: int, remedy: str = SMALLER) -> TooLarge:
    """The error for a body, or a file, over `largest` bytes."""
    return TooLarge(f"At most {largest:,} bytes are taken at once. {remedy}")


_POWERS: Final = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "usb",
    "xr-spatial-tracking",
)
"""What a browser could let a page do: none of it is of use here. Writing to the clipboard is, for the copy buttons."""

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{name}=()" for name in _POWERS),
    "strict-transport-security": "max-age=63072000; includeSubDomains",
}


_RAW: Final = [(name.encode("ascii"), value.encode("ascii")) for name, value in HEADERS.items()]


class KnownHosts:
    """Answers only to the names this gateway has: a Host header must never decide anything (reliability F11)."""

    def __init__(self, app: ASGIApp, names: tuple[str, ...]) -> None:
        self.app, self.names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or refuse it as a problem like any other."""
        if scope["type"] == "http" and _host(scope) not in self.names:
            refused = SenderError("The Host header names another server. Use the address this gateway was given.")
            body, kind = worded(scope["path"], refused)
            await Response(body, refused.status, media_type=kind)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _host(scope: Scope) -> str:
    """The Host header without its port. An IPv6 address keeps its brackets."""
    named: bytes = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return _PORT.sub("", named.decode("latin-1")).lower()


_PORT: Final = re.compile(r":[0-9]*$")


class SafeHeaders:
    """Adds HEADERS to every answer, errors included, unless the answer sets its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, with headers on the way back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message["headers"])
                named = {name.lower() for name, _ in own}
                message["headers"] = own + [pair for pair in _RAW if pair[0] not in named]
            await send(message)

        await self.app(scope, receive, with_headers)
