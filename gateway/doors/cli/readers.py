"""`gateway readers` and `gateway glass`: who looked, how often and why, and the review of who broke the glass."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from gateway.doors.cli.asking import By, Council, Demo, Role, ask
from gateway.doors.cli.telling import say
from gateway.path.telling import in_london

Glass = Annotated[
    str, typer.Argument(help="The break-glass, by the id that `gateway glass list` gives, or its task's.")
]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command()(readers)
    glass = typer.Typer(no_args_is_help=True, help="Who broke the glass, and what a review found. Only a page lets in.")
    glass.command("list")(tell)
    glass.command()(review)
    app.add_typer(glass, name="glass")


def readers(
    council: Council,
    by: By,
    role: Role,
    month: Annotated[str, typer.Option(help="Such as 2026-11.")],
    purpose: Annotated[str, typer.Option(help="Why you ask, in a sentence. The record keeps that.")],
    person: Annotated[str, typer.Option(help="Each reading of one person, by the name they sign in with.")] = "",
    demo: Demo = False,
) -> None:
    """Who read how much in a month, and what the rules found in it. It names nobody of a family."""
    asked = {"council": council, "by": by, "role": role, "month": month, "purpose": purpose, "person": person}
    told = ask("readers", demo, asked)
    _print(f"{told['total']} readings in {told['month']}. That you ask is recorded too.")
    for one in told["readers"]:
        _print(f"\n{one['person']}, {one['role']}: {one['total']}, at {one['requests']} requests")
        for words, many in (one["what"] | one["found"]).items():
            _print(f"    {many:>5}  {words}{'  (asked about)' if words in one['found'] else ''}")
    for line in told["lines"]:
        _print(f"\n{in_london(line['at'])}  {line['person']}: {line['what']}, {line['referral'][:8] or 'no request'}")
        _print(f"    {line['purpose'] or 'The purpose was disposed of.'}")
        for words in line["found"]:
            _print(f"    Asked about: {words}.")


def tell(council: Council, by: By, role: Role, demo: Demo = False) -> None:
    """Each break-glass, the newest first, and what its review found."""
    rows: list[dict[str, Any]] = ask("glass-list", demo, {"council": council, "by": by, "role": role})
    if not rows:
        _print("Nobody has broken the glass.")
    for one in rows:
        found = f"{one['found']}. {one['reviewed_by']}" if one["found"] else f"Review due by {in_london(one['due'])}."
        _print(f"{one['id'][:12]}  {in_london(one['at'])}  {one['by']}, {one['role']}: {one['why']}. {found}")


def review(
    glass: Glass,
    council: Council,
    by: By,
    role: Role,
    found: Annotated[str, typer.Option(help="justified, training or misuse.")],
    words: Annotated[str, typer.Option(help="Why you find so, in a sentence. The record keeps it.")],
    demo: Demo = False,
) -> None:
    """Say what you found. Nobody reviews their own."""
    asked = {"council": council, "by": by, "role": role, "glass": glass, "found": found, "words": words}
    say(ask("glass-review", demo, asked)["say"])


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
