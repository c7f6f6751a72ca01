"""`gateway pickup`: fetches what senders left in the places of `pickups.yaml`, once or until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import ConfigError, NotFound
from gateway.config.catalogue import Catalogue
from gateway.config.pickups import Pickup
from gateway.doors.cli.telling import say
from gateway.doors.serving import told_to_stop, until_stopped
from gateway.flows.gateway import Gateway
from gateway.flows.places.fetching import check, fetching, once
from gateway.flows.places.place import Unreachable
from gateway.logs import start_logs
from gateway.main import build, load_checked, place_secrets
from gateway.settings import Settings, demo_settings, load_settings
from gateway.store.lock import owner


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command()(pickup)


def pickup(
    names: Annotated[list[str] | None, typer.Argument(help="As council/name; all of them if left out.")] = None,
    one_round: Annotated[bool, typer.Option("--once", help="Look, take what is whole, and end.")] = False,
    demo: Annotated[bool, typer.Option("--demo", help="Into the demonstration's store.")] = False,
) -> None:
    """Fetch what senders left: folders, SFTP, mailboxes, object stores. Without --once, until it is told to stop.

    Exits with 1 when something was put into quarantine, or a place could not be used.
    """
    settings = demo_settings() if demo else load_settings()
    catalogue = load_checked(settings.mappings)
    chosen = _chosen(catalogue.pickups, names or [])
    _refuse_beside_another(settings)
    start_logs(level=40 if one_round else 20)
    with build(settings, _only(catalogue, chosen)) as gateway:
        check(gateway, chosen)
        failed = asyncio.run(_once(gateway, chosen) if one_round else _stay(gateway))
    if failed:
        raise typer.Exit(1)


def _chosen(pickups: Sequence[Pickup], names: Sequence[str]) -> tuple[Pickup, ...]:
    """The pickups of these names. Raises NotFound, naming those there are."""
    known = {pickup.key: pickup for pickup in pickups}
    there = f"There are: {', '.join(known)}." if known else "No council has a pickups.yaml."
    if not known or any(name not in known for name in names):
        raise NotFound(f"There is no such pickup. {there}")
    return tuple(known[name] for name in dict.fromkeys(names or known))


def _refuse_beside_another(settings: Settings) -> None:
    """Raises ConfigError while another process owns the store: it fetches by itself."""
    if not settings.store.startswith("sqlite"):
        return
    running = owner(Path(settings.store.removeprefix("sqlite:///")))
    if running is not None:
        raise ConfigError(
            f"Process {running.pid} runs a gateway on this store, and fetches by itself at the pace of pickups.yaml."
        )


def _only(catalogue: Catalogue, chosen: Iterable[Pickup]) -> Catalogue:
    return replace(catalogue, pickups=tuple(chosen))


async def _once(gateway: Gateway, pickups: Sequence[Pickup]) -> bool:
    """Whether anything failed."""
    failed = False
    for pickup in pickups:
        try:
            counts = await once(gateway, pickup, place_secrets(gateway.settings))
        except Unreachable as error:
            say(f"{pickup.key}: cannot be used just now ({error}). Everything stays where it is.")
            failed = True
            continue
        told = ", ".join(f"{counts[into]} {into}" for into in ("done", "quarantine", "waiting", "left"))
        say(f"{pickup.key}: {told}.")
        failed = failed or bool(counts["quarantine"] or counts["left"])
    return failed


async def _stay(gateway: Gateway) -> bool:
    async with fetching(gateway, place_secrets(gateway.settings)):
        say("Fetching. Stop with Ctrl-C.")
        await until_stopped(gateway, told_to_stop())
    return False
