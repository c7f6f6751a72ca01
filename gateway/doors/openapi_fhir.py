"""Describes the FHIR door: a part of the document that `openapi` makes. Its resources are FHIR's own, not repeated."""

from __future__ import annotations

from typing import Any, Final

from adapters.formats.fhir.terms import MEDIA_TYPE
from contracts.errors import (
    GatewayError,
    InvalidReferral,
    KeyUsedForOtherContent,
    NoIdempotencyKey,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    StillRunning,
    StoreUnavailable,
    TooLarge,
    TooSlow,
    UnknownSource,
    UnreadablePayload,
    WrongMediaType,
)

_SUBMITS: Final[tuple[type[GatewayError], ...]] = (
    NoIdempotencyKey, NotAuthenticated, NotAllowed, UnknownSource, TooSlow, StillRunning, TooLarge, WrongMediaType,
    UnreadablePayload, InvalidReferral, KeyUsedForOtherContent, StoreUnavailable,
)  # fmt: skip


def paths(council: dict[str, Any]) -> dict[str, Any]:
    """The paths under /fhir. `council` is the parameter that names the council a request is for."""
    named = {"name": "id", "in": "path", "required": True, "description": "Its id.", "schema": {"type": "string"}}
    return {
        "/fhir/$process-message": {"post": _process([council])},
        "/fhir/metadata": {"get": _open("fhir_metadata", "What this gateway speaks, as CapabilityStatement")},
        "/fhir/MessageDefinition": {"get": _open("fhir_definitions", "Every message that is taken or sent")},
        "/fhir/MessageDefinition/{id}": {
            "get": _open("fhir_definition", "One MessageDefinition", NotFound) | {"parameters": [named]}
        },
    }


def _process(parameters: list[dict[str, Any]]) -> dict[str, Any]:
    request_id = {
        "name": "X-Request-Id",
        "in": "header",
        "required": True,
        "description": "A GUID, new for each message. The same id and bytes get the same answer and change nothing.",
        "schema": {"type": "string", "format": "uuid"},
    }
    return {
        "operationId": "process_message",
        "summary": "Send one request for help as a FHIR R4 message",
        "description": "Shaped as the Booking and Referral Standard shapes one, by our own MessageDefinition.",
        "parameters": [*parameters, request_id],
        "requestBody": {"required": True, "content": _RESOURCE},
        "responses": _answers("A message whose MessageHeader.response names the one that was received", *_SUBMITS),
    }


def _open(name: str, summary: str, *errors: type[GatewayError]) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, "security": [], "responses": _answers(summary, *errors)}


def _answers(good: str, *errors: type[GatewayError]) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": {"description": good, "content": _RESOURCE}}
    for error in errors:
        said = answers.setdefault(str(error.status), {"description": "", "content": _OUTCOME})
        said["description"] = " ".join(filter(None, (said["description"], f"{error.title}.")))
    return answers


_RESOURCE: Final = {MEDIA_TYPE: {"schema": {"type": "object", "required": ["resourceType"]}}}
_OUTCOME: Final = {
    MEDIA_TYPE: {
        "schema": {
            "type": "object",
            "description": "OperationOutcome. Never repeats a value of the request; the last issue says whom to ring.",
            "required": ["resourceType", "issue"],
            "properties": {"resourceType": {"const": "OperationOutcome"}, "issue": {"type": "array"}},
        }
    }
}
