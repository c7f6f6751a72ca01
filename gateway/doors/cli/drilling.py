"""`gateway drill`: try the way to safety before a child needs it, and read whether somebody saw it."""

from __future__ import annotations

import sys

import typer

from gateway.doors.cli.asking import By, Council, Demo, Role, ask
from gateway.doors.cli.laying import SHORT


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    drill = typer.Typer(no_args_is_help=True, help="Try the way to safety. No council goes live without (settled 33).")
    drill.command()(divert)
    drill.command()(last)
    app.add_typer(drill, name="drill")


def divert(council: Council, by: By, role: Role, demo: Demo = False) -> None:
    """Send the front door a contact that names nobody, marked as a drill. It rings until a person acknowledges it."""
    told = ask("drill", demo, {"council": council, "by": by, "role": role})
    sys.stdout.write(f"{told['say']} The command is: gateway tasks acknowledge {told['referral'][:SHORT]}\n")


def last(council: Council, by: By, role: Role, demo: Demo = False) -> None:
    """Whether the last drill arrived, and who saw it. Exit 1 where none has been seen."""
    told = ask("drill_last", demo, {"council": council, "by": by, "role": role})
    sys.stdout.write(f"{told['say']}{'' if 'referral' in told else ' Begin one with: gateway drill divert'}\n")
    raise typer.Exit(0 if told.get("passed") else 1)
