"""A case system's table, as the command line hands it over: the file in, and what became of each row out."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import asdict
from typing import Any, Final

from contracts.errors import NotFound, SenderError
from gateway.doors.asked import Asked
from gateway.flows.gateway import Gateway
from gateway.flows.places import casetable

PATH: Final = "/cases"


async def take(gateway: Gateway, asked: Asked) -> dict[str, Any]:
    """`lines` of the report, for `council`, `table` and the file's `content` in base64. Raises GatewayError."""
    council = gateway.council(str(asked.get("council", "")))
    tables = gateway.catalogue.cases.get(council.name, {})
    name = str(asked.get("table", ""))
    if name not in tables:
        known = f" It has: {', '.join(tables)}." if tables else " Its cases.yaml names none: docs/connect-a-hub.md."
        raise NotFound(f"{council.title} has no table of that name.{known}")
    if council.senders[tables[name].part.system].demo and not gateway.settings.demo:
        raise SenderError("This table speaks for a system that is for a demonstration only.")
    content = b64decode(str(asked.get("content", "")))
    return {"lines": [asdict(line) for line in await casetable.take(gateway, tables[name], content)]}
