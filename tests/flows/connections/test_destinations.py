"""Where the gateway connects to: the SSRF set (E25), names that change their mind, pins, and who may open sockets."""

from __future__ import annotations

import ast
import asyncio
import base64
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.hubs import webhook
from contracts.hub import HubAnswer
from gateway.config.pickups import AllowedPart, MailboxPart, ObjectStorePart, Pickup, SftpPart
from gateway.demo.hub import StubHub
from gateway.flows.connections.destinations import AddressRefused, Destinations, destinations_of, place_of
from gateway.flows.connections.outbound import WayOut, may_send_to, send
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.connections.trust import Trust, context_of, key_digest
from gateway.flows.places.opening import open_place
from gateway.flows.places.place import Unreachable
from gateway.path.answers import TransportTrouble
from gateway.settings import Settings
from tests.flows.connections.test_outbound import SECRET, certificates
from tests.running import Catalogue, catalogue

__all__ = ["catalogue"]

ALLOWED = AllowedPart(sender="s", source="canonical")
ROOT = Path(__file__).parents[3]
Lookup = Callable[..., list[tuple[Any, ...]]]

PRIVATE = (
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "127.0.0.1", "127.1.2.3",
    "fc00::1", "fd12:3456::1", "::1",
)  # fmt: skip
"""What a deployment may permit."""

NEVER = (
    "0.0.0.0", "0.1.2.3", "::", "100.64.0.1", "100.127.255.255", "100.100.100.200", "168.63.129.16", "169.254.169.254",
    "169.254.170.2", "169.254.0.1", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%eth0",
    "224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1", "ff0e::1", "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1", "::169.254.169.254", "fe80::5efe:a9fe:a9fe",
    "64:ff9b:1::1", "fec0::1", "5f00::1", "100::1", "192.88.99.1", "4000::1",
)  # fmt: skip
"""What no permission reaches."""

WRAPPED = (
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::1", "2002:0a00:0001::1", "2002:c0a8:0101::", "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    "2001:db8::5efe:10.0.0.1", "2001:db8::200:5efe:10.0.0.1", "2400:cb00::5efe:7f00:1",
    "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255", "240.0.0.1", "2001:db8::1",
    "3fff::1", "2001:2::1", "2001:10::1",
)  # fmt: skip
"""What is neither public nor another deployment's own."""

PUBLIC = (
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.63.255.255",
    "2606:4700:4700::1111",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
)


@pytest.mark.parametrize("address", [*PRIVATE, *NEVER, *WRAPPED])
def test_E25_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        Destinations().check("hub.example", 443, address)


@pytest.mark.parametrize("address", PUBLIC)
def test_E25_a_public_address_is_not(address: str) -> None:
    Destinations().check("hub.example", 443, address)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_permitted_destination_may_be_private(address: str) -> None:
    Destinations(frozenset({"hub.example:443"})).check("hub.example", 443, address)


@pytest.mark.parametrize("address", NEVER)
def test_E25_no_permission_reaches_metadata_link_local_or_everyone(address: str) -> None:
    with pytest.raises(AddressRefused):
        Destinations(frozenset({"hub.example:443"}), demo=True).check("hub.example", 443, address)


@pytest.mark.parametrize(
    ("host", "port"), [("hub.example", 8443), ("other.example", 443), ("hub.example.", 443), ("HUB.example", 443)]
)
def test_a_permission_is_for_one_name_and_one_port(host: str, port: int) -> None:
    with pytest.raises(AddressRefused):
        Destinations(frozenset({"hub.example:443"})).check(host, port, "10.0.0.8")


def test_P17_what_the_configuration_does_not_name_is_refused_though_it_is_public() -> None:
    ways = Destinations(named=frozenset({"hub.example:443"}))
    ways.check("hub.example", 443, "8.8.8.8")
    with pytest.raises(AddressRefused):
        ways.check("elsewhere.example", 443, "8.8.8.8")


