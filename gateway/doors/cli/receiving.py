"""`gateway receive`: submit files for real, and ask a person about each child of a large batch (settled 55)."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx2
import typer
from rich.console import Console
from rich.progress import track

from contracts.errors import ConfigError, GatewayError, NotConfirmed, StoreUnavailable
from gateway.config.catalogue import Catalogue
from gateway.doors.cli.files import Council, Demo, Files, Source, content_of, rules_of
from gateway.doors.cli.telling import line_of, say
from gateway.doors.confirmed import BY, CHILDREN
from gateway.doors.problems import error_in
from gateway.doors.socket import named_sender, sender_of
from gateway.flows.mapping.sources import Reader
from gateway.flows.places.rowreport import SUFFIX, Line, as_csv, lines_of, lines_of_error
from gateway.flows.submissions import intake
from gateway.main import build, load_checked
from gateway.path.mapping import compile_all
from gateway.settings import Settings, demo_settings, load_settings
from gateway.store.lock import owner

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """What `receive` works with. `positions`: of the records that are confirmed without being asked about."""

    settings: Settings
    catalogue: Catalogue
    council: str
    source: str
    sender: str
    by: str
    positions: tuple[str, ...]
    report: bool


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command()(receive)


def receive(
    source: Source,
    council: Council,
    sender: Annotated[str, typer.Option(help="The registered sender whose files these are.")],
    files: Files,
    confirmed_by: Annotated[
        str, typer.Option(help="Who confirms each child of a batch of more than ten: your own name.")
    ] = "",
    confirm: Annotated[
        list[str] | None, typer.Option(metavar="POSITION", help="A record that is confirmed, such as “row 12”.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Write what became of each row beside each file, as <file>.report.csv.")
    ] = False,
    demo: Demo = False,
) -> None:
    """Submit files for real: through the running gateway, or into its store when none runs. Safe to repeat."""
    settings = demo_settings() if demo else load_settings()
    catalogue = load_checked(settings.mappings)
    sender_of(rules_of(catalogue, council).council, sender)
    if source != intake.CANONICAL:
        catalogue.mappings.reading(source, council)
    if confirm and not confirmed_by:
        raise typer.BadParameter("say with --confirmed-by who looked at these children")
    desk = Desk(settings, catalogue, council, source, sender, confirmed_by, tuple(confirm or ()), report)
    shown = track(files, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    failed = sum(_received(desk, path) for path in shown)
    if failed:
        say(f"{failed} not accepted.")
        raise typer.Exit(1)


def _received(desk: Desk, path: Path) -> int:
    """Submit one file and tell its receipts. How many records, or files, were not accepted."""
    try:
        content = content_of(path, desk.settings.max_submission)
        answer = _answered(desk, path, content)
    except ConfigError:
        raise
    except NotConfirmed as question:
        _report(desk, path, lines_of_error(question))
        return 1
    except GatewayError as error:
        say(f"{path}: {error.title}. {error.detail}")
        for fault in error.faults:
            say(f"{path}: {line_of(fault)}")
        _report(desk, path, lines_of_error(error))
        return 1
    _report(desk, path, lines_of(answer))
    return sum(_told(path, receipt) for receipt in answer["receipts"])


def _answered(desk: Desk, path: Path, content: bytes) -> Told:
    """The answer to one file, after a person was asked where one must be. Raises NotConfirmed if nobody confirms."""
    try:
        return _submit(desk, content, path.name, None)
    except NotConfirmed as question:
        confirmed = _asked(desk, path, content, question)
        if confirmed is None:
            raise
    return _submit(desk, content, path.name, confirmed)


def _report(desk: Desk, path: Path, lines: Iterable[Line]) -> None:
    if desk.report:
        path.with_name(path.name + SUFFIX).write_bytes(as_csv(lines))


def _asked(desk: Desk, path: Path, content: bytes, question: NotConfirmed) -> intake.Confirmed | None:
    """Which children a person confirms; None, and the reason said, if nobody does."""
    say(f"{path}: {len(question.children)} referrals at once. A person must confirm each child.")
    if not desk.by:
        for position, _ in question.children:
            say(f"{path}: {position}: not confirmed.")
        say(f"{path}: run it again with --confirmed-by and your name, and --confirm for each that you mean.")
        return None
    if desk.positions:
        meant = {token for position, token in question.children if position in desk.positions}
        for strange in sorted(set(desk.positions) - {position for position, _ in question.children}):
            say(f"{path}: {strange}: no record there needs to be confirmed.")
    elif sys.stdin.isatty():
        keys = _record_keys(desk, path, content)
        meant = {
            token
            for position, token in question.children
            if typer.confirm(f"{position}, record {keys.get(position) or 'without a number'}: is it meant?", err=True)
        }
    else:
        say(f"{path}: there is no terminal to ask at. Name each record with --confirm.")
        return None
    if not meant:
        say(f"{path}: nobody was confirmed, so nothing was made of it.")
        return None
    return intake.Confirmed(desk.by, frozenset(meant))


def _record_keys(desk: Desk, path: Path, content: bytes) -> dict[str, str]:
    """Position → the source's own number of each record: enough to look it up, and no name."""
    reader = Reader(desk.catalogue.mappings, compile_all(desk.catalogue.mappings))
    reads = reader.read(desk.source, desk.council, BytesIO(content), path.name)
    return {read.position: read.referral.source.record_id or "" for read in reads if read.referral}


