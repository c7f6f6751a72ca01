"""Signing in with a council's own OpenID Connect provider: code, PKCE, state and nonce, and nobody it does not list.

The provider says who somebody is. Whether they act here, and as what, the council's own files say; groups of the
provider can only narrow that. Between going and coming back everything is in one signed cookie of that browser.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import urlencode

import httpx2

from contracts.audits import AUDITOR
from contracts.council import Council
from contracts.errors import NotAllowed
from contracts.signin import SignIn
from gateway.flows.acting import Acting, acting, may_act, roles_for, shut_out
from gateway.flows.connections.destinations import Destinations, place_of
from gateway.flows.connections.secretfiles import read_secret
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.gateway import Gateway
from gateway.flows.sign_in.idtoken import Claims, claims_of
from gateway.flows.sign_in.spent import spend
from gateway.store.keys import browser_token

AWAY: Final = 10 * 60_000
"""Milliseconds somebody may take at the provider."""
_FRESH: Final = 120
"""Seconds that may lie between proving again who one is and the answer that says so."""
_PATIENCE: Final = 10.0

_HOW: Final = "signed in at"
_OTHER_BROWSER: Final = "This sign-in did not begin in this browser, or it took too long. Begin again."
_NOT_THERE: Final = "Your council’s sign-in does not answer. Try again in a few minutes; nothing was lost."
_NOT_SET_UP: Final = "Signing in with this council is not set up here. Whoever runs this gateway can connect it."


@dataclass(frozen=True, slots=True)
class Away:
    """What one browser carries while its person is at the provider. at: ms UTC; again: to prove again who they are."""

    council: str
    state: str
    nonce: str
    verifier: str
    at: int
    again: bool
    then: str


@dataclass(frozen=True, slots=True)
class Back:
    """Somebody who came back: who they are, the roles their sign-in allows, and where they go on."""

    who: Acting
    allowed: tuple[str, ...]
    again: bool
    then: str


async def begin(gateway: Gateway, council: str, back: str, *, again: bool = False, then: str = "/") -> tuple[str, str]:
    """The provider's address for this browser to go to, and the cookie it keeps meanwhile. Raises NotAllowed.

    back  our own address that the provider sends them back to
    """
    sign_in = _of(gateway, gateway.council(council))
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    way = Away(council, state, nonce, verifier, gateway.now(), again, then)
    async with _client(gateway, sign_in, back) as client:
        about = await _about(gateway, sign_in, client)
        more = {"prompt": "login", "max_age": "0"} if again else {}
        if sign_in.factor == "acr":
            more["acr_values"] = " ".join(sign_in.factors)
        url, _ = client.create_authorization_url(
            about["authorization_endpoint"], way.state, way.verifier, nonce=way.nonce, **more
        )
    return str(url), _packed(gateway, way)


async def returned(gateway: Gateway, cookie: str, query: Mapping[str, str], back: str) -> Back:
    """Whoever the provider says has come back to the browser that holds this cookie. Raises NotAllowed, in words."""
    way = _unpacked(gateway, cookie)
    council, now = gateway.council(way.council), gateway.now()
    sign_in = _of(gateway, council)
    if not compare_digest(query.get("state", "").encode(), way.state.encode()) or now > way.at + AWAY:
        raise NotAllowed(_OTHER_BROWSER)
    if query.get("iss", sign_in.issuer) != sign_in.issuer:  # RFC 9207: another provider's answer
        raise NotAllowed(_OTHER_BROWSER)
    if not await spend(gateway, council.name, f"sign-in {way.state}", way.at + AWAY):
        raise NotAllowed("This sign-in was used already. Begin again.")
    if not query.get("code"):
        raise NotAllowed("Your council’s sign-in did not let you in. Ask whoever looks after it there.")
    async with _client(gateway, sign_in, back) as client:
        about = await _about(gateway, sign_in, client)
        token = await _exchanged(sign_in, client, about, query["code"], way.verifier)
        keys = await _json(client, about["jwks_uri"])
    claims = claims_of(sign_in, token, keys, way.nonce, now)
    if way.again and claims.auth_time < (way.at // 1000) - _FRESH:
        raise NotAllowed("Your council’s sign-in did not ask you again who you are. Ask whoever looks after it there.")
    return Back(*_person(council, sign_in, claims, now), way.again, way.then)


async def farewell(gateway: Gateway, council: str, after: str) -> str:
    """Where a browser ends its sign-in at the provider too (OpenID Connect RP-initiated logout); "" where it cannot.

    after  our own address that the provider may lead back to
    """
    try:
        sign_in = _of(gateway, gateway.council(council))
        async with _client(gateway, sign_in, after) as client:
            about = await _about(gateway, sign_in, client)
    except NotAllowed:
        return ""
    url = str(about.get("end_session_endpoint", ""))
    if not url.startswith(_schemes(gateway)):
        return ""
    # No id token is kept to hint with, so the provider asks whoever it is.
    asked = urlencode({"client_id": sign_in.client, "post_logout_redirect_uri": after})
    return f"{url}{'&' if '?' in url else '?'}{asked}"


def signed_in_there(council: Council, how: str) -> bool:
    """Whether it was this council's provider that said who somebody is."""
    return council.sign_in is not None and how == f"{_HOW} {council.sign_in.issuer}"


