"""`gateway convert`, `preview` and `receive`: the path for files, from looking to sending for real."""

from __future__ import annotations

import asyncio
import io
import json
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Annotated, BinaryIO
from urllib.parse import quote

import httpx2
import typer
from rich.console import Console
from rich.progress import track

from contracts.adapter import Fault
from contracts.errors import ConfigError, GatewayError, NotFound, StoreUnavailable, UnknownSource
from gateway.config.catalogue import Catalogue
from gateway.doors.cli.telling import line_of, say, tell_faults
from gateway.doors.socket import named_sender, sender_of
from gateway.flows import intake
from gateway.flows.preview import dry_run, ledger_out
from gateway.flows.sources import Read, Reader
from gateway.main import build, load_checked
from gateway.path.course import Matter, Rules
from gateway.path.mapping import compile_all
from gateway.path.reading import read_referral
from gateway.settings import Settings, demo_settings, load_settings
from gateway.store.lock import owner

Source = Annotated[str, typer.Option(help="The source that wrote the files, a folder of mappings/sources.")]
Council = Annotated[str, typer.Option(help="The council they are for.")]
Files = Annotated[list[Path], typer.Argument(help="Files, or folders of the tables of one export.", exists=True)]
Demo = Annotated[bool, typer.Option("--demo", help="Into the demonstration's store, as `make run` makes it.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command()(convert)
    app.command()(preview)
    app.command()(receive)


def convert(source: Source, council: Council, files: Files) -> None:
    """Canonical referrals as JSON Lines on standard output; ledger and faults on standard error. Stores nothing."""
    catalogue = load_checked(load_settings().mappings)
    rules_of(catalogue, council)
    reader = Reader(catalogue.mappings, compile_all(catalogue.mappings))
    rejected = 0
    for path in track(files, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()):
        try:
            with opened(path) as file:
                for read in reader.read(source, council, file, path.name):
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
) -> None:
    """What would be decided, what would go where, and why. Sends nothing and stores nothing."""
    catalogue = load_checked(load_settings().mappings)
    for line in _documents(file.read_bytes()):
        referral = read_referral(line)
        rules = rules_of(catalogue, referral.council)
        registration = sender_of(rules.council, sender or next(iter(rules.council.senders), ""))
        matter = Matter(referral, (), registration, "preview", intake.content_digest(referral))
        told = dry_run(rules, [(Read("", referral), matter)], time.time_ns() // 1_000_000)
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")


def receive(
    source: Source,
    council: Council,
    sender: Annotated[str, typer.Option(help="The registered sender whose files these are.")],
    files: Files,
    demo: Demo = False,
) -> None:
    """Submit files for real: through the running gateway, or into its store when none runs. Safe to repeat."""
    settings = demo_settings() if demo else load_settings()
    catalogue = load_checked(settings.mappings)
    sender_of(rules_of(catalogue, council).council, sender)
    catalogue.mappings.reading(source, council)
    failed = 0
    for path in files:
        content = content_of(path)
        asked = {"council": council, "source": source, "sender": sender, "key": sha256(content).hexdigest()}
        try:
            answer = _submit(settings, catalogue, asked, content, path.name)
        except ConfigError:
            raise
        except GatewayError as error:
            say(f"{path}: {error.title}. {error.detail}")
            for fault in error.faults:
                say(f"{path}: {line_of(fault)}")
            failed += 1
            continue
        for receipt in answer["receipts"]:
            failed += _told(path, receipt)
    if failed:
        say(f"{failed} not accepted.")
        raise typer.Exit(1)


def _told(path: Path, receipt: dict[str, object]) -> bool:
    """Tell one receipt; True if it was rejected."""
    place = receipt.get("position", "")
    if receipt["state"] == "rejected":
        for error in receipt["errors"]:  # type: ignore[attr-defined]
            say(f"{path}: {place}: expected {error['expected']}. {error['remedy']}")
        return True
    for decision in receipt["decisions"]:  # type: ignore[attr-defined]
        say(f"{path}: {place}: {receipt['referral']}: {decision['say']}")
    return False


Told = dict[str, list[dict[str, object]]]


def _submit(settings: Settings, catalogue: Catalogue, asked: dict[str, str], content: bytes, name: str) -> Told:
    """Through the socket of the gateway that owns the store; with none, as its owner for this moment."""
    if settings.store.startswith("sqlite"):
        running = owner(Path(settings.store.removeprefix("sqlite:///")))
        if running is not None and running.socket:
            return _through(running.socket, asked, content, name)
    with build(settings, catalogue) as gateway:
        caller = named_sender(gateway, asked["council"], asked["sender"])
        sent = intake.Sent(caller, asked["council"], asked["source"], asked["key"], content, "file", name)
        answer = asyncio.run(intake.receive(gateway, sent))
    return json.loads(answer.body)  # type: ignore[no-any-return]


def _through(socket: str, asked: dict[str, str], content: bytes, name: str) -> Told:
    """As the gateway that listens there answers. The file's name goes as a header: names of people stay out of URLs."""
    transport = httpx2.HTTPTransport(uds=socket)
    headers = {"file-name": quote(name)}
    try:
        with httpx2.Client(transport=transport, base_url="http://localhost", trust_env=False, timeout=60) as client:
            response = client.post("/receive", params=asked, content=content, headers=headers)
        told = response.json()
    except (httpx2.HTTPError, ValueError):
        raise StoreUnavailable("The gateway that owns the store did not answer. Try again: that is safe.") from None
    if response.status_code >= 400:
        raise _as_told(told)
    return told  # type: ignore[no-any-return]


def _as_told(told: dict[str, object]) -> GatewayError:
    """The error in a problem's body."""
    errors: list[dict[str, str]] = told.get("errors", [])  # type: ignore[assignment]
    faults = (Fault(e.get("position", ""), e.get("pointer", ""), e["expected"], e["remedy"]) for e in errors)
    return GatewayError(str(told["detail"]), tuple(faults))


def rules_of(catalogue: Catalogue, council: str) -> Rules:
    """What one council decides with. Raises NotFound, naming those there are."""
    if council not in catalogue.councils:
        raise NotFound(f"There is no council of that name. There are: {', '.join(catalogue.councils)}.")
    return Rules(catalogue.councils[council], catalogue.policies[council], catalogue.groups, catalogue.screens)


def opened(path: Path) -> BinaryIO:
    """A file, to be read in parts; a folder of tables as the zip it stands for."""
    return io.BytesIO(content_of(path)) if path.is_dir() else path.open("rb")


def content_of(path: Path) -> bytes:
    """A file's bytes; a folder of tables as the zip it stands for."""
    if not path.is_dir():
        return path.read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path.iterdir()):
            # A fixed time, so that the same tables are the same bytes and the same submission.
            archive.writestr(zipfile.ZipInfo(file.name, (1980, 1, 1, 0, 0, 0)), file.read_bytes())
    return packed.getvalue()


def _documents(content: bytes) -> Iterator[bytes]:
    """One referral, or one on each line."""
    if content.lstrip().startswith(b"{") and content.rstrip().count(b"\n") and b"\n{" in content:
        yield from (line for line in content.splitlines() if line.strip())
    else:
        yield content
