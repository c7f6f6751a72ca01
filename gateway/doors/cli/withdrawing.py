"""`gateway withdraw`: a family told somebody at the council, by telephone or at the door, that it no longer agrees."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.doors.cli.asking import By, Council, Demo, Role, ask
from gateway.doors.cli.telling import say

Referral = Annotated[str, typer.Argument(help="Our reference of the referral.")]
Reason = Annotated[str, typer.Option(help="Who told you, and when. It is kept in the record.")]


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command()(withdraw)


def withdraw(referral: Referral, council: Council, by: By, role: Role, reason: Reason, demo: Demo = False) -> None:
    """Record that a family no longer agrees: nothing more goes, and whoever has something is told to stop."""
    asked = {"council": council, "by": by, "role": role, "referral": referral, "reason": reason}
    told = ask("withdraw", demo, asked)
    say(str(told["say"]) if told["new"] else f"That is recorded already. {told['say']}")
    for notice in told["notices"]:
        say(f"{notice['hub']}: told, and asked to acknowledge by {notice['acknowledge_by']}.")
    say(str(told["emergency"]))
