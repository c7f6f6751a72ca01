"""Short-lived access for systems that sign with a key of their own: OAuth 2 client credentials with `private_key_jwt`.

A system proves who it is by a signed assertion (RFC 7523) that counts once; it gets a token for ten minutes (RFC 9068)
that lets it do what its registration says, or less. The registration is looked at again at every request.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from contracts.council import Registration
from contracts.errors import NotAuthenticated, SenderError
from gateway.flows.access import Caller, Role
from gateway.flows.gateway import Gateway
from gateway.flows.sign_in.spent import spend
from gateway.store.keys import browser_token

LASTS: Final = 600
"""Seconds that an access token counts."""
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PATH: Final = "/oauth/token"
_LONGEST: Final = 600
"""Seconds that an assertion may be good for: nobody keeps one for later."""
_LEEWAY: Final = 30
_SIGNED: Final = {"OKP": ("Ed25519", "EdDSA"), "EC": ("ES256",)}
"""What a key of each kind signs with; nothing else is taken."""

_REFUSED: Final = (
    "This assertion is not from a system this gateway knows, or was used, or is too old. Sign a new one with the key"
    " that the council registered: iss and sub are your client id, aud is this address, and jti is new each time."
)


async def grant(gateway: Gateway, asked: Mapping[str, str]) -> dict[str, Any]:
    """The answer to a token request (RFC 6749, 5.1). Raises SenderError, NotAuthenticated."""
    if asked.get("grant_type") != "client_credentials":
        raise SenderError("Send grant_type=client_credentials.")
    if asked.get("client_assertion_type") != ASSERTION:
        raise SenderError(f"Send client_assertion_type={ASSERTION} and the signed JWT as client_assertion.")
    registration, jwk = await _proven(gateway, asked.get("client_assertion", ""))
    wanted = tuple(asked.get("scope", "").split()) or registration.may
    if not set(wanted) <= set(registration.may):
        raise SenderError(f"Ask for a scope that you are registered for: {' '.join(registration.may)}.")
    return {
        "access_token": _token(gateway, registration, wanted, str(jwk["x"])),
        "token_type": "Bearer",
        "expires_in": LASTS,
        "scope": " ".join(wanted),
    }


def caller_of(gateway: Gateway, token: str) -> Caller | None:
    """Whom an access token of ours belongs to; None for any other, and for one whose registration has gone."""
    council = _unproven(token).get("council")
    if not isinstance(council, str) or council not in gateway.keys:
        return None
    claims = _verified(token, _own_key(gateway, council), ("Ed25519",), gateway, _audience(gateway))
    registration = _registered(gateway, str(claims.get("sub", ""))) if claims else None
    if claims is None or registration is None:
        return None
    jwk = next((one for one in registration.jwks if one["x"] == claims.get("key")), None)
    if jwk is None:
        return None
    may = tuple(word for word in str(claims.get("scope", "")).split() if word in registration.may)
    role = Role.HUB if registration.hubs else Role.SENDER
    return Caller(role, replace(registration, may=may), test=bool(jwk["test"]))


def client_id(registration: Registration) -> str:
    """What a system calls itself here."""
    return f"{registration.council}.{registration.sender}"


async def _proven(gateway: Gateway, assertion: str) -> tuple[Registration, Mapping[str, Any]]:
    said = _unproven(assertion)
    registration = _registered(gateway, str(said.get("iss", "")))
    for jwk in registration.jwks if registration else ():
        own = {name: value for name, value in jwk.items() if name in ("kty", "crv", "x", "y") and value}
        claims = _verified(assertion, own, _SIGNED[str(jwk["kty"])], gateway, _audience(gateway))
        if claims is None or registration is None:
            continue
        once, ends, now = claims.get("jti"), int(claims["exp"]), gateway.now() // 1000
        if claims.get("iss") != claims.get("sub") or not isinstance(once, str) or not once or ends > now + _LONGEST:
            break
        first = f"assertion {client_id(registration)} {once}"
        if await spend(gateway, registration.council, first, (ends + _LEEWAY + 1) * 1000):
            return registration, jwk
        break
    raise NotAuthenticated(_REFUSED)


def _registered(gateway: Gateway, client: str) -> Registration | None:
    council, _, sender = client.partition(".")
    home = gateway.catalogue.councils.get(council)
    found = home.senders.get(sender) if home else None
    if found is None or not found.active or (found.demo and not gateway.settings.demo):
        return None
    return found


def _audience(gateway: Gateway) -> list[str]:
    public = gateway.settings.public_url
    return [f"{public}{PATH}", public] if public else [gateway.settings.origin]


def _token(gateway: Gateway, registration: Registration, scope: tuple[str, ...], key: str) -> str:
    from joserfc import jwt
    from joserfc.jwk import import_key

    now = gateway.now() // 1000
    claims = {
        "iss": gateway.settings.origin,
        "aud": _audience(gateway)[0],
        "sub": client_id(registration),
        "council": registration.council,
        "scope": " ".join(scope),
        "key": key,
        "iat": now,
        "exp": now + LASTS,
        "jti": secrets.token_urlsafe(16),
    }
    own = import_key(_own_key(gateway, registration.council))
    return jwt.encode({"alg": "Ed25519", "typ": "at+jwt"}, claims, own, algorithms=["Ed25519"])


def _own_key(gateway: Gateway, council: str) -> dict[str, str | list[str]]:
    """The gateway's key for tokens of a council, as a JWK: made from the council's own, so every process has it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = bytes.fromhex(browser_token(gateway.keys[council], "key of access tokens"))
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    x, d = (urlsafe_b64encode(part).decode().rstrip("=") for part in (public, seed))
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "d": d}


def _unproven(token: str) -> Mapping[str, Any]:
    """What a token says of itself: only to find the key that it must be signed with."""
    try:
        body = token.split(".")[1]
        found = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _verified(
    token: str, jwk: Mapping[str, Any], signed: tuple[str, ...], gateway: Gateway, audience: list[str]
) -> Mapping[str, Any] | None:
    """The claims of a token that this key signed, for us, and that has not ended; None for any other."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    rules = jwt.JWTClaimsRegistry(
        now=gateway.now() // 1000,
        leeway=_LEEWAY,
        exp={"essential": True},
        aud={"essential": True, "values": audience},
        iss={"essential": True},
        sub={"essential": True},
    )
    try:
        claims = jwt.decode(token, import_key(dict(jwk)), algorithms=list(signed)).claims
        rules.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return claims
