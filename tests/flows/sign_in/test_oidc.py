"""Signing in at a provider: a real one on this machine for the way there and back, and tokens of every wrong kind."""

from __future__ import annotations

import asyncio
import json
import warnings
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from contracts.errors import NotAllowed
from contracts.signin import SignIn
from gateway.flows.gateway import Gateway
from gateway.flows.sign_in import oidc
from gateway.flows.sign_in.idtoken import claims_of
from tests.running import Door, on_sqlite, rows

BACK = "http://localhost/sign-in/back"
SUNNY = {"preferred_username": "sunny.vale", "amr": ["pwd", "mfa"], "groups": ["g-manager", "g-duty"]}


@contextmanager
def provider(**people: dict[str, Any]) -> Iterator[str]:
    """A real OpenID Connect provider on loopback that knows these people; gives its issuer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from oidc_provider_mock import User, run_server_in_thread

        users = [User(sub=sub, claims=claims) for sub, claims in people.items()]
        with run_server_in_thread(user_claims=users) as server:
            yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # the provider itself refuses plain HTTP otherwise
    stranger = SUNNY | {"preferred_username": "nobody.here"}
    plain = SUNNY | {"amr": ["pwd"]}
    with provider(
        sunny=SUNNY, stranger=stranger, plain=plain, bram=SUNNY | {"preferred_username": "bram.ellis"}
    ) as url:
        yield url


def with_sign_in(gateway: Gateway, sign_in: SignIn) -> Gateway:
    """The same gateway, where Hull's people sign in like this."""
    gateway.settings.secrets.mkdir(exist_ok=True)
    (gateway.settings.secrets / sign_in.secret).write_text("a-client-secret")
    hull = replace(gateway.council("hull"), sign_in=sign_in)
    return replace(gateway, catalogue=replace(gateway.catalogue, councils={**gateway.catalogue.councils, "hull": hull}))


def a_sign_in(issuer: str, **changes: Any) -> SignIn:
    given = SignIn(issuer, "early-help", "sign-in", person="preferred_username", factor="amr", factors=("mfa",))
    return replace(given, **changes)


def at_provider(url: str, person: str) -> dict[str, str]:
    """What somebody's browser brings back after they signed in there."""
    answer = httpx2.post(url, data={"sub": person}, follow_redirects=False, trust_env=False)
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def there(gateway: Gateway, person: str, **how: Any) -> tuple[str, dict[str, str]]:
    """The cookie of a browser that has been there, and what it brings back."""
    url, cookie = asyncio.run(oidc.begin(gateway, "hull", BACK, **how))
    return cookie, at_provider(url, person)


def back(gateway: Gateway, cookie: str, query: dict[str, str]) -> oidc.Back:
    return asyncio.run(oidc.returned(gateway, cookie, query, BACK))


@on_sqlite
def test_a_person_the_council_lists_comes_back_as_themselves(gateway: Gateway, issuer: str) -> None:
    ours = with_sign_in(gateway, a_sign_in(issuer))
    found = back(ours, *there(ours, "sunny"))
    assert (found.who.name, found.who.role, found.who.how) == ("sunny.vale", "hub_manager", f"signed in at {issuer}")
    assert found.allowed == ("hub_manager", "hub_duty", "routing_desk", "front_door")


@on_sqlite
def test_the_provider_is_asked_for_a_code_with_pkce_state_and_nonce(gateway: Gateway, issuer: str) -> None:
    url, cookie = asyncio.run(oidc.begin(with_sign_in(gateway, a_sign_in(issuer)), "hull", BACK))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    kept = json.loads(urlsafe_b64decode(cookie.partition(".")[0]))
    digest = urlsafe_b64encode(sha256(kept["verifier"].encode()).digest()).decode().rstrip("=")
    assert (asked["code_challenge"], asked["code_challenge_method"]) == (digest, "S256")
    assert (asked["state"], asked["nonce"]) == (kept["state"], kept["nonce"])
    assert (asked["response_type"], asked["redirect_uri"]) == ("code", BACK)


@on_sqlite
def test_a_return_that_was_stolen_into_another_browser_signs_nobody_in(gateway: Gateway, issuer: str) -> None:
    ours = with_sign_in(gateway, a_sign_in(issuer))
    _, stolen = there(ours, "sunny")
    own, _ = there(ours, "bram")
    for cookie in ("", "x.y", own):
        with pytest.raises(NotAllowed, match="did not begin in this browser"):
            back(ours, cookie, stolen)


