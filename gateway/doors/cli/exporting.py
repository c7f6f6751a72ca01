"""`gateway export`: what the store knows, in the shape of a statutory return, written for a spreadsheet."""

from __future__ import annotations

import base64
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import NotFound
from gateway.doors import returns
from gateway.doors.cli.files import Council, Demo
from gateway.doors.cli.reaching import reach
from gateway.doors.cli.telling import say
from gateway.main import load_checked
from gateway.settings import demo_settings, load_settings


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    export = typer.Typer(no_args_is_help=True, help="Write what the store knows as a statutory return.")
    export.callback()(_nothing)
    export.command("annex-a")(annex_a)
    app.add_typer(export, name="export")


def _nothing() -> None:
    """Keeps the name of the return a word of its own."""


def annex_a(
    council: Council,
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day.")],
    to: Annotated[Path, typer.Option("--to", help="The folder to write into; it is made if it is not there.")],
    by: Annotated[str, typer.Option("--by", help="Who asks for it: your own name, for the record.")],
    demo: Demo = False,
) -> None:
    """Lists 1 to 3 of Ofsted's Annex A as CSV: contacts, early help assessments and referrals."""
    if until < since:
        raise typer.BadParameter("the last day comes before the first")
    settings = demo_settings() if demo else load_settings()
    catalogue = load_checked(settings.mappings)
    if council not in catalogue.councils:
        raise NotFound(f"There is no council of that name. There are: {', '.join(catalogue.councils)}.")
    asked = {"council": council, "from": f"{since:%Y-%m-%d}", "until": f"{until:%Y-%m-%d}", "by": by}
    lists = reach(settings, catalogue, returns.PATH, asked, returns.annex_a)
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, body in lists.items():
        file = to / f"{name}.csv"
        file.unlink(missing_ok=True)
        # Nobody else's from the first byte on: it names children.
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(base64.b64decode(body))
        say(f"{file} is written.")
