"""Posts one mail through the deployment's own mail server, and reads exactly what became of it (settled 13).

TLS is a condition, not an offer taken up: without it, or with a certificate that does not prove the server, nothing is
said but goodbye. No other way and no other mailbox is ever tried.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from socket import socket
from typing import TYPE_CHECKING, Final, NoReturn

from aiosmtplib import SMTP, SMTPException, SMTPResponseException
from aiosmtplib.protocol import normalize_message_line_endings

from contracts.delivery import Result
from contracts.errors import ConfigError
from contracts.hub import HubMail
from gateway.flows.connections.destinations import Destinations
from gateway.flows.connections.outbound import Relay, why_not_sent
from gateway.flows.connections.trust import Trust, context_of
from gateway.path.answers import Reading, TransportTrouble, read_answer

if TYPE_CHECKING:
    from gateway.settings import Settings

NO_RELAY: Final = "no_mail_relay"
"""Why code of a message to a mailbox where the deployment has no mail server to send by."""

_TURNED_AWAY: Final = frozenset({530, 534, 535, 538})
_log = logging.getLogger(__name__)


def relay_of(settings: Settings, secret: Callable[[str], str]) -> Relay | None:
    """The mail server of this deployment; None where it has none. Raises ConfigError for half of one.

    secret  a secret's value by its name; KeyError if the deployment has none
    """
    if not settings.mail_relay:
        return None
    if not settings.mail_sender:
        raise ConfigError("GATEWAY_MAIL_RELAY is set and GATEWAY_MAIL_SENDER is not: name the address to send from.")
    host, _, port = settings.mail_relay.rpartition(":")
    try:
        password = secret(settings.mail_secret) if settings.mail_secret else ""
        context_of(Trust(ca=settings.mail_ca))
    except KeyError:
        raise ConfigError("GATEWAY_MAIL_SECRET names a file that is not in the folder of secrets.") from None
    except (OSError, ValueError):
        raise ConfigError("GATEWAY_MAIL_CA names no PEM file of certificates.") from None
    implicit = settings.mail_tls == "implicit"
    return Relay(host, int(port), settings.mail_sender, implicit, settings.mail_user, password, settings.mail_ca)


@dataclass(slots=True)
class _Course:
    """How far an attempt came."""

    left: bool = False


class _Ends(Exception):
    """The attempt ends here: with this result, this why code, and the status that the server named, if it named one."""

    def __init__(self, result: Result, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.reading, self.status = Reading(result, why), status


async def post(
    relay: Relay | None, destinations: Destinations, mail: HubMail, leave_by: float, deadline: float
) -> tuple[Reading, int | None]:
    """One attempt: what it came to, and the last status that the server named.

    leave_by  monotonic seconds: content leaves before this instant or not at all (P8)
    deadline  seconds the whole attempt may take

    Cancelling it ends the attempt and still returns what is known of it.
    """
    if relay is None:
        return Reading(Result.NOT_SENT, NO_RELAY), None
    course, now = _Course(), time.monotonic()
    offset = asyncio.get_running_loop().time() - now
    # Until content leaves, the permit's window is the limit; from then on, the deadline of the attempt.
    limit = asyncio.timeout_at(min(leave_by, now + deadline) + offset)
    try:
        async with limit:
            client = await _connected(relay, destinations)
            try:
                await _greet(client, relay)
                await _address(client, mail)
                leaving = partial(limit.reschedule, now + deadline + offset)
                status = await _content(client, mail, leave_by, course, leaving)
                return Reading(Result.DELIVERED, "left_our_hands"), status
            finally:
                _part(client)
    except _Ends as ends:
        return ends.reading, ends.status
    except TimeoutError:
        why = "timeout" if course.left else "connect_timeout"
    except asyncio.CancelledError:
        why = "stopped"
    except Exception as error:
        # Whatever it was, all that matters to the recipient is whether content may have left.
        why = "reset" if course.left else why_not_sent(error)
        _log.info("A mail did not get an answer", extra={"why": why, "error": type(error).__name__})
    return read_answer(TransportTrouble(course.left, why), False, 0), None


async def _connected(relay: Relay, destinations: Destinations) -> SMTP:
    # The deployment's own setting names it; whether its address may be private is asked like any other's.
    own = replace(destinations, named=frozenset({f"{relay.host}:{relay.port}"}))
    opening: asyncio.Future[socket] = asyncio.ensure_future(own.connect(relay.host, relay.port))
    try:
        connection = await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_late)
        raise
    client = SMTP(
        hostname=relay.host,
        sock=connection,
        use_tls=relay.implicit,
        start_tls=False,
        tls_context=context_of(Trust(ca=relay.ca)),
        local_hostname=relay.sender.rpartition("@")[2],
        timeout=None,
    )
    try:
        await client.connect()
    except BaseException as error:
        connection.close()
        if isinstance(error, SMTPResponseException):
            _turned_away(error.code)
        raise
    return client


def _close_late(opening: asyncio.Future[socket]) -> None:
    """Close a connection that came when nobody wanted it any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


