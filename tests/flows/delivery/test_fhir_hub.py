"""A council whose hub speaks FHIR, from its file to the hub's answer: a real peer on loopback checks what it gets."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import fhirkit
import pytest
from aiohttp import web

from adapters.formats.fhir.answers import issue, operation_outcome, response
from adapters.formats.fhir.checking import wrong_with
from adapters.formats.fhir.reading import payload_of
from adapters.formats.fhir.terms import MEDIA_TYPE
from contracts.delivery import HubClass
from gateway.config.catalogue import Catalogue
from gateway.doors.serving import working
from gateway.main import load_checked
from tests.running import ROOT, Door, a_hull_referral, as_bytes, rows, running, until

TOKEN = "an-invented-bearer-token"
ENDPOINT = "urn:early-help-gateway:council:hull"


@dataclass
class Peer:
    """A hub that takes FHIR messages. `answers`: a function of the message's id gives status and body."""

    answers: Any
    took: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        message = json.loads(body)
        self.bodies.append(body)
        self.took.append(message)
        self.ids.append(request.headers["x-request-id"])
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            self.faults.append("token")
        self.faults += [str(one) for one in fhirkit.validate(message)] + [one.code for one in wrong_with(message)]
        status, told = self.answers(message["id"])
        headers = {"x-request-id": request.headers["x-request-id"]}
        return web.Response(body=json.dumps(told).encode(), status=status, content_type=MEDIA_TYPE, headers=headers)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/FHIR/R4/$process-message", self.take)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            yield f"http://127.0.0.1:{port}/FHIR/R4"
        finally:
            await runner.cleanup()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The demonstration's mappings, where Hull's file says that its western hub speaks FHIR."""
    folder = tmp_path_factory.mktemp("fhir") / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    hubs = folder / "councils" / "hull" / "hubs.yaml"
    hubs.write_text(hubs.read_text().replace("adapter: webhook", "adapter: fhir_message", 1))
    return load_checked(folder)


def at(catalogue: Catalogue, url: str, hub_class: HubClass) -> Catalogue:
    """The same catalogue, with the hub where the peer listens."""
    hull = catalogue.councils["hull"]
    west = replace(hull.hubs["locality_west"], url=url, confirmed=True, hub_class=hub_class)
    assert west.adapter == "fhir_message"
    changed = replace(hull, hubs=dict(hull.hubs) | {"locality_west": west})
    return replace(catalogue, councils=dict(catalogue.councils) | {"hull": changed})


def delivered(
    catalogue: Catalogue, folder: Path, urls: tuple[str, str], peer: Peer, hub_class: HubClass = HubClass.C
) -> dict[str, Any]:
    """The first attempt at one referral's message, once it has come to something."""

    async def go() -> dict[str, Any]:
        async with peer.listening() as url:
            standing = at(catalogue, url, hub_class)
            (folder / "secrets").mkdir(mode=0o700)
            for name in standing.councils["hull"].hubs["locality_west"].secrets:
                (folder / "secrets" / name).write_text(TOKEN)
                (folder / "secrets" / name).chmod(0o600)
            with running(standing, folder, urls, send_deadline=10.0) as gateway:
                async with working(gateway, alone=True) as worked:
                    response = await Door(worked).ask("POST", "/v1/referrals", **a_request())
                    assert response.status_code == 202, response.text
                    return (await until(lambda: rows(gateway, "attempt"), 20))[0]

    return asyncio.run(go())


def a_request() -> dict[str, Any]:
    return {
        "content": as_bytes(a_hull_referral()),
        "headers": {"content-type": "application/json", "idempotency-key": "first"},
    }


def named(identifier: str, code: str = "ok") -> dict[str, Any]:
    """A hub's answer about a message."""
    made = response(identifier, ENDPOINT, [issue("information", "informational", "Received.")])
    made["entry"][0]["resource"]["response"]["code"] = code
    return made


def refusal(code: str) -> dict[str, Any]:
    return operation_outcome([issue("error", code, "Not like that.")])


def test_a_message_that_the_hub_names_is_delivered(
    written: Catalogue, tmp_path: Path, demo_urls: tuple[str, str]
) -> None:
    peer = Peer(lambda message: (200, named(message)))
    attempt = delivered(written, tmp_path, demo_urls, peer)
    assert (attempt["result"], attempt["why"]) == ("delivered", "acknowledged")
    assert peer.faults == []
    assert payload_of(peer.took[0])["referral"]["people"][0]["first_name"] == "Maya"
    assert [message["id"] for message in peer.took] == peer.ids


WRONG: dict[str, tuple[Any, str, str]] = {
    "another message's id": (lambda message: (200, named("someone-elses")), "uncertain", "not_acknowledged"),
    "a fatal error": (lambda message: (200, named(message, "fatal-error")), "uncertain", "not_acknowledged"),
    "a page": (lambda message: (200, "Thank you"), "uncertain", "not_acknowledged"),
    "an outcome of 422": (lambda message: (422, refusal("invalid")), "refused", "http_422"),
    "an acknowledgement of 400": (lambda message: (400, named(message)), "refused", "http_400"),
    "a conflict": (lambda message: (409, refusal("conflict")), "refused", "http_409"),
    "a duplicate": (lambda message: (409, refusal("duplicate")), "delivered", "duplicate"),
    "no such key": (lambda message: (401, refusal("login")), "lane_held", "http_401"),
    "too many": (lambda message: (429, refusal("throttled")), "refused_for_now", "http_429"),
    "unavailable": (lambda message: (503, refusal("transient")), "refused_for_now", "http_503"),
    "a fault of its own": (lambda message: (500, refusal("exception")), "uncertain", "http_500"),
}


@pytest.mark.parametrize(("answers", "result", "why"), WRONG.values(), ids=WRONG)
def test_settled_13_an_answer_is_what_it_says_and_no_more(
    written: Catalogue, tmp_path: Path, demo_urls: tuple[str, str], answers: Any, result: str, why: str
) -> None:
    attempt = delivered(written, tmp_path, demo_urls, Peer(answers))
    assert (attempt["result"], attempt["why"]) == (result, why)


@pytest.fixture
def store_urls(tmp_path: Path) -> tuple[str, str]:
    """What a hub answers is read alike whatever the store: the stores differ in the tests of settling."""
    return f"sqlite:///{tmp_path}/gateway.db", ""
