"""`gateway record receipt`: the signed page of one delivery, in its two forms."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import ConfigError, GatewayError
from gateway.config.catalogue import Catalogue, load_catalogue
from gateway.doors.cli import asking
from gateway.doors.cli.telling import say
from gateway.flows.evidence.sharing_receipt import Issuer, write_receipt
from gateway.settings import Settings, demo_settings, load_settings
from gateway.store.engine import Opened, open_engine
from gateway.store.keys import load_keys

Council = Annotated[str, typer.Option(help="Whose record.")]
Delivery = Annotated[str, typer.Option(help="The delivery, as `gateway status` or the sender's status names it.")]
Demo = Annotated[bool, typer.Option("--demo", help="The demonstration's store, as `make run` makes it.")]


class Form(StrEnum):
    """Whom a receipt is for: the sender and the council's IG lead, or whoever got what was shared."""

    full = "full"
    recipient = "recipient"


def receipt(
    council: Council,
    delivery: Delivery,
    form: Annotated[Form, typer.Option(help="`full` for sender and IG lead; `recipient` for whoever got it.")],
    to: Annotated[Path, typer.Option(help="The zip to write.")],
    demo: Demo = False,
) -> None:
    """Write one signed page: what went to whom, when and on what basis, with its proof beside it."""
    settings = demo_settings() if demo else load_settings()
    catalogue = load_catalogue(settings.mappings)
    issuer = issuer_of(settings, catalogue, council)
    store = reading(settings)
    try:
        with open(to, "wb", opener=for_us) as file:
            write_receipt(store, issuer, delivery, form.value, file)
    except GatewayError:
        to.unlink(missing_ok=True)
        raise
    finally:
        store.close()
    say(f"{to} is written: receipt.html, and beside it what proves it.")
    say(f"Check it with: python contracts/verify_evidence.py {to} --key {issuer.keys.record.vkey}")
    if form is Form.full:
        say("It says what was held back, and why. It is not for the recipient.")


def explain(
    council: asking.Council,
    by: asking.By,
    role: asking.Role,
    delivery: Delivery,
    safe_because: Annotated[str, typer.Option(help="Why it is safe for this reader to have it: the record keeps it.")],
    reader: Annotated[str, typer.Option("--for", help="Whom you give it to: their place in the request, /people/1.")],
    demo: Demo = False,
) -> None:
    """Print what was shared in the family's words, once the record has who says that it is safe. Nothing is sent."""
    who = {"council": council, "by": by, "role": role}
    asked = {"delivery": delivery, "safe_because": safe_because, "reader": reader}
    told = asking.ask("explain", demo, who | asked)
    sys.stdout.write(told["text"])
    say("Nothing was sent. Give it to this reader yourself, and to nobody else.")


def issuer_of(settings: Settings, catalogue: Catalogue, council: str) -> Issuer:
    """The council that issues it, with its keys. Raises ConfigError."""
    if council not in catalogue.councils:
        raise ConfigError(f"There is no council {council}. There are: {', '.join(catalogue.councils)}.")
    keys = load_keys(settings.keys, [council], settings.origin, create=False)[council]
    policy = catalogue.policies[council]
    return Issuer(catalogue.councils[council], keys, catalogue.groups.titles, {policy.digest: policy.text})


def reading(settings: Settings) -> Opened:
    """The store, for reading alone."""
    return open_engine(
        settings.store, demo=settings.demo, reader_url=settings.reader_store, read_only=True, keys=settings.keys
    )


def for_us(path: str, flags: int) -> int:
    """Opens a new file that other users cannot read."""
    return os.open(path, flags, 0o600)
