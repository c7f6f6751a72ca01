"""The one writer of a database: it drains its inbox into one transaction and answers after the commit (design 9).

Batches come from load: there is no timer, a lone write commits at once. What one item does wrong never reaches its
neighbours: the batch is rolled back and each is replayed alone.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from contracts.errors import StoreUnavailable
from gateway.store.engine import Opened
from gateway.store.item import Item, Write, answer, unavailable
from gateway.store.transaction import Key, Row, Tx
from gateway.store.trouble import Trouble, refused, trouble

__all__ = ["Between", "Key", "Row", "Tx", "Write", "Writer"]

T = TypeVar("T")
_LOG: Final = logging.getLogger(__name__)

BATCH: Final = 256
"""Items in one transaction at most."""
INBOX: Final = 4096
"""Items waiting at most. One more is refused at once with StoreUnavailable and a second's Retry-After."""
BACK_OFF: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds to leave a store alone that is busy, full or gone, before the next try."""


Between = Callable[[Mapping[str, int]], "Write[Any] | None"]
"""Asked after every batch, and at least each second, with the rows inserted by table since it was asked last: what to
write next, alone, or None. The sealer is one."""


class _Spoilt(Exception):
    """An item failed after it had changed something: the whole transaction goes."""


class Writer:
    """The writer thread of one open store.

    failed       set once the disk or the file can no longer be trusted: the process must stop (P3)
    when_failed  called then, from the writer's thread
    between      see `Between`
    clock        store time for tests, ms UTC; the store's own when None
    measured     told of each commit from the writer's thread: how many items, and seconds from its first statement
    """

    def __init__(
        self,
        opened: Opened,
        *,
        between: Between | None = None,
        when_failed: Callable[[], None] | None = None,
        clock: Callable[[], int] | None = None,
        inbox: int = INBOX,
        tick: float = 1.0,
        measured: Callable[[int, float], None] = lambda items, seconds: None,
    ) -> None:
        self.failed: Final = threading.Event()
        self._opened, self._between, self._when_failed, self._clock = opened, between, when_failed, clock
        self._limit, self._tick, self._measured = inbox, tick, measured
        self._inbox: SimpleQueue[Item | None] = SimpleQueue()
        self._stopping, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None
        self._inserted = Counter[str]()
        self._residue = self._serving = False
        self._troubles = 0

    # Outside the writer's thread -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._live, name="writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in the inbox, then end the thread. Later writes are refused with StoreUnavailable."""
        self._stopping.set()
        self._inbox.put(None)
        if self._thread is not None:
            self._thread.join()

    @property
    def busy(self) -> bool:
        """Whether anything is being written, or waits to be."""
        return self._serving or not self._inbox.empty()

    async def submit(self, write: Write[T]) -> T:
        """What the work answered, once it is committed. Raises what the work did, RowRefused or StoreUnavailable."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(Item(write, loop, future))
        return await future

    def run(self, write: Write[T]) -> T:
        """`submit` for code without an event loop."""
        assert threading.current_thread() is not self._thread, "the writer cannot wait for itself"
        future: futures.Future[T] = futures.Future()
        self._put(Item(write, None, future))
        return future.result()

    def _put(self, item: Item) -> None:
        if self.failed.is_set() or self._stopping.is_set():
            raise StoreUnavailable("The gateway is stopping. Nothing was accepted; send the same again.", retry_after=5)
        if self._inbox.qsize() >= self._limit:
            raise StoreUnavailable("Too much is waiting. Nothing was accepted; send the same again.", retry_after=1)
        self._inbox.put(item)
        if self._ended.is_set():
            self._refuse_waiting()

    # In the writer's thread ----------------------------------------------------------------------------------------

    def _live(self) -> None:
        try:
            while not self.failed.is_set():
                batch = self._drain()
                if batch:
                    self._serving = True
                    self._serve(batch)
                    self._serving = False
                elif self._stopping.is_set():
                    break
                self._between_batches()
        except BaseException:
            _LOG.exception("the writer met an error of its own")
            self._fail()
        finally:
            # After an I/O error a SQLite file stays open: closing it would write to a disk nobody trusts.
            if self._opened.kind == "postgresql" or not self.failed.is_set():
                self._disconnect()
            self._ended.set()
            self._refuse_waiting()

    def _drain(self) -> list[Item]:
        """Whatever waits, up to a batch. Blocks for the first, at most a tick."""
        batch: list[Item] = []
        with suppress(Empty):
            item = self._inbox.get(block=not self._stopping.is_set(), timeout=self._tick)
            while item is not None:
                batch.append(item)
                if len(batch) == BATCH:
                    break
                item = self._inbox.get_nowait()
        return batch

    def _serve(self, batch: Sequence[Item]) -> None:
        """Commit a batch and answer every item, together or, if that cannot be, one by one."""
        self._attempt(batch)
        alone = [item for item in batch if not item.answered]
        answer([item for item in batch if item.answered])
        for item in alone:
            # Twice, because the first may lose against another process, and the second then sees what that one wrote.
            for _ in range(2):
                if not (item.answered or self._troubles or self.failed.is_set()):
                    self._attempt([item])
            if not item.answered:
                item.refuse(item.error or unavailable())
            answer([item])

    def _attempt(self, batch: Sequence[Item]) -> None:
        """One transaction. Items left unanswered are to be tried alone."""
        committing, begun = False, time.monotonic()
        try:
            connection = self._connected()
            with connection.begin():
                tx = Tx(connection, self._clock() if self._clock else self._opened.now(connection), self._opened.vault)
                tx.look_up(key for item in batch for key in item.write.keys)
                tx.look_up_records(lineage for item in batch for lineage in item.write.lineages)
                for item in batch:
                    _work(tx, item)
                tx.flush()
                committing = True
        except _Spoilt as spoilt:
            if len(batch) == 1:
                batch[0].refuse(refused(spoilt.args[0]))
        except DBAPIError as fault:
            self._meet(fault, batch, committing)
        else:
            self._committed(tx)
            self._measured(len(batch), time.monotonic() - begun)
            for item in batch:
                item.answered = True

    def _committed(self, tx: Tx) -> None:
        self._troubles = 0
        self._inserted += tx.inserted
        if tx.erased:
            self._residue = True
            self._truncate()

    def _meet(self, fault: DBAPIError, batch: Sequence[Item], committing: bool) -> None:
        """Decide what a driver's error means for the items of the transaction it ended."""
        kind = trouble(fault)
        _LOG.warning("a transaction failed", extra={"why": kind.value, "n": len(batch)})
        if kind is Trouble.BROKEN:
            self._fail()
        if kind is Trouble.LOST:
            self._disconnect()
        if kind in (Trouble.ROW, Trouble.AGAIN):
            if len(batch) == 1:
                batch[0].error = refused(fault)
                batch[0].answered = kind is Trouble.ROW
            return
        unknown = kind is Trouble.LOST and committing
        if not unknown:
            self._troubles += 1
        for item in batch:
            # What may have been committed is looked for by its keys, alone; without keys it cannot be (P4).
            if not (unknown and item.write.keys):
                item.refuse(unavailable())

    def _between_batches(self) -> None:
        if self._troubles:
            self._stopping.wait(BACK_OFF[min(self._troubles, len(BACK_OFF)) - 1])
        if self._residue:
            self._truncate()
        # While the store is in trouble, whoever waits goes first.
        waits = self._troubles > 0 and not self._inbox.empty()
        if self._between is not None and not waits and not self.failed.is_set():
            counts, self._inserted = self._inserted, Counter()
            write = self._between(counts)
            if write is not None:
                item = Item(write, None, futures.Future())
                self._serve([item])
                if item.error is not None:
                    _LOG.error("work between batches failed", extra={"error": type(item.error).__name__})

    def _truncate(self) -> None:
        """Clear the write-ahead log of what was erased. A reader in the way puts it off to the next tick."""
        with suppress(DBAPIError):
            self._residue = not self._opened.truncate(self._connected())

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._opened.connect()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.invalidate()
                connection.close()

    def _fail(self) -> None:
        self.failed.set()
        if self._when_failed is not None:
            self._when_failed()

    def _refuse_waiting(self) -> None:
        with suppress(Empty):
            while True:
                item = self._inbox.get_nowait()
                if item is not None:
                    item.refuse(unavailable())
                    answer([item])


def _work(tx: Tx, item: Item) -> None:
    """Run one item. What it raises is its own, unless it had already changed something."""
    item.value = item.error = None
    tx.start_item()
    try:
        item.value = item.write.work(tx)
    except DBAPIError:
        raise
    except Exception as fault:
        if not tx.untouched:
            raise _Spoilt(fault) from fault
        item.error = refused(fault)
    else:
        tx.keep()
