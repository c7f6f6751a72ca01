"""`gateway cases`: what a case system's own table says came of what it was sent, matched on our reference."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import TooLarge
from gateway.doors import cases
from gateway.doors.cli.asking import Council, Demo
from gateway.doors.cli.files import rules_of
from gateway.doors.cli.reaching import reach
from gateway.doors.cli.telling import say
from gateway.flows.places.rowreport import SUFFIX, Line, as_csv
from gateway.main import load_checked
from gateway.settings import demo_settings, load_settings

Table = Annotated[str, typer.Argument(help="The table, as the council's cases.yaml names it.")]
File = Annotated[Path, typer.Argument(help="The file: CSV with a header row.", exists=True, dir_okay=False)]


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("cases")(take)


def take(
    table: Table,
    file: File,
    council: Council,
    report: Annotated[
        bool, typer.Option("--report", help="Write what became of each row beside the file, as <file>.report.csv.")
    ] = False,
    demo: Demo = False,
) -> None:
    """Read a case system's table: each row that tells something new is told to its sender. Safe to repeat.

    Exit 1 where a row could not be taken. It names nobody.
    """
    settings = demo_settings() if demo else load_settings()
    catalogue = load_checked(settings.mappings)
    rules_of(catalogue, council)
    content = file.read_bytes()
    # It travels as base64 in JSON.
    if len(content) * 4 // 3 + 4_096 > settings.max_submission:
        raise TooLarge(f"The file is larger than {settings.max_submission * 3 // 4 - 4_096:,} bytes. Send it in parts.")
    asked = {"council": council, "table": table, "content": b64encode(content).decode()}
    lines = [Line(**one) for one in reach(settings, catalogue, cases.PATH, asked, cases.take)["lines"]]
    if report:
        file.with_name(file.name + SUFFIX).write_bytes(as_csv(lines))
    for line in lines:
        if line.state == "rejected":
            say(f"{line.position}: expected {line.expected}. {line.remedy}")
    states = Counter(line.state for line in lines)
    before, wrong = states["unchanged"], states["rejected"]
    say(f"{states['accepted']} told, {before} told before or say nothing yet, {wrong} not taken.")
    if wrong:
        raise typer.Exit(1)