SPELT = (
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "017700000001", "0177.0.0.1",
    "0177.0.0.01", "127.0.0.1.", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "[::]", "0", "0.0.0.0",
    "localhost", "localhost.", "LOCALHOST", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.０.０.１", "[64:ff9b::7f00:1]",
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]",
    "[fe80::1%25lo]", "[2002:7f00:1::]", "10.1", "0xa000001", "3232235521",
)  # fmt: skip


@pytest.mark.parametrize("host", SPELT)
def test_E25_however_an_address_is_spelt_nothing_is_sent_to_it(host: str) -> None:
    with _listening() as (port, heard):
        answer = _attempt(f"https://{host}:{port}/in")
    assert isinstance(answer, TransportTrouble)
    assert not answer.left
    assert heard == []


@pytest.mark.parametrize(
    "url",
    [
        "http://hub.example/in", "ftp://hub.example/in", "file:///etc/passwd", "gopher://hub.example", "//hub.example",
        "https://someone@hub.example/in", "https://hub.example@127.0.0.1/in", "https://a:b@hub.example/in",
        "https://hub.example/in?next=http://127.0.0.1", "https://hub.example/in#there", "https:///in", "https://",
        "https://hub.example:99999/", "http://127.0.0.1/in", "hub.example", "",
    ],
)  # fmt: skip
def test_E25_only_a_plain_https_address_is_an_address(url: str) -> None:
    assert not may_send_to(url)


