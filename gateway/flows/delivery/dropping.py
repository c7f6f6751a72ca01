"""Puts files into a hub's folder over SFTP, all of them or none, and looks whether the hub took them (settled 13).

Each file is written under a name that nobody imports and renamed when it is whole; the file that says "all are here" is
written first and renamed last. As long as it has its first name nothing was taken, whatever broke off. Once it had its
last name nothing is put again while it lies there, nor, for a hub that does not drop repeats, after it has gone without
an acknowledgement: then a person asks the hub.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from posixpath import join
from typing import Any, Final
from urllib.parse import urlsplit

from adapters import HUBS
from adapters.hubs import file_drop
from contracts.council import Council
from contracts.delivery import Result
from contracts.errors import ConfigError
from contracts.hub import Hub, HubAnswer, HubFiles
from gateway.flows.connections.destinations import PORTS, AddressRefused
from gateway.flows.connections.hubfolder import HubFolder, draft
from gateway.flows.connections.outbound import WayOut
from gateway.flows.decisions.permit import Door
from gateway.flows.delivery.takingback import take_back
from gateway.path.answers import ADDRESS_REFUSED, GONE, NOT_TAKEN, Reading

WAIT: Final = 2.0
"""Seconds that an attempt waits for a hub that acknowledges at once; later attempts look again."""

PARTING: Final = 1.0
"""Seconds that an attempt which is cut waits for the server's answer to what it was asked already."""

_LOOK: Final = 0.1
_log = logging.getLogger(__name__)
# asyncssh logs the user and the address of each connection, and paths, as it goes.
logging.getLogger("asyncssh").setLevel(logging.WARNING)


@dataclass(slots=True)
class _Course:
    """How far an attempt came: whether content may have left, and whether the hub may have seen it as whole.

    back  each earlier message whose files were to be taken away again, and what became of them
    """

    left: bool = False
    whole: bool = False
    back: dict[str, str] = field(default_factory=dict)


class _Ends(Exception):
    """The attempt ends here, with this result and why code."""

    def __init__(self, result: Result, why: str) -> None:
        super().__init__(why)
        self.reading = Reading(result, why)


async def drop(
    way: WayOut, door: Door, hub: Hub, written: HubFiles, delivery: str, leave_by: float, doubted: bool
) -> tuple[Reading, Mapping[str, str]]:
    """One attempt: look, put the files there where that is safe, and wait a little for the acknowledgement.

    Before a notice that takes something back, what the hub has not taken of it is taken away: the second answer is
    what became of each such message's files, a code of `takingback.Became`.

    leave_by  monotonic seconds: content leaves before this instant or not at all (P8)
    doubted   they may have been put there before

    Cancelling it ends the attempt and still returns what is known of it.
    """
    course = _Course()
    return await _drop(way, door, hub, written, delivery, leave_by, doubted, course), course.back


def check_installed(councils: Iterable[Council]) -> None:
    """Raises ConfigError where a hub is given files over SFTP and the library for it is not installed."""
    for council in councils:
        for hub in council.hubs.values():
            way = HUBS.get(hub.adapter)
            if way is not None and way.CARRIED == "sftp" and find_spec("asyncssh") is None:
                install = ".venv/bin/pip install '.[sftp]'"
                raise ConfigError(f"{hub.title} needs asyncssh, which is not installed. Run: {install}")


async def _drop(
    way: WayOut,
    door: Door,
    hub: Hub,
    written: HubFiles,
    delivery: str,
    leave_by: float,
    doubted: bool,
    course: _Course,
) -> Reading:
    now = time.monotonic()
    if now > leave_by:
        return _not_left("permit_spent", doubted)
    offset = asyncio.get_running_loop().time() - now
    limit = asyncio.timeout_at(min(leave_by, now + way.deadline) + offset)
    try:
        async with limit, _open(way, door) as folder:
            found = await _look(folder, hub, written, delivery)
            if found is not None and found.result is Result.DELIVERED:
                return found
            if found is None:
                if doubted and not await folder.has(draft(written.files[-1][0])):
                    return Reading(Result.UNCERTAIN, GONE)
                if time.monotonic() > leave_by:
                    return _not_left("permit_spent", doubted)
                limit.reschedule(now + way.deadline + offset)
                await _take_back(folder, hub, written, course)
                await _put(folder, written, leave_by, course)
            limit.reschedule(now + way.deadline + WAIT + offset)
            return await _await_acknowledgement(folder, hub, written, delivery)
    except _Ends as ended:
        return ended.reading
    except TimeoutError:
        return Reading(Result.UNCERTAIN, "timeout") if course.left else _not_left("connect_timeout", doubted)
    except asyncio.CancelledError:
        return Reading(Result.UNCERTAIN, "stopped") if course.left else _not_left("stopped", doubted)
    except Exception as error:
        _log.info("Files were not put there", extra={"delivery": delivery, "error": type(error).__name__})
        return _reading(error, course, doubted)


# What is done there ---------------------------------------------------------------------------------------------------


