"""`gateway record`: prove the record, whole or an evidence bundle, with a public key."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn

from contracts.errors import ConfigError
from gateway.config.catalogue import load_catalogue
from gateway.doors.cli import standing
from gateway.doors.cli.fhir import write_fhir
from gateway.doors.cli.notshared import list_not_shared
from gateway.doors.cli.receipts import explain, for_us, receipt
from gateway.doors.cli.telling import say
from gateway.flows.evidence.proving import Proven, export, export_zip, prove
from gateway.flows.evidence.slips import newest_slip
from gateway.path.telling import in_london
from gateway.record.findings import Report
from gateway.record.note import WITNESS, BadNote, Key
from gateway.record.slip import note_in
from gateway.record.verify import verify_bundle
from gateway.settings import Settings, demo_settings, load_settings
from gateway.store.engine import open_engine
from gateway.store.keys import load_keys

Council = Annotated[str, typer.Option(help="Only this council's record.")]
PublicKey = Annotated[str, typer.Option(help="The record's public key, as printed by `gateway record key`.")]
Demo = Annotated[bool, typer.Option("--demo", help="The demonstration's store, as `make run` makes it.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    record = typer.Typer(no_args_is_help=True, help="Prove the record, and hand proof to others.")
    record.command()(verify)
    record.command("export")(export_bundle)
    record.command("key")(public_keys)
    record.command("slip")(checkpoint_slip)
    standing.add_to(record)
    record.command()(receipt)
    record.command()(explain)
    record.command("not-shared")(list_not_shared)
    app.add_typer(record, name="record")


def verify(
    bundle: Annotated[Path | None, typer.Option(help="An evidence bundle to check instead of the store.")] = None,
    key: PublicKey = "",
    council: Council = "",
    held: Annotated[list[Path] | None, typer.Option(help="A checkpoint that was kept elsewhere.")] = None,
    witness: Annotated[
        list[str] | None, typer.Option(help="A witness's public key: its signatures must be there, and hold.")
    ] = None,
    demo: Demo = False,
) -> None:
    """Check that nobody edited, removed, added or reordered an entry. Names the first that was."""
    if bundle is not None:
        _verify_bundle(bundle, key, [_witness(one) for one in witness or []])
        return
    settings = demo_settings() if demo else load_settings()
    keys = _keys(settings, council, key)
    notes, witnesses = [_held(path) for path in held or []], [_witness(one) for one in witness or []]
    if sum(len(_of(notes, one)) for one in keys.values()) != len(notes):
        raise typer.BadParameter("A checkpoint given with --held belongs to none of the records that are checked here.")
    store = open_engine(
        settings.store, demo=settings.demo, reader_url=settings.reader_store, read_only=True, keys=settings.keys
    )
    try:
        with _progress() as told:
            proven = [prove(store, name, keys[name], _of(notes, keys[name]), told, witnesses) for name in keys]
    finally:
        store.close()
    for one in proven:
        tell_proven(one)
    if not all(one.report.sound for one in proven):
        raise typer.Exit(1)
    say("record verified")


def export_bundle(
    council: Annotated[str, typer.Option(help="Whose record.")],
    to: Annotated[Path, typer.Option(help="The file to write: a .zip with how to check it, or a bundle alone.")],
    referral: Annotated[str, typer.Option(help="Only entries about this referral.")] = "",
    fhir: Annotated[bool, typer.Option("--fhir", help="The decisions as a FHIR R4 Bundle in JSON instead.")] = False,
    demo: Demo = False,
) -> None:
    """Write evidence that anyone can check with the public key and one file of Python, without this gateway."""
    settings = demo_settings() if demo else load_settings()
    key = _keys(settings, council, "")[council]
    if fhir:
        write_fhir(settings, council, key, referral, to)
        return
    store = open_engine(
        settings.store, demo=settings.demo, reader_url=settings.reader_store, read_only=True, keys=settings.keys
    )
    try:
        with open(to, "wb", opener=for_us) as file:
            if to.suffix == ".zip":
                policy = load_catalogue(settings.mappings).policies[council]
                entries = export_zip(store, council, key, file, referral, {policy.digest: policy.text})
            else:
                entries = sum(file.write(line) > 0 for line in export(store, council, key, referral)) - 1
    finally:
        store.close()
    if entries < 1:
        say("No sealed entry is about that. An entry is sealed within a minute of its change.")
        raise typer.Exit(1)
    say(f"Wrote {entries} entries to {to}. It holds what the record knows, families' data included: keep it as safe.")
    say(f"Check it with: python contracts/verify_evidence.py {to} --key {key.vkey}")


def public_keys(council: Council = "", demo: Demo = False) -> None:
    """Print the public key of each council's record. Give it to whoever should be able to check."""
    for key in _keys(demo_settings() if demo else load_settings(), council, "").values():
        sys.stdout.write(f"{key.vkey}\n")


