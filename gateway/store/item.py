"""What the writer is asked for, and how whoever asked is told what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent import futures
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from contracts.errors import StoreUnavailable
from gateway.store.transaction import Key, Tx
from gateway.store.versions import Lineage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Write(Generic[T]):
    """One item: what to do, and the submissions and source records it must know of. `work` may run more than once and
    answers the last time; whatever it changes outside its transaction must bear that."""

    work: Callable[[Tx], T]
    keys: tuple[Key, ...] = ()
    lineages: tuple[Lineage, ...] = ()


@dataclass(slots=True, eq=False)
class Item:
    """A write on its way: who waits for it, and what it came to."""

    write: Write[Any]
    loop: asyncio.AbstractEventLoop | None
    future: asyncio.Future[Any] | futures.Future[Any]
    value: Any = None
    error: Exception | None = None
    answered: bool = False

    def refuse(self, error: Exception) -> None:
        """Answer with an error."""
        self.error, self.answered = error, True


def unavailable() -> StoreUnavailable:
    """Nothing was kept; the same is safe to send again."""
    return StoreUnavailable(retry_after=2)


def answer(items: Sequence[Item]) -> None:
    """Wake whoever waits: once for each event loop, not once for each item."""
    loops: dict[asyncio.AbstractEventLoop, list[Item]] = {}
    for item in items:
        if item.loop is None:
            _settle([item])
        else:
            loops.setdefault(item.loop, []).append(item)
    for loop, group in loops.items():
        with suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, group)


def _settle(items: Sequence[Item]) -> None:
    for item in items:
        if item.future.done():  # whoever asked has gone; what was committed stays
            continue
        if item.error is not None:
            item.future.set_exception(item.error)
        else:
            item.future.set_result(item.value)
