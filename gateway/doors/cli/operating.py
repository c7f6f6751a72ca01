"""`gateway db` and `gateway keys`: what an operator does once, before the first referral."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import ConfigError
from gateway.config.catalogue import load_catalogue
from gateway.doors.cli import datakeys
from gateway.doors.cli.telling import say
from gateway.settings import load_settings
from gateway.store.engine import initialise
from gateway.store.keys import load_keys
from gateway.store.postgresql import READER, WRITER
from gateway.store.revisions import VERSION


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    db = typer.Typer(no_args_is_help=True, help="The store: its tables, roles and layout.")
    db.command("init")(init_database)
    db.command("version")(tell_version)
    db.command("upgrade")(upgrade)
    db.command("downgrade")(downgrade)
    app.add_typer(db, name="db")
    keys = typer.Typer(no_args_is_help=True, help="This deployment's own keys.")
    keys.command("make")(make_keys)
    datakeys.add_to(keys)
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


Store = Annotated[str, typer.Option(help="Its URL instead of GATEWAY_STORE; on PostgreSQL the owner's.")]


def tell_version(store: Store = "") -> None:
    """The layout the store has, and the one this gateway needs. Exit 1 when they differ."""
    from gateway.store.migration import layout_at

    found = layout_at(store or load_settings().store)
    say(f"The store has layout {found}, and this gateway needs layout {VERSION}.")
    raise typer.Exit(found != VERSION)


def upgrade(
    store: Store = "", to: Annotated[str, typer.Option(help="A layout, such as 0002; the newest if left out.")] = ""
) -> None:
    """Bring the store to this gateway's layout. Make a backup first. A SQLite file is copied aside as well."""
    _move(store, to or VERSION, up=True)


def downgrade(
    to: Annotated[str, typer.Option(help="An older layout, such as 0001.")],
    store: Store = "",
) -> None:
    """Take the store back to an older layout, for an older gateway. What only the newer one has a place for goes."""
    _move(store, to, up=False)


def _move(store: str, to: str, *, up: bool) -> None:
    # Alembic takes a fifth of a second to load, and only these verbs need it.
    from gateway.store.migration import layout_at, move

    url = store or load_settings().store
    before = layout_at(url)
    if before != to and (before < to) is not up:
        verb = "downgrade" if up else "upgrade"
        raise ConfigError(f"The store has layout {before}. To get to {to}, run: gateway db {verb} --to {to}")
    moved = move(url, to)
    for sentence in moved.said:
        say(sentence)
    if moved.copy is not None:
        say(f"What was before is in {moved.copy}. It holds families' data: remove it once all is well.")
    say(f"The store has layout {moved.after}.")


def make_keys() -> None:
    """Make what is missing of every council's keys. Back the folder up: without it the store cannot be used."""
    settings = load_settings()
    made = load_keys(settings.keys, load_catalogue(settings.mappings).councils, settings.origin, create=True)
    say(f"Keys for {', '.join(made)} are in {settings.keys}. Back them up, apart from the store's own backup.")