async def _greet(client: SMTP, relay: Relay) -> None:
    """Until the server is proven, knows us, and everything said is encrypted."""
    try:
        await client.ehlo()
        if not relay.implicit:
            if not client.supports_extension("starttls"):
                raise _Ends(Result.NOT_SENT, "tls_not_offered")
            await client.starttls()
            await client.ehlo()
        if relay.user:
            await client.login(relay.user, relay.password)
    except SMTPResponseException as refused:
        _turned_away(refused.code)


async def _address(client: SMTP, mail: HubMail) -> None:
    try:
        await client.mail(mail.sender)
    except SMTPResponseException as refused:
        if refused.code == 552:  # too large for it: about this message, and no other
            raise _Ends(Result.REFUSED, "message_refused", refused.code) from None
        _turned_away(refused.code)
    try:
        await client.rcpt(mail.recipient)
    except SMTPResponseException as refused:
        _refused(refused.code, "recipient_refused")


async def _content(client: SMTP, mail: HubMail, leave_by: float, course: _Course, leaving: Callable[[], None]) -> int:
    """The message itself. The server's answer to its last line is the only one that says that it took it."""
    code = (await client.execute_command(b"DATA")).code
    if code != 354:
        _refused(code, "message_refused")
    wire = client.protocol
    if wire is None:
        raise SMTPException("the server said nothing that can be read")
    content = _stuffed(mail.message)
    if time.monotonic() > leave_by:
        raise _Ends(Result.NOT_SENT, "permit_spent")
    leaving()
    course.left = True
    wire.write(content)
    code = (await wire.read_response()).code
    if code != 250:
        _refused(code, "message_refused")
    return code


def _stuffed(message: bytes) -> bytes:
    """As the wire has it: lines that begin with a dot begin with two, and one dot alone ends it (RFC 5321, 4.5.2)."""
    lines = normalize_message_line_endings(message).replace(b"\r\n.", b"\r\n..")
    return (b"." + lines if lines.startswith(b".") else lines) + b".\r\n"


def _part(client: SMTP) -> None:
    """Say goodbye and wait for nothing: what matters has been answered."""
    if client.protocol is not None and client.protocol.is_connected:
        with suppress(SMTPException, OSError):
            client.protocol.write(b"QUIT\r\n")
    client.close()


def _turned_away(code: int) -> NoReturn:
    """The server will not serve us. Another time perhaps, or not before a person has looked."""
    if code in range(400, 500):
        raise _Ends(Result.REFUSED_FOR_NOW, f"smtp_{code}", code) from None
    if code in range(500, 600):
        raise _Ends(Result.LANE_HELD, "relay_refuses", code) from None
    raise _Ends(Result.NOT_SENT, "not_smtp") from None


def _refused(code: int, why: str) -> NoReturn:
    """The server will not take this message."""
    if code in _TURNED_AWAY:
        _turned_away(code)
    if code in range(400, 500):
        raise _Ends(Result.REFUSED_FOR_NOW, f"smtp_{code}", code) from None
    if code in range(500, 600):
        raise _Ends(Result.REFUSED, why, code) from None
    raise SMTPException("the server said nothing that can be read")
