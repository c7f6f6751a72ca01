"""`gateway keys list`, `rotate`, `encrypt` and `forget`: the data keys that families' words are sealed with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from contracts.errors import ConfigError
from gateway.doors.cli.telling import say
from gateway.flows.gateway import Gateway
from gateway.flows.operations import datakeys
from gateway.main import build, load_checked
from gateway.settings import demo_settings, load_settings

Council = Annotated[str, typer.Option(help="Whose content.")]
Demo = Annotated[bool, typer.Option("--demo", help="The demonstration's store, as `make run` makes it.")]


def add_to(keys: typer.Typer) -> None:
    """Add these verbs."""
    keys.command("list")(tell)
    keys.command("rotate")(rotate)
    keys.command("encrypt")(encrypt)
    keys.command("forget")(forget)


def tell(council: Council, demo: Demo = False) -> None:
    """Which data keys a council has, and how many rows each seals."""
    with _gateway(council, demo) as gateway:
        told = datakeys.standing(gateway, council)
    for one in told.keys:
        what = "seals what comes" if one.seals else "only opens" if one.rows else "seals nothing: it may be forgotten"
        say(f"Data key {one.number} ({one.id}): {one.rows:,} rows, {what}.")
    if told.plain:
        say(f"{told.plain:,} rows are not sealed. Run: gateway keys encrypt --council {council}")
    if told.lost:
        say(f"{told.lost:,} rows are sealed with a key that is not here. Restore it from the key backup.")
        raise typer.Exit(1)


def rotate(council: Council, demo: Demo = False) -> None:
    """Make a new data key and reseal everything with it. On SQLite stop the gateway first. Then back up the keys."""
    with _gateway(council, demo) as gateway:
        changed = datakeys.rotate(gateway, council, _progress)
    say(f"{changed:,} rows are sealed with the new key. Back up the key folder, apart from the store's own backup.")
    say("The old key stays, for backups made before now: gateway keys forget destroys it.")


def encrypt(council: Council, demo: Demo = False) -> None:
    """Seal what is not sealed with the newest data key. Safe to stop, and to repeat."""
    with _gateway(council, demo) as gateway:
        changed = datakeys.encrypt(gateway, council, _progress)
    say(f"{changed:,} rows were sealed anew.")


def forget(
    council: Council,
    number: Annotated[int, typer.Option(help="Of the data key, as `gateway keys list` tells it.")],
    demo: Demo = False,
) -> None:
    """Destroy a data key that seals nothing any more. What older backups hold under it can then never be opened."""
    with _gateway(council, demo) as gateway:
        gone = datakeys.forget(gateway, council, number)
    say(f"Data key {gone.number} ({gone.id.hex()}) is destroyed. Remove it from the key backups too.")


@contextmanager
def _gateway(council: str, demo: bool) -> Iterator[Gateway]:
    settings = demo_settings() if demo else load_settings()
    catalogue = load_checked(settings.mappings)
    if council not in catalogue.councils:
        raise ConfigError(f"There is no council {council}. There are: {', '.join(catalogue.councils)}.")
    with build(settings, catalogue) as gateway:
        yield gateway


def _progress(rows: int) -> None:
    say(f"{rows:,} rows so far")