def is_set_up(gateway: Gateway, council: Council) -> bool:
    """Whether people of this council can sign in with its provider here."""
    settings = gateway.settings
    return council.sign_in is not None and bool(settings.public_url or settings.demo)


def _of(gateway: Gateway, council: Council) -> SignIn:
    if council.sign_in is None or not is_set_up(gateway, council):
        raise NotAllowed(_NOT_SET_UP)
    return council.sign_in


def _person(council: Council, sign_in: SignIn, claims: Claims, now: int) -> tuple[Acting, tuple[str, ...]]:
    """Who it is to us, and all the roles this sign-in allows. Raises NotAllowed for somebody who is not listed."""
    senders = [
        name for name, sender in council.senders.items() if any(claims.name in of for of in sender.people.values())
    ]
    for sender in ("", *senders):
        listed = roles_for(council, claims.name, sender, now)
        roles = tuple(
            role for role in listed if not sign_in.needs.get(role) or claims.groups & set(sign_in.needs[role])
        )
        if roles:
            who = acting(council, claims.name, roles[0], sender=sender, how=f"{_HOW} {sign_in.issuer}", now=now)
            return who, roles
    if claims.name in may_act(council, AUDITOR) and (said := shut_out(council, claims.name, now)):
        raise NotAllowed(said)
    raise NotAllowed(f"{council.title} does not list you in any role here. Ask whoever looks after its list of people.")


# The provider ---------------------------------------------------------------------------------------------------------


def _client(gateway: Gateway, sign_in: SignIn, back: str) -> Any:
    """A client that reaches this provider and nothing else."""
    from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
    from authlib.oauth2.rfc7523 import PrivateKeyJWT  # type: ignore[import-untyped]

    settings = gateway.settings
    places = frozenset((place_of(sign_in.issuer), *sign_in.also))
    destinations = Destinations(frozenset(settings.private_destinations), settings.demo, places)
    try:
        secret = read_secret(settings.secrets, sign_in.secret)
    except (KeyError, UnicodeDecodeError):
        raise NotAllowed(_NOT_SET_UP) from None
    client = AsyncOAuth2Client(
        sign_in.client,
        _private_key(secret) if sign_in.signs else secret,
        token_endpoint_auth_method="private_key_jwt" if sign_in.signs else "client_secret_basic",
        scope=" ".join(sign_in.scopes),
        redirect_uri=back,
        code_challenge_method="S256",
        transport=CheckedTransport(destinations),
        trust_env=False,
        follow_redirects=False,
    )
    if sign_in.signs:
        client.register_client_auth_method(PrivateKeyJWT(alg=sign_in.algorithm))
    return client


def _private_key(secret: str) -> Any:
    from joserfc.jwk import import_key

    return import_key(json.loads(secret))


async def _about(gateway: Gateway, sign_in: SignIn, client: Any) -> dict[str, Any]:
    """The provider's description of itself. Raises NotAllowed for one that is not its own, or leads off TLS."""
    about = await _json(client, f"{sign_in.issuer.rstrip('/')}/.well-known/openid-configuration")
    addresses = [about.get(name, "") for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if about.get("issuer") != sign_in.issuer or not all(str(one).startswith(_schemes(gateway)) for one in addresses):
        raise NotAllowed(_NOT_SET_UP)
    return about


def _schemes(gateway: Gateway) -> tuple[str, ...]:
    return ("https://", "http://127.0.0.1:") if gateway.settings.demo else ("https://",)


async def _json(client: Any, url: str) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_PATIENCE):
            answer = await client.request("GET", url, withhold_token=True)
        found = answer.json() if answer.status_code == 200 else None
    except (httpx2.HTTPError, ValueError, TimeoutError):
        found = None
    if not isinstance(found, dict):
        raise NotAllowed(_NOT_THERE)
    return found


async def _exchanged(sign_in: SignIn, client: Any, about: Mapping[str, Any], code: str, verifier: str) -> str:
    """The id token for a code. Raises NotAllowed for a code that was used, or is not for this gateway."""
    from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]

    try:
        async with asyncio.timeout(_PATIENCE):
            given = await client.fetch_token(about["token_endpoint"], code=code, code_verifier=verifier)
    except (httpx2.HTTPError, TimeoutError):
        raise NotAllowed(_NOT_THERE) from None
    except (OAuthError, ValueError):
        raise NotAllowed("Your council’s sign-in did not take this return. Begin again.") from None
    return str(given.get("id_token", ""))


# The cookie -----------------------------------------------------------------------------------------------------------


def _packed(gateway: Gateway, way: Away) -> str:
    text = urlsafe_b64encode(json.dumps(asdict(way)).encode()).decode()
    return f"{text}.{browser_token(gateway.keys[way.council], text)}"


def _unpacked(gateway: Gateway, cookie: str) -> Away:
    """What we packed. Raises NotAllowed for what we did not."""
    text, _, mark = cookie.partition(".")
    try:
        way = Away(**json.loads(urlsafe_b64decode(text)))
        ours = browser_token(gateway.keys[way.council], text)
    except (ValueError, TypeError, KeyError):
        raise NotAllowed(_OTHER_BROWSER) from None
    if not compare_digest(ours.encode(), mark.encode()):
        raise NotAllowed(_OTHER_BROWSER)
    return way
