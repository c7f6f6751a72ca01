"""`gateway run`, `serve`, `work` and `demo`: the verbs that stay until they are told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.config.catalogue import Catalogue
from gateway.demo.doors import in_force, make_secrets, on_stubs, stub_doors
from gateway.demo.first import write_first
from gateway.demo.tour import tour
from gateway.doors.cli.telling import say
from gateway.doors.serving import overseen, told_to_stop, traced, until_stopped, working
from gateway.doors.serving import serve as serve_http
from gateway.flows.gateway import Gateway
from gateway.flows.policy.policies import publish_own, refresh_now, refreshing
from gateway.flows.submissions.colleague import colleague
from gateway.logs import start_logs
from gateway.main import build, load_checked, without_store
from gateway.settings import Settings, demo_settings, load_settings

_loop: Callable[[], asyncio.AbstractEventLoop] | None
try:
    from uvloop import new_event_loop as _loop
except ImportError:  # not made for Windows
    _loop = None

Port = Annotated[int, typer.Option(help="Port to listen on.")]
Store = Annotated[str, typer.Option(help="sqlite:///path or postgresql://… instead of GATEWAY_STORE.")]
Hub = Annotated[str, typer.Option(help="Demo only: one address on 127.0.0.1 for every hub.")]


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
    hub: Hub = "",
) -> None:
    """Everything on one machine and one SQLite file: the HTTP door, the worker and the record."""
    settings = _settings(demo, port, store)
    if hub and not settings.demo:
        raise typer.BadParameter("One address for every hub is for a demonstration: add --demo.")
    start_logs()
    catalogue = _catalogue(settings, hub)
    _until_done(_run(settings, catalogue, hub))


async def _run(settings: Settings, catalogue: Catalogue, hub: str) -> None:
    async with AsyncExitStack() as stack:
        if settings.demo and not hub:
            doors = await stack.enter_async_context(stub_doors(catalogue, settings.secrets))
            catalogue = on_stubs(catalogue, {door: stub.url for door, stub in doors.items()})
        # Before the store is opened, so that the other process has no part in it.
        other = await stack.enter_async_context(colleague(lambda: without_store(settings, catalogue)))
        gateway = stack.enter_context(_built(settings, catalogue))
        for note in gateway.store.notes:
            say(note)
        gateway = replace(gateway, colleague=other.prepared if other else None)
        gateway = await stack.enter_async_context(traced(gateway))
        gateway = await stack.enter_async_context(working(gateway, alone=gateway.store.kind == "sqlite"))
        await serve_http(
            gateway, lambda: _greet(settings, write_first(Path(settings.keys).parent) if settings.demo else None)
        )


def serve(port: Port = 0, store: Store = "", hub: Hub = "") -> None:
    """The HTTP door alone, for PostgreSQL and many processes."""
    settings = _settings(False, port, store)
    start_logs()
    with _built(settings, _catalogue(settings, hub)) as gateway:
        _until_done(_serve(gateway))


async def _serve(gateway: Gateway) -> None:
    async with traced(gateway) as told:
        await serve_http(told)


def work(store: Store = "", hub: Hub = "") -> None:
    """A worker alone, for PostgreSQL and many processes."""
    settings = _settings(False, 0, store)
    start_logs()
    with _built(settings, _catalogue(settings, hub)) as gateway:
        _until_done(_work(gateway))


async def _work(gateway: Gateway) -> None:
    alone = gateway.store.kind == "sqlite"
    async with traced(gateway) as told, working(told, alone=alone) as worked, refreshing(worked), overseen(worked):
        say("Working. Stop with Ctrl-C.")
        await until_stopped(gateway, told_to_stop())


@contextmanager
def _built(settings: Settings, catalogue: Catalogue) -> Iterator[Gateway]:
    """A gateway; a demonstration is its own council, and publishes the policy it goes by."""
    with build(settings, catalogue) as gateway:
        if settings.demo:
            publish_own(gateway)
            refresh_now(gateway)
        yield gateway


def _until_done(staying: Coroutine[Any, Any, None]) -> None:
    """Run in uvloop's event loop where there is one: it carries the same connections with less of the processor."""
    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(staying)


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


def _catalogue(settings: Settings, hub: str) -> Catalogue:
    """What is configured; in a demonstration that names one, with every hub at that address."""
    catalogue = load_checked(settings.mappings)
    if settings.demo:
        catalogue = in_force(catalogue, datetime.now(UTC).date())
    if not (settings.demo and hub):
        return catalogue
    make_secrets(catalogue, settings.secrets)
    return on_stubs(catalogue, {(c.name, name): hub for c in catalogue.councils.values() for name in c.hubs})


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
