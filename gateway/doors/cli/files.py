"""`gateway preview`, and what other verbs need of files: the path, as far as looking goes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from contracts.council import Council as CouncilSettings
from contracts.errors import NotFound
from gateway.doors.cli.converting import Council as Council
from gateway.doors.cli.converting import Files as Files
from gateway.doors.cli.converting import Source as Source
from gateway.doors.cli.converting import opened as opened
from gateway.doors.cli.converting import rules_of as rules_of
from gateway.doors.cli.converting import tables
from gateway.doors.limits import too_large
from gateway.doors.socket import sender_of
from gateway.flows.mapping.packing import packed
from gateway.flows.mapping.sources import Read
from gateway.flows.submissions import intake
from gateway.flows.submissions.foreseen import in_words
from gateway.flows.submissions.preview import dry_run
from gateway.main import load_checked
from gateway.path.course import Matter
from gateway.path.reading import read_referral
from gateway.settings import load_settings

Demo = Annotated[bool, typer.Option("--demo", help="Into the demonstration's store, as `make run` makes it.")]


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command()(preview)


def preview(
    file: Annotated[Path, typer.Argument(help="Canonical JSON: one referral, or one on each line.", exists=True)],
    sender: Annotated[str, typer.Option(help="Decide as if this registered sender had sent it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines: as the interface answers.")] = False,
) -> None:
    """What would be decided, what would go where, and why, in words. Sends nothing and stores nothing."""
    catalogue = load_checked(load_settings().mappings)
    for line in _documents(file.read_bytes()):
        referral = read_referral(line)
        rules = rules_of(catalogue, referral.council)
        registration = sender_of(rules.council, sender or _usual_sender(rules.council, referral.purpose))
        matter = Matter(referral, (), registration, "preview", intake.content_digest(referral))
        now = time.time_ns() // 1_000_000
        if as_json:
            told = dry_run(rules, [(Read("", referral), matter)], now)
            sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        else:
            labels = {code: label for codes in catalogue.codes.values() for code, label in codes.labels.items()}
            sys.stdout.write(in_words(rules, matter, now, labels) + "\n")


def _usual_sender(council: CouncilSettings, purpose: str) -> str:
    """A sender that may send this: one that sends our own JSON for this purpose, if there is one. Raises NotFound."""
    senders = [one for one in council.senders.values() if not one.hubs]
    fitting = [one for one in senders if "canonical" in one.sources and purpose in one.purposes]
    for one in (*fitting, *(one for one in senders if purpose in one.purposes), *senders):
        return one.sender
    raise NotFound(f"{council.title} has no sender yet. Register one in senders.yaml.")


def content_of(path: Path, largest: int) -> bytes:
    """A file's bytes; a folder of tables as the zip it stands for. Raises TooLarge before any is read."""
    files = tables(path) if path.is_dir() else [path]
    if sum(file.stat().st_size for file in files) > largest:
        raise too_large(largest)
    return packed(files) if path.is_dir() else path.read_bytes()


def _documents(content: bytes) -> Iterator[bytes]:
    """One referral, or one on each line."""
    if content.lstrip().startswith(b"{") and content.rstrip().count(b"\n") and b"\n{" in content:
        yield from (line for line in content.splitlines() if line.strip())
    else:
        yield content
