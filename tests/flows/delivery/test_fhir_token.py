"""A FHIR hub whose token is asked for: RFC 6749 4.4 with the assertion of RFC 7523, against real peers on loopback."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwt
from joserfc.jwk import import_key

from contracts.delivery import HubClass
from contracts.errors import ConfigError
from gateway.config.catalogue import Catalogue
from gateway.doors.serving import working
from gateway.flows.connections.destinations import destinations_of
from gateway.flows.delivery.conforming import Finding
from gateway.main import load_checked
from gateway.settings import demo_settings
from tests.builders import a_hub
from tests.flows.delivery.test_fhir_hub import Peer, at, named, refusal, written
from tests.flows.delivery.test_hubtest import found_of
from tests.running import ROOT, Door, a_hull_referral, as_bytes, rows, running, until

__all__ = ["written"]

RSA = rsa.generate_private_key(65537, 2048)
CURVE = ec.generate_private_key(ec.SECP384R1())
CLIENT, KID = "early-help-gateway", "key-of-2026"


def pem(key: Any, lock: Any = None) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock or NoEncryption()).decode()


def public(key: Any) -> Any:
    shown = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return import_key(shown, "RSA" if key is RSA else "EC")


@dataclass
class AuthorisationServer:
    """Gives token-1, token-2, … to whoever signs with the key, and keeps what it was sent."""

    key: Any = RSA
    algorithm: str = "RS512"
    lasts: int = 600
    answer: tuple[int, str] | None = None
    asked: list[str] = field(default_factory=list)
    assertions: list[dict[str, Any]] = field(default_factory=list)
    heads: list[dict[str, Any]] = field(default_factory=list)

    async def give(self, request: web.Request) -> web.Response:
        self.asked.append(await request.text())
        form = await request.post()
        assert form["grant_type"] == "client_credentials"
        assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        signed = jwt.decode(str(form["client_assertion"]), public(self.key), algorithms=[self.algorithm])
        self.heads.append(signed.header)
        self.assertions.append({**signed.claims, "to": str(request.url)})
        if self.answer is not None:
            return web.Response(status=self.answer[0], text=self.answer[1], content_type="application/json")
        told = {"access_token": f"token-{len(self.asked)}", "token_type": "Bearer", "expires_in": self.lasts}
        return web.json_response(told)

    @asynccontextmanager
    async def listening(self) -> Any:
        app = web.Application()
        app.router.add_post("/oauth2/token", self.give)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/oauth2/token"
        finally:
            await runner.cleanup()


class Hub(Peer):
    """Notes each bearer token, and acknowledges what comes with one that it takes."""

    def __init__(self, takes: Callable[[str], bool] = lambda token: True) -> None:
        super().__init__(answers=None)
        self.takes, self.bearers = takes, list[str]()

    async def take(self, request: web.Request) -> web.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.bearers.append(token)
        self.answers = lambda id: (200, named(id)) if self.takes(token) else (401, refusal("login"))
        return await super().take(request)


def attempts(
    catalogue: Catalogue,
    folder: Path,
    urls: tuple[str, str],
    hub: Hub,
    server: AuthorisationServer,
    *,
    key: str = "",
    referrals: int = 1,
    wanted: int = 1,
) -> list[dict[str, Any]]:
    """What became of these many referrals, sent one after another, once there are as many attempts as wanted."""

    async def go() -> list[dict[str, Any]]:
        async with AsyncExitStack() as stack:
            where = await stack.enter_async_context(hub.listening())
            tokens = await stack.enter_async_context(server.listening())
            standing = asking(at(catalogue, where, HubClass.C), tokens)
            (folder / "secrets").mkdir(mode=0o700)
            for name in standing.councils["hull"].hubs["locality_west"].secrets:
                (folder / "secrets" / name).write_text(key or pem(RSA))
                (folder / "secrets" / name).chmod(0o600)
            gateway = stack.enter_context(running(standing, folder, urls, send_deadline=10.0))
            worked = await stack.enter_async_context(working(gateway, alone=True))
            for n in range(referrals):
                content = as_bytes(a_hull_referral()).replace(b'"record_id": "T-1"', f'"record_id": "T-{n}"'.encode())
                headers = {"content-type": "application/json", "idempotency-key": f"k-{n}"}
                answer = await Door(worked).ask("POST", "/v1/referrals", content=content, headers=headers)
                assert answer.status_code == 202, answer.text
                await until(lambda n=n: len(rows(gateway, "attempt")) > n, 20)
            await until(lambda: len(rows(gateway, "attempt")) >= wanted, 30)
            return sorted(rows(gateway, "attempt"), key=lambda row: row["started_at"])

    return asyncio.run(go())


def asking(catalogue: Catalogue, endpoint: str) -> Catalogue:
    """The same catalogue, with a hub that has an authorisation server there."""
    hull = catalogue.councils["hull"]
    west = hull.hubs["locality_west"]
    settings = {"token_endpoint": endpoint, "client_id": CLIENT, "kid": KID}
    changed = replace(hull, hubs=dict(hull.hubs) | {"locality_west": replace(west, settings=settings)})
    return replace(catalogue, councils=dict(catalogue.councils) | {"hull": changed})


def outcomes(found: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["result"], one["why"]) for one in found]


@pytest.fixture
def store_urls(tmp_path: Path) -> tuple[str, str]:
    """Whoever gives a token, the store sees no difference."""
    return f"sqlite:///{tmp_path}/gateway.db", ""


def test_one_token_serves_every_message_while_it_lasts(
    written: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    hub, server = Hub(), AuthorisationServer()
    found = attempts(written, tmp_path, demo_urls, hub, server, referrals=3)
    assert outcomes(found) == [("delivered", "acknowledged")] * 3
    assert hub.bearers == ["token-1"] * 3
    assert len(server.asked) == 1


def test_a_token_near_its_end_is_asked_for_again(
    written: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    hub, server = Hub(), AuthorisationServer(lasts=20)
    attempts(written, tmp_path, demo_urls, hub, server, referrals=2)
    assert hub.bearers == ["token-1", "token-2"]
    assert len({one["jti"] for one in server.assertions}) == 2


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS512"), (CURVE, "ES384")], ids=["rsa", "curve"])
def test_the_assertion_says_who_asks_whom_for_five_minutes_and_holds_nobody(
    written: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], key: Any, algorithm: str
) -> None:
    server = AuthorisationServer(key=key, algorithm=algorithm)
    found = attempts(written, tmp_path, demo_urls, Hub(), server, key=pem(key))
    assert outcomes(found) == [("delivered", "acknowledged")]
    (claims,), (head,) = server.assertions, server.heads
    assert (claims["iss"], claims["sub"], claims["aud"]) == (CLIENT, CLIENT, claims["to"])
    assert claims["exp"] - claims["iat"] == 300
    assert (head["kid"], head["alg"]) == (KID, algorithm)
    assert set(claims) == {"iss", "sub", "aud", "jti", "iat", "exp", "to"}
    assert "Maya" not in server.asked[0]


def test_a_token_that_was_taken_back_before_its_time_costs_one_attempt_and_holds_nothing(
    written: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    seen: list[str] = []
    hub = Hub(lambda token: seen.append(token) or token != "token-1" or len(seen) == 1)  # type: ignore[func-returns-value]
    found = attempts(written, tmp_path, demo_urls, hub, AuthorisationServer(), referrals=2, wanted=3)
    assert outcomes(found) == [
        ("delivered", "acknowledged"),
        ("refused_for_now", "token_refused"),
        ("delivered", "acknowledged"),
    ]
    assert hub.bearers == ["token-1", "token-1", "token-2"]
    assert hub.bodies[1] == hub.bodies[2]


def test_a_token_that_was_never_any_good_holds_the_hub(
    written: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    found = attempts(written, tmp_path, demo_urls, Hub(lambda token: False), AuthorisationServer())
    assert outcomes(found) == [("lane_held", "http_401")]


WITHOUT = {
    "nobody we know": ((401, '{"error": "invalid_client"}'), "lane_held", "not_let_in"),
    "not so": ((400, '{"error": "invalid_request"}'), "lane_held", "not_let_in"),
    "broken": ((500, ""), "not_sent", "no_token"),
    "a page": ((200, "<html>"), "not_sent", "no_token"),
    "a list": ((200, "[]"), "not_sent", "no_token"),
    "no token": ((200, '{"token_type": "Bearer"}'), "not_sent", "no_token"),
    "another kind": ((200, '{"access_token": "t", "token_type": "mac"}'), "not_sent", "no_token"),
    "two lines": ((200, '{"access_token": "t\\r\\nx: y", "token_type": "Bearer"}'), "not_sent", "no_token"),
}


@pytest.mark.parametrize(("answer", "result", "why"), WITHOUT.values(), ids=WITHOUT)
def test_without_a_token_no_byte_leaves(
    written: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], answer: tuple[int, str], result: str, why: str
) -> None:
    hub = Hub()
    found = attempts(written, tmp_path, demo_urls, hub, AuthorisationServer(answer=answer))
    assert outcomes(found[:1]) == [(result, why)]
    assert hub.bodies == []


UNUSABLE = {
    "no key": "an-invented-bearer-token",
    "short": pem(rsa.generate_private_key(65537, 1024)),
    "locked": pem(RSA, BestAvailableEncryption(b"secret")),
    "another curve": pem(ec.generate_private_key(ec.SECP521R1())),
}


@pytest.mark.parametrize("key", UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_that_cannot_sign_asks_nobody(
    written: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], key: str
) -> None:
    hub, server = Hub(), AuthorisationServer()
    found = attempts(written, tmp_path, demo_urls, hub, server, key=key)
    assert outcomes(found) == [("lane_held", "secret_unusable")]
    assert (server.asked, hub.bodies) == ([], [])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("{client_id: us}", "expected `token_endpoint`"),
        ("{token_endpoint: 'https://auth.hub.hull.example/token', client_id: us}", "expected `kid`"),
        (
            "{token_endpoint: 'http://auth.hub.hull.example/token', client_id: us, kid: one}",
            "begins with https",
        ),
    ],
)
def test_what_is_missing_to_ask_for_a_token_is_named(
    written: Catalogue, tmp_path: Path, settings: str, told: str
) -> None:
    folder = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    hubs = folder / "councils" / "hull" / "hubs.yaml"
    text = hubs.read_text().replace("adapter: webhook", f"adapter: fhir_message\n    settings: {settings}", 1)
    hubs.write_text(text)
    with pytest.raises(ConfigError, match=told):
        load_checked(folder)


def test_the_server_that_gives_tokens_is_one_of_the_places_that_may_be_reached(written: Catalogue) -> None:
    standing = asking(written, "https://auth.hub.hull.example/oauth2/token")
    named = destinations_of(demo_settings(Path("unused")), standing).named
    assert named is not None
    assert [place for place in named if "auth" in place] == ["auth.hub.hull.example:443"]


def test_a_hub_is_tried_out_with_a_token_of_its_server_and_must_refuse_any_other() -> None:
    hub, server = Hub(lambda token: token == "token-1"), AuthorisationServer()

    async def go() -> tuple[Finding, ...]:
        async with hub.listening() as url, server.listening() as tokens:
            settings = {"token_endpoint": tokens, "client_id": CLIENT, "kid": KID}
            return await found_of(a_hub(adapter="fhir_message", url=url, settings=settings), secret=pem(RSA))

    found = {one.check: one.verdict for one in asyncio.run(go())}
    assert (found["acknowledges"], found["wrong_signature"]) == ("right", "right")
    assert len(server.asked) == 1
