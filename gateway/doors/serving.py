"""Runs the HTTP door, with or without a worker beside it, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from gateway.doors.api import create_app
from gateway.doors.socket import create_socket_app
from gateway.flows.forward import Forwarder
from gateway.flows.gateway import Gateway
from gateway.flows.outbound import WayOut
from gateway.flows.transport import CheckedTransport
from gateway.main import with_worker

STOP_WITHIN = 20
"""Seconds a graceful stop may take before it is safe to kill."""


@asynccontextmanager
async def working(gateway: Gateway, *, alone: bool) -> AsyncIterator[Gateway]:
    """The gateway with a worker running in this event loop."""
    settings = gateway.settings
    transport = CheckedTransport(demo=settings.demo)
    way = WayOut(transport, deadline=settings.send_deadline, demo=settings.demo)
    gateway, forwarder = with_worker(gateway, way, alone=alone)
    task = asyncio.create_task(forwarder.run())
    try:
        yield gateway
    finally:
        await _stop(forwarder, task)
        await transport.aclose()


async def serve(gateway: Gateway) -> None:
    """Answer HTTP on the settings' address, and the command line on the store's socket, until a signal comes."""
    http = _Server(_config(create_app(gateway), host=gateway.settings.host, port=gateway.settings.port))
    serving = [http.serve()]
    servers = [http]
    path = socket_path(gateway)
    if path is not None:
        local = _Server(_config(create_socket_app(gateway)))
        servers.append(local)
        serving.append(local.serve(sockets=[_private_socket(path)]))
    failed = asyncio.create_task(_until_failed(gateway, servers))
    try:
        await asyncio.gather(*serving)
    finally:
        failed.cancel()
        if path is not None:
            path.unlink(missing_ok=True)


def socket_path(gateway: Gateway) -> Path | None:
    """Where the command line finds a running gateway: beside its SQLite file (settled 24)."""
    lock = gateway.store.lock
    return None if lock is None else Path(f"{lock.path}.sock")


def _private_socket(path: Path) -> socket.socket:
    """A socket that only this user can open, from the moment it exists."""
    path.unlink(missing_ok=True)
    private = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        private.bind(str(path))
    finally:
        os.umask(before)
    return private


class _Server(uvicorn.Server):
    """One of several servers in one loop: whichever hears the signal, all stop."""

    stopping = False

    def handle_exit(self, sig: int, frame: object) -> None:
        """Stop every server of this process."""
        _Server.stopping = True
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Also stop when another one was told to."""
        return await super().on_tick(counter) or _Server.stopping


def _config(app: ASGIApp, **where: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_keep_alive=15,
        timeout_graceful_shutdown=STOP_WITHIN,
        limit_concurrency=512,
        h11_max_incomplete_event_size=16_384,
        **where,  # type: ignore[arg-type]
    )


async def _until_failed(gateway: Gateway, servers: list[_Server]) -> None:
    """A store that failed ends the process: it must recover by starting again (P3)."""
    while not gateway.writer.failed.is_set():
        await asyncio.sleep(0.2)
    for server in servers:
        server.should_exit = True


async def _stop(forwarder: Forwarder, task: asyncio.Task[None]) -> None:
    await forwarder.stop()
    with suppress(asyncio.CancelledError):
        await task
