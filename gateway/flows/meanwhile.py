"""Runs something in this event loop beside whatever else goes on, and ends it with that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

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


def ending() -> bool:
    """Whether the work that is running was asked to end, also where something it called ended in its place."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