@on_sqlite
def test_a_cookie_that_somebody_changed_is_none(gateway: Gateway, issuer: str) -> None:
    ours = with_sign_in(gateway, a_sign_in(issuer))
    cookie, query = there(ours, "sunny")
    text, _, mark = cookie.partition(".")
    kept = json.loads(urlsafe_b64decode(text)) | {"again": True}
    forged = urlsafe_b64encode(json.dumps(kept).encode()).decode()
    with pytest.raises(NotAllowed, match="did not begin in this browser"):
        back(ours, f"{forged}.{mark}", query)


@on_sqlite
def test_a_return_counts_once(gateway: Gateway, issuer: str) -> None:
    ours = with_sign_in(gateway, a_sign_in(issuer))
    cookie, query = there(ours, "sunny")
    back(ours, cookie, query)
    with pytest.raises(NotAllowed, match="used already"):
        back(ours, cookie, query)


@on_sqlite
def test_a_code_that_was_used_elsewhere_is_refused_by_the_provider(gateway: Gateway, issuer: str) -> None:
    ours = with_sign_in(gateway, a_sign_in(issuer))
    cookie, query = there(ours, "sunny")
    back(ours, cookie, query)
    fresh, other = there(ours, "bram")
    with pytest.raises(NotAllowed, match="did not take this return"):
        back(ours, fresh, other | {"code": query["code"]})


@on_sqlite
def test_a_return_that_took_too_long_is_refused(gateway: Gateway, issuer: str) -> None:
    ours = with_sign_in(gateway, a_sign_in(issuer))
    cookie, query = there(ours, "sunny")
    late = replace(ours, now=lambda: gateway.now() + oidc.AWAY + 1000)
    with pytest.raises(NotAllowed, match="took too long"):
        back(late, cookie, query)


@on_sqlite
def test_an_answer_of_another_provider_is_refused(gateway: Gateway, issuer: str) -> None:
    ours = with_sign_in(gateway, a_sign_in(issuer))
    cookie, query = there(ours, "sunny")
    with pytest.raises(NotAllowed, match="did not begin"):
        back(ours, cookie, query | {"iss": "https://other.example"})


@on_sqlite
def test_somebody_the_council_does_not_list_is_nobody_here(gateway: Gateway, issuer: str) -> None:
    ours = with_sign_in(gateway, a_sign_in(issuer))
    with pytest.raises(NotAllowed, match="does not list you"):
        back(ours, *there(ours, "stranger"))
    assert rows(gateway, "session") == []


@on_sqlite
def test_a_second_proof_is_asked_for_where_the_council_asks_for_it(gateway: Gateway, issuer: str) -> None:
    ours = with_sign_in(gateway, a_sign_in(issuer))
    with pytest.raises(NotAllowed, match="second proof"):
        back(ours, *there(ours, "plain"))
    lenient = with_sign_in(gateway, a_sign_in(issuer, factor="", factors=()))
    assert back(lenient, *there(lenient, "plain")).who.name == "sunny.vale"


@on_sqlite
def test_groups_of_the_provider_narrow_what_a_listed_person_may(gateway: Gateway, issuer: str) -> None:
    needs = {"hub_manager": ("g-other",), "front_door": ("g-other",), "routing_desk": ("g-manager",)}
    ours = with_sign_in(gateway, a_sign_in(issuer, groups="groups", needs=needs))
    assert back(ours, *there(ours, "sunny")).allowed == ("hub_duty", "routing_desk")


@on_sqlite
def test_a_step_up_needs_a_provider_that_asked_again(gateway: Gateway, issuer: str) -> None:
    ours = with_sign_in(gateway, a_sign_in(issuer))
    cookie, query = there(ours, "sunny", again=True, then="/holds")
    assert (found := back(ours, cookie, query)).again
    assert found.then == "/holds"
    later = gateway.now() + 600_000
    cookie, query = there(replace(ours, now=lambda: later), "sunny", again=True)
    with pytest.raises(NotAllowed, match="did not ask you again"):
        back(replace(ours, now=lambda: later), cookie, query)


@on_sqlite
def test_a_provider_that_is_not_named_is_never_reached(gateway: Gateway, issuer: str) -> None:
    elsewhere = a_sign_in("https://login.internal.example")
    with pytest.raises(NotAllowed, match="does not answer"):
        asyncio.run(oidc.begin(with_sign_in(gateway, elsewhere), "hull", BACK))


