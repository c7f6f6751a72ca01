"""Describes the doors where a sender asks what came back and what we have: a part of the document `openapi` makes."""

from __future__ import annotations

from typing import Any, Final

from contracts.errors import (
    GatewayError,
    InvalidMessage,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    SenderError,
    StoreUnavailable,
    TooLarge,
    TooSlow,
    UnreadablePayload,
    WrongMediaType,
)
from contracts.listed import DayListed
from gateway.doors.openapi_back import Answers

_READS: Final[tuple[type[GatewayError], ...]] = (SenderError, NotAuthenticated, NotAllowed, NotFound, StoreUnavailable)
_COMPARES: Final[tuple[type[GatewayError], ...]] = (
    *_READS, TooSlow, TooLarge, WrongMediaType, UnreadablePayload, InvalidMessage,
)  # fmt: skip
_HUB: Final = {
    "name": "hub",
    "in": "query",
    "required": False,
    "description": "For a hub's key that speaks for several hubs: which one is meant.",
    "schema": {"type": "string"},
}
_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
_MANIFEST: Final = {
    "type": "object",
    "required": ["manifest", "note", "key"],
    "properties": {
        "manifest": {"type": "object", "description": "What was where after that day: ids, codes and numbers."},
        "note": {"type": "string", "description": "The same, as it was signed (c2sp.org/signed-note)."},
        "key": {"type": "string", "description": "The council's public key."},
    },
}
_COMPARED: Final = {
    "type": "object",
    "required": ["day", "agree", "say", "same", "only_here", "only_there", "rejected", "in_doubt", "emergency"],
    "properties": {
        "day": {"type": "string", "format": "date"},
        "agree": {"type": "boolean"},
        "say": {"type": "string"},
        "same": {"type": "integer"},
        "only_here": _TEXTS | {"description": "We have it, and it is not in your list."},
        "only_there": {
            "type": "array",
            "description": "It is in your list, and we do not have it: by its place in your list.",
            "items": {
                "type": "object",
                "required": ["pointer"],
                "properties": {"pointer": {"type": "string"}, "id": {"type": "string"}},
            },
        },
        "rejected": _TEXTS | {"description": "It is in your list, and we turned it away."},
        "in_doubt": _TEXTS | {"description": "It is in a hub's list, and nobody has acknowledged it to us."},
        "other_day": {"type": "array", "items": {"type": "object"}, "description": "We took it on another day."},
        "entry": {"type": "string"},
        "emergency": {"type": "string"},
    },
}
_EXAMPLE: Final = {
    "references": ["9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e"],
    "keys": ["2026-11-22/0007"],
    "digests": ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
}


def schemas() -> dict[str, Any]:
    """The list that is sent."""
    return {"DayListed": DayListed.model_json_schema(ref_template="#/components/schemas/{model}")}


def paths(answers: Answers, day: dict[str, Any]) -> dict[str, Any]:
    """The doors, by path. `answers` writes what may come back; `day` is the parameter."""
    said = {"schema": {"$ref": "#/components/schemas/DayListed"}, "example": _EXAMPLE}
    return {
        "/v1/manifests/{day}": {
            "get": {
                "operationId": "manifest",
                "summary": "What you sent or were sent on a day, and where it is",
                "description": "Your own, signed with the council's key, and nothing of a person. "
                "A day's is made at two in the morning after it.",
                "parameters": [day, _HUB],
                "responses": answers("200", _MANIFEST, _READS),
            }
        },
        "/v1/manifests/{day}/compare": {
            "post": {
                "operationId": "compare",
                "summary": "Lay your own list of a day beside ours",
                "description": "Whatever differs is told, and somebody at the council looks at it. "
                "Your list is not kept.",
                "parameters": [day, _HUB],
                "requestBody": {"required": True, "content": {"application/json": said}},
                "responses": answers("200", _COMPARED, _COMPARES),
            }
        },
    }


def word_paths(answers: Answers, identifier: dict[str, Any]) -> dict[str, Any]:
    """The doors of word that something came back."""
    return {
        "/v1/notices": {
            "get": {
                "operationId": "word",
                "summary": "What has come back about your referrals",
                "description": "Outcomes and questions that you have not acknowledged yet, the oldest first, and what "
                "waits for you. No words of a hub and nobody's name: the referral's status has what you may read.",
                "responses": answers("200", _WORD, (NotAuthenticated, NotAllowed, StoreUnavailable)),
            }
        },
        "/v1/notices/{id}/acknowledgement": {
            "post": {
                "operationId": "word_read",
                "summary": "Say that you have one, so that it is not listed again",
                "description": "Takes no body. Saying it again changes nothing.",
                "parameters": [identifier],
                "responses": answers("200", {"type": "object"}, _READS[1:]),
            }
        },
    }


_WORD: Final = {
    "type": "object",
    "required": ["notices", "more", "waiting", "emergency"],
    "properties": {
        "notices": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "referral", "at", "kind", "say", "status"],
                "properties": {
                    "id": {"type": "string"},
                    "referral": {"type": "string"},
                    "at": {"type": "string", "format": "date-time"},
                    "kind": {"enum": ["outcome", "question", "received"]},
                    "say": {"type": "string", "description": "As far as whoever referred may read it."},
                    "outcome": {"type": "string", "description": "Its code, where a professional referred."},
                    "status": {"type": "string"},
                },
            },
        },
        "more": {"type": "boolean", "description": "There are more: acknowledge these, and ask again."},
        "waiting": {"type": "array", "items": {"type": "object"}, "description": "What is overdue, and whom to ring."},
        "emergency": {"type": "string"},
    },
}
