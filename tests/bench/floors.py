"""The floors: the same web server and the same rows, with none of the gateway's work in between.

    raw      takes the bytes and answers 202: the price of HTTP
    parsed   checks them against the canonical referral, and answers 202
    one      one durable transaction for each request, on the event loop
    group    group commit in a writer thread
    ref      `group`, and a forwarder that commits a permit and its entry before it sends, and what came of it after
    ref_bare `ref` without the permit

Run as `python -m tests.bench.floors MODE --port P [--store FILE --written FILE --hub URL]`.
"""

from __future__ import annotations

import argparse
import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import uvicorn
from fastapi import FastAPI, Request, Response

from contracts.referral import Referral
from tests.bench.written import Copies, Statements, Written, gather, open_store

MODES: Final = ("raw", "parsed", "one", "group", "ref", "ref_bare")
BATCH: Final = 256
IN_FLIGHT: Final = 32

_ANSWER: Final = b'{"status":"accepted"}'
_CLAIM: Final = "UPDATE delivery SET state = 'sending', fence = 1, attempts = 1, lease_until = 1 WHERE id = ?"
_SETTLE: Final = "UPDATE delivery SET state = 'delivered', lease_until = NULL, ended_at = 1 WHERE id = ?"

Rows = Iterable[tuple[str, tuple[object, ...]]]


class Writer:
    """One thread, one connection, one transaction for whatever waits."""

    def __init__(self, store: Path) -> None:
        self._connection = open_store(store, tables=True)
        self._inbox: queue.SimpleQueue[tuple[list[tuple[str, tuple[object, ...]]], asyncio.Future[None] | None]]
        self._inbox = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._live, daemon=True).start()

    def commit(self, rows: Rows) -> asyncio.Future[None]:
        """Done once these rows are on the disk."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._inbox.put((list(rows), future))
        return future

    def later(self, rows: Rows) -> None:
        """Write these rows with whatever comes next."""
        self._inbox.put((list(rows), None))

    def _live(self) -> None:
        while True:
            batch = [self._inbox.get()]
            while len(batch) < BATCH and not self._inbox.empty():
                batch.append(self._inbox.get())
            statements: Statements = {}
            for rows, _ in batch:
                gather(rows, statements)
            write(self._connection, statements)
            self._loop.call_soon_threadsafe(_wake, [future for _, future in batch if future is not None])


def write(connection: Any, statements: Statements) -> None:
    """One durable transaction."""
    connection.execute("BEGIN IMMEDIATE")
    for statement, values in statements.items():
        connection.executemany(statement, values)
    connection.execute("COMMIT")


def _wake(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)


class Forwarder:
    """Takes each accepted referral from memory to the hub."""

    def __init__(self, writer: Writer, copies: Copies, payload: bytes, url: str, permit: bool) -> None:
        self._writer, self._copies, self._payload, self._url, self._permit = writer, copies, payload, url, permit
        self._waiting: asyncio.Queue[list[str]] = asyncio.Queue()

    def take(self, ids: list[str]) -> None:
        """Send this one when there is room."""
        self._waiting.put_nowait(ids)

    async def run(self) -> None:
        """Forward for ever."""
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:
            await asyncio.gather(*(self._work(session) for _ in range(IN_FLIGHT)))

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while True:
            ids = await self._waiting.get()
            delivery = self._copies.delivery(ids)
            if self._permit:
                await self._writer.commit([*self._copies.rows("permit", ids), (_CLAIM, (delivery,))])
            headers = {"content-type": "application/json", "webhook-id": delivery}
            async with session.post(self._url, data=self._payload, headers=headers) as answer:
                await answer.read()
            self._writer.later([*self._copies.rows("settle", ids), (_SETTLE, (delivery,))])


Keep = Callable[[], Awaitable[None]]


async def _keeper(mode: str, written: Written, store: Path, url: str) -> tuple[Keep, asyncio.Task[None] | None]:
    """How this floor keeps one referral, and the forwarder it runs beside."""
    copies = Copies(written)
    if mode == "one":
        connection = open_store(store, tables=True)

        async def one() -> None:
            statements: Statements = {}
            gather(copies.rows("accept", copies.ids()), statements)
            write(connection, statements)

        return one, None
    writer = Writer(store)
    if mode == "group":

        async def group() -> None:
            await writer.commit(copies.rows("accept", copies.ids()))

        return group, None
    forwarder = Forwarder(writer, copies, written.payload, url, permit=mode == "ref")

    async def promise() -> None:
        ids = copies.ids()
        await writer.commit(copies.rows("accept", ids))
        forwarder.take(ids)

    return promise, asyncio.create_task(forwarder.run())


def floor(mode: str, store: Path | None, written: Path | None, url: str) -> FastAPI:
    """The application of one floor."""
    keep: Keep | None = None

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        nonlocal keep
        task = None
        if store is not None and written is not None:
            keep, task = await _keeper(mode, Written.load(written), store, url)
        yield
        if task is not None:
            task.cancel()

    app = FastAPI(lifespan=life)

    async def post(request: Request) -> Response:
        body = await request.body()
        if mode == "parsed":
            Referral.model_validate_json(body)
        if keep is not None:
            await keep()
        return Response(_ANSWER, 202, media_type="application/json")

    app.post("/v1/referrals")(post)
    return app


def main() -> None:
    """Serve one floor."""
    parser = argparse.ArgumentParser(description="Serve one floor of the bench.")
    parser.add_argument("mode", choices=MODES)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--written", type=Path)
    parser.add_argument("--hub", default="")
    asked = parser.parse_args()
    app = floor(asked.mode, asked.store, asked.written, asked.hub)
    uvicorn.run(app, host="127.0.0.1", port=asked.port, access_log=False, log_level="warning", server_header=False)


if __name__ == "__main__":
    main()
