"""`gateway tasks`: what a duty role does besides, and says when it is done."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.doors.cli import laying
from gateway.doors.cli.asking import By, Council, Demo, Role, ask
from gateway.doors.cli.holds import Open, Purpose

Task = Annotated[str, typer.Argument(help="The task, by the beginning of its id.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    tasks = typer.Typer(no_args_is_help=True, help="What people do besides deciding.")
    tasks.command("list")(list_tasks)
    tasks.command("show")(show)
    tasks.command("take")(take)
    tasks.command("done")(done)
    tasks.command("acknowledge")(acknowledge)
    app.add_typer(tasks, name="tasks")


def list_tasks(
    council: Council,
    by: By,
    role: Role,
    everything: Annotated[bool, typer.Option("--all", help="Also what other roles do.")] = False,
    demo: Demo = False,
) -> None:
    """What waits for you to do, the first due first. It names nobody."""
    laying.lines(ask("tasks", demo, _who(council, by, role) | {"all": "yes" if everything else ""}), what="task")


def show(
    task: Task, council: Council, by: By, role: Role, opened: Open = False, purpose: Purpose = "", demo: Demo = False
) -> None:
    """One task. With --open: the text to read or, for a record on two systems, the text to copy into both."""
    asked = _who(council, by, role) | {"hold": task}
    content = ask("open", demo, asked | {"purpose": purpose}) if opened else None
    laying.case(ask("show", demo, asked))
    if content is not None:
        laying.content(content)


def take(task: Task, council: Council, by: By, role: Role, demo: Demo = False) -> None:
    """Say that you do it, so that nobody else does. Its time runs on."""
    laying.told(ask("take", demo, _who(council, by, role) | {"hold": task}))


def done(
    task: Task,
    council: Council,
    by: By,
    role: Role,
    on: Annotated[str, typer.Option(help="Where there are two systems, which of them: ehm or liberi.")] = "",
    note: Annotated[str, typer.Option(help="What you want the record to say beside it.")] = "",
    demo: Demo = False,
) -> None:
    """Say that it is done. Where two people confirm, each says their own."""
    laying.told(ask("done", demo, _who(council, by, role) | {"hold": task, "on": on, "note": note}))


def acknowledge(
    referral: Annotated[str, typer.Argument(help="The referral that went to the front door, by its id.")],
    council: Council,
    by: By,
    role: Role,
    demo: Demo = False,
) -> None:
    """Say that somebody at the front door has read it. Until then it rings every 15 minutes."""
    laying.told(ask("acknowledge", demo, _who(council, by, role) | {"referral": referral}))


def _who(council: str, by: str, role: str) -> dict[str, str]:
    return {"council": council, "by": by, "role": role}
