"""A statutory return, as the command line asks for it: days in, files out."""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from typing import Any, Final

from contracts.errors import SenderError
from gateway.doors.asked import Asked
from gateway.flows.gateway import Gateway
from gateway.flows.reports import annexa

PATH: Final = "/annex-a"


async def annex_a(gateway: Gateway, asked: Asked) -> dict[str, Any]:
    """Name of each list → its CSV in base64, for `council`, `from`, `until` (2026-04-01) and who asks: `by`."""
    try:
        first, last = date.fromisoformat(asked["from"]), date.fromisoformat(asked["until"])
    except (KeyError, TypeError, ValueError):
        raise SenderError("Give the days as 2026-04-01.") from None
    lists = await annexa.export(gateway, str(asked.get("council", "")), first, last, str(asked.get("by", "")))
    return {name: b64encode(body).decode() for name, body in lists.items()}
