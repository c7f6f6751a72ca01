"""Errors as RFC 9457 problem details: the only room that knows both.

A body names place, expectation and remedy, carries the emergency line, and never repeats a value of the request.
"""

from __future__ import annotations

import json

from contracts.errors import GatewayError, NotConfirmed
from gateway.flows.receipts import shown

MEDIA_TYPE = "application/problem+json"

EMERGENCY = "If a child is in immediate danger ring 999 now. Do not wait for this system."
"""On every error: whoever reads it may be trying to protect a child (settled 4)."""


def problem(error: GatewayError, instance: str = "", emergency: str = EMERGENCY) -> bytes:
    """The body for one error. `instance` is the request id."""
    body: dict[str, object] = {
        "type": f"/problems/{type(error).slug()}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "emergency": emergency,
    }
    if instance:
        body["instance"] = f"urn:uuid:{instance}"
    if error.faults:
        body["errors"] = [shown(fault) for fault in error.faults[:100]]
    if isinstance(error, NotConfirmed):
        body["children"] = [{"position": place, "confirmation": token} for place, token in error.children]
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def explain(slug: str) -> dict[str, str] | None:
    """What one kind of error means, from its class; None for a name that no error has."""
    waiting: list[type[GatewayError]] = [GatewayError]
    while waiting:
        kind = waiting.pop()
        if kind.slug() == slug:
            return {"type": f"/problems/{slug}", "title": kind.title, "means": (kind.__doc__ or "").strip()}
        waiting += kind.__subclasses__()
    return None
