"""One attempt: what leaves, where it may go, and how trouble before and after the first byte of content is told apart.

Real servers on loopback; answers a server will not easily give come through `respx`.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
import pytest
import respx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.hubs import webhook
from contracts.delivery import Result
from contracts.hub import HubAnswer, HubMessage
from gateway.demo.hub import Behaviour, StubHub
from gateway.flows.connections.destinations import Destinations
from gateway.flows.connections.outbound import LARGEST_ANSWER, WayOut, may_send_to, send
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.connections.trust import MACHINE, Trust
from gateway.path.answers import TransportTrouble, read_answer

BODY = b'{"people": [{"surname": "Fernsby"}]}'
SECRET = "whsec_" + "c2VjcmV0" * 4
DEADLINE = 0.3
Answer = HubAnswer | TransportTrouble


def message(name: str = "d-1", body: bytes = BODY) -> HubMessage:
    return webhook.write(body, name, int(time.time()), (SECRET,))


@asynccontextmanager
async def way_out(private: tuple[str, ...] = (), demo: bool = True, trust: Trust = MACHINE) -> AsyncIterator[WayOut]:
    transport = CheckedTransport(Destinations(frozenset(private), demo), trust)
    try:
        yield WayOut(transport, DEADLINE, 0.02, demo)
    finally:
        await transport.aclose()


async def attempt(way: WayOut, url: str, name: str = "d-1", window: float = 2.0, fresh: bool = False) -> Answer:
    return await send(way, url, message(name), time.monotonic() + window, fresh)


def one(behaviour: Behaviour, **settings: Any) -> tuple[Answer, StubHub]:
    """One attempt at a hub that behaves so."""

    async def run() -> tuple[Answer, StubHub]:
        async with StubHub(behaviour, secrets=(SECRET,), delay=0.5, **settings) as hub, way_out() as way:
            return await attempt(way, hub.url), hub

    return asyncio.run(run())


def result_of(answer: Answer, name: str = "d-1") -> Result:
    acknowledged = isinstance(answer, HubAnswer) and webhook.acknowledged(answer, name)
    return read_answer(answer, acknowledged, 0).result


@pytest.mark.parametrize(
    ("behaviour", "result"),
    [
        ("ok", Result.DELIVERED),
        ("duplicate", Result.DELIVERED),
        ("busy", Result.REFUSED_FOR_NOW),
        ("refused", Result.REFUSED),
        ("unauthorised", Result.LANE_HELD),
        ("gone", Result.LANE_HELD),
        ("moved", Result.LANE_HELD),
        ("failing", Result.UNCERTAIN),
        ("nonsense", Result.UNCERTAIN),
        ("empty", Result.UNCERTAIN),
        ("wrong_id", Result.UNCERTAIN),
        ("huge", Result.UNCERTAIN),
        ("slow", Result.UNCERTAIN),
        ("drip", Result.UNCERTAIN),
        ("cut", Result.UNCERTAIN),
        ("reset", Result.UNCERTAIN),
        ("deaf", Result.UNCERTAIN),
    ],
)
def test_every_behaviour_of_a_hub_has_one_result(behaviour: Behaviour, result: Result) -> None:
    assert result_of(one(behaviour)[0]) is result


def test_the_bytes_that_arrive_are_the_bytes_that_were_signed() -> None:
    _, hub = one("ok")
    assert [(arrival.id, arrival.body) for arrival in hub.arrivals] == [("d-1", BODY)]
    assert hub.unsigned == 0


def test_a_redirect_is_not_followed() -> None:
    answer, hub = one("moved")
    assert isinstance(answer, HubAnswer)
    assert (answer.status, hub.elsewhere, len(hub.arrivals)) == (302, 0, 1)


def test_an_answer_is_read_up_to_its_cap() -> None:
    answer, _ = one("huge")
    assert isinstance(answer, HubAnswer)
    assert len(answer.body) == LARGEST_ANSWER


def test_an_uncertain_attempt_is_not_repeated_within_its_permit() -> None:
    assert len(one("reset")[1].arrivals) == 1


@pytest.mark.parametrize("behaviour", ["slow", "drip"])
def test_one_deadline_covers_the_whole_attempt(behaviour: Behaviour) -> None:
    started = time.monotonic()
    answer, _ = one(behaviour)
    assert answer == TransportTrouble(True, "timeout")
    assert time.monotonic() - started < DEADLINE + 1.5


def test_p15_a_late_answer_is_never_read_as_the_next_ones() -> None:
    async def run() -> tuple[Answer, Answer]:
        async with StubHub("ok", script=["slow"], delay=0.4) as hub, way_out() as way:
            first = await attempt(way, hub.url, "d-1")
            await asyncio.sleep(0.2)
            return first, await attempt(way, hub.url, "d-2")

    first, second = asyncio.run(run())
    assert first == TransportTrouble(True, "timeout")
    assert result_of(second, "d-2") is Result.DELIVERED


def test_a_refused_connection_is_not_sent_and_tried_three_times_at_most() -> None:
    async def run() -> Answer:
        async with StubHub() as hub, way_out() as way:
            await hub.down()
            return await attempt(way, hub.url)

    assert asyncio.run(run()) == TransportTrouble(False, "connect")


def test_a_hub_that_comes_up_within_the_permit_is_reached_by_a_quick_try() -> None:
    async def run() -> tuple[Answer, list[str]]:
        async with StubHub() as hub, way_out() as way:
            await hub.down()
            sending = asyncio.create_task(attempt(WayOut(way.transport, DEADLINE, 0.1, demo=True), hub.url))
            await asyncio.sleep(0.05)
            await hub.up()
            return await sending, hub.took

    answer, took = asyncio.run(run())
    assert result_of(answer) is Result.DELIVERED
    assert took == ["d-1"]


def test_p8_nothing_leaves_once_the_permit_has_run_out() -> None:
    async def run() -> tuple[Answer, StubHub]:
        async with StubHub() as hub, way_out() as way:
            return await attempt(way, hub.url, window=-0.001), hub

    answer, hub = asyncio.run(run())
    assert isinstance(answer, TransportTrouble)
    assert not answer.left
    assert hub.arrivals == []


def test_p8_a_connection_that_takes_longer_than_the_permit_carries_nothing() -> None:
    """The server accepts the connection and never finishes TLS, so the window passes while connecting."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def run() -> Answer:
        async with _server(silent) as port, way_out(private=(f"localhost:{port}",)) as way:
            return await attempt(way, f"https://localhost:{port}/in", window=0.1)

    assert asyncio.run(run()) == TransportTrouble(False, "connect_timeout")


