"""Asks the deployment's scanner about a document, if it has one (settled 54).

The setting `scanner` is a command, such as `clamdscan --no-summary -`. It reads the document on standard input and ends
with 0 if it is clean and 1 if it is not; anything else, or silence, means that it could not say. Without one nothing is
scanned, and every list of documents says so.
"""

from __future__ import annotations

import asyncio
import shlex
from contextlib import suppress

from contracts.adapter import Fault
from contracts.errors import ScannerUnavailable, UnreadablePayload
from gateway.settings import Settings


async def scan(settings: Settings, body: bytes) -> str:
    """`clean`, or `no` where no scanner is set. Raises UnreadablePayload for what it found, ScannerUnavailable."""
    if not settings.scanner:
        return "no"
    ended = await _run(shlex.split(settings.scanner), body, settings.scan_deadline)
    if ended == 0:
        return "clean"
    if ended == 1:
        expected = "a document that the scanner finds clean"
        fault = Fault("", "", expected, "It was not kept. Have the computer that it came from looked at.")
        raise UnreadablePayload(f"Not a document that can be carried: expected {expected}.", (fault,))
    raise ScannerUnavailable("The scanner could not say if a document is clean. Send the same again.", retry_after=30)


async def _run(command: list[str], body: bytes, seconds: float) -> int | None:
    """The exit code; None if it did not start or did not end in time. What it prints may quote the document."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(seconds):
            with suppress(BrokenPipeError, ConnectionResetError):
                await process.communicate(body)
            return await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
