"""`gateway record state`: how far each council's record is, and what rings."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.config.catalogue import load_catalogue
from gateway.doors.cli.telling import say
from gateway.flows.evidence.standstill import Standing, ringing, standing
from gateway.path.telling import awaited, in_london
from gateway.settings import demo_settings, load_settings
from gateway.store.engine import open_engine

Council = Annotated[str, typer.Option(help="Only this council's record.")]
Demo = Annotated[bool, typer.Option("--demo", help="The demonstration's store, as `make run` makes it.")]


def add_to(record: typer.Typer) -> None:
    """Add this verb to `gateway record`."""
    record.command("state")(state)


def state(council: Council = "", demo: Demo = False) -> None:
    """How many entries are recorded, sealed and witnessed, since when any wait, and what rings. Exit 1 if one does."""
    settings = demo_settings() if demo else load_settings()
    catalogue = load_catalogue(settings.mappings)
    if council and council not in catalogue.councils:
        raise typer.BadParameter(f"There is no council {council}. There are: {', '.join(catalogue.councils)}.")
    rings = False
    store = open_engine(
        settings.store, demo=settings.demo, reader_url=settings.reader_store, read_only=True, keys=settings.keys
    )
    try:
        for name in [council] if council else catalogue.councils:
            with store.read(name) as connection:
                stands, codes = standing(connection, name), ringing(connection, name)
            say(f"{name}: {_far(stands, bool(settings.witnesses))}")
            for code in codes:
                words = awaited(f"record:{code}", catalogue.policies[name], catalogue.councils[name])
                say(f"{name}: RINGING  {words}")
            rings = rings or bool(codes)
    finally:
        store.close()
    if rings:
        raise typer.Exit(1)


def _far(one: Standing, witnesses: bool) -> str:
    sealed = f"sealed up to {one.sealed:,}"
    if one.unsealed_since is not None:
        sealed += f" ({one.recorded - one.sealed:,} wait since {in_london(one.unsealed_since)})"
    seen = f"witnessed up to {one.witnessed:,}"
    if not witnesses and not one.witnessed:
        seen = "no witness is set"
    elif one.unwitnessed_since is not None:
        seen += f" ({one.sealed - one.witnessed:,} wait since {in_london(one.unwitnessed_since)})"
    return f"{one.recorded:,} entries recorded, {sealed}, {seen}."
