"""`gateway check`, `codes`, `sources`, `rules`, `schemas`: is what people wrote usable, and what we publish current?"""

from __future__ import annotations

import io
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.errors import NotFound
from gateway.config.carrying import page
from gateway.config.check import check_all
from gateway.config.codes import load_codes
from gateway.config.councils import load_councils
from gateway.config.mappings import load_mappings
from gateway.config.placing import faults as placing_faults
from gateway.config.placing import load_placing
from gateway.config.policytext import read_policy
from gateway.config.rulespage import page as rules_page
from gateway.config.yamlfile import told, unknown
from gateway.doors.cli.telling import say
from gateway.doors.published import published, stale, write_published
from gateway.flows.mapping.checked import load_checked
from gateway.flows.operations.golive import PARTS, points
from gateway.flows.policy.policies import words_in_force
from gateway.path import proving
from gateway.path.calendar import LONDON, bank_holidays_in_doubt
from gateway.settings import Settings, demo_settings, load_settings
from gateway.store.engine import open_engine


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command()(check)
    app.command()(codes)
    app.command()(sources)
    app.command()(rules)
    app.command()(schemas)


def check(
    mappings: Annotated[Path | None, typer.Option(help="The folder to check instead of GATEWAY_MAPPINGS.")] = None,
    go_live: Annotated[
        str, typer.Option("--go-live", metavar="COUNCIL", help="What keeps this council from going live.")
    ] = "",
    demo: Annotated[bool, typer.Option("--demo", help="The demonstration's store, as `make run` makes it.")] = False,
) -> None:
    """Check every mapping, code list, council and sharing table: file, line, column, and the nearest right thing."""
    settings = demo_settings() if demo else load_settings()
    if go_live:
        _go_live(settings, go_live)
        return
    root = mappings or settings.mappings
    faults = check_all(root, proving.faults)
    for fault in faults:
        say(told(fault))
    if faults:
        say(f"{len(faults)} to put right.")
        raise typer.Exit(2)
    if doubt := bank_holidays_in_doubt(datetime.now(LONDON).date()):
        say(doubt)
    for council in load_councils(root / "councils").values():
        if not council.areas.ours:
            say(f"{council.title}: no postcodes are entered. A home elsewhere is seen only where its council is named.")
    say(f"Nothing wrong in {root}.")


_COMMANDS: Final = {
    "Doors": "gateway hub test, for each hub",
    "The way to safety": "gateway drill divert",
    "Approvals": "gateway policy approve, then gateway policy publish",
}
"""Part of the page → the command that gets it done."""


def _go_live(settings: Settings, name: str) -> None:
    """One page: what this council must still do. Exits 1 while anything keeps it from going live."""
    catalogue = load_checked(settings.mappings)
    if name not in catalogue.councils:
        raise NotFound(f"There is no council {name}. There are: {', '.join(catalogue.councils)}.")
    keys = settings.keys if settings.keys.is_dir() else None
    store = open_engine(settings.store, demo=settings.demo, reader_url=settings.reader_store, read_only=True, keys=keys)
    try:
        with store.read(name) as connection:
            words = words_in_force(connection, name, time.time_ns() // 1_000_000)
            policy = read_policy(words)[0] if words else catalogue.policies[name]
            today = datetime.now(LONDON).date()
            own = (catalogue.councils[name], policy, catalogue.schedules[name])
            found = points(settings, *own, bool(words), connection, today)
    finally:
        store.close()
    for part in PARTS:
        says = [one.say for one in found if one.part == part]
        command = _COMMANDS.get(part, "") if says else ""
        says += [f"Run: {command}"] if command else []
        sys.stdout.write(f"{part}\n" + "".join(f"  - {one}\n" for one in says or ["Nothing left to do."]) + "\n")
    left = sum(one.must for one in found)
    say(f"{left} to do before it goes live." if left else "Nothing keeps it from going live.")
    raise typer.Exit(1 if left else 0)


def codes(
    list_: Annotated[str, typer.Argument(metavar="LIST", help="The code list; without one, the lists there are.")] = "",
) -> None:
    """Read one spelling a line on standard input; print our code for it, or ? where the list has none."""
    lists = load_codes(load_settings().mappings / "codes")
    if not list_:
        for one in lists.values():
            sys.stdout.write(f"{one.name}: {one.title}. {one.source}, {one.version}.\n")
        return
    if list_ not in lists:
        raise NotFound(f"There is no code list of that name. {unknown(list_, lists)}")
    for line in io.TextIOWrapper(sys.stdin.buffer, "utf-8-sig", errors="replace"):
        sys.stdout.write((lists[list_].code_of(line.rstrip("\r\n")) or "?") + "\n")


def sources(
    write: Annotated[Path | None, typer.Option(help="Write the page to this file instead of printing it.")] = None,
) -> None:
    """What can be connected: every source, what it carries and cannot, what it was run on, its limits."""
    root = load_settings().mappings
    text = page(load_mappings(root / "sources", load_codes(root / "codes")))
    if write is None:
        sys.stdout.write(text)
    else:
        write.write_text(text, encoding="utf-8")


def rules(
    write: Annotated[Path | None, typer.Option(help="Write the page to this file instead of printing it.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what is wrong, or that the page is old.")] = False,
    root: Annotated[Path, typer.Option(help="The folder with docs, mappings, tests and code.")] = Path(),
) -> None:
    """Where each rule of the councils' documents lives, and which tests carry it."""
    placing = load_placing(root)
    wrong = tuple(placing_faults(placing))
    for fault in wrong:
        say(told(fault))
    if wrong:
        say(f"{len(wrong)} to put right.")
        raise typer.Exit(2)
    text, written = rules_page(placing), root / "docs" / "rules.md"
    if check:
        if not written.is_file() or written.read_text(encoding="utf-8") != text:
            say("docs/rules.md is not current. Run: gateway rules --write docs/rules.md")
            raise typer.Exit(2)
    elif write is None:
        sys.stdout.write(text)
    else:
        write.write_text(text, encoding="utf-8")


def schemas(
    check: Annotated[bool, typer.Option("--check", help="Only say whether the published files are current.")] = False,
    folder: Annotated[Path, typer.Option(help="Where they are.")] = Path("contracts/schemas"),
) -> None:
    """Write the published schemas: the referral, the payload a hub gets, the HTTP door."""
    if not check:
        write_published(folder)
        say(f"Wrote {', '.join(published())} to {folder}.")
        return
    old = stale(folder)
    if old:
        say(f"Not current: {', '.join(old)}. Run: gateway schemas")
        raise typer.Exit(2)
