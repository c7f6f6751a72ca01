"""`gateway convert` and `preview`: the path for files, as far as looking goes."""

from __future__ import annotations

import io
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console
from rich.progress import Progress

from contracts.adapter import Fault
from contracts.errors import GatewayError, NotFound, UnknownSource, UnreadablePayload
from gateway.config.catalogue import Catalogue
from gateway.doors.cli.telling import line_of, say, tell_faults
from gateway.doors.limits import too_large
from gateway.doors.socket import sender_of
from gateway.flows import intake
from gateway.flows.foreseen import in_words
from gateway.flows.packing import packed
from gateway.flows.preview import dry_run, ledger_out
from gateway.flows.sources import Read, Reader
from gateway.main import load_checked
from gateway.path.course import Matter, Rules
from gateway.path.mapping import compile_all
from gateway.path.reading import read_referral
from gateway.settings import load_settings

Source = Annotated[str, typer.Option(help="The source that wrote the files, a folder of mappings/sources.")]
Council = Annotated[str, typer.Option(help="The council they are for.")]
Files = Annotated[list[Path], typer.Argument(help="Files, or folders of the tables of one export.", exists=True)]
Demo = Annotated[bool, typer.Option("--demo", help="Into the demonstration's store, as `make run` makes it.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command()(convert)
    app.command()(preview)


def convert(source: Source, council: Council, files: Files) -> None:
    """Canonical referrals as JSON Lines on standard output; ledger and faults on standard error. Stores nothing."""
    catalogue = load_checked(load_settings().mappings)
    rules_of(catalogue, council)
    reader = Reader(catalogue.mappings, compile_all(catalogue.mappings))
    rejected = 0
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        for path in files:
            try:
                with opened(path) as file:
                    size = file.seek(0, io.SEEK_END)
                    file.seek(0)
                    shown = progress.wrap_file(file, size, description=path.name) if not progress.disable else file
                    for read in reader.read(source, council, shown, path.name):
                        rejected += not _converted(path, read)
            except UnknownSource:
                raise
            except GatewayError as error:
                say(f"{path}: nothing in it could be read.")
                tell_faults(error)
                rejected += 1
    if rejected:
        say(f"{rejected} rejected.")
        raise typer.Exit(1)


def _converted(path: Path, read: Read) -> bool:
    for fault in read.faults:
        say(f"{path}: {line_of(fault)}")
    if read.referral is None:
        return False
    sys.stdout.write(read.referral.model_dump_json(exclude_defaults=True) + "\n")
    counts = Counter(line.state for line in read.ledger)
    sums = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    say(f"{path}: {read.position}: {len(read.ledger)} leaves, 100% accounted for: {sums}.")
    for pointer in ledger_out(read.ledger)["unmapped_at"]:  # type: ignore[attr-defined]
        say(f"{path}: nobody mapped {pointer}; it travels as an other answer.")
    return True


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
        registration = sender_of(rules.council, sender or next(iter(rules.council.senders), ""))
        matter = Matter(referral, (), registration, "preview", intake.content_digest(referral))
        now = time.time_ns() // 1_000_000
        if as_json:
            told = dry_run(rules, [(Read("", referral), matter)], now)
            sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        else:
            sys.stdout.write(in_words(rules, matter, now) + "\n")


def rules_of(catalogue: Catalogue, council: str) -> Rules:
    """What one council decides with. Raises NotFound, naming those there are."""
    if council not in catalogue.councils:
        raise NotFound(f"There is no council of that name. There are: {', '.join(catalogue.councils)}.")
    return Rules(catalogue.councils[council], catalogue.policies[council], catalogue.groups, catalogue.screens)


def opened(path: Path) -> BinaryIO:
    """A file, to be read in parts; a folder of tables as the zip it stands for."""
    return io.BytesIO(packed(_tables(path))) if path.is_dir() else path.open("rb")


def content_of(path: Path, largest: int) -> bytes:
    """A file's bytes; a folder of tables as the zip it stands for. Raises TooLarge before any is read."""
    files = _tables(path) if path.is_dir() else [path]
    if sum(file.stat().st_size for file in files) > largest:
        raise too_large(largest)
    return packed(files) if path.is_dir() else path.read_bytes()


def _tables(folder: Path) -> list[Path]:
    """The files of a folder. Raises UnreadablePayload for a folder within it."""
    found = sorted(folder.iterdir())
    if all(file.is_file() for file in found):
        return found
    expected, remedy = "a folder of tables only", "Move what is no table of this export out of it."
    raise UnreadablePayload(f"Not readable: expected {expected}.", (Fault("the folder", "", expected, remedy),))


def _documents(content: bytes) -> Iterator[bytes]:
    """One referral, or one on each line."""
    if content.lstrip().startswith(b"{") and content.rstrip().count(b"\n") and b"\n{" in content:
        yield from (line for line in content.splitlines() if line.strip())
    else:
        yield content
