"""How a council's people sign in, and the roles that a sender's own people have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

SENDER_ROLES: Final = {
    "sender_lead": "Safeguarding lead",
    "sender_deputy": "Deputy safeguarding lead",
    "sender_office": "Office, prepares and does not send",
}
"""Roles of a sender's own people, whom the council invites."""

ALGORITHMS: Final = ("RS256", "PS256", "ES256")
"""What an id token may be signed with; a council names one, and no other is taken."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A council's OpenID Connect provider. It says who somebody is; `people.yaml` says what they may.

    issuer     as the provider writes itself, an https address
    client     what the provider calls this gateway
    secret     name of the deployment's secret: a client secret or, with `signs`, a private key as a JWK
    signs      prove who we are with `private_key_jwt` (RFC 7523), not with a shared secret
    person     claim that holds the name by which `people.yaml` and `senders.yaml` list people
    groups     claim with the groups somebody is in, "" where they do not matter
    needs      role → groups of which one is needed for it; a role that is not named needs none
    factor     claim (`amr` or `acr`) that says how they proved who they are, "" where that is not asked
    factors    its values of which one is needed
    also       host:port of further places that the provider's own description may lead to
    """

    issuer: str
    client: str
    secret: str
    signs: bool = False
    algorithm: str = "RS256"
    scopes: tuple[str, ...] = ("openid", "profile")
    person: str = "preferred_username"
    groups: str = ""
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    factor: str = ""
    factors: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