async def _look(folder: HubFolder, hub: Hub, written: HubFiles, delivery: str) -> Reading | None:
    """What is there: the acknowledgement, or the whole files; None for neither."""
    said = await folder.acknowledgement(written.acknowledgement)
    if said is not None and hub.acknowledged(HubAnswer(200, {}, said), delivery):
        return Reading(Result.DELIVERED, "acknowledged")
    return Reading(Result.UNCERTAIN, NOT_TAKEN) if await folder.has(written.files[-1][0]) else None


async def _take_back(folder: HubFolder, hub: Hub, written: HubFiles, course: _Course) -> None:
    for one in written.back:
        course.back[one.delivery] = await take_back(folder, hub, one)


async def _put(folder: HubFolder, written: HubFiles, leave_by: float, course: _Course) -> None:
    import asyncssh

    *files, (last, sums) = written.files
    try:
        # The first thing there says that nothing is whole: what breaks off from here on was not taken.
        await _to_its_end(folder.write(draft(last), sums))
        if time.monotonic() > leave_by:
            raise _Ends(Result.NOT_SENT, "permit_spent")
        course.left = True
        for name, content in files:
            await _to_its_end(folder.write(draft(name), content))
        for name, _ in files:
            await _to_its_end(folder.rename(draft(name), name))
    except asyncssh.SFTPError:
        if course.left:
            await folder.forget(draft(name) for name, _ in files)
        raise
    course.whole = True
    await _to_its_end(folder.rename(draft(last), last))


async def _to_its_end(step: Coroutine[Any, Any, None]) -> None:
    """One step, whose answer is waited for a little though the attempt is cut: the server may do it all the same.

    The attempt has not ended before. So the notice, which waits for that, finds whatever landed and takes it away.
    """
    doing = asyncio.ensure_future(step)
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait({doing}, timeout=PARTING)
        doing.cancel()
        raise


async def _await_acknowledgement(folder: HubFolder, hub: Hub, written: HubFiles, delivery: str) -> Reading:
    until = time.monotonic() + WAIT
    while True:
        found = await _look(folder, hub, written, delivery)
        if found is not None and found.result is Result.DELIVERED:
            return found
        if time.monotonic() >= until:
            return found or Reading(Result.UNCERTAIN, GONE)
        await asyncio.sleep(_LOOK)


# The connection -------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _open(way: WayOut, door: Door) -> AsyncIterator[HubFolder]:
    import asyncssh

    parts, settings = urlsplit(door.hub.url), door.hub.settings
    host, port = parts.hostname or "", parts.port or PORTS["sftp"]
    by_key = settings.get("sign_in", "key") == "key"
    known = [asyncssh.import_public_key(key) for key in file_drop.host_keys(settings)]
    keys = [asyncssh.import_private_key(f"{secret}\n") for secret in door.secrets] if by_key else None
    connection = await asyncssh.connect(
        host,
        port,
        sock=await _connected(way, host, port),
        username=str(settings["user"]),
        known_hosts=(known, [], []),
        client_keys=keys,
        password=None if by_key else door.secrets[0],
        # Nothing that the machine's user has set up for itself may open, or change, this way.
        agent_path=None,
        config=None,
    )
    try:
        client = await connection.start_sftp_client()
        path = parts.path or "/"
        yield HubFolder(client, path, join(path, str(settings.get("acknowledgements", ""))))
    finally:
        # Whatever mattered was answered; a server that is slow to say goodbye keeps nobody waiting.
        connection.abort()


async def _connected(way: WayOut, host: str, port: int) -> socket.socket:
    """A socket; one that is there only after nobody waits for it any more is closed again."""
    connecting = asyncio.ensure_future(way.destinations.connect(host, port))
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_close)
        raise


def _close(connecting: asyncio.Future[socket.socket]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()


def _not_left(why: str, doubted: bool) -> Reading:
    """Nothing left in this attempt. What an earlier one left in doubt stays so."""
    return Reading(Result.UNCERTAIN, "no_answer_to_ask") if doubted else Reading(Result.NOT_SENT, why)


def _reading(error: Exception, course: _Course, doubted: bool) -> Reading:
    import asyncssh

    held = next((why for kind, why in _held() if isinstance(error, kind)), "")
    if held and not course.whole:
        return Reading(Result.LANE_HELD, held)
    if isinstance(error, asyncssh.SFTPError) and not isinstance(error, _lost()) and not course.whole:
        # The server said no, and nobody imports what has not its last name.
        full = isinstance(error, (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded))
        return Reading(Result.REFUSED_FOR_NOW, "folder_full" if full else "folder_refused")
    return Reading(Result.UNCERTAIN, "reset") if course.left else _not_left("connect", doubted)


def _held() -> tuple[tuple[type[Exception], str], ...]:
    """What a person must look at before anything more goes there, most particular first."""
    import asyncssh

    return (
        (AddressRefused, ADDRESS_REFUSED),
        (asyncssh.HostKeyNotVerifiable, "host_key_changed"),
        (asyncssh.KeyImportError, "secret_unusable"),
        (asyncssh.PermissionDenied, "not_let_in"),
        (asyncssh.SFTPPermissionDenied, "folder_not_writable"),
        (asyncssh.SFTPNoSuchFile, "folder_missing"),
        (asyncssh.SFTPNoSuchPath, "folder_missing"),
    )


def _lost() -> tuple[type[Exception], ...]:
    import asyncssh

    return (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection)
