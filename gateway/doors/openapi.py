"""Describes the HTTP door, with examples: the document at /openapi.json and in contracts/schemas/openapi.json."""

from __future__ import annotations

from typing import Any, Final

from adapters.formats.documents import TYPES
from contracts.errors import (
    GatewayError,
    InvalidReferral,
    KeyUsedForOtherContent,
    NoIdempotencyKey,
    NotAllowed,
    NotAuthenticated,
    NotConfirmed,
    NotFound,
    ScannerUnavailable,
    StillRunning,
    StoreUnavailable,
    TooLarge,
    TooSlow,
    UnknownSource,
    UnreadablePayload,
    WrongMediaType,
)
from contracts.referral import Referral
from gateway.doors import openapi_asking, openapi_back, openapi_collecting, openapi_fhir, openapi_token

_EXAMPLE: Final = {
    "council": "tower_hamlets",
    "purpose": "request",
    "source": {"system": "canonical", "record_id": "EX-1"},
    "referrer": {"kind": "professional", "name": "Sam Okoro", "agency": "Invented Primary School"},
    "people": [
        {"id": "child", "roles": ["child"], "first_name": "Maya", "surname": "Fernsby", "date_of_birth": "2017-03-14"},
        {"id": "mother", "roles": ["parent"], "first_name": "Joan", "surname": "Fernsby"},
    ],
    "harm": {"level": "none_declared"},
    "reason": "Maya is late most mornings and her mother asks for help with routines.",
    "agreements": [
        {"giver": "mother", "capacity": "parent", "status": "given", "form": "signed", "on_date": "2026-11-02"}
    ],
}

_WRITES: Final = (
    NoIdempotencyKey, NotAuthenticated, NotAllowed, TooSlow, TooLarge, WrongMediaType, UnreadablePayload,
    InvalidReferral, NotConfirmed, KeyUsedForOtherContent, StillRunning, StoreUnavailable,
)  # fmt: skip
_OF_REFERRALS: Final = (NoIdempotencyKey, InvalidReferral, NotConfirmed, KeyUsedForOtherContent, StillRunning)
_READS: Final = (NotAuthenticated, NotAllowed, NotFound, StoreUnavailable)


def document() -> dict[str, Any]:
    """OpenAPI 3.1. The referral's schema is the published one."""
    schema = Referral.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = schema.pop("$defs", {})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Early Help Gateway",
            "version": "1",
            "description": "Takes a request for Early Help to the right hub of the right council. If a child is "
            "in immediate danger ring 999 now. Do not wait for this system.",
        },
        "security": [{"key": []}, {"token": []}],
        "paths": _paths()
        | openapi_collecting.paths(_answers, _path("hub", "The hub."), _path("id", "The message's id."))
        | openapi_asking.word_paths(_answers, _path("id", "The notice's id."))
        | openapi_asking.paths(_answers, _path("day", "A day that is over in London, as 2026-11-22."))
        | openapi_token.paths()
        | openapi_fhir.paths(_COUNCIL),
        "components": {
            "schemas": {
                **openapi_back.schemas(),
                **openapi_asking.schemas(),
                **parts,
                "Referral": schema,
                "Problem": _PROBLEM,
                "Accepted": _ACCEPTED,
            },
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}, "token": openapi_token.SCHEME},
        },
    }


def _paths() -> dict[str, Any]:
    referral = {"application/json": {"schema": {"$ref": "#/components/schemas/Referral"}, "example": _EXAMPLE}}
    some = {"schema": {"type": "string", "format": "binary"}}
    native = {"application/json": some, "application/zip": some}
    one = [_path("id", "The referral's id, from its receipt.")]
    source = [_path("source", "A source connected for this council, such as govuk_forms."), _COUNCIL]
    return {
        "/v1/referrals": {"post": _write("submit_referral", "Send one canonical referral", referral, [_KEY])},
        "/v1/referrals/preview": {
            "post": _dry("preview_referral", "What would happen to a canonical referral", referral, []),
        },
        "/v1/submissions/{source}": {
            "post": _write("submit_native", "Send what a source wrote", native, [*source, _KEY, *_CONFIRMED])
        },
        "/v1/submissions/{source}/preview": {
            "post": _dry("preview_native", "What would happen to what a source wrote", native, source),
        },
        "/v1/referrals/{id}": {"get": _read("status", "What became of a referral", one)},
        "/v1/referrals/{id}/receipt": {"get": _read("receipt", "Every entry of the record about it, with proofs", one)},
        "/v1/referrals/{id}/withdrawal": {
            "post": _read("withdraw", "The family no longer agrees", one) | {"responses": _answers("202", {}, _READS)},
        },
        "/v1/deliveries/{id}/withdrawal": {
            "post": _read(
                "tell_withdrawal",
                "The family told the hub that it no longer agrees",
                [_path("id", "The message's id.")],
            )
            | {"responses": _answers("202", {}, _READS)},
        },
        "/v1/referrals/{id}/correction": {
            "post": _write("correct_referral", "Send a corrected version of a referral", referral, [*one, _KEY])
        },
        **openapi_back.paths(_answers, _KEY, one[0]),
        "/v1/attachments/{sha256}": {"put": _attach()},
        **_for_anyone(),
    }


