"""Describes how a system gets short-lived access: a part of the document that `openapi` makes."""

from __future__ import annotations

from typing import Any, Final

from gateway.flows.sign_in.granting import ASSERTION, LASTS, PATH

SCHEME: Final = {
    "type": "oauth2",
    "description": "With `private_key_jwt` (RFC 7523): the council registers the system's public key.",
    "flows": {"clientCredentials": {"tokenUrl": PATH, "scopes": {}}},
}


_TEXT: Final = {"type": "string"}
_FORM: Final = {
    "type": "object",
    "required": ["grant_type", "client_assertion_type", "client_assertion"],
    "properties": {
        "grant_type": _TEXT | {"const": "client_credentials"},
        "client_assertion_type": _TEXT | {"const": ASSERTION},
        "client_assertion": _TEXT | {"description": "A JWT signed with your registered key. Its jti counts once."},
        "scope": _TEXT | {"description": "Words of your registration's `may`; left out, all of them."},
    },
}
_GIVEN: Final = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "scope"],
    "properties": {
        "access_token": _TEXT,
        "token_type": _TEXT | {"const": "Bearer"},
        "expires_in": {"type": "integer", "maximum": LASTS, "description": "Seconds."},
        "scope": _TEXT,
    },
}
_WRONG: Final = {"type": "object", "properties": {"error": _TEXT, "error_description": _TEXT}}


def paths() -> dict[str, Any]:
    """POST /oauth/token."""
    answers = {"200": ("Done", _GIVEN), "400": ("Asked wrongly", _WRONG), "401": ("Not proven", _WRONG)}
    return {
        PATH: {
            "post": {
                "operationId": "token",
                "summary": "Get short-lived access with a key of your own",
                "security": [],
                "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": _FORM}}},
                "responses": {
                    status: {"description": said, "content": {"application/json": {"schema": schema}}}
                    for status, (said, schema) in answers.items()
                },
            }
        }
    }
