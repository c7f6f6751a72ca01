"""`gateway holds`: what waits for a person, what it would come to, and a person's decision with its reason."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.doors.cli import laying
from gateway.doors.cli.asking import By, Council, Demo, Role, ask

Hold = Annotated[str, typer.Argument(help="The hold, by the beginning of its id.")]
Purpose = Annotated[str, typer.Option(help="Why you open it, in a sentence. The record keeps that.")]
Open = Annotated[bool, typer.Option("--open", help="Show names and text too. The record says that you read it.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    holds = typer.Typer(no_args_is_help=True, help="What waits for a person to decide.")
    holds.command("list")(list_holds)
    holds.command("show")(show)
    holds.command("take")(take)
    holds.command("decide")(decide)
    holds.command("confirm")(confirm)
    holds.command("answer")(answer)
    holds.command("report")(report)
    app.add_typer(holds, name="holds")


def list_holds(
    council: Council,
    by: By,
    role: Role,
    everything: Annotated[bool, typer.Option("--all", help="Also what other roles decide.")] = False,
    ended: Annotated[
        bool, typer.Option("--ended", help="Those that ended and nobody said were needed or not.")
    ] = False,
    demo: Demo = False,
) -> None:
    """What waits for you, the first due first. It names nobody."""
    which = {"all": "yes" if everything else "", "ended": "yes" if ended else ""}
    laying.lines(ask("list", demo, _who(council, by, role) | which), what="hold")


def show(
    hold: Hold, council: Council, by: By, role: Role, opened: Open = False, purpose: Purpose = "", demo: Demo = False
) -> None:
    """One hold: what it is, why, what each answer would send and keep back. Nothing is chosen for you."""
    asked = _who(council, by, role) | {"hold": hold}
    content = ask("open", demo, asked | {"purpose": purpose}) if opened else None
    laying.case(ask("show", demo, asked))
    if content is not None:
        laying.content(content)


def take(hold: Hold, council: Council, by: By, role: Role, demo: Demo = False) -> None:
    """Say that you look at it, so that nobody else does. Its time runs on."""
    laying.told(ask("take", demo, _who(council, by, role) | {"hold": hold}))


def decide(
    hold: Hold,
    council: Council,
    by: By,
    role: Role,
    choice: Annotated[
        str, typer.Option("--answer", help="One of the answers that `show` offers, or refuse, or close.")
    ],
    reason: Annotated[str, typer.Option(help="Why, in your own words. It is kept in the record.")],
    ground: Annotated[str, typer.Option(help="Where `show` asks for it: what the decision rests on.")] = "",
    basis: Annotated[str, typer.Option(help="Where `show` asks for it: the power or duty to share.")] = "",
    hub: Annotated[str, typer.Option(help="Where `show` asks for it: the hub that should have it.")] = "",
    review: Annotated[str, typer.Option(help="For refuse and close: the day to look at it again, 2026-12-01.")] = "",
    demo: Demo = False,
) -> None:
    """Record your decision. The rules are asked again with it, and you are told what comes of it."""
    asked = {"hold": hold, "answer": choice, "reason": reason, "ground": ground, "basis": basis}
    laying.told(ask("decide", demo, _who(council, by, role) | asked | {"hub": hub, "review": review}))


def confirm(hold: Hold, council: Council, by: By, role: Role, demo: Demo = False) -> None:
    """Confirm what somebody else proposed. Read it with `show` first."""
    laying.told(ask("confirm", demo, _who(council, by, role) | {"hold": hold}))


def answer(
    hold: Hold,
    council: Council,
    by: By,
    role: Role,
    needed: Annotated[str, typer.Option(help="yes: it was needed. no: it should not have happened.")],
    demo: Demo = False,
) -> None:
    """Say of a hold that has ended whether it was needed, or should not have happened."""
    laying.told(ask("needed", demo, _who(council, by, role) | {"hold": hold, "needed": needed}))


def report(
    council: Council,
    by: By,
    role: Role,
    month: Annotated[str, typer.Option(help="Such as 2026-11.")],
    demo: Demo = False,
) -> None:
    """How many holds ended in a month, by rule, and how many were needed."""
    laying.report(ask("report", demo, _who(council, by, role) | {"month": month}))


def _who(council: str, by: str, role: str) -> dict[str, str]:
    return {"council": council, "by": by, "role": role}
