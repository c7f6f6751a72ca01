"""How a council's people sign in, as `people.yaml` writes it, and whether it fits the roles beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from contracts.adapter import Fault
from contracts.signin import SENDER_ROLES, SignIn
from gateway.config.yamlfile import Loaded, Part, unknown

_Line = Annotated[str, Field(min_length=1)]
_Lines = tuple[_Line, ...]


class SignInPart(Part):
    """The council's OpenID Connect provider. No secret stands here: `secret` is the name of the deployment's."""

    issuer: str = Field(pattern=r"^(https://[a-z0-9.-]+|http://127\.0\.0\.1)(:[0-9]+)?(/\S*)?$")
    client: _Line
    secret: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    signs: bool = False
    algorithm: Literal["RS256", "PS256", "ES256"] = "RS256"
    scopes: _Lines = ("openid", "profile")
    person: _Line
    groups: str = ""
    needs: dict[str, _Lines] = Field(default_factory=dict)
    factor: Literal["amr", "acr", ""] = ""
    factors: _Lines = ()
    also: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]+:[0-9]+$")], ...] = ()

    def plain(self) -> SignIn:
        """The same for the flows."""
        return SignIn(**dict(self))


class JwkRow(Part):
    """A system's public key, as a JWK. A private one is refused: it has a part that is not of this list."""

    kty: Literal["OKP", "EC"]
    crv: Literal["Ed25519", "P-256"]
    x: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    y: str = Field(default="", pattern=r"^([A-Za-z0-9_-]{43})?$")
    kid: str = ""
    test: bool = False

    def plain(self) -> Mapping[str, str | bool]:
        """The same for the flows."""
        return dict(self)


def jwk_faults(senders: Loaded[Any], owners: dict[str, str]) -> Iterator[Fault]:
    """Keys that nobody could sign with, or that two registrations share. owners: key → registration, added to."""
    for name, row in senders.model.senders.items():
        for place, jwk in enumerate(row.jwks):
            at = ("senders", name, "jwks", place)
            if (jwk.kty, jwk.crv, bool(jwk.y)) not in (("OKP", "Ed25519", False), ("EC", "P-256", True)):
                remedy = "Give kty OKP, crv Ed25519 and x; or kty EC, crv P-256, x and y."
                yield senders.fault(*at, expected="a whole Ed25519 or P-256 key", remedy=remedy)
            if jwk.x in owners:
                remedy = f"It is also `{owners[jwk.x]}`'s. Each registration, and each of live and test, has its own."
                yield senders.fault(*at, expected="a key of its own", remedy=remedy)
            owners.setdefault(jwk.x, name)


def sign_in_faults(people: Loaded[Any], part: SignInPart | None, roles: Collection[str]) -> Iterator[Fault]:
    """What of a sign-in could never be asked or never be met."""
    if part is None:
        return
    known = (*roles, *SENDER_ROLES)
    for role in part.needs:
        if role not in known:
            remedy = unknown(role, known)
            yield people.fault("sign_in", "needs", role, expected="a role of this file", remedy=remedy)
    if bool(part.needs) != bool(part.groups):
        remedy = "Name the claim with the groups, and under `needs` the roles that need one; or neither."
        yield people.fault("sign_in", expected="`groups` and `needs` together", remedy=remedy)
    if bool(part.factor) != bool(part.factors):
        remedy = "Name `amr` or `acr`, and the values that are enough; or neither."
        yield people.fault("sign_in", expected="`factor` and `factors` together", remedy=remedy)
    if "openid" not in part.scopes:
        yield people.fault("sign_in", expected="the scope openid", remedy="Add it: nobody is named without it.")
