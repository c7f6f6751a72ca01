"""Looks at an id token: who signed it, for whom, when, in answer to what, and how its person proved who they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.errors import NotAllowed
from contracts.signin import ALGORITHMS, SignIn

_LEEWAY: Final = 60
"""Seconds that the provider's clock may differ."""
_NOT_TRUSTED: Final = (
    "This gateway does not trust what your council’s sign-in answered. Nobody was signed in; begin again."
)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider says: the name we list people by, their groups, and when they last proved it (seconds; 0)."""

    name: str
    groups: frozenset[str]
    auth_time: int


def claims_of(sign_in: SignIn, token: str, keys: Mapping[str, Any], nonce: str, now: int) -> Claims:
    """What the token says, once everything about it is right. now: ms UTC. Raises NotAllowed, in words."""
    claims = _checked(sign_in, token, keys, nonce, now // 1000)
    if sign_in.factor and not _words(claims.get(sign_in.factor)) & set(sign_in.factors):
        raise NotAllowed("Your council asks for a second proof of who you are, such as a code. Sign in with it.")
    name = claims.get(sign_in.person)
    if (
        not isinstance(name, str)
        or not name
        or (sign_in.person == "email" and claims.get("email_verified") is not True)
    ):
        raise NotAllowed("Your council’s sign-in did not say who you are. Ask whoever looks after it there.")
    proven = claims.get("auth_time")
    return Claims(name, _words(claims.get(sign_in.groups)), proven if isinstance(proven, int) else 0)


def _checked(sign_in: SignIn, token: str, keys: Mapping[str, Any], nonce: str, now: int) -> Mapping[str, Any]:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    assert sign_in.algorithm in ALGORITHMS
    rules = jwt.JWTClaimsRegistry(
        now=now,
        leeway=_LEEWAY,
        iss={"essential": True, "value": sign_in.issuer},
        aud={"essential": True, "value": sign_in.client},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=[sign_in.algorithm]).claims  # type: ignore[arg-type]
        rules.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise NotAllowed(_NOT_TRUSTED) from None
    if claims.get("azp", sign_in.client) != sign_in.client:
        raise NotAllowed(_NOT_TRUSTED)
    return claims


def _words(value: object) -> frozenset[str]:
    values = value if isinstance(value, list) else [value]
    return frozenset(one for one in values if isinstance(one, str))
