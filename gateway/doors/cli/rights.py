"""`gateway rights`: what people ask of their rights, and complaints. What names somebody is typed, never an option."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from gateway.doors.cli.asking import By, Council, Demo, Role, ask
from gateway.doors.cli.laying import at
from gateway.doors.cli.telling import say
from gateway.flows.data_protection.subjectaccess import day_of
from gateway.path.rights import KINDS

Request = Annotated[str, typer.Argument(help="The request's id, as `list` shows it.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    rights = typer.Typer(no_args_is_help=True, help="What people ask of their rights, and complaints.")
    rights.command("list")(list_rights)
    rights.command("write-down")(write_down)
    rights.command()(show)
    rights.command()(act)
    app.add_typer(rights, name="rights")


def list_rights(
    council: Council,
    by: By,
    role: Role,
    ended: Annotated[bool, typer.Option("--ended", help="Those that have ended, the newest first.")] = False,
    demo: Demo = False,
) -> None:
    """What is open, the first due first. It names nobody."""
    told = ask("rights-list", demo, _who(council, by, role) | {"ended": "yes" if ended else ""})
    for one in told["rows"]:
        sys.stdout.write(f"{one['id']}  {one['title']}  {_standing(one)}\n")
    say(f"{told['open']} open, {told['closed']} ended.")


def write_down(
    council: Council,
    by: By,
    role: Role,
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")],
    received: Annotated[str, typer.Option(help="The day it came: 2026-11-30.")],
    about: Annotated[str, typer.Option(help="Our reference of the decision it is about, if it is about one.")] = "",
    demo: Demo = False,
) -> None:
    """Put a request into the register. Who asks, about whom, and for what is asked for, and sealed."""
    asker = typer.prompt("Who asks, how to reach them, and how you know that they may", hide_input=True)
    words = typer.prompt("What they ask for, in their words", hide_input=True)
    name = typer.prompt("First name and surname of whom it is about", hide_input=True, default="", show_default=False)
    born = day_of(typer.prompt("Date of birth", hide_input=True)).isoformat() if name else ""
    given = {"kind": kind, "received": received, "about": about, "asker": asker, "words": words}
    told = ask("rights-open", demo, _who(council, by, role) | given | {"name": name, "born": born})
    say(f"Written down as {told['request']}. Its time runs.")


def show(
    request: Request,
    council: Council,
    by: By,
    role: Role,
    opened: Annotated[bool, typer.Option("--open", help="Show names too. The record says that you read it.")] = False,
    purpose: Annotated[str, typer.Option(help="Why you open it, in a sentence. The record keeps that.")] = "",
    demo: Demo = False,
) -> None:
    """One request: its days, what was done, and what may be done to it now."""
    who = _who(council, by, role) | {"request": request}
    content = ask("rights-read", demo, who | {"purpose": purpose}) if opened else None
    told = ask("rights-show", demo, who)
    sys.stdout.write(f"{told['title']} ({told['law']})\n{_standing(told)}\n")
    for one in told["referrals"]:
        sys.stdout.write(f"    about the request {one['id']} from {one['sender']}\n")
    for one in told["history"]:
        sys.stdout.write(f"    {one['what']}, by {one['by']}{': ' if one['more'] else ''}{one['more']}\n")
    for code, words in told["offers"]:
        sys.stdout.write(f"    --what {code}: {words}\n")
    if content is not None:
        for name in ("asker", "name", "born", "words"):
            sys.stdout.write(f"{name}: {content[name]}\n")


def act(
    request: Request,
    council: Council,
    by: By,
    role: Role,
    what: Annotated[str, typer.Option(help="What you did or decide, as `show` offers it: note, stop@identity.")],
    demo: Demo = False,
) -> None:
    """Write down what was done to a request. What you write beside it is asked for, and sealed."""
    words = typer.prompt("What you did or decided, and why", hide_input=True)
    told = ask("rights-act", demo, _who(council, by, role) | {"request": request, "what": what, "words": words})
    say(told["say"])


def _standing(one: dict[str, Any]) -> str:
    if one["outcome"]:
        return str(one["outcome"])
    if one["stopped"]:
        return f"stands still: {one['stopped']}"
    return f"due {at(one['due'])}{', and its time is up' if one['overdue'] else ''}"


def _who(council: str, by: str, role: str) -> dict[str, str]:
    return {"council": council, "by": by, "role": role}
