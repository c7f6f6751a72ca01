"""`gateway subject-access`: the pack for whoever asks what is kept about them. Their name is typed, never an option."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from gateway.doors.cli.asking import By, Council, Demo, Role
from gateway.doors.cli.receipts import for_us
from gateway.doors.cli.telling import say
from gateway.flows.acting import acting
from gateway.flows.data_protection.subjectaccess import day_of, pack
from gateway.main import build, load_checked
from gateway.settings import demo_settings, load_settings


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("subject-access")(subject_access)


def subject_access(
    council: Council,
    by: By,
    role: Role,
    reason: Annotated[str, typer.Option(help="Who asks, and how you know that they may. The record keeps it.")],
    to: Annotated[Path, typer.Option(help="The .zip to write.")],
    reviewed: Annotated[
        list[str] | None,
        typer.Option(help="A part about somebody else that you looked at and open: REFERRAL/people/1."),
    ] = None,
    demo: Demo = False,
) -> None:
    """Write all that is kept about one child. On SQLite stop the gateway first. Name and birth are asked for."""
    settings = demo_settings() if demo else load_settings()
    name = typer.prompt("First name and surname", hide_input=True)
    born = day_of(typer.prompt("Date of birth", hide_input=True))
    with build(settings, load_checked(settings.mappings)) as gateway:
        who = acting(gateway.council(council), by, role)
        zipped = asyncio.run(pack(gateway, who, name, born, reason, reviewed or ()))
    with open(to, "xb", opener=for_us) as file:
        file.write(zipped)
    say(f"Wrote {to}. What waits for a review is listed in it by its place alone: read it before you hand it over.")