_REFUSED = ("rejected", "not_confirmed")


def _told(path: Path, receipt: Told) -> bool:
    """Tell one receipt; True if nothing was made of the record."""
    place = receipt.get("position", "")
    for error in receipt.get("errors", ()):
        say(f"{path}: {place}: expected {error['expected']}. {error['remedy']}")
    if "say" in receipt:
        say(f"{path}: {place}: {receipt['say']}")
    for decision in receipt.get("decisions", ()):
        say(f"{path}: {place}: {receipt['referral']}: {decision['say']}")
    if "freshness" in receipt:
        say(f"{path}: {place}: {receipt['referral']}: {receipt['freshness']}")
    return receipt["state"] in _REFUSED


def _submit(desk: Desk, content: bytes, name: str, confirmed: intake.Confirmed | None) -> Told:
    """Through the socket of the gateway that owns the store; with none, as its owner for this moment."""
    key = sha256(content).hexdigest()
    if desk.settings.store.startswith("sqlite"):
        running = owner(Path(desk.settings.store.removeprefix("sqlite:///")))
        if running is not None and running.socket:
            asked = {"council": desk.council, "source": desk.source, "sender": desk.sender, "key": key}
            return _through(running.socket, asked, content, name, confirmed)
    with build(desk.settings, desk.catalogue) as gateway:
        caller = named_sender(gateway, desk.council, desk.sender)
        sent = intake.Sent(caller, desk.council, desk.source, key, content, "file", name)
        answer = asyncio.run(intake.receive(gateway, replace(sent, confirmed=confirmed)))
    told: Told = json.loads(answer.body)
    return told


def _through(
    socket: str, asked: Mapping[str, str], content: bytes, name: str, confirmed: intake.Confirmed | None
) -> Told:
    """As the gateway that listens there answers. Names go as headers: those of people and of files stay out of URLs."""
    transport = httpx2.HTTPTransport(uds=socket)
    headers = {"file-name": quote(name)}
    if confirmed is not None:
        headers |= {BY: quote(confirmed.by), CHILDREN: ",".join(sorted(confirmed.children))}
    try:
        with httpx2.Client(transport=transport, base_url="http://localhost", trust_env=False, timeout=60) as client:
            response = client.post("/receive", params=dict(asked), content=content, headers=headers)
        told: Told = response.json()
    except (httpx2.HTTPError, ValueError):
        raise StoreUnavailable("The gateway that owns the store did not answer. Try again: that is safe.") from None
    if response.status_code >= 400:
        raise error_in(told)
    return told
