"""A small IMAP server for tests: real TLS on loopback, and the commands a mailbox is fetched from with."""

from __future__ import annotations

import base64
import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD, TOKEN = "early-help", "an invented password", "an-invented-token"


@dataclass
class Folder:
    """Messages by their number, which is never given again."""

    messages: dict[int, bytes] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    last: int = 0

    def add(self, content: bytes) -> None:
        """One message more."""
        self.last += 1
        self.messages[self.last] = content


@dataclass
class Mail:
    """What a server holds. `before` is called with each command, and may raise: then the connection is lost."""

    port: int
    ca: Path
    folders: dict[str, Folder]
    capabilities: str = "IMAP4rev1 MOVE UIDPLUS"
    before: Callable[[str], None] = lambda command: None

    def arrives(self, content: bytes) -> None:
        """A message in the inbox."""
        self.folders["INBOX"].add(content)

    def held(self, folder: str) -> list[bytes]:
        """What lies in a folder."""
        return list(self.folders[folder].messages.values()) if folder in self.folders else []


@contextmanager
def mail_server(folder: Path) -> Iterator[Mail]:
    """A server with an empty inbox. Its certificate, which signs itself, is in `folder`."""
    pem = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    mail = Mail(0, pem, {"INBOX": Folder()})

    class Handler(_Session):
        held = mail

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def get_request(self) -> tuple[ssl.SSLSocket, object]:
            plain, address = super().get_request()
            return context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that does not like our certificate goes away; that is its own affair."""

    with Server(("127.0.0.1", 0), Handler) as server:
        mail.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield mail
        server.shutdown()
        thread.join()


class _Session(socketserver.StreamRequestHandler):
    held: Mail
    chosen = ""
    let_in = False
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.say("* OK ready")
        while line := self.rfile.readline():
            tag, command, rest = _COMMAND.match(line.decode().rstrip("\r\n")).groups()  # type: ignore[union-attr]
            self.held.before(command + rest[:12])
            answer = self.answer(command.upper(), rest.strip())
            self.say(f"{tag} {answer} that")
            if command.upper() == "LOGOUT":
                break

    def say(self, line: str | bytes) -> None:
        self.wfile.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    @property
    def folder(self) -> Folder:
        return self.held.folders[self.chosen]

    def answer(self, command: str, rest: str) -> str:
        words = [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', rest)]
        match command, words:
            case "CAPABILITY", _:
                # As Dovecot does: what it can do with messages is told to whoever may do it.
                self.say(f"* CAPABILITY {self.held.capabilities if self.let_in else 'IMAP4rev1'}")
            case "LOGIN", [user, password]:
                self.let_in = (user, password) == (USER, PASSWORD)
                return "OK" if self.let_in else "NO [AUTHENTICATIONFAILED]"
            case "AUTHENTICATE", ["XOAUTH2"]:
                self.say("+ ")
                told = base64.b64decode(self.rfile.readline())
                self.let_in = told == f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01".encode()
                return "OK" if self.let_in else "NO"
            case (("SELECT" | "EXAMINE"), [name]) if name in self.held.folders:
                self.chosen = name
                self.say(f"* {len(self.folder.messages)} EXISTS\r\n* OK [UIDVALIDITY 7] valid")
            case "CREATE", [name] if name not in self.held.folders:
                self.held.folders[name] = Folder()
            case "APPEND", [name, *_, size]:
                self.say("+ go on")
                self.held.folders[name].add(self.rfile.read(int(size.strip("{}"))))
                self.rfile.readline()
            case "UID", [verb, *given]:
                return self.by_number(verb.upper(), given)
            case (("LOGOUT" | "NOOP"), _):
                pass
            case _:
                return "NO"
        return "OK"

    def by_number(self, verb: str, given: list[str]) -> str:
        match verb, given:
            case "SEARCH", ["UNDELETED"]:
                found = [n for n in self.folder.messages if n not in self.folder.deleted]
                self.say("* SEARCH " + " ".join(map(str, found)))
            case "SEARCH", ["HEADER", name, value]:
                all_ = self.folder.messages.items()
                found = [n for n, content in all_ if value in message_from_bytes(content).get(name, "")]
                self.say("* SEARCH " + " ".join(map(str, found)))
            case "FETCH", [numbers, *what]:
                for number in (int(n) for n in numbers.split(",") if int(n) in self.folder.messages):
                    content = self.folder.messages[number]
                    if "RFC822.SIZE" in what[0]:
                        self.say(f"* 1 FETCH (UID {number} RFC822.SIZE {len(content)})")
                    else:
                        self.say(b"* 1 FETCH (UID %d BODY[] {%d}\r\n%s)" % (number, len(content), content))
            case "MOVE", [number, name]:
                self.held.folders[name].add(self.folder.messages.pop(int(number)))
            case "COPY", [number, name]:
                self.held.folders[name].add(self.folder.messages[int(number)])
            case "STORE", [number, *_]:
                self.folder.deleted.add(int(number))
            case "EXPUNGE", [number]:
                self.folder.messages.pop(int(number))
            case _:
                return "BAD"
        return "OK"


_COMMAND = re.compile(r"(\S+) (\S+)(.*)")


def certificate(folder: Path) -> Path:
    """Key and certificate of 127.0.0.1 in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "invented mail server")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path
