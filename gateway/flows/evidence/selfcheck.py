"""Checks every council's whole record each night, in a reader's thread and gently, and rings on a finding.

It reads only. A record that does not verify holds no send (settled 34): somebody is told, and looks.
"""

from __future__ import annotations

import asyncio
import logging
import time as clock
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Final

from contracts.errors import GatewayError
from gateway.flows.evidence import standstill
from gateway.flows.evidence.proving import Proven, prove
from gateway.flows.gateway import Gateway
from gateway.flows.meanwhile import meanwhile
from gateway.path.calendar import LONDON
from gateway.store.writer import Write

_LOG: Final = logging.getLogger(__name__)

_REST: Final = 0.002
"""Seconds of rest after every 256 entries, so that whoever else reads and sends goes first."""


@asynccontextmanager
async def checking(gateway: Gateway) -> AsyncIterator[None]:
    """Checks at the settings' time of every night for as long as this lasts."""
    async with meanwhile(_keep_checking(gateway)):
        yield


async def check(gateway: Gateway) -> tuple[Proven, ...]:
    """Verify every record now, and ring or stop ringing. Raises StoreUnavailable."""
    done = []
    for council, keys in gateway.keys.items():
        proven = await asyncio.to_thread(prove, gateway.store, council, keys.record, (), _gently)
        sound = proven.report.sound
        if not sound:
            kinds = sorted({finding.kind.value for finding in proven.report.findings})
            _LOG.error("A record does not verify", extra={"council": council, "kinds": ", ".join(kinds)})
        now = gateway.now()
        write = Write(lambda tx, of=council, sound=sound, now=now: standstill.found(gateway, tx, of, sound, now))  # type: ignore[misc]
        await gateway.writer.submit(write)
        done.append(proven)
    return tuple(done)


def until_next(at: time, now: int) -> float:
    """Seconds from `now`, ms UTC, until it is this time in London again."""
    here = datetime.fromtimestamp(now / 1000, UTC).astimezone(LONDON)
    following = here.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if following <= here:
        following += timedelta(days=1)
    return (following.astimezone(UTC) - here.astimezone(UTC)).total_seconds()


async def _keep_checking(gateway: Gateway) -> None:
    while True:
        await asyncio.sleep(until_next(gateway.settings.self_check, gateway.now()))
        try:
            await check(gateway)
        except GatewayError:
            _LOG.warning("The record could not be checked tonight")
        except Exception as error:
            # A fault of our own must not end the checking for good without a word.
            _LOG.error("The record could not be checked", extra={"why": type(error).__name__})


def _gently(index: int) -> None:
    clock.sleep(_REST)
