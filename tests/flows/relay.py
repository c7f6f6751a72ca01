"""A mail server on loopback, with an authority of its own, that takes mail or fails in one known way."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.flows.connections.destinations import Destinations
from gateway.flows.connections.outbound import Relay

SENDER = "gateway@early-help.example"
USER, PASSWORD = "gateway", "an invented password"
Behaviour = Literal[
    "ok", "later", "never", "no_such_mailbox", "no_sender", "cut", "slow", "slow_greeting", "deaf", "nonsense", "shut"
]


@dataclass
class Post:
    """What a mail server took, and where it is.

    behaviours  one for each mail, the last one for all that follow
    envelopes   whatever arrived whole, also what was refused after it
    """

    behaviours: list[Behaviour]
    port: int = 0
    ca: str = ""
    envelopes: list[Envelope] = field(default_factory=list)
    logins: int = 0

    @property
    def mails(self) -> list[EmailMessage]:
        """Those mails, read."""
        parsed = (email.message_from_bytes(one.content or b"", policy=email.policy.default) for one in self.envelopes)
        return [one for one in parsed if isinstance(one, EmailMessage)]

    def relay(self, **changes: Any) -> Relay:
        """How the gateway is told of it."""
        return Relay(**{"host": "localhost", "port": self.port, "sender": SENDER, "ca": self.ca} | changes)

    @property
    def destinations(self) -> Destinations:
        """Permission to send to it, although it is on loopback."""
        return Destinations(frozenset({f"localhost:{self.port}"}))

    def turn(self) -> Behaviour:
        """What it does with the mail that is being handed over."""
        return self.behaviours[min(len(self.envelopes), len(self.behaviours) - 1)]


class _Handler:
    def __init__(self, post: Post) -> None:
        self._post = post

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if self._post.turn() == "slow_greeting":
            await asyncio.sleep(8)
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._post.turn() == "no_sender":
            return "550 5.7.1 not from there"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        match self._post.turn():
            case "no_such_mailbox":
                return f"550 5.1.1 {address} is nobody here"
            case "deaf":
                return "nonsense"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        behaviour = self._post.turn()
        self._post.envelopes.append(envelope)
        match behaviour:
            case "later":
                return "451 4.7.1 come back"
            case "never":
                return "554 5.6.0 not this"
            case "cut":
                assert server.transport is not None
                server.transport.abort()
            case "slow":
                await asyncio.sleep(8)
            case "nonsense":
                return "yes"
        return "250 OK"


def _login(post: Post) -> Any:
    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        post.logins += 1
        right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
        return AuthResult(success=right, handled=False)

    return check


@asynccontextmanager
async def a_relay(
    folder: Path,
    *behaviours: Behaviour,
    tls: Literal["starttls", "implicit", "none"] = "starttls",
    name: str = "localhost",
    asks: bool = False,
) -> AsyncIterator[Post]:
    """A mail server. `name` is what its certificate says; `asks`: whether it wants user and password."""
    own = Path(mkdtemp(dir=folder))  # an authority is read once for each path
    post = Post(list(behaviours or ("ok",)), ca=str(own / "ca.pem"))
    context = _certified(own, name)
    loop = asyncio.get_running_loop()
    open_sessions: list[SMTP] = []

    def session() -> SMTP:
        made = SMTP(
            _Handler(post),
            hostname="mail.example",
            loop=loop,
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
            auth_required=asks,
            auth_require_tls=tls == "starttls",
            authenticator=_login(post),
        )
        open_sessions.append(made)
        return made

    server = await loop.create_server(session, "localhost", 0, ssl=context if tls == "implicit" else None)
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
        for one in open_sessions:
            if one.transport is not None:
                one.transport.abort()
        await asyncio.sleep(0)


def _certified(folder: Path, name: str) -> ssl.SSLContext:
    """A context with a certificate for `name`, by an authority whose own is put into `ca.pem`."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("Invented authority", authority, "Invented authority", authority)
    own = _certificate(name, key, "Invented authority", authority)
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (folder / "own.pem").write_bytes(
        own.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem")
    return context


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    now, root = datetime.now(UTC), name == issuer
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if not root:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return made.sign(by, hashes.SHA256())
