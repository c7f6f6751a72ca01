"""`gateway report`: makes a report and prints it, takes it out as a file, and draws a sample again to check it."""

from __future__ import annotations

import base64
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.doors.cli.asking import Ask, By, Council, Demo, Role, ask, asking
from gateway.doors.cli.receipts import for_us
from gateway.doors.cli.telling import say

_KINDS = {".csv": "csv", ".jsonl": "jsonl", ".json": "fhir", ".zip": "evidence"}
_SAMPLE = {"sample": "assurance-sample"}


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("report")(report)


def report(
    name: Annotated[
        str, typer.Argument(help="Its name, as the address of its page has it; `sample` is short for one.")
    ],
    council: Council,
    by: By,
    role: Role,
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="A filter, such as hub=locality_west. Repeat it.")] = None,
    to: Annotated[
        Path | None, typer.Option(help="Take it out as .csv, .jsonl, .json (FHIR) or .zip (evidence).")
    ] = None,
    purpose: Annotated[str, typer.Option(help="Why you take it out, in a sentence. The record keeps it.")] = "",
    export: Annotated[str, typer.Option(help="An export that a second person has confirmed: take it, with --to.")] = "",
    confirm: Annotated[str, typer.Option(help="An export that waits for a second person: confirm it.")] = "",
    check: Annotated[str, typer.Option(help="A sample, by its id: draw it again from the record, and compare.")] = "",
    demo: Demo = False,
) -> None:
    """Make a report and print it. It is kept as it is now; on its page it is reviewed and signed."""
    who = {"council": council, "by": by, "role": role}
    if confirm:
        ask("reports-confirm", demo, who | {"export": confirm})
        say("Confirmed. Whoever asked for it may take it now.")
        return
    if check:
        _check(ask("reports-check", demo, who | {"report": check}))
        return
    if export:
        if to is None:
            raise typer.BadParameter("say with --to which file to write")
        _take_confirmed(who, demo, export, to)
        return
    days = {name: f"{day:%Y-%m-%d}" for name, day in (("from", since), ("until", until)) if day is not None}
    asked = {"name": _SAMPLE.get(name, name), "where": "\n".join(where or ())} | days
    _make(who, demo, asked, to, purpose)


def _make(who: dict[str, str], demo: bool, asked: dict[str, str], to: Path | None, purpose: str) -> None:
    with asking(demo, who) as desk:
        told = _made(desk, asked)
        if to is None:
            _print(told)
        else:
            _export(desk, told, to, purpose)


def _take_confirmed(who: dict[str, str], demo: bool, export: str, to: Path) -> None:
    with asking(demo, who) as desk:
        _take(desk, export, to)


def _made(desk: Ask, asked: dict[str, str]) -> dict[str, Any]:
    """The report once it is ready. Until then it is said how far it is."""
    told: dict[str, Any] = desk("reports-make", asked)
    while told["state"] == "making":
        _so_far(f"{told['rows']:,} rows")
        told = desk("reports-look", {"name": asked["name"], "report": told["id"]})
    _so_far("")
    return told


def _so_far(words: str) -> None:
    """On a terminal, over what was said before; nothing where nobody looks."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()


def _print(told: dict[str, Any]) -> None:
    last = -1
    for sheet, cells in told["shown"]:
        if sheet != last:
            last = sheet
            title, columns = told["sheets"][sheet]
            sys.stdout.write(f"\n{title}\n{' | '.join(columns)}\n")
        sys.stdout.write(f"{' | '.join(cells)}\n")
    say(f"{told['title']}, {told['days']}: version {told['version']}, {told['state']}, {told['rows']:,} rows.")
    if told["rows"] > len(told["shown"]):
        say(f"Only the first {len(told['shown'])} are printed. Take it out with --to, and a second person.")
    say(f"Its id is {told['id']}. SHA-256 of its lines: {told['sha256']}")


def _export(desk: Ask, told: dict[str, Any], to: Path, purpose: str) -> None:
    if to.suffix not in _KINDS:
        raise typer.BadParameter(f"the file's name ends in one of {', '.join(_KINDS)}")
    asked = {"report": told["id"], "kind": _KINDS[to.suffix], "purpose": purpose}
    made = desk("reports-export", asked)
    while made["state"] == "making":
        _so_far(f"{made['size']:,} bytes")
        made = desk("reports-export-look", {"export": made["id"]})
    _so_far("")
    if made["state"] == "waiting":
        say(f"{made['rows']:,} rows: a second person confirms it first, on its page or with --confirm {made['id']}")
        say(f"Then take it with --export {made['id']} --to {to}")
        return
    _take(desk, made["id"], to)


def _take(desk: Ask, export: str, to: Path) -> None:
    taken, place, size = desk("reports-take", {"export": export}), 0, 0
    with open(to, "xb", opener=for_us) as file:
        while body := desk("reports-piece", {"export": export, "piece": str(place)})["piece"]:
            size += file.write(base64.b64decode(body))
            place += 1
            _so_far(f"{size:,} bytes")
    _so_far("")
    say(f"{to} is written. SHA-256: {taken['sha256']}. Keep it as safe as the record.")


def _check(told: dict[str, Any]) -> None:
    for what, value in told["how"]:
        sys.stdout.write(f"{what}: {value}\n")
    if not told["same"]:
        say(f"NOT the same: {told['kept']} decisions were kept, and {told['again']} are drawn now.")
        raise typer.Exit(1)
    say(f"The same {told['kept']} decisions are drawn again from the record.")
