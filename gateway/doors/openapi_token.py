"""Describes how a system gets short-lived access: a part of the document that `openapi` makes."""

from __future__ import annotations

from typing import Any, Final

from gateway.flows.granting import ASSERTION, LASTS, PATH

SCHEME: Final = {
    "type": "oauth2",
    "description": "With `private_key_jwt` (RFC 7523): the council registers the system's public key.",
    "flows": {"clientCredentials": {"tokenUrl": PATH, "scopes": {}}},
}


def paths() -> dict[str, Any]:
    """POST /oauth/token."""
    text = {"type": "string"}
    form = {
        "type": "object",
        "required": ["grant_type", "client_assertion_type", "client_assertion"],
        "properties": {
            "grant_type": text | {"const": "client_credentials"},
            "client_assertion_type": text | {"const": ASSERTION},
            "client_assertion": text | {"description": "A JWT signed with your registered key. Its jti counts once."},
            "scope": text | {"description": "Words of your registration's `may`; left out, all of them."},
        },
    }
    given = {
        "type": "object",
        "required": ["access_token", "token_type", "expires_in", "scope"],
        "properties": {
            "access_token": text,
            "token_type": text | {"const": "Bearer"},
            "expires_in": {"type": "integer", "maximum": LASTS, "description": "Seconds."},
            "scope": text,
        },
    }
    wrong = {"type": "object", "properties": {"error": text, "error_description": text}}
    return {
        PATH: {
            "post": {
                "operationId": "token",
                "summary": "Get short-lived access with a key of your own",
                "security": [],
                "requestBody": {
                    "required": True,
                    "content": {"application/x-www-form-urlencoded": {"schema": form}},
                },
                "responses": {
                    "200": {"description": "Done", "content": {"application/json": {"schema": given}}},
                    "400": {"description": "Asked wrongly", "content": {"application/json": {"schema": wrong}}},
                    "401": {"description": "Not proven", "content": {"application/json": {"schema": wrong}}},
                },
            }
        }
    }
