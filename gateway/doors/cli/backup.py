"""`gateway backup`: copies a SQLite store, proves the copy, brings it back, and has sending go on after that."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.config.catalogue import load_catalogue
from gateway.doors import restoring as door
from gateway.doors.cli.reaching import reach
from gateway.doors.cli.record import tell_proven
from gateway.doors.cli.telling import say
from gateway.flows.evidence.proving import prove
from gateway.flows.evidence.restoring import lines, release, situation
from gateway.main import load_checked
from gateway.settings import load_settings
from gateway.store import backup
from gateway.store.engine import open_engine
from gateway.store.keys import load_keys

Folder = Annotated[Path, typer.Argument(help="The backup's folder.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    group = typer.Typer(no_args_is_help=True, help="Backups of a SQLite store, and what to do after a restore.")
    group.command("create")(create)
    group.command("verify")(verify)
    group.command("restore")(restore)
    group.command("status")(status)
    group.command("release")(release_sending)
    app.add_typer(group, name="backup")


def create(folder: Annotated[Path, typer.Argument(help="A new folder for it, on another disk.")]) -> None:
    """Copy the whole store as it is at this instant, while the gateway runs or rests."""
    made = backup.create(load_settings().store, folder)
    say(f"{folder} holds the store of {_when(made.at)}, {made.size:,} bytes.")
    say("It holds families' data: encrypt it with a key that is not on this machine. Back up the keys apart from it.")


def verify(folder: Folder) -> None:
    """Check that a backup is the copy that was made, whole, and that every council's record in it verifies."""
    made = backup.check(folder)
    settings = load_settings()
    keys = load_keys(settings.keys, load_catalogue(settings.mappings).councils, settings.origin, create=False)
    store = open_engine(
        f"sqlite:///{folder / backup.COPY}", demo=made.kind == "demonstration", read_only=True, keys=settings.keys
    )
    try:
        proven = [prove(store, name, own.record) for name, own in keys.items()]
    finally:
        store.close()
    for one in proven:
        tell_proven(one)
    if not all(one.report.sound for one in proven):
        raise typer.Exit(1)
    say(f"The backup of {_when(made.at)} is whole, and its record verifies.")


def restore(folder: Folder) -> None:
    """Put a backup where the store is, with no gateway running. Nothing is sent afterwards until it is released."""
    made, aside = backup.restore(folder, load_settings().store)
    say(f"The store is as it was at {_when(made.at)}.")
    if aside is not None:
        say(f"What was there before is in {aside}. It holds families' data: remove it once all is well.")
    say("Nothing is sent until you say so. Start the gateway, then read: gateway backup status")


def status() -> None:
    """Whether this store was brought back, what may be missing, and what may have been sent since."""
    settings = load_settings()
    councils = load_catalogue(settings.mappings).councils
    store = open_engine(
        settings.store, demo=settings.demo, reader_url=settings.reader_store, read_only=True, keys=settings.keys
    )
    try:
        told = lines(*situation(store, councils))
    finally:
        store.close()
    sys.stdout.write("\n".join(told) + "\n")


def release_sending(
    by: Annotated[str, typer.Option(help="Who you are.")],
    reason: Annotated[str, typer.Option(help="What was done about what may be missing. It goes into the record.")],
) -> None:
    """Have sending go on after a restore, once `gateway backup status` was read and acted on."""
    settings = load_settings()
    asked = {"by": by, "reason": reason}
    said = reach(settings, load_checked(settings.mappings), door.PATH, asked, release)
    count = sum(said["doubted"].values())
    say(f"Sending goes on. {count} deliveries are treated as sent and not confirmed: the class of each hub says how.")


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
