"""Errors as RFC 9457 problem details: the only room that knows both.

A body names place, expectation and remedy, carries the emergency line, and never repeats a value of the request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from contracts.adapter import Fault
from contracts.errors import GatewayError, NotConfirmed
from gateway.flows.submissions.receipts import shown

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


def error_in(body: Mapping[str, Any]) -> GatewayError:
    """The error that a `problem` tells of."""
    kind = _kind(str(body["type"]).removeprefix("/problems/")) or GatewayError
    told: list[Mapping[str, str]] = body.get("errors", [])
    faults = (Fault(e.get("position", ""), e.get("pointer", ""), e["expected"], e["remedy"]) for e in told)
    if issubclass(kind, NotConfirmed):
        children = tuple((child["position"], child["confirmation"]) for child in body["children"])
        return kind(str(body["detail"]), children=children)
    return kind(str(body["detail"]), tuple(faults))


def explain(slug: str) -> dict[str, str] | None:
    """What one kind of error means, from its class; None for a name that no error has."""
    kind = _kind(slug)
    if kind is None:
        return None
    return {"type": f"/problems/{slug}", "title": kind.title, "means": (kind.__doc__ or "").strip()}


def _kind(slug: str) -> type[GatewayError] | None:
    waiting: list[type[GatewayError]] = [GatewayError]
    while waiting:
        kind = waiting.pop()
        if kind.slug() == slug:
            return kind
        waiting += kind.__subclasses__()
    return None