def checkpoint_slip(
    council: Annotated[str, typer.Option(help="Whose record.")],
    demo: Demo = False,
) -> None:
    """Print the newest checkpoint as a page to sign and keep outside, or to read out: once a week, say."""
    settings = demo_settings() if demo else load_settings()
    key = _keys(settings, council, "")[council]
    store = open_engine(
        settings.store, demo=settings.demo, reader_url=settings.reader_store, read_only=True, keys=settings.keys
    )
    home = load_catalogue(settings.mappings).councils[council]
    try:
        with store.read(council) as connection:
            text = newest_slip(connection, home, key, time.time_ns() // 1_000_000)
    except BadNote as fault:
        say(f"The newest checkpoint must not be believed: {fault}. Run: gateway record verify")
        raise typer.Exit(1) from None
    finally:
        store.close()
    if text is None:
        say("Nothing is sealed yet. An entry is sealed within a minute of its change.")
        raise typer.Exit(1)
    sys.stdout.write(text)


def tell_proven(one: Proven) -> None:
    """What checking one record found, in words, and the checkpoint to keep."""
    report = one.report
    if not report.entries and not one.waiting and report.sound:
        say(f"{one.council}: nothing recorded yet.")
        return
    for finding in report.findings:
        say(f"{one.council}: {finding.say}")
    words = "unaltered" if report.sound else "NOT verified"
    say(
        f"{one.council}: {report.entries:,} sealed entries {words}, {report.opened:,} sections opened, "
        f"{report.checkpoints:,} checkpoints; {one.waiting:,} entries not sealed yet."
    )
    for line in _exposure(one):
        say(f"{one.council}: {line}")
    if one.checkpoint:
        size, root = one.checkpoint.splitlines()[1:3]
        say(f"{one.council}: newest checkpoint {size} entries, {root}. Keep it outside; it shows any later rewriting.")


def _exposure(one: Proven) -> list[str]:
    """How much of the record nobody outside could vouch for, in words."""
    if not one.exposed:
        return ["every entry is covered by a checkpoint that is held or signed outside."]
    since = f" since {in_london(one.since)}" if one.since is not None else ""
    many = f"{one.exposed:,} entries{since}" if one.exposed > 1 else f"1 entry{since}"
    how = "could still be rewritten, without this check seeing it, by somebody with both the store and its key."
    if one.outside:
        return [f"{many}, newer than what is held or signed outside ({one.outside:,} entries), {how}"]
    return [f"No checkpoint from outside was given (--held, --witness): {many} {how}"]


def _held(path: Path) -> str:
    """A checkpoint that was kept elsewhere: a file of its own, or a slip that was printed."""
    try:
        note = note_in(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter("The file given with --held cannot be read as text.") from None
    if note is None:
        raise typer.BadParameter(
            "The file given with --held holds no checkpoint: three lines, a blank line and a signature. "
            "Give the file that `gateway record slip` wrote, unchanged."
        )
    return note


def _of(notes: list[str], key: Key) -> list[str]:
    """Checkpoints of this record, where several records are checked at once."""
    return [note for note in notes if note.partition("\n")[0] == key.name]


def _witness(text: str) -> Key:
    key = _parsed(text)
    if key.kind != WITNESS:
        raise typer.BadParameter("That is a record's key. Give a witness's, as `gateway witness` prints it.")
    return key


def _verify_bundle(bundle: Path, key: str, witnesses: list[Key]) -> None:
    if not key:
        raise typer.BadParameter("Say whose key you trust: --key, as printed by `gateway record key`.")
    parsed = _parsed(key)
    with bundle.open("rb") as lines:
        report: Report = verify_bundle(lines, parsed, parsed.name, witnesses=witnesses)
    for finding in report.findings:
        say(finding.say)
    if not report.sound:
        say("bundle NOT verified")
        raise typer.Exit(1)
    say(f"{report.entries:,} entries are in the record of {parsed.name} as they are here.")
    say("bundle verified")


def _keys(settings: Settings, council: str, key: str) -> dict[str, Key]:
    councils = load_catalogue(settings.mappings).councils
    if council and council not in councils:
        raise ConfigError(f"There is no council {council}. There are: {', '.join(councils)}.")
    names = [council] if council else list(councils)
    if key:
        parsed = _parsed(key)
        if parsed.name.rpartition("/")[2] not in names:
            raise typer.BadParameter(f"That is the key of {parsed.name}. Asked about: {', '.join(names)}.")
        return {parsed.name.rpartition("/")[2]: parsed}
    loaded = load_keys(settings.keys, names, settings.origin, create=False)
    return {name: own.record for name, own in loaded.items()}


def _parsed(key: str) -> Key:
    try:
        return Key.parse(key)
    except BadNote:
        raise typer.BadParameter("That is no public key of a record: name+id+base64, in one piece.") from None


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    with Progress(TextColumn("{task.completed:,} entries checked"), console=console, transient=True) as bar:
        task = bar.add_task("")

        def told(index: int) -> None:
            bar.update(task, completed=index)

        yield told
