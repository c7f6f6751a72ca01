"""The bearer token of a hub with an authorisation server: asked for with a signed assertion, kept while it lasts.

OAuth 2.0 client credentials (RFC 6749 4.4) with `private_key_jwt` (RFC 7523), as NHS England's APIs ask for. Nothing of
a referral is in what is sent for a token.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from contracts.adapter import Plain
from contracts.delivery import Result
from contracts.hub import GRANT, GRANTED_AT, HubAnswer, HubMessage
from gateway.path.answers import ADDRESS_REFUSED, CERTIFICATE, Reading, TransportTrouble, retry_after

ASSERTED_FOR: Final = 300
"""Seconds an assertion can be used for: the most that NHS England takes."""
SPARE: Final = 30
"""Seconds before its end from which a token is not used any more."""
_SHORTEST: Final = 2048
_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384"}
_PASSED_ON: Final = ("permit_spent", "stopped")

Ask = Callable[[str, HubMessage], Awaitable[HubAnswer | TransportTrouble]]
"""Sends one message to an address by the one way out."""


@dataclass(frozen=True, slots=True)
class Grant:
    """How a token is had. key: the private key, PEM; kid: its name at the authorisation server."""

    endpoint: str
    client_id: str
    kid: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token, and when it is no longer used, in seconds since 1970. fresh: it was asked for just now."""

    token: str = field(repr=False)
    until: float
    fresh: bool = True


def grant_of(settings: Mapping[str, Plain], secrets: tuple[str, ...]) -> Grant | None:
    """What a hub's settings say of it; None where its secret is itself what is sent."""
    if GRANTED_AT not in settings:
        return None
    endpoint, client_id, kid = (str(settings.get(name, "")) for name in GRANT)
    return Grant(endpoint, client_id, kid, secrets[0])


class Bearers:
    """The tokens of one process, each under the digest of its hub's settings and secrets."""

    def __init__(self) -> None:
        self._held: dict[str, Bearer] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, door: str, grant: Grant, now: float, ask: Ask) -> Bearer | Reading:
        """The token for this door, or what the attempt comes to without one: nothing of it has left."""
        async with self._asking[door]:
            held = self._held.get(door)
            if held is not None and now < held.until:
                return held
            try:
                message = _asking(grant, now)
            except ValueError:
                return Reading(Result.LANE_HELD, "secret_unusable")
            answer = await ask(grant.endpoint, message)
            given = _given(answer, now)
            if given is None:
                return _without(answer, int(now))
            self._held[door] = Bearer(given.token, given.until, fresh=False)
            return given

    def forget(self, door: str) -> None:
        """The hub did not take it."""
        self._held.pop(door, None)


def _asking(grant: Grant, now: float) -> HubMessage:
    """Raises ValueError for a key that cannot sign."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": _assertion(grant, int(now)),
    }
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    return HubMessage("POST", "", headers, urlencode(form).encode())


def _assertion(grant: Grant, now: int) -> str:
    from joserfc import jwt
    from joserfc.jwk import import_key

    kind, algorithm = _signing(grant.key)
    claims = {
        "iss": grant.client_id,
        "sub": grant.client_id,
        "aud": grant.endpoint,
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + ASSERTED_FOR,
    }
    key = import_key(grant.key, "RSA" if kind == "RSA" else "EC")
    return jwt.encode({"alg": algorithm, "typ": "JWT", "kid": grant.kid}, claims, key, algorithms=[algorithm])


def _signing(pem: str) -> tuple[str, str]:
    """Kind of the key, and the algorithm it signs with."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("the key is locked, or of no kind that is known") from error
    if isinstance(key, RSAPrivateKey) and key.key_size >= _SHORTEST:
        return "RSA", "RS512"
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return "EC", _CURVES[key.curve.name]
    raise ValueError("neither an RSA key of 2,048 bits nor a key on P-256 or P-384")


def _given(answer: HubAnswer | TransportTrouble, now: float) -> Bearer | None:
    """The token in an answer (RFC 6749 5.1). One whose end is not told is used once."""
    if not isinstance(answer, HubAnswer) or answer.status != 200:
        return None
    try:
        told = json.loads(answer.body)
        token, lasts = str(told["access_token"]), float(told.get("expires_in", 0))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    usable = token.isascii() and token.isprintable() and token and str(told.get("token_type", "")).lower() == "bearer"
    return Bearer(token, now + lasts - SPARE) if usable else None


def _without(answer: HubAnswer | TransportTrouble, now: int) -> Reading:
    if isinstance(answer, TransportTrouble):
        if answer.why in (CERTIFICATE, ADDRESS_REFUSED):
            return Reading(Result.LANE_HELD, answer.why)
        return Reading(Result.NOT_SENT, answer.why if answer.why in _PASSED_ON else "no_token")
    if answer.status in (400, 401, 403):
        return Reading(Result.LANE_HELD, "not_let_in")
    return Reading(Result.NOT_SENT, "no_token", retry_after(answer.headers.get("retry-after", ""), now))