def test_E25_a_name_is_resolved_once_and_connected_to_where_it_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that names another machine ever after: nobody asks it twice."""
    asked: list[str] = []
    with _listening() as (port, heard):
        _resolving(monkeypatch, asked, ["127.0.0.2"], ["127.0.0.1"])
        with pytest.raises(ConnectionRefusedError):
            asyncio.run(Destinations(frozenset({f"rebinds.example:{port}"})).connect("rebinds.example", port))
    assert asked == ["rebinds.example"]
    assert heard == []


def test_E25_a_name_with_one_bad_address_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolving(monkeypatch, [], ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(AddressRefused):
        asyncio.run(Destinations().connect("half.example", 443))


def test_E25_over_http_too_a_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    with _listening() as (port, heard):
        _resolving(monkeypatch, asked, ["127.0.0.1"], ["8.8.8.8"])
        answer = _attempt(f"https://rebinds.example:{port}/in", deadline=0.5)
    assert isinstance(answer, TransportTrouble)
    assert (answer.left, answer.why) == (False, "address_refused")
    assert asked == ["rebinds.example"]
    assert heard == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_E25_no_redirect_is_followed(status: int) -> None:
    with _listening() as (elsewhere, heard), _listening(_redirect(status, elsewhere)) as (port, _):
        answer = _attempt(f"http://127.0.0.1:{port}/in", demo=True)
    assert isinstance(answer, HubAnswer)
    assert answer.status == status
    assert heard == []


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_E25_no_proxy_of_the_environment_is_used(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with _listening() as (proxy, heard), _listening(b"HTTP/1.1 204 \r\n\r\n") as (port, _):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        answer = _attempt(f"http://127.0.0.1:{port}/in", demo=True)
    assert isinstance(answer, HubAnswer)
    assert heard == []


def test_a_hub_with_the_key_that_was_written_down_is_sent_to(tmp_path: Path) -> None:
    server, trust = certificates(tmp_path)
    assert isinstance(_to_stub(server, Trust(trust.ca, _pin_of(tmp_path / "hub.pem"))), HubAnswer)


def test_a_hub_with_another_key_gets_nothing_though_its_certificate_holds(tmp_path: Path) -> None:
    server, trust = certificates(tmp_path)
    answer = _to_stub(server, Trust(trust.ca, "sha256/" + base64.b64encode(bytes(32)).decode()))
    assert answer == TransportTrouble(False, "certificate")


def test_a_pin_alone_does_not_make_a_certificate_hold(tmp_path: Path) -> None:
    server, _ = certificates(tmp_path)
    assert _to_stub(server, Trust("", _pin_of(tmp_path / "hub.pem"))) == TransportTrouble(False, "certificate")


def test_a_pin_holds_for_plain_sockets_as_well(tmp_path: Path) -> None:
    server, trust = certificates(tmp_path)
    wrong = Trust(trust.ca, "sha256/" + base64.b64encode(bytes(32)).decode())

    async def run() -> None:
        async with StubHub(tls=server) as hub:
            ways = Destinations(frozenset({f"localhost:{hub.port}"}))

            def enter() -> None:
                plain = ways.connect_now("localhost", hub.port, 2.0)
                with plain, context_of(wrong).wrap_socket(plain, server_hostname="localhost"):
                    raise AssertionError("it was let in")

            with pytest.raises(ssl.SSLCertVerificationError, match="not the one that was written down"):
                await asyncio.to_thread(enter)

    asyncio.run(run())


@pytest.mark.parametrize("pin", ["sha256/AAAA", "md5/AAAA", "sha256/???", "sha256"])
def test_a_pin_that_is_none_is_an_error(pin: str) -> None:
    with pytest.raises(ValueError, match="a pin is sha256/"):
        context_of(Trust("", pin))


def test_every_trust_checks_certificates_and_names() -> None:
    context = context_of(Trust())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_what_the_configuration_names_is_what_may_be_connected_to(catalogue: Catalogue) -> None:
    settings = Settings(private_destinations=("hub.internal:8443",), witnesses=("w+1+k@https://witness.example/w",))  # type: ignore[call-arg]
    ways = destinations_of(settings, catalogue)
    assert ways.private == {"hub.internal:8443"}
    assert ways.named is not None
    hubs = [hub.url for council in catalogue.councils.values() for hub in council.hubs.values() if hub.url]
    assert {place_of(url) for url in hubs} | {"witness.example:443"} == ways.named


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://a.example/x", "a.example:443"),
        ("https://a.example:8443/x", "a.example:8443"),
        ("smtps://a.example", "a.example:465"),
    ],
)
def test_an_address_without_a_port_has_that_of_its_kind(url: str, place: str) -> None:
    assert place_of(url) == place


HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


@pytest.mark.parametrize("kind", ["sftp", "mailbox", "object_store"])
def test_E25_a_place_to_fetch_from_at_a_private_address_is_not_connected_to(kind: str) -> None:
    async def enter(port: int) -> None:
        where: Any = {
            "sftp": lambda: SftpPart(host="127.0.0.1", port=port, user="u", host_keys=(HOST_KEY,), password="p"),
            "mailbox": lambda: MailboxPart(
                host="127.0.0.1", port=port, user="u", password="p", authority="mx", allowed={"a@b.example": ALLOWED}
            ),
            "object_store": lambda: ObjectStorePart(
                endpoint=f"http://127.0.0.1:{port}", bucket="b", access_key="k", secret_key="k"
            ),
        }[kind]()
        pickup = Pickup("hull", "place", "sender", "canonical", False, 30, "role", where)
        async with open_place(pickup, lambda name: name, Destinations()) as place:
            await place.look()

    with _listening() as (port, heard), pytest.raises(Unreachable, match="address_refused"):
        asyncio.run(enter(port))
    assert heard == []


OPENERS = {"httpx2", "aiohttp", "asyncssh", "aiosmtplib", "imaplib", "smtplib", "ftplib", "poplib", "boto3", "botocore",
           "requests", "urllib3", "urllib.request", "http.client", "socket", "telnetlib", "xmlrpc.client"}  # fmt: skip
MAY_OPEN = {
    "gateway/flows/connections/destinations.py": "opens every connection outward, or checks its address",
    "gateway/flows/connections/transport.py": "HTTP to addresses that were checked",
    "gateway/flows/connections/outbound.py": "speaks HTTP over that transport",
    "gateway/flows/sign_in/oidc.py": "a council's own sign-in, over that transport",
    "gateway/flows/connections/posting.py": "SMTP over a socket it is given",
    "gateway/flows/delivery/dropping.py": "SFTP over a socket it is given",
    "gateway/flows/connections/hubfolder.py": "SFTP over a socket it is given",
    "gateway/flows/delivery/takingback.py": "SFTP over a socket it is given",
    "gateway/flows/places/mailbox.py": "IMAP over a socket it is given",
    "gateway/flows/places/sftp.py": "SFTP over a socket it is given",
    "gateway/flows/places/objects.py": "S3 over sockets it is given",
    "gateway/flows/submissions/colleague.py": "a pair of sockets to a process of its own",
    "gateway/doors/serving.py": "listens",
    "gateway/doors/cli/reaching.py": "the running gateway's own socket on this machine",
    "gateway/doors/cli/receiving.py": "the sender's side: the address its user gives it",
    "gateway/demo/hub.py": "a stub hub listens",
    "gateway/demo/port.py": "keeps a port for it",
    "gateway/demo/stage.py": "the tour, on loopback",
    "gateway/demo/stories.py": "the tour, on loopback",
    "gateway/demo/back.py": "the tour, on loopback",
}
"""Module → why it may import what opens connections."""


def test_5_11_no_other_module_can_open_a_connection() -> None:
    found = set()
    for path in (path for top in ("adapters", "contracts", "gateway") for path in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
            if any(name == opener or name.startswith(f"{opener}.") for name in names for opener in OPENERS):
                found.add(str(path.relative_to(ROOT)))
    assert found == set(MAY_OPEN)


def test_5_11_nothing_switches_verification_off() -> None:
    loose = (
        "CERT_NONE",
        "verify=False",
        "check_hostname = False",
        "_create_unverified",
        "known_hosts=None",
        "trust_env=True",
    )
    for path in (path for top in ("adapters", "contracts", "gateway") for path in (ROOT / top).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in loose if word in text], path


@contextmanager
def _listening(answer: bytes = b"") -> Iterator[tuple[int, list[bytes]]]:
    """A port of every loopback address, and what came to it: the first bytes of each connection."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(2)
                    heard.append(connection.recv(65_536))
                    connection.sendall(answer)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield server.getsockname()[1], heard
        finally:
            stop.set()
            thread.join()


