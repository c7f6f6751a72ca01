"""A mailbox, by IMAP over TLS (RFC 3501, 4315, 6851). Messages are fetched without marking them read, and then moved.

The report of a message is a message of its own, put beside it.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from email.message import EmailMessage
from typing import Any, Final

from gateway.config.pickups import MailboxPart
from gateway.flows.connections.destinations import AddressRefused, Destinations
from gateway.flows.connections.trust import Trust, context_of
from gateway.flows.places.place import Changed, Into, Seen, Unreachable

PATIENCE: Final = 30.0
"""Seconds the server may take to answer once."""
MOST: Final = 50
"""Messages of one look, the oldest first."""
ORIGIN: Final = "early-help-gateway.invalid"

_SIZE: Final = re.compile(rb"UID (\d+)")
_BYTES: Final = re.compile(rb"RFC822\.SIZE (\d+)")


class Mailbox:
    """A `Place` over one connection; its calls run in a thread, one after another."""

    def __init__(self, imap: imaplib.IMAP4, part: MailboxPart, epoch: str, can: frozenset[str]) -> None:
        """epoch: UIDVALIDITY, which says how long a message's number stands for it; can: what the server can do."""
        self._imap, self._part, self._epoch, self._can = imap, part, epoch, can

    async def look(self) -> Sequence[Seen]:
        """Messages in the order they came."""
        return await asyncio.to_thread(self._look)

    async def take(self, seen: Seen) -> bytes:
        """Its bytes, which may be more or fewer than was said: some servers only estimate. Raises Changed."""
        return await asyncio.to_thread(self._take, seen)

    async def put_away(self, seen: Seen, into: Into, token: str, report: bytes) -> None:
        """Report first, then the message."""
        await asyncio.to_thread(self._put_away, seen, into, token, report)

    def _look(self) -> list[Seen]:
        with _told():
            numbers = _ok(self._imap.uid("SEARCH", "UNDELETED"))[0]
            wanted = (numbers or b"").split()[:MOST]
            if not wanted:
                return []
            lines = _ok(self._imap.uid("FETCH", b",".join(wanted).decode(), "(RFC822.SIZE)"))
        found = []
        for line in lines:
            text = line[0] if isinstance(line, tuple) else line or b""
            number, size = _SIZE.search(text), _BYTES.search(text)
            if number and size:
                name = number[1].decode()
                found.append(Seen(name, int(size[1]), f"{self._epoch}.{name}", whole=True))
        return sorted(found, key=lambda seen: int(seen.name))

    def _take(self, seen: Seen) -> bytes:
        with _told():
            answer = _ok(self._imap.uid("FETCH", seen.name, "(BODY.PEEK[])"))
        for part in answer:
            if isinstance(part, tuple):
                return bytes(part[1])
        raise Changed

    def _put_away(self, seen: Seen, into: Into, token: str, report: bytes) -> None:
        folder = f'"{self._part.done if into == "done" else self._part.quarantine}"'
        with _told():
            self._imap.create(folder)  # answers NO where it is there already
            if not self._has_report(folder, token):
                message = _report(token, report)
                _ok(self._imap.append(folder, "", imaplib.Time2Internaldate(time.time()), message))
            if "MOVE" in self._can:
                _ok(self._imap.uid("MOVE", seen.name, folder))
                return
            _ok(self._imap.uid("COPY", seen.name, folder))
            _ok(self._imap.uid("STORE", seen.name, "+FLAGS.SILENT", r"(\Deleted)"))
            if "UIDPLUS" in self._can:
                _ok(self._imap.uid("EXPUNGE", seen.name))

    def _has_report(self, folder: str, token: str) -> bool:
        """Whether the report is there from before a crash."""
        try:
            _ok(self._imap.select(folder, readonly=True))
            found = _ok(self._imap.uid("SEARCH", "HEADER", "Message-ID", f'"<{token}@{ORIGIN}>"'))[0]
        finally:
            _ok(self._imap.select(f'"{self._part.folder}"'))
        return bool(found)


class _Imap(imaplib.IMAP4_SSL):
    """imaplib over a connection to an address that was checked."""

    def __init__(self, part: MailboxPart, destinations: Destinations) -> None:
        self._destinations = destinations
        super().__init__(part.host, part.port, ssl_context=context_of(Trust(part.ca)), timeout=PATIENCE)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        plain = self._destinations.connect_now(self.host, self.port, timeout or PATIENCE)
        try:
            secure: ssl.SSLSocket = self.ssl_context.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise
        return secure


@asynccontextmanager
async def open_mailbox(
    part: MailboxPart, secret: Callable[[str], str], destinations: Destinations
) -> AsyncIterator[Mailbox]:
    """The mailbox as a place. Raises Unreachable."""
    imap, epoch, can = await asyncio.to_thread(_enter, part, secret, destinations)
    try:
        yield Mailbox(imap, part, epoch, can)
    finally:
        await asyncio.to_thread(_leave, imap)


def _enter(
    part: MailboxPart, secret: Callable[[str], str], destinations: Destinations
) -> tuple[imaplib.IMAP4, str, frozenset[str]]:
    with _told():
        imap = _Imap(part, destinations)
    try:
        with _told("not_let_in"):
            if part.bearer:
                token = f"user={part.user}\x01auth=Bearer {secret(part.bearer)}\x01\x01"
                imap.authenticate("XOAUTH2", lambda challenge: b"" if challenge else token.encode())
            else:
                imap.login(part.user, secret(part.password or ""))
        with _told():
            # What it said before the login, which is all that imaplib keeps, is less: Dovecot only then tells of MOVE.
            can = frozenset((_ok(imap.capability())[-1] or b"").decode("ascii", "replace").upper().split())
            _ok(imap.select(f'"{part.folder}"'))
            epoch = imap.response("UIDVALIDITY")[1][0]
    except BaseException:
        with suppress(imaplib.IMAP4.error, OSError):
            imap.shutdown()
        raise
    return imap, epoch.decode() if isinstance(epoch, bytes) and epoch else "0", can


def _leave(imap: imaplib.IMAP4) -> None:
    """Say goodbye if the server still listens, and let go of the connection in any case."""
    with suppress(imaplib.IMAP4.error, OSError):
        imap.logout()
    with suppress(OSError):
        imap.shutdown()


def _report(token: str, report: bytes) -> bytes:
    message = EmailMessage()
    message["From"] = f"Early Help Gateway <reports@{ORIGIN}>"
    message["Subject"] = f"What became of message {token}"
    message["Message-ID"] = f"<{token}@{ORIGIN}>"
    message.set_content("What became of the message beside this one stands in the table enclosed.\n")
    message.add_attachment(report, maintype="text", subtype="csv", filename=f"{token}.report.csv")
    return message.as_bytes()


def _ok(answer: tuple[str, Sequence[Any]]) -> Sequence[Any]:
    kind, lines = answer
    if kind != "OK":
        raise imaplib.IMAP4.error("refused")
    return lines


@contextmanager
def _told(why: str = "") -> Iterator[None]:
    """imaplib's errors as ours; their own text may quote a message."""
    try:
        yield
    except AddressRefused:
        raise Unreachable("address_refused") from None
    except ssl.SSLCertVerificationError:
        raise Unreachable("certificate_unknown") from None
    except imaplib.IMAP4.abort:
        raise Unreachable("connection_lost") from None
    except imaplib.IMAP4.error:
        raise Unreachable(why or "mailbox_refuses") from None
    except OSError as error:
        raise Unreachable(type(error).__name__) from None
