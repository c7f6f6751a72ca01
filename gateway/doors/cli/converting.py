"""`gateway convert`: files to canonical JSON Lines. It needs neither door nor store, and loads neither."""

from __future__ import annotations

import gc
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from contracts.adapter import Fault
from contracts.errors import GatewayError, NotFound, UnknownSource, UnreadablePayload
from gateway.config.catalogue import Catalogue
from gateway.doors.cli.telling import line_of, say, tell_faults
from gateway.flows.mapping.checked import load_checked
from gateway.flows.mapping.packing import packed
from gateway.flows.mapping.sources import Read, Reader
from gateway.path.course import Rules
from gateway.path.mapping import compile_all
from gateway.settings import load_settings

Source = Annotated[str, typer.Option(help="The source that wrote the files, a folder of mappings/sources.")]
Council = Annotated[str, typer.Option(help="The council they are for.")]
Files = Annotated[list[Path], typer.Argument(help="Files, or folders of the tables of one export.", exists=True)]


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command()(convert)


def convert(source: Source, council: Council, files: Files) -> None:
    """Canonical referrals as JSON Lines on standard output; ledger and faults on standard error. Stores nothing."""
    catalogue = load_checked(load_settings().mappings)
    rules_of(catalogue, council)
    reader = Reader(catalogue.mappings, compile_all(catalogue.mappings))
    gc.freeze()  # the mappings stay as they are: to look through them again for each thousand records finds nothing
    rejected = 0
    with _watched() as watched:
        for path in files:
            try:
                with opened(path) as file:
                    for read in reader.read(source, council, watched(file, path), path.name):
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


@contextmanager
def _watched() -> Iterator[Callable[[BinaryIO, Path], BinaryIO]]:
    """What shows on a terminal how far a file is read; elsewhere nothing does."""
    if not sys.stderr.isatty():
        yield lambda file, path: file
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:

        def shown(file: BinaryIO, path: Path) -> BinaryIO:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            return progress.wrap_file(file, size, description=path.name)

        yield shown


def _converted(path: Path, read: Read) -> bool:
    for fault in read.faults:
        say(f"{path}: {line_of(fault)}")
    if read.referral is None:
        return False
    sys.stdout.write(read.referral.model_dump_json(exclude_defaults=True) + "\n")
    counts = Counter(line.state for line in read.ledger)
    sums = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    say(f"{path}: {read.position}: {len(read.ledger)} leaves, 100% accounted for: {sums}.")
    for line in read.ledger if counts["unmapped"] else ():
        if line.state == "unmapped":
            say(f"{path}: nobody mapped {line.source}; it travels as an other answer.")
    return True


def rules_of(catalogue: Catalogue, council: str) -> Rules:
    """What one council decides with. Raises NotFound, naming those there are."""
    if council not in catalogue.councils:
        raise NotFound(f"There is no council of that name. There are: {', '.join(catalogue.councils)}.")
    return Rules(catalogue.councils[council], catalogue.policies[council], catalogue.groups, catalogue.screens)


def opened(path: Path) -> BinaryIO:
    """A file, to be read in parts; a folder of tables as the zip it stands for."""
    return io.BytesIO(packed(tables(path))) if path.is_dir() else path.open("rb")


def tables(folder: Path) -> list[Path]:
    """The files of a folder. Raises UnreadablePayload for a folder within it."""
    found = sorted(folder.iterdir())
    if all(file.is_file() for file in found):
        return found
    expected, remedy = "a folder of tables only", "Move what is no table of this export out of it."
    raise UnreadablePayload(f"Not readable: expected {expected}.", (Fault("the folder", "", expected, remedy),))
