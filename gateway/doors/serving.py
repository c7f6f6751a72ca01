"""Runs the HTTP door, with or without a worker beside it, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from contracts.errors import ConfigError, StoreUnavailable
from gateway.doors.api import ROUTES, create_app
from gateway.doors.operator import create_operator_app
from gateway.doors.socket import create_socket_app
from gateway.flows.connections.destinations import destinations_of
from gateway.flows.connections.outbound import WayOut
from gateway.flows.connections.posting import relay_of
from gateway.flows.connections.secretfiles import read_secret
from gateway.flows.connections.transport import CheckedTransport
from gateway.flows.delivery.dropping import check_installed
from gateway.flows.delivery.forward import Forwarder
from gateway.flows.evidence.selfcheck import checking
from gateway.flows.evidence.witnesses import witnessing
from gateway.flows.gateway import Gateway
from gateway.flows.operations.telemetry import telling
from gateway.flows.operations.ticks import ticking
from gateway.flows.places.fetching import fetching
from gateway.flows.policy.policies import refreshing
from gateway.flows.telling.lettering import lettering
from gateway.flows.telling.pushing import pushing
from gateway.flows.traces import Traces, known_in
from gateway.main import place_secrets, with_worker

STOP_WITHIN = 5
"""Seconds that requests under way may take to finish; with the worker's own it is safe to kill after 20."""


@asynccontextmanager
async def working(gateway: Gateway, *, alone: bool) -> AsyncIterator[Gateway]:
    """The gateway with a worker running in this event loop, fetching from every place its councils have."""
    settings = gateway.settings
    check_installed(gateway.catalogue.councils.values())
    destinations, secret = destinations_of(settings, gateway.catalogue), partial(read_secret, settings.secrets)
    transport = CheckedTransport(destinations)
    way = WayOut(transport, deadline=settings.send_deadline, demo=settings.demo, destinations=destinations)
    gateway, forwarder = with_worker(gateway, way, alone=alone)
    task = asyncio.create_task(forwarder.run())
    try:
        async with (
            fetching(gateway, place_secrets(settings)),
            ticking(gateway),
            witnessing(gateway, way),
            checking(gateway),
            lettering(gateway, relay_of(settings, secret), destinations),
            pushing(gateway, way, secret),
        ):
            yield gateway
    finally:
        await _stop(forwarder, task)
        await transport.aclose()


@asynccontextmanager
async def traced(gateway: Gateway) -> AsyncIterator[Gateway]:
    """The gateway, with the collector that the settings name told of its spans. Raises ConfigError."""
    if not gateway.settings.telemetry:
        yield gateway
        return
    traces = Traces(known_in(gateway.catalogue) | {"route": frozenset(path for _, path, *_ in ROUTES)})
    async with telling(gateway.settings, traces):
        yield replace(gateway, traces=traces)


async def serve(gateway: Gateway, listening: Callable[[], None] = lambda: None) -> None:
    """Answer HTTP on the settings' address, and the command line on the store's socket, until a signal comes.

    listening  called once both doors are open
    Raises ConfigError for an address or a socket that cannot be had, StoreUnavailable when the store failed (P3).
    """
    stop, settings = told_to_stop(), gateway.settings
    # The configuration is a large graph that never changes; otherwise every full collection would walk all of it.
    gc.collect()
    gc.freeze()
    with ExitStack() as opened:
        servers = [
            (
                _Server(_config(create_app(gateway))),
                opened.enter_context(_address(settings.host, settings.port, "--port")),
            )
        ]
        lock = gateway.store.lock
        if lock is not None:
            path = Path(f"{lock.path}.sock").absolute()
            servers.append((_Server(_config(create_socket_app(gateway))), opened.enter_context(_private(path))))
            lock.announce(path)
        tasks = [asyncio.create_task(server.serve(sockets=[door])) for server, door in servers]
        listening()
        try:
            async with refreshing(gateway), overseen(gateway):
                await until_stopped(gateway, stop, tasks)
        finally:
            for server, _ in servers:
                server.should_exit = True
            await asyncio.gather(*tasks)


@asynccontextmanager
async def overseen(gateway: Gateway) -> AsyncIterator[None]:
    """The operator's door of this process, where the settings say that it listens. Raises ConfigError."""
    host, _, port = gateway.settings.metrics.rpartition(":")
    if not host:
        yield
        return
    with _address(host.strip("[]"), int(port), "GATEWAY_METRICS") as listening:
        server = _Server(_config(create_operator_app(gateway)))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield
        finally:
            server.should_exit = True
            await task


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to `serve`."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn's own would raise the signal again after it stopped, and end the process before it has cleaned up."""
        yield


def told_to_stop() -> asyncio.Event:
    """Set by the signals that end a process."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


async def until_stopped(gateway: Gateway, stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]] = ()) -> None:
    """Until a signal comes, or one of the tasks ends, or the store fails. Raises StoreUnavailable for that (P3)."""
    while not (stop.is_set() or gateway.writer.failed.is_set() or any(task.done() for task in tasks)):
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.2)
    if gateway.writer.failed.is_set():
        raise StoreUnavailable("The store failed. Look at its disk, then start the gateway again: it loses nothing.")


def _address(host: str, port: int, setting: str) -> socket.socket:
    """A listening socket. Raises ConfigError where something listens already, or may not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"Nothing can listen on {host} port {port}: {error.strerror}. Choose another with {setting}."
        ) from None
    # Connections inherit it: without it a small answer waits for the sender's delayed acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


@contextmanager
def _private(path: Path) -> Iterator[socket.socket]:
    """A socket that only this user can open, from the moment it exists (settled 24)."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as private:
        before = os.umask(0o177)
        try:
            private.bind(str(path))
        except OSError as error:
            raise ConfigError(
                f"No socket can be made at {path}: {error}. Keep the store under a shorter path."
            ) from None
        finally:
            os.umask(before)
        try:
            yield private
        finally:
            path.unlink(missing_ok=True)


def _config(app: ASGIApp) -> uvicorn.Config:
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
    )


async def _stop(forwarder: Forwarder, task: asyncio.Task[None]) -> None:
    await forwarder.stop()
    with suppress(asyncio.CancelledError):
        await task
