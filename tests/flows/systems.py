"""A system that signs with a key of its own: its public half, and what it sends to get a token."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from gateway.flows.sign_in.granting import ASSERTION
from tests.running import Door

CLIENT = "hull.second"


def public(key: OKPKey | ECKey, *, test: bool = False) -> dict[str, str | bool]:
    """The public half, as a registration has it."""
    found = key.as_dict(private=False)
    return {name: str(found.get(name, "")) for name in ("kty", "crv", "x", "y", "kid")} | {"test": test}


def assertion(door: Door, key: Any, alg: str = "Ed25519", **changes: Any) -> str:
    """What such a system signs. A claim that is changed to None is left out."""
    now = door.gateway.now() // 1000
    claims = {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": door.gateway.settings.origin,
        "iat": now,
        "exp": now + 120,
        "jti": secrets.token_urlsafe(8),
    } | changes
    held = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": alg}, held, key, algorithms=[alg])


def asking(door: Door, key: Any, signed: str = "", **more: str) -> dict[str, Any]:
    """The body and headers of a token request."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": signed or assertion(door, key),
    } | more
    return {"content": urlencode(form).encode(), "headers": {"content-type": "application/x-www-form-urlencoded"}}
