"""A second process that works out what canonical referrals bring, so that another core shares the work.

It is a copy of this process, made before the store is opened: it reads, decides and trims, and never sees the store, a
hub or a sender. It keeps nothing. Whatever it does not answer, this process works out itself.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, NoReturn, cast

from gateway.flows.access import Caller, Role
from gateway.flows.gateway import Gateway
from gateway.flows.submissions.accepting import first_turn
from gateway.flows.submissions.intake import understand
from gateway.flows.submissions.prepared import Prepared, prepare
from gateway.flows.submissions.sent import Sent

PATIENCE: Final = 2.0
"""Seconds until an answer that does not come is no longer waited for, and no other is asked for."""
_HEAD: Final = struct.Struct("<II")
"""Before each message: its length, and the number that its answer bears too."""
_BUFFER: Final = 1 << 18
TOGETHER: Final = 8
"""Answers that go in one piece, of those asked for in one: what comes at once is committed at once. Nothing waits for
more to come, so that one alone goes at once."""


class Colleague(asyncio.Protocol):
    """This process's end of the line to the other."""

    def __init__(self) -> None:
        self._line: asyncio.Transport | None = None
        self._asked: dict[int, asyncio.Future[Prepared | None]] = {}
        self._number = 0
        self._heard = b""

    async def prepared(self, sent: Sent) -> Prepared | None:
        """What one submission brings, worked out there; None if it is to be worked out here."""
        if self._line is None:
            return None
        self._number = (self._number + 1) & 0xFFFF_FFFF
        answer = self._asked[self._number] = asyncio.get_running_loop().create_future()
        self._line.write(_message(self._number, _asked(sent)))
        try:
            async with asyncio.timeout(PATIENCE):
                prepared: Prepared | None = await answer
        except TimeoutError:
            self.close()
            return None
        return prepared

    def close(self) -> None:
        """Ask for nothing more. The other process ends when the line does."""
        if self._line is not None:
            self._line.close()
        self.connection_lost(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line is open."""
        self._line = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand each answer to whoever waits for it."""
        whole, self._heard = _messages(self._heard + data)
        for number, prepared in whole:
            waiting = self._asked.pop(number, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(pickle.loads(prepared))  # noqa: S301  our own copy wrote it

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more: everything is worked out here from now on."""
        self._line, waiting, self._asked = None, self._asked, {}
        for answer in waiting.values():
            if not answer.done():
                answer.set_result(None)


@asynccontextmanager
async def colleague(make: Callable[[], Gateway]) -> AsyncIterator[Colleague | None]:
    """A colleague at work, before this process has threads or a store; None where there is no core for one.

    make  the gateway it works with, which needs no store; called there, once it is first asked
    """
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        yield None
        return
    ours, theirs = socket.socketpair()
    # What is loaded by now never changes: frozen, the two processes go on sharing its memory.
    gc.collect()
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        _serve(theirs, make)
    theirs.close()
    _, line = await asyncio.get_running_loop().create_connection(Colleague, sock=ours)
    try:
        yield line
    finally:
        line.close()
        os.kill(pid, signal.SIGKILL)  # it holds nothing that could be lost
        os.waitpid(pid, 0)


# In the other process ------------------------------------------------------------------------------------------------


def _serve(line: socket.socket, make: Callable[[], Gateway]) -> NoReturn:
    """Answer until the line ends. Signals are for the process that has the store, which then ends the line."""
    try:
        signal.set_wakeup_fd(-1)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        os.closerange(3, line.fileno())
        os.closerange(line.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        made, heard = None, b""
        while more := line.recv(_BUFFER):
            asked, heard = _messages(heard + more)
            made = made or _made(make)
            for turn in range(0, len(asked), TOGETHER):
                together = asked[turn : turn + TOGETHER]
                line.sendall(b"".join(_message(number, _answered(made, one)) for number, one in together))
    finally:
        os._exit(0)


def _made(make: Callable[[], Gateway]) -> Gateway:
    gateway = make()
    gc.collect()
    gc.freeze()  # rules and mappings stay as they are: to look through them again finds nothing
    return gateway


def _answered(gateway: Gateway, asked: bytes) -> Prepared | None:
    council, sender, test, *rest = pickle.loads(asked)  # noqa: S301  the process we are a copy of wrote it
    try:
        caller = Caller(Role.SENDER, gateway.council(council).senders[sender], test)
        return _at_once(_worked_out(gateway, Sent(caller, *rest)))
    except Exception:
        # Whoever asked works it out itself, and tells the sender what is wrong.
        return None


async def _worked_out(gateway: Gateway, sent: Sent) -> Prepared | None:
    matters = await understand(gateway, sent)
    if any(matter is not None and matter.referral.corrects for _, matter in matters):
        return None  # what it corrects is in the store, which is not here
    return prepare(gateway, first_turn(gateway, sent, matters))


def _at_once(work: Coroutine[Any, Any, Prepared | None]) -> Prepared | None:
    """What it comes to, if it waits for nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        found: Prepared | None = done.value
        return found
    work.close()
    return None


# Both ----------------------------------------------------------------------------------------------------------------


def _asked(sent: Sent) -> tuple[object, ...]:
    """What was sent, with the sender's registration by name: both processes have it."""
    registration = sent.caller.registration
    named = (registration.council, registration.sender, sent.caller.test)
    return *named, sent.council, sent.source, sent.key, sent.content, sent.content_type


def _messages(heard: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Each whole message with its number, and what of the next has come."""
    whole: list[tuple[int, bytes]] = []
    at = 0
    while len(heard) - at >= _HEAD.size:
        size, number = _HEAD.unpack_from(heard, at)
        begins = at + _HEAD.size
        if len(heard) < begins + size:
            break
        at = begins + size
        whole.append((number, heard[begins:at]))
    return whole, heard[at:]


def _message(number: int, said: object) -> bytes:
    body = pickle.dumps(said, pickle.HIGHEST_PROTOCOL)
    return _HEAD.pack(len(body), number) + body
