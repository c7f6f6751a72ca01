"""Runs something in this event loop beside whatever else goes on, and ends it with that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

from contracts.errors import StoreUnavailable
from gateway.logs import place_of

_LOG: Final = logging.getLogger(__name__)

AGAIN: Final = 1.0
"""Seconds until work that was asked to end, and has not, is asked again."""


@asynccontextmanager
async def meanwhile(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """`work` goes on for as long as this lasts, and is cancelled and waited for at the end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        # More than once: an attempt to send ends in place of whoever makes it, to say what left, and so may a library
        # (`asyncio.wait_for` before Python 3.12).
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=AGAIN)
        if not task.cancelled():
            task.result()


async def again_and_again(work: Callable[[], Awaitable[int]], rest: float, trouble: str) -> None:
    """Do this until it finds nothing more to do, rest for so many seconds, and begin anew, until asked to end.

    work     returns how much it did; what it could not do is still there the next time
    trouble  what is said of a fault of our own: it must not end all of it for good without a word
    """
    while not ending():
        try:
            while await work() and not ending():
                pass
        except StoreUnavailable:
            pass  # whoever waits on the store tells of it
        except Exception as error:
            _LOG.error(trouble, extra={"why": f"{type(error).__name__} {place_of(error)}"})
        if not ending():
            await asyncio.sleep(rest)


def ending() -> bool:
    """Whether the work that is running was asked to end, also where something it called ended in its place."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