@on_sqlite
def test_a_live_gateway_takes_no_provider_without_tls(gateway: Gateway, issuer: str) -> None:
    settings = gateway.settings.model_copy(
        update={
            "demo": False,
            "public_url": "https://early-help.example",
            "private_destinations": (urlsplit(issuer).netloc,),
        }
    )
    with pytest.raises(NotAllowed, match="not set up"):
        asyncio.run(oidc.begin(replace(with_sign_in(gateway, a_sign_in(issuer)), settings=settings), "hull", BACK))


@on_sqlite
def test_the_pages_sign_in_a_person_from_link_to_start_page(gateway: Gateway, issuer: str) -> None:
    door = Door(with_sign_in(gateway, a_sign_in(issuer)))
    assert 'href="/sign-in/with/hull"' in door.get("/sign-in", key=None).text
    gone = door.get("/sign-in/with/hull", key=None)
    cookie = gone.headers["set-cookie"].partition(";")[0]
    assert "HttpOnly" in gone.headers["set-cookie"]
    query = at_provider(gone.headers["location"], "bram")
    came = door.get(f"/sign-in/back?code={query['code']}&state={query['state']}", key=None, headers={"cookie": cookie})
    assert (came.status_code, came.headers["location"]) == (303, "/account")
    session = next(one for one in came.headers.get_list("set-cookie") if one.startswith("session="))
    assert "bram.ellis" in door.get("/", key=None, headers={"cookie": session.partition(";")[0]}).text
    stolen = door.get(f"/sign-in/back?code={query['code']}&state={query['state']}", key=None)
    assert (stolen.status_code, "You are not signed in" in stolen.text) == (403, True)


# Tokens --------------------------------------------------------------------------------------------------------------

KEY, OTHER = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "one"})
KEYS = {"keys": [KEY.as_dict(private=False)]}
NOW = 1_795_000_000
OURS = SignIn("https://login.example", "early-help", "sign-in", person="preferred_username")
GOOD = {
    "iss": "https://login.example",
    "aud": "early-help",
    "sub": "1",
    "nonce": "n",
    "iat": NOW - 5,
    "exp": NOW + 300,
    "preferred_username": "sunny.vale",
}


def token(claims: dict[str, Any], key: RSAKey = KEY, alg: str = "RS256") -> str:
    return jwt.encode({"alg": alg, "kid": "one"}, claims, key, algorithms=[alg])


def unsigned(claims: dict[str, Any]) -> str:
    head, body = ({"alg": "none"}, claims)
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, body)) + "."


def test_a_good_token_names_its_person() -> None:
    assert claims_of(OURS, token(GOOD), KEYS, "n", NOW * 1000).name == "sunny.vale"


WRONG = {
    "another nonce": GOOD | {"nonce": "m"},
    "no nonce": {name: value for name, value in GOOD.items() if name != "nonce"},
    "another audience": GOOD | {"aud": "another"},
    "another issuer": GOOD | {"iss": "https://evil.example"},
    "too old": GOOD | {"exp": NOW - 120},
    "no end": {name: value for name, value in GOOD.items() if name != "exp"},
    "from the future": GOOD | {"iat": NOW + 600},
    "given to another party": GOOD | {"azp": "another"},
    "nobody named": {name: value for name, value in GOOD.items() if name != "preferred_username"},
    "a list for a name": GOOD | {"preferred_username": ["sunny.vale"]},
}


@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_a_token_that_is_wrong_names_nobody(wrong: str) -> None:
    with pytest.raises(NotAllowed):
        claims_of(OURS, token(WRONG[wrong]), KEYS, "n", NOW * 1000)


@pytest.mark.parametrize(
    "forged",
    [unsigned(GOOD), token(GOOD, OTHER), token(GOOD, alg="PS256"), "", "a.b.c"],
    ids=["alg none", "another key", "another algorithm", "nothing", "no token"],
)
def test_a_token_that_the_provider_did_not_sign_as_agreed_names_nobody(forged: str) -> None:
    with pytest.raises(NotAllowed):
        claims_of(OURS, forged, KEYS, "n", NOW * 1000)


def test_an_address_nobody_verified_is_no_name() -> None:
    by_mail = replace(OURS, person="email")
    for verified in (False, "true", None):
        with pytest.raises(NotAllowed):
            claims_of(
                by_mail, token(GOOD | {"email": "s@hull.example", "email_verified": verified}), KEYS, "n", NOW * 1000
            )
