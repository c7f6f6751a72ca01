"""The worker: claim and permit, write, send, answer, settle; again and again until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from contracts.delivery import Attempt, Result
from contracts.errors import StoreUnavailable
from gateway.flows.connections.outbound import WayOut
from gateway.flows.decisions.permit import Terms
from gateway.flows.delivery.carrying import Carried, carry, get_ready
from gateway.flows.delivery.claim import Claim, Claimed, JudgeFailed, claim, hold_unjudged
from gateway.flows.delivery.release import release_doors
from gateway.flows.delivery.settle import Settled, recover, settle
from gateway.flows.delivery.withdrawn import EVERY, rests_on_agreement, spoken_since
from gateway.flows.traces import Traces
from gateway.path.answers import TransportTrouble, read_answer
from gateway.store.writer import Write, Writer

GRACE: Final = 15.0
"""Seconds that attempts under way may take to finish when the worker is told to stop; then they are cut."""
LAST_WORDS: Final = 4.0
"""Seconds after that to settle them. What cannot be settled is found by its lease."""
BREATH: Final = 0.02
"""Seconds between looks at the outbox while a hub is backing off and nothing else could be taken."""
DOORS: Final = 15.0
"""Seconds between looks whether what waits for a door may go on: a policy was published, a secret put in place."""
SETTLED_TOGETHER: Final = 256
"""Attempts kept in one write at most."""

_log = logging.getLogger(__name__)


class Forwarder:
    """One worker. `run` it once; `wake` it when something was promised; `stop` it before the writer stops.

    poll     seconds between looks at the outbox when nothing wakes it
    alone    it is the only worker of its store, so what is being sent when it starts was lost with the one before
    seconds  since 1970, for signatures
    counted  told of what attempts came to, once it is kept
    traces   of what is claimed, sent and settled
    """

    def __init__(
        self,
        writer: Writer,
        terms: Terms,
        way: WayOut,
        *,
        poll: float = 1.0,
        grace: float = GRACE,
        alone: bool = False,
        seconds: Callable[[], float] = time.time,
        counted: Callable[[Sequence[Settled]], None] = lambda settled: None,
        traces: Traces | None = None,
    ) -> None:
        self._writer, self._terms, self._way = writer, terms, way
        self._poll, self._grace, self._alone, self._seconds = poll, grace, alone, seconds
        self._under_way: dict[asyncio.Task[Attempt], Claimed] = {}
        self._finished: list[Attempt] = []
        self._woken, self._ended = asyncio.Event(), asyncio.Event()
        self._ended.set()
        self._running: asyncio.Task[None] | None = None
        self._stopping = False
        self._looked = self._tried_doors = 0.0
        self._counted, self._traces = counted, traces or Traces()

    @property
    def under_way(self) -> int:
        """Attempts being made just now."""
        return len(self._under_way)

    def wake(self) -> None:
        """Look at the outbox now. From the event loop's thread only."""
        self._woken.set()

    def cut(self, referral: str) -> int:
        """End what is being sent of one referral: its agreement was withdrawn (P12). Returns how many attempts."""
        going = self._under_way.items()
        cut = [task for task, claimed in going if claimed.referral == referral and rests_on_agreement(claimed)]
        for task in cut:
            task.cancel()
        return len(cut)

    async def run(self) -> None:
        """Forward until stopped. What earlier workers left in doubt is settled before anything is sent."""
        self._ended.clear()
        self._running = asyncio.current_task()
        await asyncio.to_thread(get_ready, self._terms.councils.values())
        # Where other processes share the store, a withdrawal may come to any of them.
        watch = None if self._alone else asyncio.create_task(self._watch())
        try:
            while not self._stopping and not await self._start():
                await self._rest(self._poll)
            while not self._stopping:
                self._woken.clear()
                await self._rest(await self._cycle())
            await self._finish()
        finally:
            for task in (*self._under_way, *([watch] if watch else [])):
                task.cancel()
            self._ended.set()

    async def stop(self) -> None:
        """Take nothing more, let what is under way finish or cut it, settle, and return: within 20 seconds."""
        self._stopping = True
        self.wake()
        try:
            async with asyncio.timeout(self._grace + LAST_WORDS):
                await self._ended.wait()
        except TimeoutError:
            # The store does not answer. What is under way is cut; its leases tell the next worker of it.
            if self._running is not None:
                self._running.cancel()
            await self._ended.wait()

    async def _start(self) -> bool:
        """Put the outbox in order. False if the store cannot be written to just now."""
        try:
            everyone = self._alone
            while await self._writer.submit(Write(lambda tx: recover(tx, self._terms, everyone))):
                pass
            await self._open_doors()
        except StoreUnavailable:
            return False
        return True

    async def _cycle(self) -> float:
        """Settle what has finished and claim what may go, in one batch of the writer. Returns seconds to rest."""
        outcomes = await asyncio.gather(self._settle(), self._recover(), self._claim(), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, StoreUnavailable):
                raise outcome
        claimed = outcomes[-1]
        if not isinstance(claimed, Claim) or claimed.again is None:
            return self._poll
        if not claimed.taken:
            # A hub is away and everything else has gone: senders would wake the worker for nothing at each referral.
            await asyncio.sleep(BREATH)
        return min(self._poll, claimed.again / 1_000)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _watch(self) -> None:
        """Cut what is on its way once its family has said something else, wherever they said it."""
        while True:
            await asyncio.sleep(EVERY)
            under_way = tuple(self._under_way.values())
            if under_way:
                with suppress(StoreUnavailable):
                    for referral in await self._writer.submit(Write(lambda tx: spoken_since(tx, under_way))):  # noqa: B023
                        self.cut(referral)

    # Claim ------------------------------------------------------------------------------------------------------------

    async def _recover(self) -> None:
        """Once each poll, look for what other workers have lost; now and then, for doors that are there now."""
        now = time.monotonic()
        if now - self._looked >= self._poll:
            self._looked = now
            await self._writer.submit(Write(lambda tx: recover(tx, self._terms)))
        if now - self._tried_doors >= DOORS:
            await self._open_doors()

    async def _open_doors(self) -> None:
        self._tried_doors = time.monotonic()
        if await self._writer.submit(Write(lambda tx: release_doors(tx, self._terms))):
            self.wake()

    async def _claim(self) -> Claim:
        while True:
            try:
                with self._traces.span("claim") as span:
                    claimed = await self._writer.submit(Write(lambda tx: claim(tx, self._terms)))
                    span.kept = bool(claimed.taken)
                    self._go(claimed)
                    return claimed
            except JudgeFailed as failed:
                poor = failed.delivery
                _log.error("A delivery could not be judged", extra={"delivery": poor}, exc_info=failed.__cause__)
                await self._writer.submit(Write(lambda tx, poor=poor: hold_unjudged(tx, poor)))  # type: ignore[misc]

    def _go(self, claimed: Claim) -> None:
        for one in claimed.taken:
            task = asyncio.create_task(self._attempt(one))
            self._under_way[task] = one
            task.add_done_callback(self._done)

    # Send -------------------------------------------------------------------------------------------------------------

    async def _attempt(self, claimed: Claimed) -> Attempt:
        """One attempt, from its permit to what it came to."""
        started, permit = time.monotonic(), claimed.permit
        with self._traces.span("send", council=claimed.council, hub=claimed.door.hub.name) as span:
            carried = await carry(
                self._way,
                claimed.door,
                claimed.payload,
                permit.delivery_id,
                claimed.leave_by,
                self._seconds,
                doubted=claimed.doubted,
            )
            span.say(result=carried.reading.result.value)
        return self._came_to(claimed, started, carried)

    def _done(self, task: asyncio.Task[Attempt]) -> None:
        """Keep what a task came to. Only one cut before it had handed over any content ends as cancelled."""
        claimed, now = self._under_way.pop(task), time.monotonic()
        if task.cancelled():
            trouble = TransportTrouble(False, "stopped")
            self._finished.append(self._came_to(claimed, now, Carried(read_answer(trouble, False, 0))))
        elif (error := task.exception()) is not None:
            _log.error("An attempt failed within the gateway", extra={"error": type(error).__name__})
            trouble = TransportTrouble(True, "worker_failed")
            self._finished.append(self._came_to(claimed, now, Carried(read_answer(trouble, False, 0))))
        else:
            self._finished.append(task.result())
        self.wake()

    def _came_to(self, claimed: Claimed, started: float, carried: Carried) -> Attempt:
        permit, permitted = claimed.permit, claimed.leave_by - self._terms.window
        return Attempt(
            delivery_id=permit.delivery_id,
            fence=permit.fence,
            n=permit.attempt,
            # Measured from the permit, so that a wall clock that jumps changes no order.
            started_at=permit.at + int((started - permitted) * 1_000),
            ended_at=permit.at + int((time.monotonic() - permitted) * 1_000),
            result=carried.reading.result,
            status=carried.status,
            why=carried.reading.why,
            retry_after=carried.reading.retry_after,
            back=carried.back,
        )

    # Settle -----------------------------------------------------------------------------------------------------------

    async def _settle(self) -> None:
        """Keep what has finished. What cannot be kept just now stays here for the next time."""
        attempts, self._finished = self._finished[:SETTLED_TOGETHER], self._finished[SETTLED_TOGETHER:]
        if not attempts:
            return
        try:
            with self._traces.span("settle"):
                settled = await self._writer.submit(Write(lambda tx: settle(tx, self._terms, attempts)))
        except StoreUnavailable:
            self._finished = attempts + self._finished
            raise
        if self._finished:
            self.wake()
        self._counted(settled)
        _tell(settled)

    async def _finish(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._grace)
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)
        end = time.monotonic() + LAST_WORDS / 2
        while self._finished and time.monotonic() < end:
            try:
                await self._settle()
            except StoreUnavailable:
                await asyncio.sleep(0.2)


def _tell(settled: Sequence[Settled]) -> None:
    for one in settled:
        if one.attempt.result is not Result.DELIVERED:
            _log.warning(
                "An attempt did not deliver",
                extra={
                    "delivery": one.attempt.delivery_id,
                    "council": one.council,
                    "hub": one.hub,
                    "attempt": one.attempt.n,
                    "result": one.attempt.result.value,
                    "why": one.attempt.why,
                    "state": one.state.value,
                },
            )
