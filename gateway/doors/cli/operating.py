"""`gateway db` and `gateway keys`: what an operator does once, before the first referral."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.config.catalogue import load_catalogue
from gateway.doors.cli.telling import say
from gateway.settings import load_settings
from gateway.store.engine import initialise
from gateway.store.keys import load_keys
from gateway.store.postgresql import READER, WRITER


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    db = typer.Typer(no_args_is_help=True, help="The PostgreSQL database.")
    db.command("init")(init_database)
    app.add_typer(db, name="db")
    keys = typer.Typer(no_args_is_help=True, help="This deployment's own keys.")
    keys.command("make")(make_keys)
    app.add_typer(keys, name="keys")


def init_database(
    store: Annotated[str, typer.Option(help="The owner's URL instead of GATEWAY_STORE.")] = "",
    passwords: Annotated[
        Path | None, typer.Option(help=f"Folder with files {WRITER} and {READER}: the passwords of those roles.")
    ] = None,
) -> None:
    """As the database's owner: make tables, roles and row security. Safe to repeat."""
    found = {
        role: (passwords / role).read_text(encoding="utf-8").strip()
        for role in (WRITER, READER)
        if passwords is not None and (passwords / role).exists()
    }
    settings = load_settings()
    initialise(store or settings.store, demo=settings.demo, passwords=found)
    say("The database is ready. Run `gateway serve` and `gateway work` with the writer's and the reader's URLs.")


def make_keys() -> None:
    """Make what is missing of every council's keys. Back the folder up: without it the store cannot be used."""
    settings = load_settings()
    made = load_keys(settings.keys, load_catalogue(settings.mappings).councils, settings.origin, create=True)
    say(f"Keys for {', '.join(made)} are in {settings.keys}. Back them up, apart from the store's own backup.")
