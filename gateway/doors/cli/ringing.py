"""`gateway tick` and `gateway alarms`: look at the clocks now, and read who is told of what."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gateway.doors import ringing
from gateway.doors.cli.reaching import reach
from gateway.doors.cli.telling import say
from gateway.main import load_checked
from gateway.settings import demo_settings, load_settings

Demo = Annotated[bool, typer.Option("--demo", help="The demonstration's store, as `make run` makes it.")]
Council = Annotated[str, typer.Option(help="The council's name, as its folder has it.")]
Role = Annotated[str, typer.Option(help="Only what this duty role hears, such as hub_duty.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command()(tick)
    app.command()(alarms)


def tick(demo: Demo = False) -> None:
    """Look at every clock whose time has come. A running gateway does so by itself; for one that rests, cron may."""
    settings = demo_settings() if demo else load_settings()
    said = reach(settings, load_checked(settings.mappings), ringing.TICK, {}, ringing.tick)
    say(f"Looked at {said['looked']} clocks, and told {said['told']} roles.")


def alarms(council: Council, role: Role = "", demo: Demo = False) -> None:
    """What a council's teams are told: what, since when, by when, whose, and whom to ring. Never a family's name."""
    settings = demo_settings() if demo else load_settings()
    asked = {"council": council, "role": role}
    said = reach(settings, load_checked(settings.mappings), ringing.ALARMS, asked, ringing.told)
    for line in said["lines"]:
        sys.stdout.write(f"{line}\n")
