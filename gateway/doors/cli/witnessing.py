"""`gateway witness`: signs what a council's record has shown it, on another machine than the gateway's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from contracts.errors import ConfigError
from gateway.doors.cli.telling import say
from gateway.doors.witness import Witness, create_witness
from gateway.record.note import LOG, BadNote, Key


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command()(witness)


def witness(
    name: Annotated[str, typer.Option(help="Its name, such as witness.example/audit: never change it.")],
    folder: Annotated[Path, typer.Option(help="Where it keeps its key and what it has seen. Back it up.")],
    log: Annotated[list[str], typer.Option(help="The public key of a record it signs, from `gateway record key`.")],
    host: Annotated[str, typer.Option(help="Address to listen on; put TLS in front of it.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8090,
) -> None:
    """Sign checkpoints for as long as it runs, on a machine that the gateway's people cannot change."""
    own = Witness(folder, name, [_record(one) for one in log])
    say(f"This witness listens on http://{host}:{port} and signs for {len(log)} records. Stop with Ctrl-C.")
    say(f"Its public key: {own.key.vkey}")
    say(f"At the gateway, set: GATEWAY_WITNESSES={own.key.vkey}@https://the-address-of-this-witness")
    uvicorn.run(create_witness(own), host=host, port=port, log_level="warning", access_log=False, server_header=False)


def _record(text: str) -> Key:
    try:
        key = Key.parse(text)
    except BadNote as fault:
        raise ConfigError(f"That is no public key of a record: {fault}.") from None
    if key.kind != LOG:
        raise ConfigError(f"{key.name} is a witness's key. Give the key of a record: gateway record key")
    return key