def _redirect(status: int, port: int) -> bytes:
    location = f"http://127.0.0.1:{port}/elsewhere"
    return f"HTTP/1.1 {status} Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n".encode()


def _attempt(url: str, demo: bool = False, deadline: float = 2.0, trust: Trust | None = None) -> Any:
    async def run() -> Any:
        transport = CheckedTransport(Destinations(demo=demo))
        try:
            message = webhook.write(b"{}", "d-1", int(time.time()), (SECRET,))
            return await send(WayOut(transport, deadline, 0.01, demo), url, message, time.monotonic() + deadline)
        finally:
            await transport.aclose()

    return asyncio.run(run())


def _to_stub(server: ssl.SSLContext, trust: Trust) -> Any:
    async def run() -> Any:
        async with StubHub(tls=server) as hub:
            transport = CheckedTransport(Destinations(frozenset({f"localhost:{hub.port}"})))
            try:
                message = webhook.write(b"{}", "d-1", int(time.time()), (SECRET,))
                leave_by = time.monotonic() + 2
                return await send(WayOut(transport, 2.0, 0.01), hub.url, message, leave_by, trust=trust)
            finally:
                await transport.aclose()

    return asyncio.run(run())


def _pin_of(pem: Path) -> str:
    text = pem.read_text(encoding="ascii")
    certificate = text[text.index("-----BEGIN CERTIFICATE") :]
    return "sha256/" + base64.b64encode(key_digest(ssl.PEM_cert_to_DER_cert(certificate))).decode()


def _resolving(monkeypatch: pytest.MonkeyPatch, asked: list[str], *answers: Sequence[str]) -> None:
    """A resolver that answers these, one after another, and the last one ever after."""
    left = list(answers)

    def lookup(host: str, port: int, *rest: object, **more: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