def _for_anyone() -> dict[str, Any]:
    return {
        "/health/live": {"get": _open("live", "Whether the process is up")},
        "/health/ready": {"get": _open("ready", "Whether it can accept")},
        "/openapi.json": {"get": _open("openapi", "This document")},
        "/problems/{slug}": {
            "get": _open("problem_page", "What one kind of error means") | {"parameters": [_path("slug", "Its name.")]}
        },
    }


def _write(name: str, summary: str, content: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    accepted = {"$ref": "#/components/schemas/Accepted"}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "requestBody": {"required": True, "content": content},
        "responses": _answers("202", accepted, (*_WRITES, UnknownSource)),
    }


def _attach() -> dict[str, Any]:
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TYPES}
    errors = tuple(error for error in _WRITES if error not in _OF_REFERRALS)
    return {
        "operationId": "attach",
        "summary": "Send a document that a referral names",
        "description": "Before the referral or after it. Nobody but its sender can name it.",
        "parameters": [_path("sha256", "SHA-256 of exactly these bytes, 64 hex digits.")],
        "requestBody": {"required": True, "content": content},
        "responses": _answers("201", {}, (*errors, ScannerUnavailable)) | {"200": {"description": "It was here"}},
    }


def _dry(name: str, summary: str, content: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    written = _write(name, summary, content, parameters)
    return written | {
        "description": "Writes nothing and sends nothing.",
        "responses": _answers("200", {}, (*_WRITES, UnknownSource)),
    }


def _read(name: str, summary: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, "parameters": parameters, "responses": _answers("200", {}, _READS)}


def _open(name: str, summary: str) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, "security": [], "responses": {"200": {"description": summary}}}


def _answers(good: str, schema: dict[str, Any], errors: tuple[type[GatewayError], ...]) -> dict[str, Any]:
    answers: dict[str, Any] = {good: {"description": "Done", "content": {"application/json": {"schema": schema}}}}
    for error in errors:
        said = answers.setdefault(str(error.status), {"description": "", "content": _PROBLEMS})
        said["description"] = " ".join(filter(None, (said["description"], f"{error.title}.")))
    return answers


def _path(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": {"type": "string"}}


_PROBLEMS: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "New for each submission. The same key and bytes get the same answer and change nothing.",
    "schema": {"type": "string", "maxLength": 255},
}
_COUNCIL: Final = {
    "name": "council",
    "in": "query",
    "required": False,
    "description": "The council it is for. A key belongs to one council, which is taken when this is left out.",
    "schema": {"type": "string"},
}
_CONFIRMED: Final = [
    {"name": name, "in": "header", "required": False, "description": said, "schema": {"type": "string"}}
    for name, said in (
        ("Confirmed-By", "Who looked at each child of a batch of more than ten: a name, percent-encoded."),
        ("Confirmed-Children", "The tokens of the children they mean, with commas between, from the first answer."),
    )
]
_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457. Never repeats a value of the request.",
    "required": ["type", "title", "status", "detail", "emergency"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "emergency": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}},
        "children": {
            "type": "array",
            "description": "Only where a person must confirm each child.",
            "items": {
                "type": "object",
                "properties": {"position": {"type": "string"}, "confirmation": {"type": "string"}},
            },
        },
    },
}
_ACCEPTED: Final = {
    "type": "object",
    "required": ["received_at", "receipts", "emergency"],
    "properties": {
        "received_at": {"type": "integer", "description": "ms since 1970, UTC"},
        "receipts": {"type": "array", "items": {"type": "object"}},
        "emergency": {"type": "string"},
    },
}
