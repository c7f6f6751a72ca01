"""`gateway retention`: what is due to go and why, holds, and disposal by two people."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from gateway.doors.cli.asking import By, Council, Demo, Role, ask
from gateway.doors.cli.telling import say

Reason = Annotated[str, typer.Option(help="Why, in a sentence. The record keeps it.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    retention = typer.Typer(no_args_is_help=True, help="How long records are kept, and their disposal by two people.")
    retention.command("list")(tell)
    retention.command()(hold)
    retention.command()(release)
    retention.command("dispose")(dispose)
    app.add_typer(retention, name="retention")


def tell(council: Council, by: By, role: Role, demo: Demo = False) -> None:
    """What is due today, under which formula and code, and what of it somebody holds."""
    told = ask("retention-list", demo, {"council": council, "by": by, "role": role})
    _items(told["due"])
    if told["missing"]:
        say(told["missing"])


def hold(
    referral: Annotated[str, typer.Argument(help="Our reference of the referral, or the id of the report.")],
    record: Annotated[str, typer.Option(help="request, decision, access, rights, report or sample.")],
    review: Annotated[str, typer.Option(help="The day somebody looks at it again: 2027-11-30.")],
    council: Council,
    by: By,
    role: Role,
    reason: Reason,
    demo: Demo = False,
) -> None:
    """Keep one kind of record of a referral, or a report, until the hold is released."""
    who = {"council": council, "by": by, "role": role}
    told = ask(
        "retention-hold", demo, who | {"referral": referral, "record": record, "review": review, "reason": reason}
    )
    say(f"Held. To end it: gateway retention release {told['hold']}")


def release(
    hold: Annotated[str, typer.Argument(help="The hold's id.")],
    council: Council,
    by: By,
    role: Role,
    reason: Reason,
    demo: Demo = False,
) -> None:
    """End a hold."""
    ask("retention-release", demo, {"council": council, "by": by, "role": role, "hold": hold, "reason": reason})
    say("Released. It may be on the next list.")


def dispose(
    council: Council,
    by: By,
    role: Role,
    confirm: Annotated[str, typer.Option(help="The list that somebody else made: what it names goes now.")] = "",
    demo: Demo = False,
) -> None:
    """Make a list of what is due; or, as a second person, confirm one. What is confirmed cannot be brought back."""
    who = {"council": council, "by": by, "role": role}
    if not confirm:
        told = ask("retention-propose", demo, who)
        _items(told["due"])
        say(f"Nothing is gone yet. A second person confirms with: --confirm {told['list']}")
        return
    told = ask("retention-confirm", demo, who | {"list": confirm})
    _items(told["disposed"])
    say(f"{len(told['disposed'])} were disposed of; {told['kept']} are no longer due, or held, and were kept.")


def _items(items: list[dict[str, Any]]) -> None:
    for one in items:
        sys.stdout.write(
            f"{one['referral']}  {one['record']:<9} due {one['due']} by {one['formula']} ({one['code']})\n"
        )
        for held in one["held"]:
            sys.stdout.write(f"    held by {held['by']}, looked at again on {held['review']}: {held['reason']}\n")
    if not items:
        say("Nothing is due.")
