"""Describes the doors through which a hub comes for its messages: a part of the document that `openapi` makes."""

from __future__ import annotations

from typing import Any, Final

from contracts.errors import (
    AnsweredAlready,
    GatewayError,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    NotSentYet,
    StoreUnavailable,
)
from gateway.doors.openapi_back import Answers

_ERRORS: Final[tuple[type[GatewayError], ...]] = (NotAuthenticated, NotAllowed, NotFound, StoreUnavailable)
_LISTED: Final = {
    "type": "object",
    "required": ["hub", "deliveries"],
    "properties": {
        "hub": {"type": "string"},
        "deliveries": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "since", "urgent"],
                "properties": {
                    "id": {"type": "string"},
                    "since": {"type": "string", "format": "date-time"},
                    "urgent": {
                        "type": "boolean",
                        "description": "A safeguarding contact, or possible harm: collect it first, now.",
                    },
                },
            },
        },
    },
}
_SIGNED: Final = {
    name: {"description": f"As Standard Webhooks has it: {said}.", "schema": {"type": "string"}}
    for name, said in (
        ("webhook-id", "the id that was asked for"),
        ("webhook-timestamp", "seconds since 1970"),
        ("webhook-signature", "one for each secret, with spaces between"),
    )
}


def paths(answers: Answers, hub: dict[str, Any], identifier: dict[str, Any]) -> dict[str, Any]:
    """The doors, by path. `answers` writes what may come back; `hub` and `identifier` are the parameters."""
    collected = answers("200", {}, _ERRORS)
    collected["200"] = {
        "description": "The message, signed",
        "headers": _SIGNED,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    return {
        "/v1/hubs/{hub}/deliveries": {
            "get": {
                "operationId": "list_deliveries",
                "summary": "What a hub may collect now",
                "description": "Ids and times, and nothing of a person. Ask every few minutes.",
                "parameters": [hub],
                "responses": answers("200", _LISTED, _ERRORS),
            }
        },
        "/v1/deliveries/{id}": {
            "get": {
                "operationId": "collect",
                "summary": "Collect one message",
                "description": "Acknowledge it once it is safe at the hub; what is not acknowledged in time may be "
                "collected again, as the same id. What was withdrawn or stopped is not given out.",
                "parameters": [identifier],
                "responses": collected,
            }
        },
        "/v1/deliveries/{id}/acknowledgement": {
            "post": {
                "operationId": "acknowledge",
                "summary": "Say that a message is safe at the hub",
                "description": "Takes no body. Saying it again changes nothing.",
                "parameters": [identifier],
                "responses": answers("200", {"type": "object"}, (*_ERRORS, NotSentYet, AnsweredAlready)),
            }
        },
    }
