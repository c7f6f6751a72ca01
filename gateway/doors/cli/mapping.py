"""`gateway map test`, `diff` and `coverage`: does a mapping do what its analyst means, and what does it not know?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.errors import NotFound, SenderError
from gateway.config.codes import load_codes
from gateway.config.mappings import load_mappings
from gateway.doors.cli.files import opened
from gateway.doors.cli.telling import line_of, say
from gateway.flows.mapping.coverage import Changes, changes, coverage
from gateway.flows.mapping.samples import EXPECTED, FAULTS, Bench, Proof, beside, written
from gateway.path.differing import differences
from gateway.settings import load_settings

_ANY: Final = "any_council"
"""Stands for the council where a mapping is for any."""

maps = typer.Typer(no_args_is_help=True)
Which = Annotated[str, typer.Argument(help="The source, a folder of mappings/sources; all where it is left out.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.add_typer(maps, name="map", help="Prove a mapping, and find what it does not know.")


@maps.command("test")
def compare(
    source: Which = "",
    write: Annotated[
        bool, typer.Option("--write", help="Write down what the samples become now: first look whether it is right.")
    ] = False,
) -> None:
    """Run each sample and compare it with what stands beside it: differences by pointer, never a value."""
    bench = _bench()
    if write and not source:
        raise typer.BadParameter("name the source whose samples you have read")
    wrong = count = 0
    for name in [source] if source else bench.sources:
        bench.of(name)
        for sample in bench.samples(name):
            count += 1
            wrong += not _tested(bench, name, sample, write)
    if not count:
        raise NotFound("There is no sample. Put a file of an invented family into its folder samples/.")
    say(f"{count - wrong} of {count} samples become what is written down.")
    if wrong:
        raise typer.Exit(1)


@maps.command()
def diff(
    source: Annotated[str, typer.Argument(help="The source, a folder of mappings/sources.")],
    file: Annotated[Path, typer.Argument(help="A real file that it wrote, or a folder of tables.", exists=True)],
    council: Annotated[str, typer.Option(help="The council, where the source is mapped for several.")] = "",
) -> None:
    """What is new, reworded, gone or in no code list in a real file. Questions and counts, never an answer."""
    bench = _bench()
    councils = sorted({mapping.council for mapping in bench.of(source)})
    if not council and len(councils) > 1:
        raise typer.BadParameter(f"say --council: {', '.join(filter(None, councils))}")
    with opened(file) as content:
        found = changes(bench, source, council or councils[0], content)
    _tell(found)
    say(f"{found.records} records were looked at.")
    if found:
        raise typer.Exit(1)
    say("The mapping knows all of it.")


@maps.command("coverage")
def cover(source: Which = "") -> None:
    """How much of the samples' answers each mapping takes, which rows no sample shows, and how many fields it fills."""
    bench = _bench()
    for mapping in bench.of(source) if source else bench.mappings.by_key.values():
        found = coverage(bench, mapping)
        total = sum(found.states.values())
        shares = ", ".join(f"{100 * count // total}% {state}" for state, count in sorted(found.states.items()))
        council = f" for {mapping.council}" if mapping.council else ""
        head = f"{mapping.source}/{mapping.form}{council}"
        sys.stdout.write(f"{head}: {total} answers in samples: {shares or 'none'}; {len(found.fills)} fields filled\n")
        for pointer in found.unseen:
            sys.stdout.write(f"{head}: no sample answers {pointer}\n")


def _bench() -> Bench:
    root = load_settings().mappings
    mappings = load_mappings(root / "sources", load_codes(root / "codes"))
    return Bench(root / "sources", mappings, _ANY)


def _tested(bench: Bench, source: str, sample: Path, write: bool) -> bool:
    name = f"{source}/{sample.name}"
    try:
        proof = bench.prove(source, sample)
    except (SenderError, NotFound) as error:
        say(f"{name}: no mapping of the source reads it.")
        for fault in error.faults:
            say(f"{name}: {line_of(fault)}")
        return False
    if write:
        _write(sample, proof)
        say(f"{name}: written down: {len(proof.made)} made, {len(proof.told)} faults.")
        return True
    if not beside(sample, EXPECTED).exists():
        say(f"{name}: nothing is written down beside it. Look at what it becomes with `gateway convert`, then --write.")
        return False
    return not _differs(name, written(beside(sample, EXPECTED)), _plain(proof, sample)) and not _differs(
        f"{name}, faults", written(beside(sample, FAULTS)), proof.told
    )


def _plain(proof: Proof, sample: Path) -> list[dict[str, Any]]:
    """What is made, under the council that was written down: a mapping for any council is proven for one."""
    expected = written(beside(sample, EXPECTED))
    if proof.council != _ANY or not expected:
        return proof.made
    return [{**one, "council": expected[0]["council"]} if "council" in one else one for one in proof.made]


def _differs(name: str, expected: Sequence[dict[str, Any]], made: Sequence[dict[str, Any]]) -> bool:
    found = list(differences(expected, made))
    for number, pointer, how in found:
        say(f"{name}: {number}: {pointer or 'the whole'} {how}.")
    return bool(found)


def _write(sample: Path, proof: Proof) -> None:
    for suffix, documents in ((EXPECTED, proof.made), (FAULTS, proof.told)):
        path = beside(sample, suffix)
        lines = "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in documents)
        if lines:
            path.write_text(lines, encoding="utf-8")
        else:
            path.unlink(missing_ok=True)


def _tell(found: Changes) -> None:
    out = sys.stdout.write
    for pointer, (asked, count, near) in found.new.items():
        nearest = f" It may be {near}, reworded." if near else ""
        out(f"{pointer}: new: “{asked}”, answered by {count}; nobody mapped it.{nearest}\n")
    for pointer in found.reworded:
        out(f"{pointer}: worded in another way than in the samples\n")
    for pointer in found.gone:
        out(f"{pointer}: a row reads it, and no record of the file has it\n")
    for (pointer, expected), count in found.codes.items():
        out(f"{pointer}: {count} answers, expected {expected}\n")
    for expected, count in found.refused.items():
        out(f"{count} records refused: expected {expected}\n")
