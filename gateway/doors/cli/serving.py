"""`gateway run`, `serve`, `work` and `demo`: the verbs that stay until they are told to stop."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer

from gateway.config.catalogue import Catalogue
from gateway.demo.doors import make_secrets, on_stubs, stub_doors
from gateway.demo.first import write_first
from gateway.demo.tour import tour
from gateway.doors.cli.telling import say
from gateway.doors.serving import serve as serve_http
from gateway.doors.serving import socket_path, working
from gateway.logs import start_logs
from gateway.main import build, load_checked
from gateway.settings import Settings, demo_settings, load_settings

Port = Annotated[int, typer.Option(help="Port to listen on.")]
Store = Annotated[str, typer.Option(help="sqlite:///path or postgresql://… instead of GATEWAY_STORE.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command()(run)
    app.command()(serve)
    app.command()(work)
    app.command()(demo)


def run(
    demo: Annotated[bool, typer.Option("--demo", help="Demo councils and stub hubs on this machine.")] = False,
    port: Port = 0,
    store: Store = "",
    hub: Annotated[str, typer.Option(help="Demo only: one address on 127.0.0.1 for every hub.")] = "",
) -> None:
    """Everything in one process on SQLite: the HTTP door, the worker and the record."""
    settings = _settings(demo, port, store)
    start_logs()
    catalogue = load_checked(settings.mappings)
    for line in (settings.store.removeprefix("sqlite:///"),):
        Path(line).parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(_run(settings, catalogue, hub))


async def _run(settings: Settings, catalogue: Catalogue, hub: str) -> None:
    async with AsyncExitStack() as stack:
        if settings.demo:
            if hub:
                make_secrets(catalogue, settings.secrets)
                urls = {(c.name, name): hub for c in catalogue.councils.values() for name in c.hubs}
            else:
                doors = await stack.enter_async_context(stub_doors(catalogue, settings.secrets))
                urls = {door: stub.url for door, stub in doors.items()}
            catalogue = on_stubs(catalogue, urls)
        gateway = stack.enter_context(build(settings, catalogue))
        for note in gateway.store.notes:
            say(note)
        if gateway.store.kind == "sqlite" and (socket := socket_path(gateway)) is not None:
            assert gateway.store.lock is not None
            gateway.store.lock.announce(socket)
        gateway = await stack.enter_async_context(working(gateway, alone=gateway.store.kind == "sqlite"))
        _greet(settings, write_first(Path(settings.keys).parent) if settings.demo else None)
        await serve_http(gateway)


def serve(port: Port = 0, store: Store = "") -> None:
    """The HTTP door alone, for PostgreSQL and many processes."""
    settings = _settings(False, port, store)
    start_logs()
    with build(settings, load_checked(settings.mappings)) as gateway:
        asyncio.run(serve_http(gateway))


def work(store: Store = "") -> None:
    """A worker alone, for PostgreSQL and many processes."""
    settings = _settings(False, 0, store)
    start_logs()
    with build(settings, load_checked(settings.mappings)) as gateway:
        asyncio.run(_work(gateway))


async def _work(gateway: object) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with working(gateway, alone=False):  # type: ignore[arg-type]
        say("Working. Stop with Ctrl-C.")
        await stop.wait()


def demo() -> None:
    """Watch referrals go through on a throw-away store: what happened to each, and the record verified."""
    start_logs(level=40)
    raise typer.Exit(asyncio.run(tour()))


def _settings(demo: bool, port: int, store: str) -> Settings:
    changes: dict[str, object] = {}
    if port:
        changes["port"] = port
    if store:
        changes["store"] = store
    if not demo and not load_settings().demo:
        return load_settings(**changes)
    folder = Path(store.removeprefix("sqlite:///")).parent if store.startswith("sqlite") else Path("data/demo")
    return demo_settings(folder, **changes)


def _greet(settings: Settings, first: Path | None) -> None:
    where = f"http://{settings.host}:{settings.port}"
    say(f"The gateway answers on {where}. Stop with Ctrl-C.")
    if first is not None:
        say("This is a demonstration: invented councils' doors on this machine, keys that everybody knows.")
        say("Send the first referral from another terminal:")
        say(
            f"  curl -s {where}/v1/referrals -H 'Authorization: Bearer demo-hull-school' \\\n"
            f"    -H 'Idempotency-Key: first' -H 'Content-Type: application/json' --data @{first}"
        )
        say("Then ask what became of it, with the address in its receipt, or watch a tour: make demo")
