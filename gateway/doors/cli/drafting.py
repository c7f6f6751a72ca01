"""`gateway source new`: a draft of a mapping, and an invented sample, from one real file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.errors import NotFound
from gateway.config.check import check_all
from gateway.config.codes import load_codes
from gateway.config.mappings import load_mappings
from gateway.config.yamlfile import told, unknown
from gateway.doors.cli.files import opened
from gateway.doors.cli.telling import say
from gateway.flows.mapping.drafting import Drafted, drafted, mapped_already
from gateway.path import proving
from gateway.settings import load_settings

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")

source = typer.Typer(no_args_is_help=True, help="Connect a system that sends.")


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.add_typer(source, name="source")


@source.callback()
def _source() -> None:
    """Connect a system that sends."""


@source.command()
def new(
    name: Annotated[str, typer.Argument(help="Your name for the source: small letters, digits and _.")],
    file: Annotated[Path, typer.Option("--from", help="A real file that the system wrote.", exists=True)],
    council: Annotated[str, typer.Option(help="The council it is for.")],
    form: Annotated[str, typer.Option(help="Your name for the form; the source's own where there is one.")] = "",
) -> None:
    """Draft a mapping from a real file, and invent a sample like it. Copies no answer, and writes over nothing."""
    root = load_settings().mappings
    form = form or name
    for word in (name, form):
        if not _NAME.fullmatch(word):
            raise typer.BadParameter("a name begins with a small letter and has only small letters, digits and _")
    councils = sorted(folder.name for folder in (root / "councils").iterdir() if folder.is_dir())
    if council not in councils:
        raise NotFound(f"There is no council of that name. {unknown(council, councils)}")
    folder = root / "sources" / name
    if (folder / f"{form}.yaml").exists():
        raise typer.BadParameter(f"{folder / form}.yaml is there already. Name another --form, or take it away first")
    lists = load_codes(root / "codes")
    with opened(file) as content:
        known = mapped_already(content, load_mappings(root / "sources", lists), council)
        if known is not None:
            say(f"This is mapped already: {known.source}/{known.form}, which any council may use. Nothing was written.")
            say("Its files add to a request: send them in one zip with a covering sheet, as docs/sources.md says.")
            raise typer.Exit(1)
        made = drafted(content, name, form, council, lists)
    written = _write(folder, form, made)
    _tell(made)
    _tell_next(root, folder / f"{form}.yaml", written, name, council)


def _write(folder: Path, form: str, made: Drafted) -> Path | None:
    """The files of the draft. The sample's path; None where none could be invented, or one is there already."""
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    (folder / f"{form}.yaml").write_text(made.mapping, encoding="utf-8")
    sample = folder / "samples" / f"{form}{made.suffix}"
    if not made.sample or sample.exists():
        return None
    sample.write_bytes(made.sample.encode(made.encoding))
    return sample


def _tell(made: Drafted) -> None:
    say(f"The adapter {made.adapter} reads it. {made.found.records} records were looked at.")
    fields = {row.asked.pointer: row.guess.to for row in made.rows}
    for asked in made.found.asked:
        to = f"guessed: {fields[asked.pointer]}" if asked.pointer in fields else "nobody mapped it"
        say(f"{asked.pointer}: {asked.answered} of {made.found.records} answered, {asked.kind}; {to}.")


def _tell_next(root: Path, mapping: Path, sample: Path | None, name: str, council: str) -> None:
    say(f"Wrote {mapping}.")
    if sample is None:
        say("No sample could be invented of this shape. Make one of an invented family, and put it beside the others.")
    else:
        say(f"Wrote {sample}, of invented families.")
    faults = [fault for fault in check_all(root, proving.faults) if str(mapping) in fault.position]
    for fault in faults:
        say(told(fault))
    say(f"Next: name the question about harm in {mapping.name}, read each guess, and run:")
    say("  gateway check")
    say(f"  gateway convert --source {name} --council {council} {sample or '<a sample>'}")
    say(f"  gateway map diff {name} <another real file>")
    say(f"  gateway map test {name} --write")