def test_p8_a_process_that_stood_still_past_its_permit_sends_nothing() -> None:
    """The connection is there, and before the content is handed over the process is stopped for a while."""
    handed_over: list[bytes] = []

    class Stalled(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            time.sleep(0.05)
            assert isinstance(request.stream, httpx2.AsyncByteStream)
            handed_over.extend([chunk async for chunk in request.stream])
            return httpx2.Response(200)

    answer = asyncio.run(attempt(WayOut(Stalled(), DEADLINE), "https://hub.example/in", window=0.02))
    assert answer == TransportTrouble(False, "permit_spent")
    assert handed_over == []


def test_a_name_that_does_not_resolve_is_not_sent() -> None:
    async def run() -> Answer:
        async with way_out() as way:
            return await attempt(way, "https://no-such-hub.invalid/in", window=5)

    answer = asyncio.run(run())
    assert isinstance(answer, TransportTrouble)
    assert (answer.left, result_of(answer)) == (False, Result.NOT_SENT)


@pytest.mark.parametrize(
    ("url", "demo", "may"),
    [
        ("https://hub.example/in", False, True),
        ("https://hub.example:8443/in", False, True),
        ("http://hub.example/in", False, False),
        ("http://hub.example/in", True, False),
        ("http://127.0.0.1:9/in", False, False),
        ("http://127.0.0.1:9/in", True, True),
        ("http://localhost:9/in", True, False),
        ("http://127.0.0.2:9/in", True, False),
        ("http://127.0.0.1.hub.example/in", True, False),
        ("https://user:word@hub.example/in", False, False),
        ("https://hub.example/in?child=1", False, False),
        ("ftp://hub.example/in", False, False),
        ("https:///in", False, False),
        ("/in", False, False),
        ("", True, False),
        ("https://hub.example:port/in", False, False),
    ],
)
def test_messages_go_by_tls_or_to_a_demo_hub(url: str, demo: bool, may: bool) -> None:
    assert may_send_to(url, demo) is may


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[ff02::1]", "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "2130706433", "0x7f000001", "127.1", "017700000001", "localhost",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused_before_a_connection(host: str) -> None:
    async def run() -> Answer:
        async with way_out(demo=False) as way:
            return await attempt(way, f"https://{host}:9/in")

    answer = asyncio.run(run())
    assert isinstance(answer, TransportTrouble)
    assert (answer.left, answer.why) == (False, "address_refused")


def test_a_hub_with_a_trusted_certificate_is_reached_by_tls(tmp_path: Path) -> None:
    server, client = certificates(tmp_path)

    async def run() -> Answer:
        async with StubHub(tls=server) as hub, way_out((f"localhost:{hub.port}",), False, client) as way:
            return await attempt(way, hub.url)

    assert result_of(asyncio.run(run())) is Result.DELIVERED


def test_a_certificate_nobody_trusts_holds_the_lane_and_gets_nothing(tmp_path: Path) -> None:
    server, _ = certificates(tmp_path)

    async def run() -> tuple[Answer, StubHub]:
        async with StubHub(tls=server) as hub, way_out((f"localhost:{hub.port}",), False) as way:
            return await attempt(way, hub.url), hub

    answer, hub = asyncio.run(run())
    assert answer == TransportTrouble(False, "certificate")
    assert result_of(answer) is Result.LANE_HELD
    assert hub.arrivals == []


def test_a_server_that_does_not_speak_tls_gets_nothing() -> None:
    got = bytearray()

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.extend(await reader.read(5_000))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

    async def run() -> Answer:
        async with _server(plain) as port, way_out(private=(f"localhost:{port}",), demo=False) as way:
            return await attempt(way, f"https://localhost:{port}/in")

    answer = asyncio.run(run())
    assert answer == TransportTrouble(False, "tls")
    assert b"Fernsby" not in got
    assert b"webhook" not in got


def test_stopping_an_attempt_tells_whether_content_had_left() -> None:
    async def run() -> Answer:
        async with StubHub("slow", delay=0.5) as hub, way_out() as way:
            sending = asyncio.create_task(attempt(way, hub.url))
            await asyncio.sleep(0.1)
            sending.cancel()
            return await sending

    assert asyncio.run(run()) == TransportTrouble(True, "stopped")


@pytest.mark.parametrize(("fresh", "connections"), [(False, 1), (True, 3)])
def test_a_hub_where_doubt_costs_a_person_gets_a_connection_for_each_message(fresh: bool, connections: int) -> None:
    async def run() -> int:
        opened = 0

        async def hub(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal opened
            opened += 1
            while await reader.readuntil(b"}]}"):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

        async with _server(hub) as port, way_out() as way:
            for n in range(3):
                await attempt(way, f"http://127.0.0.1:{port}/in", f"d-{n}", fresh=fresh)
            return opened

    assert asyncio.run(run()) == connections


def test_only_what_the_message_says_is_in_the_head() -> None:
    head = bytearray()

    async def hub(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head.extend(await reader.readuntil(b"\r\n\r\n"))

    async def run() -> None:
        async with _server(hub) as port, way_out() as way:
            await attempt(way, f"http://127.0.0.1:{port}/in")

    asyncio.run(run())
    names = {line.split(b":")[0].lower() for line in bytes(head).split(b"\r\n")[1:] if line}
    assert names == {
        b"host", b"accept-encoding", b"content-length", b"content-type",
        b"webhook-id", b"webhook-timestamp", b"webhook-signature",
    }  # fmt: skip
    assert b"accept-encoding: identity" in bytes(head).lower()


# The same answers through httpx2's own transport ----------------------------------------------------------------------


def mocked(reply: Any) -> Answer:
    async def run() -> Answer:
        async with httpx2.AsyncHTTPTransport(trust_env=False) as transport:
            way = WayOut(transport, DEADLINE, 0.01)
            with respx.mock(using="httpcore2") as hub:
                hub.post("https://hub.example/in").side_effect = [reply] * 3
                return await attempt(way, "https://hub.example/in")

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, Result.UNCERTAIN), (202, Result.UNCERTAIN), (204, Result.UNCERTAIN), (206, Result.UNCERTAIN),
        (301, Result.LANE_HELD), (308, Result.LANE_HELD), (400, Result.REFUSED), (401, Result.LANE_HELD),
        (403, Result.LANE_HELD), (404, Result.REFUSED), (408, Result.UNCERTAIN), (409, Result.REFUSED),
        (410, Result.LANE_HELD), (413, Result.REFUSED), (415, Result.REFUSED), (422, Result.REFUSED),
        (425, Result.REFUSED_FOR_NOW), (429, Result.REFUSED_FOR_NOW), (500, Result.UNCERTAIN),
        (501, Result.REFUSED), (502, Result.UNCERTAIN), (503, Result.REFUSED_FOR_NOW), (504, Result.UNCERTAIN),
    ],
)  # fmt: skip
def test_the_table_of_answers_holds_through_any_transport(status: int, result: Result) -> None:
    assert result_of(mocked(respx.MockResponse(status))) is result


def test_an_acknowledgement_is_read_through_any_transport() -> None:
    assert result_of(mocked(respx.MockResponse(202, json={"id": "d-1"}))) is Result.DELIVERED


def test_an_answer_s_wish_to_wait_is_kept() -> None:
    answer = mocked(respx.MockResponse(503, headers={"Retry-After": "40"}))
    assert isinstance(answer, HubAnswer)
    assert answer.headers["retry-after"] == "40"


# Servers and certificates ---------------------------------------------------------------------------------------------

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _server(handle: Handler) -> AsyncIterator[int]:
    """A bare server on loopback, for what no HTTP server would do."""

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def certificates(folder: Path) -> tuple[ssl.SSLContext, Trust]:
    """A server's certificate for localhost, and the trust of a hub that has no other."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stub")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "hub.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, Trust(str(pem))
